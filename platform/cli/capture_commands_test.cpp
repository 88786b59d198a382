// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "platform/cli/commands.hpp"
#include "platform/cli/export_folder.hpp"
#include "platform/cli/text_sink.hpp"
#include "platform/console/expand.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cli {
namespace {

using console::Outcome;
using management::v1::Reply;
using management::v1::Request;
using testing::HasSubstr;

class CaptureCommandsTest : public testing::Test {
 protected:
  // What the line of these words answers; a failure with its word.
  std::string type(std::vector<std::string> words, bool is_json = false) {
    sink.text.clear();
    const CommandRow* row = table.find(words);
    EXPECT_NE(row, nullptr);
    if (row == nullptr) return "";
    const Outcome outcome = row->run({std::move(words), {}, is_json}, sink);
    if (outcome.kind == Outcome::Kind::Wrong)
      return "word " + std::to_string(outcome.word) + ": " + outcome.text;
    return outcome.kind == Outcome::Kind::Done ? sink.text : "% " + outcome.text;
  }
  // The words that may follow.
  std::string next(const std::vector<std::string>& words) {
    std::string text;
    const console::Completion completion = table.complete(words);
    for (const console::Candidate& one : console::candidates_of(completion, {}))
      text += one.word + " ";
    return text + (completion.may_end ? "." : "");
  }
  Result<Reply> answer(const Request& request) {
    asked = request;
    Reply reply;
    if (request.has_show_ports()) {
      reply.add_ports()->set_name("lan");
    } else if (request.has_get_capture()) {
      if (file.empty()) return Error{"", "there was no capture"};
      auto& piece = *reply.mutable_capture_piece();
      piece.set_file("20260101-120000.pcapng");
      piece.set_offset(request.get_capture().offset());
      piece.set_octets(file.substr(piece.offset(), 10));
      piece.set_size(file.size() + missing);
    } else if (has_capture) {
      auto& capture = *reply.mutable_capture();
      capture.set_is_running(request.has_start_capture());
      capture.set_file("/var/lib/junctor/captures/x.pcapng");
      capture.set_what("all interfaces, without media");
      capture.set_user("ann");
      capture.set_packets(12);
      capture.set_octets(2048);
      capture.set_lost(3);
      capture.set_left_s(request.has_start_capture() ? 600 : 0);
      capture.set_ended_by("it was stopped");
    }
    return reply;
  }
  std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  Request asked;
  bool has_capture = true;
  std::string file;
  std::size_t missing = 0;
  TextSink sink;
  ipc::TempDir dir;
  GatewayLink link{[this](const Request& request) { return answer(request); }, [] { return 0; }};
  ExportFolder files{dir / "export", true};
  CommandTable table{capture_commands(link, files)};
};

TEST_F(CaptureCommandsTest, StartTakesItsWordsInAnyOrder) {
  EXPECT_EQ(type({"capture", "start"}),
            "State     runs, 600 s left\nWhat      all interfaces, without media\nBy        ann\n"
            "Packets   12\nSize      2.0 kB\nLost      3 by the capture\n"
            "File      /var/lib/junctor/captures/x.pcapng\n");
  EXPECT_FALSE(asked.start_capture().with_media());
  type({"capture", "start", "seconds", "30", "with-media", "call", "5f", "max-size", "7",
        "interface", "lan"});
  EXPECT_EQ(asked.start_capture().interface(), "lan");
  EXPECT_EQ(asked.start_capture().call_id(), "5f");
  EXPECT_TRUE(asked.start_capture().with_media());
  EXPECT_EQ(asked.start_capture().max_mb(), 7U);
  EXPECT_EQ(asked.start_capture().max_s(), 30U);
}

TEST_F(CaptureCommandsTest, SaysWhichWordIsWrong) {
  const struct {
    std::vector<std::string> more;
    const char* answer;
  } rows[] = {
      {{"seconds", "0"}, "word 3: is no number of seconds, 1 to 86400"},
      {{"with-media", "max-size", "x"}, "word 4: is no number of MB, 1 to 4096"},
      {{"max-size", "4097"}, "word 3: is no number of MB, 1 to 4096"},
      {{"call"}, "word 2: <id> is expected after this"},
      {{"loudly"}, "word 2: is no word of capture start"},
  };
  for (const auto& row : rows) {
    std::vector<std::string> words{"capture", "start"};
    words.insert(words.end(), row.more.begin(), row.more.end());
    EXPECT_EQ(type(words), row.answer);
  }
}

TEST_F(CaptureCommandsTest, Completes) {
  EXPECT_EQ(next({"capture"}), "start stop export ");
  EXPECT_EQ(next({"capture", "start"}), "interface call with-media max-size seconds .");
  EXPECT_EQ(next({"capture", "start", "with-media"}), "interface call max-size seconds .");
  EXPECT_EQ(next({"capture", "start", "interface"}), "lan <name> ");
  EXPECT_EQ(next({"capture", "start", "call"}), "<id> ");
  EXPECT_EQ(next({"capture", "start", "seconds"}), "<1-86400> ");
  EXPECT_EQ(next({"capture", "start", "seconds", "9", "call", "5f"}),
            "interface with-media max-size .");
  EXPECT_EQ(next({"capture", "export"}), "<file> .");
}

TEST_F(CaptureCommandsTest, ShowsTheLastOne) {
  EXPECT_THAT(type({"show", "capture"}), HasSubstr("State     ended: it was stopped\n"));
  EXPECT_THAT(type({"capture", "stop"}, true), HasSubstr("\"packets\": 12,\n"));
  EXPECT_TRUE(asked.has_stop_capture());
  has_capture = false;
  EXPECT_EQ(type({"show", "capture"}), "there was no capture\n");
}

TEST_F(CaptureCommandsTest, ExportsAFileAndOverwritesNone) {
  const std::string path = dir / "calls.pcapng";
  EXPECT_EQ(type({"capture", "export", path}), "% there was no capture");
  EXPECT_FALSE(std::filesystem::exists(path));
  file = "a capture that comes in pieces";
  EXPECT_EQ(type({"capture", "export", path}), path + ": 30 B\n");
  EXPECT_EQ(content(path), file);
  EXPECT_EQ(asked.get_capture().file(), "20260101-120000.pcapng") << "all of the same file";
  struct stat about {};
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0007U, 0U) << "calls are nobody's business";
  EXPECT_EQ(type({"capture", "export", path}),
            "% " + path + ": is there already; the word force overwrites it");
  EXPECT_EQ(type({"capture", "export", dir / "none/x"}),
            "% " + (dir / "none/x") + ": No such file or directory");
  EXPECT_EQ(content(path), file);
}

