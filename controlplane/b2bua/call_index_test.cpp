// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/call_index.hpp"

#include <gtest/gtest.h>

namespace junctor::cp {
namespace {

TEST(CallFilter, FitsTrunkAndNumber) {
  const CallFacts facts{{"x"}, {"phones", "pbx"}, {"2000", "1001", "+491001"}};
  const struct {
    const char* sentence;
    CallFilter filter;
    bool fits;
  } rows[] = {
      {"nothing is asked for", {}, true},
      {"the caller's trunk", {"phones", ""}, true},
      {"the called side's trunk", {"pbx", ""}, true},
      {"another trunk", {"provider", ""}, false},
      {"the calling number", {"", "2000"}, true},
      {"the number that went out", {"", "+491001"}, true},
      {"a part of a number is another number", {"", "100"}, false},
      {"both", {"pbx", "1001"}, true},
      {"one of both", {"pbx", "3000"}, false},
  };
  for (const auto& row : rows) EXPECT_EQ(row.filter.fits(facts), row.fits) << row.sentence;
}

TEST(CallIndex, FindsTheCallOfASipCallId) {
  CallIndex index(2);
  index.add_sip_call_id("one", "one-in", true);
  index.add_sip_call_id("one", "one-out", false);
  ASSERT_NE(index.find("one-in"), nullptr);
  EXPECT_EQ(index.find("one-in")->call, "one");
  EXPECT_EQ(index.find("one-in")->leg, 0u);
  EXPECT_EQ(index.find("one-out")->leg, 1u);
  EXPECT_EQ(index.find("other"), nullptr);
  index.add_sip_call_id("two", "one-out", true);
  EXPECT_EQ(index.find("one-out")->call, "two") << "it came back";
}

TEST(CallIndex, RemembersTheLastThatEnded) {
  CallIndex index(2);
  for (const char* call : {"a", "b", "c"}) {
    index.add_sip_call_id(call, std::string(call) + "-in", true);
    index.add_ended(call, {{std::string(call) + "-in"}, {"pbx"}, {}});
  }
  EXPECT_EQ(index.ended("a"), nullptr);
  EXPECT_EQ(index.find("a-in"), nullptr) << "nothing of it stays";
  ASSERT_NE(index.ended("c"), nullptr);
  EXPECT_EQ(index.ended("c")->trunks, std::vector<std::string>{"pbx"});
  EXPECT_EQ(index.find("c-in")->call, "c");
}

TEST(CallIndex, ASipCallIdOfALaterCallStays) {
  CallIndex index(1);
  index.add_sip_call_id("a", "same", true);
  index.add_sip_call_id("b", "same", true);
  index.add_ended("a", {{"same"}, {}, {}});
  index.add_ended("c", {});  // a is forgotten
  ASSERT_NE(index.find("same"), nullptr);
  EXPECT_EQ(index.find("same")->call, "b");
}

}  // namespace
}  // namespace junctor::cp
