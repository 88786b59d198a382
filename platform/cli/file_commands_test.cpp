// SPDX-License-Identifier: MIT
#include "platform/cli/file_commands.hpp"
#include "platform/cli/text_sink.hpp"
#include "platform/ipc/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace junctor::cli {
namespace {

using console::Outcome;
using management::v1::Reply;
using management::v1::Request;
using testing::HasSubstr;
using testing::MatchesRegex;
using For = ExportFolder::For;

class FileCommandsTest : public testing::Test {
 protected:
  std::string type(std::vector<std::string> words, bool is_json = false) {
    sink.text.clear();
    const CommandRow* row = table.find(words);
    EXPECT_NE(row, nullptr);
    if (row == nullptr) return "";
    const Outcome outcome = row->run({std::move(words), {}, is_json}, sink);
    return outcome.kind == Outcome::Kind::Done ? sink.text : "% " + outcome.text;
  }
  void put(const std::string& name, std::string_view octets, For readers = For::Operators) {
    const auto file = files.create(name, false, readers);
    ASSERT_TRUE(file) << file.error().text();
    ASSERT_TRUE((*file)->write(octets) && (*file)->keep());
  }

  config::v1::Role role = config::v1::OPERATOR;
  bool is_there = true;
  TextSink sink;
  ipc::TempDir dir;
  GatewayLink link{[this](const Request&) -> Result<Reply> {
                     if (!is_there) return Error{"", "junctor-control does not answer"};
                     Reply reply;
                     reply.mutable_configuration()->set_role(role);
                     return reply;
                   },
                   [] { return 0; }};
  ExportFolder files{dir / "export"};
  CommandTable table{file_commands(link, files)};
};

TEST_F(FileCommandsTest, ListsThem) {
  EXPECT_THAT(type({"show", "files"}), HasSubstr("there is no file\n0 B of 512.0 MB are used, "));
  EXPECT_THAT(type({"show", "files"}, true), HasSubstr("\"files\": [],\n  \"used_octets\": 0"));
  put("a.json", std::string(2048, 'a'));
  EXPECT_THAT(type({"show", "files"}),
              MatchesRegex("NAME +SIZE +WRITTEN .UTC.\na.json +2.0 kB +20..-..-.. ..:..:..\n"
                           "2.0 kB of 512.0 MB are used, .* of the disk are free\n"));
  EXPECT_THAT(type({"show", "files"}, true), HasSubstr("{\"name\": \"a.json\", \"octets\": 2048"));
}

TEST_F(FileCommandsTest, AProgramGetsTheFileAndNothingElse) {
  const std::string text = "{\n  \"name\": \"Müller\"\n}\n";
  put("a.json", text);
  EXPECT_EQ(type({"show", "file", "a.json"}), text);
  EXPECT_EQ(type({"show", "file", "a.json", "hash"}).substr(64), "  a.json\n");
}

TEST_F(FileCommandsTest, APersonSeesByWhatItIsKnown) {
  put("a", "abc\n");
  sink.terminal = true;
  const std::string digest = "edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb";
  EXPECT_EQ(type({"show", "file", "a"}), "# a, 4 B\n# sha256 " + digest + "\nabc\n");
  EXPECT_EQ(type({"show", "file", "a", "base64"}), "# a, 4 B\n# sha256 " + digest + "\nYWJjCg==\n");
  EXPECT_EQ(type({"show", "file", "a", "hash"}), digest + "  a\n");
  EXPECT_EQ(type({"show", "file", "a"}, true),
            "{\n  \"name\": \"a\",\n  \"octets\": 4,\n  \"sha256\": \"" + digest +
                "\",\n  \"base64\": \"YWJjCg==\"\n}\n");
}

TEST_F(FileCommandsTest, WhatIsNoTextGoesAsBase64) {
  for (const std::string_view octets :
       {std::string_view("\x0a\x0d\x0d\x0a\0", 5), std::string_view("no end"),
        std::string_view("tab\there\n"), std::string_view("\xff\n"),
        std::string_view("\x1b[2J\n")}) {
    put("a", octets);
    EXPECT_EQ(type({"show", "file", "a"}), "% a is no text that can be shown: show file a base64");
    type({"delete", "file", "a"});
  }
  // More than a piece, and not a whole number of lines.
  put("b", std::string(57 * 512 + 58, 'b'));
  const std::string text = type({"show", "file", "b", "base64"});
  EXPECT_EQ(text.size(), 513U * 77 + 5);
  EXPECT_EQ(text.substr(text.size() - 5), "Yg==\n");
  sink.interrupted = true;
  EXPECT_EQ(type({"show", "file", "b", "base64"}), "% interrupted");
}

TEST_F(FileCommandsTest, DeletesOne) {
  put("a", "abc");
  EXPECT_EQ(type({"delete", "file", "a"}), "a is deleted, 3 B\n");
  EXPECT_EQ(type({"delete", "file", "a"}), "% a: there is no such file in " + (dir / "export"));
  EXPECT_THAT(type({"delete", "file", "../a"}), HasSubstr("a name of a file begins"));
  EXPECT_THAT(type({"show", "file", "../a"}), HasSubstr("a name of a file begins"));
}

TEST_F(FileCommandsTest, RolesHold) {
  put("calls", "abc\n");
  put("config", "sealed\n", For::Admins);
  const struct {
    config::v1::Role role;
    bool may_calls, may_config;
  } rows[] = {{config::v1::VIEWER, false, false},
              {config::v1::OPERATOR, true, false},
              {config::v1::ADMIN, true, true}};
  for (const auto& row : rows) {
    role = row.role;
    EXPECT_EQ(type({"show", "file", "calls"}),
              row.may_calls ? "abc\n" : "% that is for operators and admins");
    EXPECT_EQ(type({"show", "file", "config"}),
              row.may_config ? "sealed\n" : "% that is for admins");
  }
  role = config::v1::OPERATOR;
  EXPECT_EQ(type({"delete", "file", "config"}), "% that is for admins");
  role = config::v1::VIEWER;
  EXPECT_EQ(type({"delete", "file", "calls"}), "% that is for operators and admins");
  is_there = false;
  EXPECT_EQ(type({"delete", "file", "calls"}), "% junctor-control does not answer");
}

}  // namespace
}  // namespace junctor::cli