TEST_F(CaptureCommandsTest, AnExportThatFailsLeavesNothing) {
  file = "a capture that becomes shorter";
  missing = 5;
  const std::string path = dir / "calls.pcapng";
  EXPECT_EQ(type({"capture", "export", path}), "% the capture became shorter meanwhile");
  EXPECT_FALSE(std::filesystem::exists(path));
  sink.interrupted = true;
  EXPECT_THAT(type({"capture", "export", path}), HasSubstr("interrupted"));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(CaptureCommandsTest, TheNameOfAnExportIsThatOfTheCapture) {
  file = "x";
  const std::string path = dir / "export/junctor-20260101-120000.pcapng";
  EXPECT_EQ(type({"capture", "export"}), path + ": 1 B\n");
  EXPECT_EQ(content(path), "x");
  file = "yy";
  EXPECT_THAT(type({"capture", "export"}), HasSubstr("is there already"));
  EXPECT_EQ(type({"capture", "export", "junctor-20260101-120000.pcapng", "force"}, true),
            "{\n  \"file\": \"" + path + "\",\n  \"octets\": 2\n}\n");
  EXPECT_EQ(content(path), "yy");
  EXPECT_EQ(type({"capture", "export", "force"}), (dir / "export/force") + ": 2 B\n") << "a name";
  EXPECT_THAT(type({"capture", "export", "force"}), HasSubstr("is there already"));
}

}  // namespace
}  // namespace junctor::cli
