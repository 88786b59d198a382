// SPDX-License-Identifier: MIT
#include "platform/console/expand.hpp"

#include <gtest/gtest.h>

#include "platform/console/test_language.hpp"

namespace junctor::console {
namespace {

// "show calls" or "% sentence@column".
std::string planned(const std::string& line) {
  const Toy toy;
  const auto result = plan(split(line), line.size(), toy);
  if (const auto* mistake = std::get_if<Mistake>(&result))
    return "% " + mistake->text + "@" + std::to_string(mistake->at);
  const Plan& good = std::get<Plan>(result);
  std::string out;
  for (const auto& word : good.command.words) out += (out.empty() ? "" : " ") + word;
  for (const auto& word : good.command.view) out += " |" + word;
  if (good.command.is_json) out += " json";
  if (good.pipes.is_unpaged) out += " no-more";
  if (!good.pipes.filters.empty()) out += " " + std::to_string(good.pipes.filters.size());
  return out;
}

TEST(Expand, MakesWordsWhole) {
  const struct {
    const char* sentence;
    const char* line;
    const char* expected;
  } rows[] = {
      {"whole words stay", "show calls", "show calls"},
      {"one keyword begins so", "sho long", "show long"},
      {"each word", "con", "configure"},
      {"two begin so", "sh calls", "% ambiguous: show, shutdown@0"},
      {"the second word", "show cal", "% ambiguous: calls, calendar@5"},
      {"nothing begins so", "show  cows", "% unknown word@6"},
      {"a value that the operator chooses", "set port 5060", "set port 5060"},
      {"a keyword beside it", "set port a", "set port any"},
      {"quoted it is the value", "set port \"a\"", "set port a"},
      {"a name is typed whole", "show trunk pbx", "show trunk pbx"},
      {"and not cut short", "show trunk pb", "% unknown word@11"},
      {"a quoted keyword is one when whole", "\"show\" calls", "show calls"},
      {"but not cut short", "\"sho\" calls", "% unknown word@0"},
      {"too much", "show calls now", "% nothing may follow here@11"},
      {"not enough", "show", "% incomplete@4"},
      {"not enough before a pipe", "show | count", "% incomplete@5"},
      {"a mistake of the words", "show \"a", "% the quote is not closed@5"},
      {"a filter", "show calls | inc a", "show calls 1"},
      {"filters", "show calls | e a | i b|coun", "show calls 3"},
      {"json", "show calls | j", "show calls json"},
      {"json, filtered", "show calls | json | begin x", "show calls json 1"},
      {"no-more", "show calls | n", "show calls no-more"},
      {"json is no filter", "show calls | count | json",
       "% json stands after the first pipe only@21"},
      {"an unknown pipe", "show calls | frob", "% unknown word@13"},
      {"an empty pipe", "show calls | ", "% incomplete@13"},
      {"an empty pipe between", "show calls | | count", "% incomplete@13"},
      {"a filter without pattern", "show calls | include", "% a pattern is missing@20"},
      {"a bad pattern", "show calls | include (a", "% bad pattern, missing ): (a@21"},
      {"a pattern of words", "show calls | include two words", "show calls 1"},
      {"too much for count", "show calls | count x", "% nothing may follow here@19"},
      {"what the language knows", "show config | com r 3 | count",
       "show config |compare |rollback |3 1"},
      {"not of this command", "show calls | compare", "% unknown word@13"},
      {"not enough of it", "show config | compare rollback", "% incomplete@30"},
      {"not late", "show config | count | compare",
       "% compare stands after the first pipe only@22"},
  };
  for (const auto& row : rows) EXPECT_EQ(planned(row.line), row.expected) << row.sentence;
}

TEST(Expand, KnowsWhereEachWordStands) {
  const std::string line = " show  conf | comp  roll 3 | count";
  const auto result = plan(split(line), line.size(), Toy());
  EXPECT_EQ(std::get<Plan>(result).places, (std::vector<std::size_t>{1, 7, 14, 20, 25}));
}

}  // namespace
}  // namespace junctor::console
