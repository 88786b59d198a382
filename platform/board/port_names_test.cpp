// SPDX-License-Identifier: MIT
#include "platform/board/port_names.hpp"

#include <gtest/gtest.h>

namespace junctor::board {
namespace {

v1::Machine a_machine() {
  v1::Machine machine;
  machine.set_board("box");
  const auto add = [&machine](const char* name, const char* state, const char* address) {
    v1::MachinePort& port = *machine.add_ports();
    port.set_name(name);
    port.set_state(state);
    port.set_address(address);
    if (port.state() != "ready") port.set_reason("somebody took it");
  };
  add("port1", "ready", "0000:01:00.0");
  add("port2", "unusable", "0000:01:00.1");
  add("mgmt", "missing", "");
  return machine;
}

TEST(PortNames, BecomeAddresses) {
  struct Row {
    const char* sentence;
    const char* device;
    const char* becomes;  // or the error
  };
  const Row rows[] = {
      {"a name", "port1", "0000:01:00.0"},
      {"with what DPDK should know", "port1,rx_burst=1", "0000:01:00.0,rx_burst=1"},
      {"an address stays", "0000:02:00.0", "0000:02:00.0"},
      {"a short one, too", "02:00.0", "02:00.0"},
      {"and a virtual device", "net_af_packet0,iface=eth1", "net_af_packet0,iface=eth1"},
      {"one that nobody knows", "port9",
       "interfaces[0].device: there is no port \"port9\"; box has port1, port2, mgmt"},
  };
  for (const Row& row : rows) {
    config::v1::Config config;
    config.add_interfaces()->set_device(row.device);
    const auto done = resolve_ports(config, a_machine(), "/run/b.json");
    EXPECT_EQ(done ? config.interfaces(0).device() : done.error().text(), row.becomes)
        << row.sentence;
  }
}

TEST(PortNames, OfPortsThatCannotBeUsedAreLeftOut) {
  config::v1::Config config;
  for (const char* device : {"port2", "port1", "mgmt"}) {
    config.add_interfaces()->set_device(device);
    config.mutable_interfaces(config.interfaces_size() - 1)->set_name(std::string("if-") + device);
  }
  const auto done = resolve_ports(config, a_machine(), "");
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(*done, (std::vector<std::string>{
                       "interface if-port2 is left out: port2 is unusable: somebody took it",
                       "interface if-mgmt is left out: mgmt is missing: somebody took it"}));
  ASSERT_EQ(config.interfaces_size(), 1);
  EXPECT_EQ(config.interfaces(0).device(), "0000:01:00.0");
}

TEST(PortNames, NeedAMachine) {
  config::v1::Config config;
  config.add_interfaces()->set_device("0000:02:00.0");
  EXPECT_TRUE(resolve_ports(config, std::nullopt, "/run/b.json").ok());
  config.add_interfaces()->set_device("port1");
  EXPECT_EQ(
      resolve_ports(config, std::nullopt, "/run/b.json").error().text(),
      "interfaces[1].device: there is no port \"port1\": no ports have names here, as there is "
      "no /run/b.json");
}

TEST(PortNames, AreOneDeviceWithTheirAddress) {
  config::v1::Config config;
  config.add_interfaces()->set_device("0000:01:00.0");
  config.mutable_interfaces(0)->set_name("lan");
  config.add_interfaces()->set_device("port1");
  EXPECT_EQ(resolve_ports(config, a_machine(), "").error().text(),
            "interfaces[1].device: port1 is the device of interface lan already");
}

}  // namespace
}  // namespace junctor::board
