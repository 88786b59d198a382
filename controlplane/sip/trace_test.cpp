// SPDX-License-Identifier: MIT
#include "controlplane/sip/trace.hpp"

#include <gtest/gtest.h>

namespace junctor::cp {
namespace {

TraceEntry message(const std::string& call_id, std::size_t size = 1000) {
  TraceEntry entry;
  entry.call_id = call_id;
  entry.text = std::string(size, 'x');
  return entry;
}

std::vector<std::uint64_t> sequences(const Trace& trace, const std::vector<std::string>& ids) {
  std::vector<std::uint64_t> out;
  for (const TraceEntry* entry : trace.find(ids)) out.push_back(entry->sequence);
  return out;
}

TEST(Trace, KeepsTheNewestWithinItsSize) {
  Trace trace(40'000);
  for (int i = 0; i < 1000; ++i) trace.add(message("call" + std::to_string(i / 2)));
  ASSERT_FALSE(trace.entries().empty());
  EXPECT_LT(trace.entries().size(), 40u);
  EXPECT_GT(trace.entries().size(), 20u);
  EXPECT_EQ(trace.newest(), 1001u);
  EXPECT_EQ(sequences(trace, {"call499"}), (std::vector<std::uint64_t>{1000, 1001}));
  EXPECT_EQ(sequences(trace, {"call0"}), std::vector<std::uint64_t>{});
}

TEST(Trace, FindsTheMessagesOfCallsInTheirOrder) {
  Trace trace(1 << 20);
  for (const char* id : {"a", "b", "a", "c", "b", "a"}) trace.add(message(id));
  EXPECT_EQ(sequences(trace, {"a"}), (std::vector<std::uint64_t>{2, 4, 7}));
  EXPECT_EQ(sequences(trace, {"b", "a"}), (std::vector<std::uint64_t>{2, 3, 4, 6, 7}));
  EXPECT_EQ(sequences(trace, {"a", "a"}), (std::vector<std::uint64_t>{2, 4, 7})) << "once each";
  EXPECT_EQ(sequences(trace, {"none"}), std::vector<std::uint64_t>{});
}

TEST(Trace, OneBusyCallDoesNotTakeThePlaceOfOthers) {
  Trace trace(100'000);
  trace.add(message("quiet"));
  for (int i = 0; i < 100; ++i) trace.add(message("busy"));
  ASSERT_EQ(trace.find(std::vector<std::string>{"quiet"}).size(), 1u);
  EXPECT_EQ(trace.find(std::vector<std::string>{"quiet"}).front()->text.size(), 1000u);
  const auto busy = trace.find(std::vector<std::string>{"busy"});
  ASSERT_EQ(busy.size(), 100u) << "that they came is still known";
  EXPECT_TRUE(busy.front()->text.empty());
  EXPECT_EQ(busy.back()->text.size(), 1000u) << "the newest are whole";
}

// Each way in which an entry leaves the ring keeps the chains of the others whole.
TEST(Trace, ChainsStayWholeWhateverComes) {
  Trace trace(30'000);
  for (int i = 0; i < 5'000; ++i) {
    const int which = (i * 7919) % 13;
    trace.add(message("call" + std::to_string(which < 6 ? 0 : which), which == 7 ? 20'000u : 300u));
    std::size_t found = 0;
    for (int call = 0; call < 13; ++call)
      found += trace.find(std::vector<std::string>{"call" + std::to_string(call)}).size();
    ASSERT_EQ(found, trace.entries().size()) << i;
  }
}

}  // namespace
}  // namespace junctor::cp
