// SPDX-License-Identifier: MIT
#include "platform/config/json.hpp"

#include <gtest/gtest.h>

namespace junctor::config {
namespace {

using namespace std::string_literals;

TEST(Json, ReadsATreeThatKnowsItsLines) {
  const auto json = read_json(
      "// who\n{\n  \"a\": [1, -2.5e+3, true, null], /* two\n lines */ \"b\":\n {\"c\": "
      "\"x\"}\n}\n");
  ASSERT_TRUE(std::holds_alternative<Json>(json)) << std::get<Finding>(json).reason;
  const Json& root = std::get<Json>(json);
  EXPECT_EQ(root.line, 2);
  ASSERT_EQ(root.members.size(), 2U);
  EXPECT_EQ(root.members[0].value.items.at(1).text, "-2.5e+3");
  EXPECT_TRUE(root.members[0].value.items.at(2).is_true);
  EXPECT_EQ(root.members[0].value.items.at(3).kind, Json::Kind::Null);
  EXPECT_EQ(root.members[1].line, 4) << "of the key, after a comment of two lines";
  EXPECT_EQ(root.members[1].value.line, 5) << "of the value";
}

TEST(Json, ReadsStrings) {
  const struct {
    const char* sentence;
    std::string in;
    std::string out;
  } rows[] = {
      {"escapes", R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {"a code point", R"("\u00fcx")", "\xc3\xbcx"},
      {"two halves", R"("\ud83d\uDCDE")", "\xf0\x9f\x93\x9e"},
      {"NUL is text like any other", R"("a\u0000b")", "a\0b"s},
      {"UTF-8 as it is", "\"\xc3\xbc\"", "\xc3\xbc"},
      {"a byte order mark is passed over", "\xef\xbb\xbf\"a\"", "a"},
  };
  for (const auto& row : rows) {
    const auto json = read_json(row.in);
    ASSERT_TRUE(std::holds_alternative<Json>(json)) << row.sentence;
    EXPECT_EQ(std::get<Json>(json).text, row.out) << row.sentence;
  }
}

TEST(Json, RefusesWithLineAndReason) {
  const struct {
    std::string in;
    int line;
    const char* reason;
  } rows[] = {
      {"", 1, "a value was expected, the end of the text is there"},
      {"{\n\"a\": 1,\n}", 3, "a key in quotes was expected, '}' is there"},
      {"[1,\n]", 2, "a value was expected, ']' is there"},
      {"[1 2]", 1, "',' or ']' was expected, '2' is there"},
      {"{\"a\" 1}", 1, "':' was expected, '1' is there"},
      {"{\"a\": 1\n\"b\": 2}", 2, "',' or '}' was expected, '\"' is there"},
      {"{a: 1}", 1, "a key in quotes was expected, 'a' is there"},
      {"{} {}", 1, "text follows after the end"},
      {"{}\n\nx", 3, "text follows after the end"},
      {"/* {}", 1, "a comment is not closed"},
      {"\"a\nb\"", 1, "a string is not closed"},
      {"\"a", 1, "a string is not closed"},
      {"\"a\tb\"", 1, "a control character is in a string"},
      {"\"\xff\"", 1, "a string is not UTF-8"},
      {"\"\\x\"", 1, "a string has an unknown escape: \\ and 'x'"},
      {"\"\\u12g4\"", 1, "\\u needs four hexadecimal digits"},
      {"\"\\ud800x\"", 1, "half of a character is in a string"},
      {"\"\\udc00\"", 1, "half of a character is in a string"},
      {"\"\\ud800\\u0041\"", 1, "half of a character is in a string"},
      {"01", 1, "a number begins with 0"},
      {"-", 1, "a digit was expected, the end of the text is there"},
      {"1.", 1, "a digit was expected, the end of the text is there"},
      {"1e+", 1, "a digit was expected, the end of the text is there"},
      {"+1", 1, "a value was expected, '+' is there"},
      {"NaN", 1, "a value was expected, 'N' is there"},
      {"truth", 1, "a value was expected, 't' is there"},
      {"\x1b", 1, "a value was expected, '\\x1b' is there"},
      {"\0"s, 1, "a value was expected, '\\x00' is there"},
      {std::string(66, '['), 1, "values are nested more than 64 deep"},
  };
  for (const auto& row : rows) {
    const auto json = read_json(row.in);
    ASSERT_TRUE(std::holds_alternative<Finding>(json)) << row.in;
    EXPECT_EQ(std::get<Finding>(json).line, row.line) << row.in;
    EXPECT_EQ(std::get<Finding>(json).reason, row.reason) << row.in;
  }
}

TEST(Json, HasLimits) {
  const std::string deep(64, '[');
  EXPECT_TRUE(std::holds_alternative<Json>(read_json(deep + "1" + std::string(64, ']'))))
      << "64 deep is allowed";
  const auto large = read_json(std::string(Json::kMaxBytes + 1, ' '));
  EXPECT_EQ(std::get<Finding>(large).reason, "the text is larger than 16 MiB");
  std::string many = "[0";
  for (int i = 0; i < Json::kMaxValues; ++i) many += ",0";
  EXPECT_EQ(std::get<Finding>(read_json(many + "]")).reason, "there are more than 1000000 values");
}

}  // namespace
}  // namespace junctor::config
