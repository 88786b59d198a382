// SPDX-License-Identifier: MIT
#include "platform/config/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/config/test_words.hpp"

namespace junctor::config {
namespace {

TEST(Diff, SaysLittleAndIsComplete) {
  const struct {
    const char* sentence;
    Lines edits;
    const char* compared;
  } rows[] = {
      {"nothing", {}, ""},
      {"a leaf",
       {"set trunk pbx max-calls 6"},
       "- trunk pbx max-calls 5\n+ trunk pbx max-calls 6\n"},
      {"an element that comes",
       {"set trunk new listener lan peer 10.0.0.9"},
       "+ trunk new listener lan\n+ trunk new peer 10.0.0.9\n"},
      {"an element that goes",
       {"delete route out"},
       "- route out from phones\n- route out called _1XXX\n- route out to pbx\n"},
      {"the order of routes", {"insert route in before out"}, "! route out after in\n"},
      {"the order of a route's trunks",
       {"set route out to phones", "insert route out to phones before pbx"},
       "- route out to pbx\n+ route out to [ phones pbx ]\n"},
      {"the order of codecs",
       {"insert trunk pbx codec PCMU first"},
       "- trunk pbx codec [ PCMA PCMU ]\n+ trunk pbx codec [ PCMU PCMA ]\n"},
  };
  const v1::Config before = made_of(kSmall);
  for (const auto& row : rows) {
    SCOPED_TRACE(row.sentence);
    v1::Config after = before;
    for (const std::string& edit : row.edits) ASSERT_EQ(run(after, edit), "");
    EXPECT_EQ(compare(before, after), row.compared);
    v1::Config made = before;
    ASSERT_FALSE(apply_changes(made, diff(before, after)));
    EXPECT_EQ(lines_of(made), lines_of(after));
  }
}

// A configuration by chance: few names, so that edits meet.
class Chance {
 public:
  explicit Chance(std::uint32_t seed) : state_(seed * 2654435761U + 1) {}
  std::uint32_t below(std::uint32_t n) {
    state_ = state_ * 1664525U + 1013904223U;
    return (state_ >> 10) % n;
  }
  void edit(v1::Config& config) {
    const std::string trunk = std::string(1, static_cast<char>('a' + below(4)));
    const std::string other = std::string(1, static_cast<char>('a' + below(4)));
    const std::string number = std::to_string(1 + below(9));
    const char* codecs[] = {"PCMA", "PCMU", "G722", "G729"};
    const std::string codec = codecs[below(4)];
    const std::string lines[] = {
        "set trunk " + trunk + " max-calls " + number,
        "set trunk " + trunk + " codec " + codec,
        "delete trunk " + trunk + " codec " + codec,
        "insert trunk " + trunk + " codec " + codec + " first",
        "set trunk " + trunk + " peer 10.0.0." + number + " port 506" + number,
        "delete trunk " + trunk + " peer 10.0.0." + number,
        "set trunk " + trunk + " plugin-option o" + number + " v" + number,
        "delete trunk " + trunk + " max-calls",
        "delete trunk " + trunk,
        "rename trunk " + trunk + " to " + other,
        "copy trunk " + trunk + " to " + other,
        "insert trunk " + trunk + " before " + other,
        "insert trunk " + trunk + " last",
        "set media dscp " + number,
        "delete media",
    };
    run(config, lines[below(std::size(lines))]);  // what cannot be done is left out
  }

 private:
  std::uint32_t state_;
};

TEST(Diff, BringsAboutWhateverWasEdited) {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    Chance chance(seed);
    v1::Config before;
    for (int i = 0; i < 30; ++i) chance.edit(before);
    v1::Config after = before;
    for (std::uint32_t i = chance.below(20); i > 0; --i) chance.edit(after);
    v1::Config made = before;
    const MaybeMistake mistake = apply_changes(made, diff(before, after));
    ASSERT_FALSE(mistake) << "seed " << seed << ": " << mistake->reason;
    ASSERT_EQ(lines_of(made), lines_of(after)) << "seed " << seed;
    ASSERT_EQ(diff(made, after).size(), 0u) << "seed " << seed;
    v1::Config typed;
    for (const Setting& one : settings(after, Secrets::Shown)) ASSERT_FALSE(set(typed, one.words));
    ASSERT_EQ(lines_of(typed), lines_of(after)) << "seed " << seed;
  }
}

TEST(Diff, TwoEditorsBothKeepTheirWorkOrHear) {
  const struct {
    const char* sentence;
    Lines mine, theirs;
    const char* conflict;
  } rows[] = {
      {"different trunks", {"set trunk pbx max-calls 6"}, {"set trunk phones max-calls 7"}, ""},
      {"different settings of one",
       {"set trunk pbx max-calls 6"},
       {"set trunk pbx transport udp"},
       ""},
      {"the same to the same", {"set trunk pbx max-calls 6"}, {"set trunk pbx max-calls 6"}, ""},
      {"the same setting otherwise",
       {"set trunk pbx max-calls 6"},
       {"set trunk pbx max-calls 7"},
       "trunk pbx max-calls 6"},
      {"a setting of what they deleted",
       {"set trunk pbx max-calls 6"},
       {"delete trunk pbx"},
       "trunk pbx max-calls 6"},
      {"what I delete is what they set",
       {"delete trunk pbx"},
       {"set trunk pbx max-calls 7"},
       "trunk pbx"},
      {"two new routes", {"set route a called 1 to pbx"}, {"set route b called 2 to pbx"}, ""},
      {"one new route twice",
       {"set route a called 1 to pbx"},
       {"set route a called 2 to pbx"},
       "route a called 1"},
      {"both order routes",
       {"insert route in first"},
       {"set route c called 3", "insert route c first"},
       "route out after in"},
  };
  const v1::Config base = made_of(kSmall);
  for (const auto& row : rows) {
    SCOPED_TRACE(row.sentence);
    v1::Config mine = base, theirs = base;
    for (const std::string& edit : row.mine) ASSERT_EQ(run(mine, edit), "");
    for (const std::string& edit : row.theirs) ASSERT_EQ(run(theirs, edit), "");
    const auto found = conflict(base, mine, theirs);
    EXPECT_EQ(found ? text_of(found->words) : "", row.conflict);
    if (found) continue;
    v1::Config both = theirs;
    ASSERT_FALSE(apply_changes(both, diff(base, mine)));
    for (const std::string& edit : row.mine) ASSERT_EQ(run(theirs, edit), "");
    EXPECT_EQ(lines_of(both), lines_of(theirs));
  }
}

}  // namespace
}  // namespace junctor::config
