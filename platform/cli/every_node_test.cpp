// SPDX-License-Identifier: MIT
// Each node of the schema at the console: its word is offered and has help, so has what may follow it,
// and Tab types it.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "platform/cli/gateway_language.hpp"
#include "platform/config/value.hpp"
#include "platform/console/help.hpp"

namespace junctor::cli {
namespace {

namespace pb = google::protobuf;

Result<management::v1::Reply> answer(const management::v1::Request& request) {
  management::v1::Reply reply;
  reply.mutable_configuration()->set_role(config::v1::ADMIN);
  if (request.has_show_plugins()) {
    management::v1::Plugin& plugin = *reply.add_plugins();
    plugin.set_name("generic");
    plugin.set_summary("does nothing");
    plugin.add_options()->set_name("tone");
    plugin.mutable_options(0)->set_help("a tone");
    plugin.mutable_options(0)->set_default_value("low");
    plugin.mutable_options(0)->set_pattern("low|high");
  }
  return reply;
}

class Nothing final : public console::Sink {
 public:
  void write(std::string_view) override {}
  void redraw(std::string_view) override {}
  bool is_interrupted() override { return false; }
  Event wait(int, std::chrono::milliseconds, bool) override { return Event::Gone; }
  char take_key() override { return 0; }
  std::optional<std::string> ask(std::string_view, bool) override { return std::nullopt; }
  std::size_t width() const override { return 80; }
  bool is_terminal() const override { return false; }
};

class EveryNodeTest : public testing::Test {
 protected:
  EveryNodeTest() {
    Nothing sink;
    EXPECT_EQ(language_.run({{"configure"}, {}, false}, sink).kind, console::Outcome::Kind::Done);
  }
  console::Help help(const std::string& line) { return console::help_at(line, language_); }

  // The word is one of those that may stand there, with help.
  void expect_word(const std::string& line, const std::string& word) {
    const console::Help here = help(line);
    ASSERT_FALSE(here.mistake) << line;
    const auto at = std::ranges::find(here.candidates, word, &console::Candidate::word);
    ASSERT_NE(at, here.candidates.end()) << line << word;
    EXPECT_FALSE(at->help.empty()) << line << word;
    // Tab types what all that begin so have in common: the word, or nothing where it begins others.
    const console::Help typed = help(line + word);
    const bool is_one = typed.candidates.size() == 1;
    EXPECT_EQ(console::tab_at(typed, line + word).insert, is_one ? word + " " : "") << line << word;
  }
  // Whatever may follow has help.
  void expect_values(const std::string& line) {
    const console::Help here = help(line);
    ASSERT_FALSE(here.mistake) << line;
    EXPECT_FALSE(here.candidates.empty()) << line;
    for (const console::Candidate& one : here.candidates)
      EXPECT_FALSE(one.help.empty()) << line << one.word;
    ++values_;
  }
  void visit(const pb::Descriptor& type, const std::string& line) {
    for (int i = 0; i < type.field_count(); ++i) {
      const pb::FieldDescriptor& field = *type.field(i);
      if (config::options_of(field).key()) continue;
      const std::string word = config::word_of(field);
      expect_word(line, word);
      const std::string below = line + word + " ";
      const bool is_inner = field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE;
      if (!is_inner || field.is_map() || field.is_repeated()) expect_values(below);
      if (is_inner && !field.is_map())
        visit(*field.message_type(), field.is_repeated() ? below + "x " : below);
    }
  }

  GatewayLanguage language_{{{answer, [] { return std::uint64_t{0}; }}, "gw"}};
  int values_ = 0;
};

TEST_F(EveryNodeTest, IsOfferedWithHelpByQuestionMarkAndTab) {
  visit(*config::v1::Config::descriptor(), "set ");
  EXPECT_GT(values_, 80) << "of the schema";
}

TEST_F(EveryNodeTest, PluginsOfferTheirOptions) {
  const auto words = [this](const std::string& line) {
    std::vector<std::string> out;
    for (const console::Candidate& one : help(line).candidates) out.push_back(one.word);
    return out;
  };
  EXPECT_EQ(words("set trunk x plugin "), (std::vector<std::string>{"generic", "<name>"}));
  EXPECT_EQ(words("set trunk x plugin-option "), (std::vector<std::string>{"tone", "<name>"}));
  EXPECT_EQ(words("set trunk x plugin-option tone "),
            (std::vector<std::string>{"low", "high", "<value>"}));
  EXPECT_EQ(words("set trunk x plugin-option other "), (std::vector<std::string>{"<value>"}));
}

}  // namespace
}  // namespace junctor::cli
