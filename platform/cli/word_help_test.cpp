// SPDX-License-Identifier: MIT
// Each word that may be typed anywhere has help beside it, in both modes and behind a pipe.
#include <gtest/gtest.h>

#include <set>

#include "platform/cli/gateway_language.hpp"
#include "platform/config/tree.hpp"
#include "platform/console/help.hpp"
#include "platform/console/once.hpp"
#include "platform/console/words.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cli {
namespace {

using console::Candidate;

// One of everything that is named.
Result<management::v1::Reply> answer(const management::v1::Request& request) {
  management::v1::Reply reply;
  if (request.has_show_trunks()) {
    reply.add_trunks()->set_name("pbx");
    reply.mutable_trunks(0)->set_state("up");
  } else if (request.has_show_ports()) {
    reply.add_ports()->set_name("lan");
  } else if (request.has_watch_calls()) {
    reply.add_calls()->set_id("c1");
  } else if (request.has_show_plugins()) {
    reply.add_plugins()->set_name("generic");
    reply.mutable_plugins(0)->set_summary("does nothing");
  } else if (request.has_get_config()) {
    reply.mutable_configuration()->set_role(config::v1::ADMIN);
    config::v1::Config& config = *reply.mutable_configuration()->mutable_config();
    for (const config::Words& words : std::vector<config::Words>{
             {"interface", "lan", "device", "net_null0", "address", "10.0.0.1/24"},
             {"sip", "listener", "lan", "address", "10.0.0.1"},
             {"trunk", "pbx", "listener", "lan", "peer", "10.0.0.2"},
             {"route", "all", "called", "_.", "to", "pbx"}})
      EXPECT_FALSE(config::set(config, words));
  }
  return reply;
}

class WordHelpTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto file = files_.create("night.set", false, ExportFolder::For::Admins);
    ASSERT_TRUE(file && (*file)->keep());
  }
  void configure() {
    EXPECT_EQ(console::run_once(language_, "configure", 1, 2), 0);
    is_configuring_ = true;
  }
  // What is listed after the line, and after each word of it, and so on.
  void walk(const std::string& line, std::size_t depth) {
    const console::Help here = console::help_at(line, language_);
    ASSERT_FALSE(here.mistake) << line << ": " << here.mistake->text;
    for (const Candidate& one : here.candidates) {
      ++words_;
      if (one.help.empty()) lacking_.insert(line + one.word);
      if (depth == 0) continue;
      const bool is_edit = is_configuring_ && line.empty() && kEdits.contains(one.word);
      const std::string word =
          one.kind == Candidate::Kind::Placeholder ? "1" : console::quoted(one.word);
      walk(line + word + " ", is_edit ? kDepthOfEdits : depth - 1);
    }
    if (here.may_end && !line.empty() && !line.ends_with("| ")) walk_pipe(line);
  }
  void walk_pipe(const std::string& line) {
    for (const Candidate& one : console::help_at(line + "| ", language_).candidates)
      if (one.help.empty()) lacking_.insert(line + "| " + one.word);
  }
  std::string lacking() const {
    std::string all;
    for (const std::string& one : lacking_) all += one + "\n";
    return all;
  }

  // Those that take the schema, which every_node_test.cpp visits whole.
  inline static const std::set<std::string> kEdits{"set",  "delete", "rename", "copy",
                                                   "edit", "insert", "show"};
  static constexpr std::size_t kDepthOfEdits = 2;
  ipc::TempDir dir_;
  ExportFolder files_{dir_ / "export"};
  GatewayLanguage language_{{{answer, [] { return std::uint64_t{0}; }}, "gw", nullptr, files_}};
  std::set<std::string> lacking_;
  int words_ = 0;
  bool is_configuring_ = false;
};

TEST_F(WordHelpTest, NoWordOutsideLacksIt) {
  walk("", 9);
  EXPECT_EQ(lacking(), "");
  EXPECT_GT(words_, 200);
}

TEST_F(WordHelpTest, NoWordWithinLacksIt) {
  configure();
  walk("", 7);
  EXPECT_EQ(lacking(), "");
  EXPECT_GT(words_, 500);
}

TEST_F(WordHelpTest, NoWordBehindAPipeLacksIt) {
  configure();
  for (const char* line :
       {"show | ", "show | compare ", "show | compare rollback ", "show | include "})
    walk(line, 0);
  EXPECT_EQ(lacking(), "");
}

}  // namespace
}  // namespace junctor::cli
