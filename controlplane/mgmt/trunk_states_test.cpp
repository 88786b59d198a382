// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/trunk_states.hpp"

#include <gtest/gtest.h>

#include "controlplane/routing/routing_test_kit.hpp"
#include "platform/config/test_disk.hpp"

namespace junctor::cp {
namespace {

constexpr const char* kFolder = "/state";

class TrunkStatesTest : public ::testing::Test {
 protected:
  TrunkStatesTest() {
    EXPECT_TRUE(disk_.make_directory(kFolder).ok());
    EXPECT_TRUE(disk_.sync("/").ok());
    add_trunk(config_, "a", {"192.0.2.10:5060"});
    add_trunk(config_, "b", {"192.0.2.20:5060"});
    (*config_.mutable_trunks(1)->mutable_plugin_options())["tone"] = "high";
    EXPECT_TRUE(configure(table_, config_, plugins_).ok());
  }
  // What a process finds that starts with this disk.
  TrunkTable restarted(config::Disk& disk) {
    TrunkTable table;
    EXPECT_TRUE(configure(table, config_, plugins_).ok());
    TrunkStates states(disk, kFolder);
    states.restore(table, config_, plugins_.table);
    states.follow(table);
    return table;
  }
  static std::string state_of(const TrunkTable& table, const std::string& name) {
    const TrunkPtr trunk = table.find(name);
    return trunk ? std::string(trunk->state_name()) : "none";
  }

  Plugins plugins_;
  config::TestDisk disk_;
  config::v1::Config config_ = two_listeners();
  TrunkTable table_;
};

TEST_F(TrunkStatesTest, ADrainedTrunkStaysSo) {
  TrunkStates states(disk_, kFolder);
  ASSERT_TRUE(states.set_drained("b", true, table_).ok());
  table_.find("b")->calls = 1;
  EXPECT_EQ(state_of(table_, "b"), "draining");
  EXPECT_FALSE(table_.find("b")->has_room());
  table_.find("b")->calls = 0;
  EXPECT_EQ(state_of(table_, "b"), "drained");
  EXPECT_TRUE(table_.find("a")->has_room()) << "the other is not concerned";

  EXPECT_EQ(state_of(restarted(disk_), "b"), "drained") << "after a restart";
  config_.mutable_trunks(1)->set_max_calls(7);
  ASSERT_TRUE(configure(table_, config_, plugins_).ok());
  EXPECT_EQ(state_of(table_, "b"), "drained") << "with another configuration, at once";
  config_.mutable_trunks()->RemoveLast();
  ASSERT_TRUE(configure(table_, config_, plugins_).ok());
  states.follow(table_);
  add_trunk(config_, "b", {"192.0.2.21:5060"});
  ASSERT_TRUE(configure(table_, config_, plugins_).ok());
  states.follow(table_);
  EXPECT_EQ(state_of(table_, "b"), "drained") << "removed and there again";

  ASSERT_TRUE(states.set_drained("b", false, table_).ok());
  EXPECT_TRUE(table_.find("b")->has_room());
  EXPECT_EQ(state_of(restarted(disk_), "b"), "unknown");
}

TEST_F(TrunkStatesTest, ARemovedTrunkIsThereForItsCalls) {
  TrunkStates states(disk_, kFolder);
  const TrunkPtr b = table_.find("b");
  b->calls = 2;
  config_.mutable_trunks()->RemoveLast();
  ASSERT_TRUE(configure(table_, config_, plugins_).ok());
  ASSERT_EQ(table_.removed(), std::vector{b});
  EXPECT_EQ(b->state_name(), "draining");
  EXPECT_FALSE(b->has_room());
  states.follow(table_);

  const TrunkTable after = [this] {
    TrunkTable table;
    EXPECT_TRUE(configure(table, config_, plugins_).ok());
    TrunkStates(disk_, kFolder).restore(table, config_, plugins_.table);
    return table;
  }();
  const TrunkPtr again = after.find_retired("b");
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->config().plugin_options().at("tone"), "high");
  EXPECT_FALSE(again->has_room());
  const auto source = *SocketAddress::parse("192.0.2.20:5060");
  EXPECT_EQ(after.find_by_source("inside", source), again) << "its calls are known by their source";
  EXPECT_TRUE(after.removed().empty()) << "until a call is resumed";

  b->calls = 0;
  EXPECT_TRUE(table_.removed().empty());
  states.follow(table_);
  EXPECT_EQ(restarted(disk_).find_retired("b"), nullptr) << "forgotten with its last call";
}

TEST_F(TrunkStatesTest, APowerCutLeavesTheOldOrTheNew) {
  for (std::size_t cut = 0;; ++cut) {
    SCOPED_TRACE(cut);
    config::TestDisk disk = disk_;
    TrunkStates states(disk, kFolder);
    ASSERT_TRUE(states.set_drained("a", true, table_).ok());
    disk.cut_before(disk.operations() + cut);
    const bool is_done = states.set_drained("b", true, table_).ok();
    for (config::TestDisk& found : disk.survivors()) {
      const TrunkTable after = restarted(found);
      EXPECT_EQ(state_of(after, "a"), "drained");
      EXPECT_TRUE(!is_done || state_of(after, "b") == "drained");
    }
    EXPECT_EQ(states.is_drained("b"), is_done);
    if (is_done) break;
    ASSERT_LT(cut, 10u);
  }
}

TEST_F(TrunkStatesTest, AFullDiskRefuses) {
  TrunkStates states(disk_, kFolder);
  disk_.fail(disk_.operations());
  EXPECT_FALSE(states.set_drained("b", true, table_).ok());
  EXPECT_TRUE(table_.find("b")->has_room()) << "what is not kept does not hold";
  EXPECT_TRUE(states.set_drained("b", true, table_).ok());
}

TEST_F(TrunkStatesTest, ADamagedFileIsAnEmptyOne) {
  ASSERT_TRUE(disk_.write_whole("/state/trunks.state", "\xff\xff\xff").ok());
  EXPECT_EQ(state_of(restarted(disk_), "b"), "unknown");
}

}  // namespace
}  // namespace junctor::cp
