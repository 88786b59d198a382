// SPDX-License-Identifier: MIT
#include "platform/console/words.hpp"

#include <gtest/gtest.h>

namespace junctor::console {
namespace {

// [0 show][5 calls]|[13 include][21 "a b"], in words.
std::string picture(const Split& split) {
  std::string out;
  for (std::size_t i = 0; i < split.parts.size(); ++i) {
    if (i > 0) out += "|" + std::to_string(split.pipes[i - 1]);
    for (const Word& word : split.parts[i])
      out += "[" + std::to_string(word.at) + (word.is_quoted ? "'" : " ") + word.text + "]";
  }
  if (split.is_comment) out += "comment";
  if (split.mistake) out += "% " + split.mistake->text + "@" + std::to_string(split.mistake->at);
  return out;
}

TEST(Words, AreSplit) {
  const struct {
    const char* sentence;
    const char* line;
    const char* expected;
  } rows[] = {
      {"nothing", "", ""},
      {"blanks are nothing", " \t ", ""},
      {"words have their columns", "show  calls\tbrief", "[0 show][6 calls][12 brief]"},
      {"blanks at both ends", "  show ", "[2 show]"},
      {"quotes hold blanks and pipes", "set name \"a | b\"", "[0 set][4 name][9'a | b]"},
      {"an empty word is a word", "set name \"\"", "[0 set][4 name][9']"},
      {"quotes within a word", "a\"b c\"d", "[0'ab cd]"},
      {"quotes escaped in quotes", R"("a\"b\\c")", R"([0'a"b\c])"},
      {"a pattern keeps its backslash", R"(x \d+\.)", R"([0 x][2 \d+\.])"},
      {"and in quotes", R"("\d ?")", R"([0'\d ?])"},
      {"an escaped pipe is ordinary", R"(a\|b)", "[0'a|b]"},
      {"an escaped blank is ordinary", R"(a\ b)", "[0'a b]"},
      {"a backslash at the end is one", R"(a\)", R"([0 a\])"},
      {"a pipe", "show | count", "[0 show]|5[7 count]"},
      {"a pipe needs no blanks", "show|include x|count",
       "[0 show]|4[5 include][13 x]|14[15 count]"},
      {"an empty pipe", "show |", "[0 show]|5"},
      {"a pipe without a command", "| count", "|0[2 count]% no command@0"},
      {"a comment", "# show | \"", "comment"},
      {"a comment of another school", "  ! x", "comment"},
      {"no comment within a line", "set x #1", "[0 set][4 x][6 #1]"},
      {"an open quote", "set \"a b", "[0 set][4'a b]% the quote is not closed@4"},
      {"the quote that is open", "\"a\" \"b", "[0'a][4'b]% the quote is not closed@4"},
      {"beyond ASCII", "set \xc3\xa4 b", "[0 set][4 \xc3\xa4][7 b]"},
      {"a control character", "show\x1b[2J", "% control character@4"},
      {"no text at all", "a \xff", "% not UTF-8@2"},
  };
  for (const auto& row : rows) EXPECT_EQ(picture(split(row.line)), row.expected) << row.sentence;
}

TEST(Words, KnowWhereTheLineEnds) {
  EXPECT_FALSE(split("").is_in_word);
  EXPECT_TRUE(split("sh").is_in_word);
  EXPECT_FALSE(split("show ").is_in_word);
  EXPECT_FALSE(split("show |").is_in_word);
  EXPECT_TRUE(split("show \"a b").is_in_quotes);
  EXPECT_TRUE(split("show \"a").is_in_word);
  EXPECT_FALSE(split("show \"a\"").is_in_quotes);
}

TEST(Words, AreQuotedSoThatSplitGivesThemBack) {
  const struct {
    const char* word;
    const char* typed;
  } rows[] = {
      {"pbx", "pbx"},         {"", "\"\""},     {"a b", "\"a b\""},     {"a\"b", "\"a\\\"b\""},
      {"a\\b", "\"a\\\\b\""}, {"#1", "\"#1\""}, {"what?", "\"what?\""}, {"a|b", "\"a|b\""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(quoted(row.word), row.typed);
    EXPECT_EQ(split(quoted(row.word)).parts[0].at(0).text, row.word);
  }
}

TEST(Mistake, IsShownUnderItsPlace) {
  const struct {
    const char* sentence;
    const char* line;
    std::size_t at;
    std::size_t width;
    const char* expected;
  } rows[] = {
      {"below the word, past the prompt", "show cals", 5, 80, "       ^\n% m\n"},
      {"at the line's end", "show ", 5, 80, "       ^\n% m\n"},
      {"wide characters take two columns", "\xe4\xb8\xad\xe4\xb8\xad x", 7, 80, "       ^\n% m\n"},
      {"accents take none", "e\xcc\x81 x", 4, 80, "    ^\n% m\n"},
      {"on the last row of a long line", "0123456789 x", 11, 10, "   ^\n% m\n"},
      {"on an earlier row the word says it", "bad 456789 x", 0, 10, "% m: bad\n"},
      {"a row that is just full", "01234 x", 6, 9, "        ^\n% m\n"},
      {"foreign text is made safe", "a\x1b[2J", 0, 3, "% m: a\\x1b[2J\n"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(describe({"m", row.at}, row.line, 2, row.width), row.expected) << row.sentence;
  EXPECT_EQ(describe({"m", 5}, "show cals"), "% m: cals\n");
  EXPECT_EQ(describe({"bad\t\x1b[2J", 0}, "x", 2, 80), "  ^\n% bad     \\x1b[2J\n");
  EXPECT_EQ(describe({"m", 5}, "show|  "), "% m\n");
  EXPECT_EQ(describe({"m", 4}, "show|  "), "% m: |\n");
}

}  // namespace
}  // namespace junctor::console
