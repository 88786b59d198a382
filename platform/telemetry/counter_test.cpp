// SPDX-License-Identifier: MIT
#include "platform/telemetry/counter.hpp"

#include <gtest/gtest.h>

namespace junctor {
namespace {

constexpr std::array<CounterDesc, 2> kRelay{{
    {"passed", Severity::Info, "a packet went on"},
    {"wrong_source", Severity::Warning, "a packet came from elsewhere"},
}};
constexpr std::array<CounterDesc, 1> kTrunk{{{"refused", Severity::Error, "a call was refused"}}};

TEST(CounterRegistry, SumsSetsWithTheSamePrefix) {
  CounterSet<2> worker1(kRelay);
  CounterSet<2> worker2(kRelay);
  CounterSet<1> trunk(kTrunk);
  CounterRegistry registry;
  registry.add("relay", worker1.descriptions(), worker1.values());
  registry.add("trunk", trunk.descriptions(), trunk.values());
  registry.add("relay", worker2.descriptions(), worker2.values());
  worker1[0].add(3);
  worker2[0].add(4);
  worker2[1].add();
  trunk[0].add(9);

  const auto rows = registry.rows();
  ASSERT_EQ(rows.size(), 3U) << "a prefix appears once, where it was first registered";
  EXPECT_EQ(rows[0].name, "relay.passed");
  EXPECT_EQ(rows[0].value, 7U);
  EXPECT_EQ(rows[1].value, 1U);
  EXPECT_EQ(rows[1].description->sentence, "a packet came from elsewhere");
  EXPECT_EQ(rows[2].name, "trunk.refused");
  EXPECT_EQ(rows[2].value, 9U);

  registry.remove(worker2.values());
  EXPECT_EQ(registry.rows()[0].value, 3U) << "a removed set no longer counts";
  registry.remove(worker1.values());
  ASSERT_EQ(registry.rows().size(), 1U);
}

TEST(CounterRegistry, RefusesASetWithoutADescriptionForEachValue) {
  CounterSet<2> set(kRelay);
  CounterRegistry registry;
  EXPECT_DEATH(registry.add("relay", kTrunk, set.values()), "assertion failed");
}

TEST(Severity, HasNames) {
  EXPECT_EQ(severity_name(Severity::Info), "info");
  EXPECT_EQ(severity_name(Severity::Warning), "warning");
  EXPECT_EQ(severity_name(Severity::Error), "error");
}

}  // namespace
}  // namespace junctor
