// SPDX-License-Identifier: MIT
#include "platform/config/number_pattern.hpp"

#include <gtest/gtest.h>

namespace junctor::config {
namespace {

TEST(NumberPattern, Matches) {
  const struct {
    const char* sentence;
    const char* pattern;
    const char* number;
    bool is_match;
  } rows[] = {
      {"a number is itself", "555", "555", true},
      {"and no longer one", "555", "5551", false},
      {"and no shorter one", "555", "55", false},
      {"an X without '_' is a letter", "1X", "1X", true},
      {"and no digit", "1X", "12", false},
      {"a name is a number too", "alice.b-c_d", "alice.b-c_d", true},
      {"names differ in case", "alice", "Alice", false},
      {"X is any digit", "_1XXX", "1000", true},
      {"X is no star", "_1XXX", "10*0", false},
      {"X stands for exactly one", "_1XXX", "100", false},
      {"Z is not 0", "_Z", "0", false},
      {"Z is 1", "_Z", "1", true},
      {"N is not 1", "_N", "1", false},
      {"N is 2", "_N", "2", true},
      {"N is 9", "_N", "9", true},
      {"classes in lower case", "_nxz", "209", true},
      {"a set holds its characters", "_[12-5]", "1", true},
      {"and its ranges", "_[12-5]", "4", true},
      {"and nothing else", "_[12-5]", "6", false},
      {"a set may hold + * #", "_[+*#]1", "#1", true},
      {"X in a set is a letter", "_[X]", "3", false},
      {"'-' at the end of a set is itself", "_[1-]", "-", true},
      {"ranges of letters", "_[a-c]", "b", true},
      {"'.' is one character", "_9.", "91", true},
      {"or many of any kind", "_9.", "9alice@\xff", true},
      {"but not none", "_9.", "9", false},
      {"'_.' is any number", "_.", "+4930", true},
      {"but not the empty one", "_.", "", false},
      {"'!' may be none", "_9!", "9", true},
      {"or many", "_9!", "9123", true},
      {"'_!' takes the empty number", "_!", "", true},
      {"a plus is itself", "_+49.", "+4930", true},
      {"and must be there", "_+49.", "4930", false},
      {"star codes", "_*X#", "*7#", true},
      {"letters in a pattern are themselves", "_a1X", "a15", true},
  };
  for (const auto& row : rows) {
    const auto pattern = NumberPattern::parse(row.pattern);
    ASSERT_TRUE(pattern.ok()) << row.sentence << ": " << pattern.error().text();
    EXPECT_EQ(pattern->matches(row.number), row.is_match) << row.sentence;
    EXPECT_EQ(pattern->text(), row.pattern);
  }
}

TEST(NumberPattern, RefusesWithAReason) {
  const struct {
    const char* pattern;
    const char* reason;
  } rows[] = {
      {"", "the pattern is empty"},
      {"_", "nothing follows '_'"},
      {"1 2", "' ' cannot be in a number; a pattern begins with '_'"},
      {"9!", "'!' cannot be in a number; a pattern begins with '_'"},
      {"_9.1", "'.' can only be at the end"},
      {"_!.", "'!' can only be at the end"},
      {"_[12", "'[' is not closed"},
      {"_[]", "'[]' holds nothing"},
      {"_[5-2]", "'5-2' is no range"},
      {"_[1-a]", "'1-a' is no range"},
      {"_[1 ]", "' ' cannot be in a set"},
      {"_1]", "']' cannot be in a pattern"},
      {"_1\n", "'\\n' cannot be in a pattern"},
  };
  for (const auto& row : rows) {
    const auto pattern = NumberPattern::parse(row.pattern);
    ASSERT_FALSE(pattern.ok()) << row.pattern;
    EXPECT_EQ(pattern.error().message, row.reason) << row.pattern;
  }
  EXPECT_FALSE(NumberPattern::parse(std::string(129, '1')).ok());
}

TEST(NumberPattern, Covers) {
  const struct {
    const char* sentence;
    const char* wide;
    const char* narrow;
    bool is_covered;
  } rows[] = {
      {"a pattern covers itself", "_1XXX", "_1XXX", true},
      {"X covers N", "_X", "_N", true},
      {"N does not cover X", "_N", "_X", false},
      {"a class covers a number", "_1XXX", "1234", true},
      {"a number covers its spelling as a pattern", "123", "_123", true},
      {"a class written as a set", "_[0-9]", "_X", true},
      {"a larger set", "_[1-5]", "_[24]", true},
      {"sets that overlap", "_[1-3]", "_[34]", false},
      {"'_.' covers every fixed pattern", "_.", "_1XXX", true},
      {"'_.' covers a longer open one", "_.", "_9.", true},
      {"'_.' does not cover '_!' (the empty number)", "_.", "_!", false},
      {"'_!' covers '_.'", "_!", "_.", true},
      {"'_9.' does not cover '_9!' (9 alone)", "_9.", "_9!", false},
      {"'_9!' covers '_9.'", "_9!", "_9.", true},
      {"'_9X.' does not cover '_9.' (a letter may follow)", "_9X.", "_9.", false},
      {"'_X.' does not cover '_.'", "_X.", "_.", false},
      {"'_X!' covers '_XX.'", "_X!", "_XX.", true},
      {"'_XX!' does not cover '_X!' (one digit)", "_XX!", "_X!", false},
      {"'_X.' covers '_XX'", "_X.", "_XX", true},
      {"a closed one never covers an open one", "_XXX", "_XX!", false},
      {"nor a longer one", "_X", "_XX", false},
      {"X does not cover a star", "_X", "_[1*]", false},
  };
  for (const auto& row : rows) {
    const auto wide = NumberPattern::parse(row.wide);
    const auto narrow = NumberPattern::parse(row.narrow);
    ASSERT_TRUE(wide.ok() && narrow.ok()) << row.sentence;
    EXPECT_EQ(wide->covers(*narrow), row.is_covered) << row.sentence;
  }
}

// The verdict of covers() against its definition, over all short numbers of a small alphabet.
TEST(NumberPattern, CoversIsExact) {
  std::vector<std::string> numbers = {""};
  for (std::size_t begin = 0, length = 0; length < 4; ++length) {
    const std::size_t end = numbers.size();
    for (std::size_t i = begin; i < end; ++i) {
      for (const char c : {'0', '1', '2', '*'}) numbers.push_back(numbers[i] + c);
    }
    begin = end;
  }
  std::vector<NumberPattern> patterns;
  for (const char* text : {"_.",  "_!",    "_X",   "_Z",     "_N",      "_X.",      "_X!",
                           "_ZX", "_1.",   "_1!",  "_[12]X", "_[12]!",  "1",        "12",
                           "_*X", "_[*X]", "_XX.", "_XX!",   "_[0-2*]", "_[012*].", "_[012*]!"}) {
    patterns.push_back(NumberPattern::parse(text).value());
  }
  for (const auto& wide : patterns) {
    for (const auto& narrow : patterns) {
      bool is_counterexample_found = false;
      for (const auto& number : numbers) {
        if (narrow.matches(number) && !wide.matches(number)) is_counterexample_found = true;
      }
      if (is_counterexample_found) {
        EXPECT_FALSE(wide.covers(narrow)) << wide.text() << " " << narrow.text();
      }
      if (wide.covers(narrow)) {
        EXPECT_FALSE(is_counterexample_found) << wide.text() << " " << narrow.text();
      }
    }
  }
}

TEST(NumberPattern, IsNotedWhereItsMarkIsForgotten) {
  for (const char* text : {"5XXX", "5xxx", "NXX", "0ZX.", "+49X", "*9X#"})
    EXPECT_TRUE(is_pattern_without_mark(text)) << text;
  for (const char* text :
       {"", "5000", "_5XXX", "anna", "XAVER", "max", "nina-x", "9.", "+49", "_."})
    EXPECT_FALSE(is_pattern_without_mark(text)) << text;
}

}  // namespace
}  // namespace junctor::config
