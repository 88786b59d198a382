// SPDX-License-Identifier: MIT
#include "platform/config/store_files.hpp"

#include <gtest/gtest.h>

#include "platform/config/test_config.hpp"

namespace junctor::config {
namespace {

TEST(StoreFiles, NamesOfRevisions) {
  const struct {
    const char* name;
    std::optional<std::uint32_t> number;
  } rows[] = {
      {"000001.json", 1},
      {"000042.json", 42},
      {"1234567.json", 1234567},
      {"42.json", std::nullopt},
      {"0000042.json", std::nullopt},
      {"000000.json", std::nullopt},
      {"000042.json.new", std::nullopt},
      {"000042", std::nullopt},
      {"+00042.json", std::nullopt},
      {"00004x.json", std::nullopt},
      {"9999999999.json", std::nullopt},
      {"4294967295.json", std::nullopt},
      {".json", std::nullopt},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(revision_of_file_name(row.name), row.number) << row.name;
    if (row.number) {
      EXPECT_EQ(revision_file_name(*row.number), row.name);
    }
  }
}

TEST(StoreFiles, TheFirstLineOfRunningNamesTheRevision) {
  const struct {
    const char* text;
    std::optional<std::uint32_t> revision;
  } rows[] = {
      {"// revision 42\n{}", 42},
      {"// revision 42; what else is said\n{}", 42},
      {"// revision 42", 42},
      {"// revision \n{}", std::nullopt},
      {"// revision -1\n{}", std::nullopt},
      {"// revision 99999999999\n{}", std::nullopt},
      {"// of mine\n// revision 42\n{}", std::nullopt},
      {"{}", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& row : rows) EXPECT_EQ(read_running_revision(row.text), row.revision) << row.text;
  const std::string text = write_running(42, parse_json(kGood).config);
  EXPECT_EQ(read_running_revision(text), 42U);
  EXPECT_EQ(texts(parse_json(text)), std::vector<std::string>{});
}

TEST(StoreFiles, ARevisionIsReadAsItWasWritten) {
  const Revision revision{
      43, Milliseconds{1'700'000'000'123}, "jane", R"(both ",\n  \"config\": ")", "joe", ""};
  const std::string text = write_revision(revision, parse_json(kGood).config);
  const auto again = read_revision(text, "f");
  ASSERT_TRUE(again.ok()) << again.error().text();
  EXPECT_EQ(again->number, 43U);
  EXPECT_EQ(again->time, revision.time);
  EXPECT_EQ(again->user, "jane");
  EXPECT_EQ(again->comment, revision.comment);
  EXPECT_EQ(again->confirmed_by, "joe");
  EXPECT_EQ(texts(read_revision_config(text)), std::vector<std::string>{});
}

TEST(StoreFiles, RevisionsThatOthersWroteAreReadOrRefusedWithAReason) {
  const struct {
    const char* sentence;
    const char* text;
    const char* error;  // empty: read
  } rows[] = {
      {"in one line", R"({"config": {}, "unix_ms": 1, "revision": 43})", ""},
      {"no JSON", "{\n\"revision\": 43,\n",
       "f:3: a key in quotes was expected, the end of the text is there"},
      {"no number", R"({"unix_ms": 1})", "f: revision or unix_ms is missing or is no such number"},
      {"a number in quotes", R"({"revision": "43", "unix_ms": 1})",
       "f: revision or unix_ms is missing or is no such number"},
      {"a time before there were clocks", R"({"revision": 43, "unix_ms": -9223372036854775808})",
       "f: revision or unix_ms is missing or is no such number"},
      {"no object", "[]", "f: revision or unix_ms is missing or is no such number"},
      {"nothing", "", "f:1: a value was expected, the end of the text is there"},
  };
  for (const auto& row : rows) {
    const auto revision = read_revision(row.text, "f");
    EXPECT_EQ(revision.ok() ? "" : revision.error().text(), row.error) << row.sentence;
  }
  EXPECT_EQ(texts(read_revision_config("{}")), std::vector<std::string>{"gw: config: is missing"});
  EXPECT_EQ(texts(read_revision_config("{\n\"config\": 7}")),
            std::vector<std::string>{"gw:2: an object is expected, a number is there"});
}

TEST(StoreFiles, APendingFileIsReadWithinItsBounds) {
  const auto again = read_pending_file(
      write_pending_file({43, 42, Seconds{90}, Milliseconds{1'700'000'090'000}}), "f");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->revision, 43U);
  EXPECT_EQ(again->return_to, 42U);
  EXPECT_EQ(again->window, Seconds{90});
  EXPECT_EQ(again->deadline, Milliseconds{1'700'000'090'000});
  const auto edited = read_pending_file(
      R"({"revision": 3, "return_to": 2, "window_s": 9223372036854775807, "deadline_unix_ms": 1})",
      "f");
  ASSERT_TRUE(edited.ok());
  EXPECT_EQ(edited->window, Store::kLongestWindow);
  for (const char* text :
       {"{}", R"({"revision": 3, "return_to": 2, "window_s": 60, "deadline_unix_ms": 1e3})",
        R"({"revision": 3, "return_to": 2, "window_s": 60, "deadline_unix_ms": 9000000000001})"}) {
    EXPECT_EQ(read_pending_file(text, "f").error().text(),
              "f: a number is missing or cannot be (revision, return_to, window_s, "
              "deadline_unix_ms)")
        << text;
  }
}

TEST(StoreFiles, ForeignTextIsMadePrintable) {
  const struct {
    const char* sentence;
    std::string_view in;
    std::string_view out;
  } rows[] = {
      {"plain", "jane", "jane"},
      {"a backslash stays", R"(LAB\jane)", R"(LAB\jane)"},
      {"UTF-8 stays", "j\xc3\xb6rg", "j\xc3\xb6rg"},
      {"an escape sequence", "\x1b[2J", "\\x1b[2J"},
      {"lines", "a\nb", "a\\nb"},
      {"no UTF-8", "a\xff", "a\\xff"},
      {"as long as may be", "1234567890123456", "1234567890123456"},
      {"longer", "12345678901234567", "1234567890123..."},
      {"cut between characters", "123456789012\xc3\xb6 and more", "123456789012..."},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(printable(row.in, 16), row.out) << row.sentence;
    EXPECT_EQ(printable(row.out, 16), row.out) << row.sentence;
  }
}

}  // namespace
}  // namespace junctor::config
