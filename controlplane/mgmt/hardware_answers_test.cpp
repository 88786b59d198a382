// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/hardware_answers.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;

class HardwareAnswersTest : public testing::Test {
 protected:
  HardwareAnswersTest() {
    add_hardware_answers(answers_, {dir_ / "board.json", dir_ / "", config_});
  }
  Reply ask() {
    Request request;
    request.mutable_show_hardware();
    Reply out;
    answers_.answer(request, {.user = "vera"}, [&out](Reply reply) { out = std::move(reply); });
    return out;
  }
  void machine(const std::string& text) { std::ofstream(dir_ / "board.json") << text; }
  void interface(const std::string& name, const std::string& device) {
    auto& interface = *config_.add_interfaces();
    interface.set_name(name);
    interface.set_device(device);
  }

  ipc::TempDir dir_;
  config::v1::Config config_;
  Answers answers_{[](const std::string&) { return config::v1::VIEWER; }};
};

TEST_F(HardwareAnswersTest, SaysWhatTheKernelSaysWithoutABoard) {
  const Reply reply = ask();
  ASSERT_EQ(reply.notes_size(), 1);
  EXPECT_EQ(reply.notes(0), "nothing is known of this machine: junctor-board prepare did not run");
  EXPECT_FALSE(reply.hardware().has_machine());
  EXPECT_GT(reply.hardware().memory_mb(), 0u);
  EXPECT_GT(reply.hardware().cores(), 0u);
  EXPECT_GT(reply.hardware().disk_bytes(), reply.hardware().disk_free_bytes());
}

TEST_F(HardwareAnswersTest, SaysWhoseThePortsAre) {
  machine(R"({"board": "box", "ports": [{"name": "port1", "address": "0000:01:00.0"},
      {"name": "port2", "address": "0000:02:00.0"}, {"name": "port3", "address": "0000:03:00.0"},
      {"name": "port4", "state": "missing"}]})");
  interface("lan", "port1,rx=1");
  interface("wan", "02:00.0");
  interface("dmz", "net_tap0");
  const Reply reply = ask();
  EXPECT_EQ(reply.notes_size(), 0);
  EXPECT_EQ(reply.hardware().machine().ports_size(), 4);
  std::string uses;
  for (const auto& use : reply.hardware().uses()) uses += use.port() + "=" + use.interface() + " ";
  EXPECT_EQ(uses, "port1=lan port2=wan ");
}

TEST_F(HardwareAnswersTest, TellsOfABrokenFile) {
  machine("{\"board\": 1}");
  ASSERT_EQ(ask().notes_size(), 1);
  EXPECT_EQ(ask().notes(0),
            dir_ / "board.json" + ":1: board: a string is expected, a number is there");
}

}  // namespace
}  // namespace junctor::cp
