// SPDX-License-Identifier: MIT
#include "platform/console/help.hpp"

#include <gtest/gtest.h>

#include "platform/console/test_language.hpp"
#include "platform/console/text.hpp"

namespace junctor::console {
namespace {

std::string words_at(const std::string& line) {
  const Help help = help_at(line, Toy());
  if (help.mistake) return "% " + help.mistake->text + "@" + std::to_string(help.mistake->at);
  std::string out;
  for (const Candidate& candidate : help.candidates)
    out += (out.empty() ? "" : " ") + candidate.word;
  return out + (help.may_end ? " <cr>" : "");
}

TEST(Help, ListsWhatMayStandHere) {
  const struct {
    const char* sentence;
    const char* line;
    const char* expected;
  } rows[] = {
      {"without a blank: how the word goes on", "sh", "show shutdown"},
      {"a whole word without a blank", "show", "show"},
      {"with a blank: what follows", "show ", "calls calendar config long trunk"},
      {"after an abbreviation", "sho ca", "calls calendar"},
      {"where the line may end", "show calls ", " <cr>"},
      {"a place for what one chooses", "set port ", "<1-65535> any"},
      {"and a beginning of it", "set port 50", "<1-65535>"},
      {"names", "show trunk p", "pbx provider"},
      {"within quotes", "show trunk \"two w", "two words"},
      {"pipes", "show calls | ", "include exclude begin section count json no-more"},
      {"the beginning of one", "show calls | e", "exclude"},
      {"pipes of the language", "show config | co", "count compare"},
      {"and what they take", "show config | compare rollback ", "<0-49>"},
      {"not after a second pipe", "show config | count | j", ""},
      {"a pattern", "show calls | include ", "<pattern>"},
      {"after a pattern", "show calls | include x ", "<pattern> <cr>"},
      {"nothing fits", "cows", ""},
      {"a mistake before", "cows ", "% unknown word@0"},
      {"an abbreviation that is none", "sh x", "% ambiguous: show, shutdown@0"},
      {"a pipe too early", "show | ", "% incomplete@5"},
      {"a comment", "# sh", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(words_at(row.line), row.expected) << row.sentence;
}

TEST(Help, IsListedInColumns) {
  EXPECT_EQ(list_of(help_at("show ca", Toy()), 80),
            "  calls     Calls that are up\n"
            "  calendar  Days\n");
  EXPECT_EQ(list_of(help_at("show calls ", Toy()), 80),
            "  <cr>\n"
            "  |     Filter the answer, or another form of it\n");
  EXPECT_EQ(list_of(help_at("show trunk ", Toy()), 80), "  pbx\n  provider\n  \"two words\"\n");
  EXPECT_EQ(list_of(help_at("cows", Toy()), 80), "% nothing may stand here\n");
  Help help;
  help.candidates = {{"a\x1b", "one two three four five six seven eight\n"},
                     {"a-word-that-is-much-longer-than-all-others", "help"}};
  EXPECT_EQ(list_of(help, 30),
            "  a\\x1b  one two three four\n"
            "         five six seven\n"
            "         eight\\n\n"
            "  a-word-that-is-much-longer-than-all-others\n"
            "         help\n");
}

TEST(Help, TabTypes) {
  const struct {
    const char* sentence;
    const char* line;
    std::size_t erase;
    const char* insert;
  } rows[] = {
      {"the only word", "conf", 4, "configure "},
      {"a blank after a whole word", "configure", 9, "configure "},
      {"what is common to all", "s", 0, ""},
      {"as far as they agree", "show c", 0, ""},
      {"a step on", "show cale", 4, "calendar "},
      {"the common start", "show trunk pr", 2, "provider "},
      {"a name with its quotes", "show trunk t", 1, "\"two words\" "},
      {"a name begun in quotes", "show trunk \"tw", 3, "\"two words\" "},
      {"nothing for a number", "set port 5", 0, ""},
      {"nothing beside a number", "set port ", 0, ""},
      {"but a keyword that is begun", "set port a", 1, "any "},
      {"a pipe", "show calls | se", 2, "section "},
      {"nothing that fits", "cows", 0, ""},
      {"nothing at the end", "show calls ", 0, ""},
  };
  for (const auto& row : rows) {
    const TabEdit edit = tab_at(help_at(row.line, Toy()), row.line);
    EXPECT_EQ(edit.insert, row.insert) << row.sentence;
    EXPECT_EQ(edit.erase, row.erase) << row.sentence;
  }
}

TEST(Help, TabTypesACommonStart) {
  Help help;
  help.candidates = {{"options-interval", ""}, {"options-timeout", ""}};
  help.typed = {"op", 4, false};
  EXPECT_EQ(tab_at(help, "set op").insert, "options-");
  EXPECT_EQ(tab_at(help, "set op").erase, 2U);
  help.candidates = {{"a b1", "", Candidate::Kind::Value}, {"a b2", "", Candidate::Kind::Value}};
  help.typed = {"a", 4, false};
  EXPECT_EQ(tab_at(help, "set a").insert, "\"a b");
}

TEST(Help, KnowsAnOrdinaryQuestionMark) {
  EXPECT_FALSE(is_plain_question("show "));
  EXPECT_TRUE(is_plain_question("set x \"a"));
  EXPECT_FALSE(is_plain_question("set x \"a\" "));
  EXPECT_TRUE(is_plain_question("show calls | include a\\"));
}

TEST(Text, IsMadeSafe) {
  EXPECT_EQ(safe_line("a\tb"), "a       b");
  EXPECT_EQ(safe_line("\xc3\xa4\t|"), "\xc3\xa4       |");
  EXPECT_EQ(safe_line("C:\\x \x1b[2J\xff"), "C:\\x \\x1b[2J\\xff");
  EXPECT_EQ(cells("\xe4\xb8\xad\xc3\xa4"), 3U);
}

}  // namespace
}  // namespace junctor::console
