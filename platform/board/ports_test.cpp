// SPDX-License-Identifier: MIT
#include "platform/board/ports.hpp"

#include <gtest/gtest.h>

#include "platform/board/fake_host.hpp"
#include "platform/config/load_message.hpp"

namespace junctor::board {
namespace {

constexpr const char* kEthernet = "0x020000";
constexpr const char* kBridge = "0x060400";

v1::Board board_of(const std::string& ports) {
  v1::Board board;
  (void)config::parse_message(R"({"ports": )" + ports + "}", "", board).ok();
  return board;
}

// "name state address reason", a line each.
std::string text_of(const MachinePorts& ports) {
  std::string text;
  for (const v1::MachinePort& port : ports)
    text += port.name() + " " + (port.state().empty() ? "found" : port.state()) + " " +
            port.address() + (port.reason().empty() ? "" : " " + port.reason()) + "\n";
  return text;
}

TEST(FindPorts, NamesThem) {
  FakeHost host;
  for (const char* address :
       {"0000:00:04.0", "0000:00:03.0", "0000:02:00.0", "0000:02:00.1", "10000:00:01.0"})
    host.pci(address, kEthernet);
  host.pci("0000:00:01.0", kBridge);
  host.file("/sys/bus/pci/devices/0000:02:00.1/label", "LAN 2\n");
  host.file("/sys/bus/pci/slots/7/address", "0000:02:00\n");
  host.file("/sys/bus/pci/slots/8/address", "0000:09:00\n");
  struct Row {
    const char* sentence;
    const char* ports;
    const char* found;
  };
  const Row rows[] = {
      {"any, in the order of PCI", R"([{"any": true}])",
       "port1 found 0000:00:03.0\nport2 found 0000:00:04.0\nport3 found 0000:02:00.0\n"
       "port4 found 0000:02:00.1\nport5 found 10000:00:01.0\n"},
      {"by address, label and slot",
       R"([{"name": "lan1", "address": "0000:00:04.0"}, {"name": "lan2", "slot": "LAN 2"},
           {"name": "lan3", "slot": "7"}])",
       "lan1 found 0000:00:04.0\nlan2 found 0000:02:00.1\nlan3 found 0000:02:00.0\n"},
      {"a function of a slot", R"([{"name": "b", "slot": "7", "function": 1}])",
       "b found 0000:02:00.1\n"},
      {"any is what is left, under names that are left",
       R"([{"any": true}, {"name": "port2", "address": "0000:00:03.0"}])",
       "port1 found 0000:00:04.0\nport3 found 0000:02:00.0\nport4 found 0000:02:00.1\n"
       "port5 found 10000:00:01.0\nport2 found 0000:00:03.0\n"},
      {"what is not there",
       R"([{"name": "a", "address": "0000:0a:00.0"}, {"name": "b", "slot": "8"},
           {"name": "c", "slot": "9"}])",
       "a missing  nothing is at PCI address 0000:0a:00.0\nb missing  nothing is in slot 8\n"
       "c missing  nothing is in slot 9\n"},
      {"one device under two names",
       R"([{"name": "a", "address": "0000:02:00.0"}, {"name": "b", "slot": "7"}])",
       "a found 0000:02:00.0\nb unusable 0000:02:00.0 0000:02:00.0 is another port already\n"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(text_of(find_ports(host, board_of(row.ports))), row.found) << row.sentence;
}

TEST(FindPorts, TellsWhatTheKernelKnows) {
  FakeHost host;
  host.pci("0000:00:03.0", kEthernet, "7", "igb");
  host.file("/sys/bus/pci/devices/0000:00:03.0/net/eth0/address", "02:00:00:00:00:01\n");
  host.file("/sys/bus/pci/devices/0000:00:03.0/net/eth0/speed", "1000\n");
  host.pci("0000:00:04.0", kEthernet);
  host.file("/sys/bus/pci/devices/0000:00:04.0/vendor", "0x1af4\n");
  host.file("/sys/bus/pci/devices/0000:00:04.0/virtio1/net/eth1/address", "02:00:00:00:00:02\n");
  host.file("/sys/bus/pci/devices/0000:00:04.0/virtio1/net/eth1/speed", "-1\n");
  const auto ports = find_ports(host, board_of(R"([{"any": true, "note": "copper"}])"));
  ASSERT_EQ(ports.size(), 2);
  EXPECT_EQ(ports[0].device(), "Intel 8086:1521");
  EXPECT_EQ(ports[0].driver(), "igb");
  EXPECT_EQ(ports[0].iommu_group(), "7");
  EXPECT_EQ(ports[0].mac(), "02:00:00:00:00:01");
  EXPECT_EQ(ports[0].speed_mbps(), 1000u);
  EXPECT_EQ(ports[0].note(), "copper");
  EXPECT_EQ(ports[1].device(), "Virtio 1af4:1521");
  EXPECT_EQ(ports[1].mac(), "02:00:00:00:00:02");
  EXPECT_EQ(ports[1].speed_mbps(), 0u);
}

class BindPortsTest : public testing::Test {
 protected:
  std::string bind(bool may_use_uio = false) {
    MachinePorts ports = find_ports(host, board_of(R"([{"any": true}])"));
    bind_ports(host, ports, may_use_uio);
    driver = ports.empty() ? "" : ports[0].driver();
    return text_of(ports);
  }

  FakeHost host;
  std::string driver;  // of the first port
};

TEST_F(BindPortsTest, TakesADeviceFromTheKernel) {
  host.pci("0000:00:03.0", kEthernet, "7", "igb");
  EXPECT_EQ(bind(), "port1 ready 0000:00:03.0\n");
  EXPECT_EQ(driver, "vfio-pci");
  EXPECT_EQ(host.writes, (std::vector<std::string>{
                             "/sys/bus/pci/devices/0000:00:03.0/driver_override vfio-pci",
                             "/sys/bus/pci/devices/0000:00:03.0/driver/unbind 0000:00:03.0",
                             "/sys/bus/pci/drivers_probe 0000:00:03.0"}));
  EXPECT_EQ(host.given["/dev/vfio/7"], "junctor 0660");
}

TEST_F(BindPortsTest, LeavesWhatIsDoneAlready) {
  host.pci("0000:00:03.0", kEthernet, "7", "vfio-pci");
  EXPECT_EQ(bind(), "port1 ready 0000:00:03.0\n");
  EXPECT_EQ(host.writes, std::vector<std::string>{});
  EXPECT_EQ(host.given["/dev/vfio/7"], "junctor 0660");
}

TEST_F(BindPortsTest, NeedsAnIommuUnlessToldOtherwise) {
  host.pci("0000:00:03.0", kEthernet, "", "igb");
  EXPECT_EQ(
      bind(),
      "port1 unusable 0000:00:03.0 the machine has no IOMMU, or it is off (VT-d, AMD-Vi in the "
      "firmware)\n");
  EXPECT_EQ(driver, "igb");
  EXPECT_EQ(bind(true),
            "port1 unusable 0000:00:03.0 0000:00:03.0: uio_pci_generic does not take it: it is not "
            "loaded\n");
  host.loaded.insert("uio_pci_generic");
  host.file("/sys/bus/pci/devices/0000:00:03.0/uio/uio0/name", "");
  EXPECT_EQ(bind(true), "port1 ready 0000:00:03.0\n");
  EXPECT_EQ(driver, "uio_pci_generic");
  EXPECT_EQ(host.given["/dev/uio0"], "junctor 0660");
}

TEST_F(BindPortsTest, DoesNotTakeHalfAGroup) {
  host.pci("0000:00:03.0", kEthernet, "7");
  host.pci("0000:00:03.1", kEthernet, "7", "igb");  // a port itself: goes to vfio as well
  host.pci("0000:00:1c.0", kBridge, "7", "pcieport");
  EXPECT_EQ(bind(), "port1 ready 0000:00:03.0\nport2 ready 0000:00:03.1\n");
  host.pci("0000:00:05.0", kEthernet, "9");
  host.pci("0000:00:05.1", "0x040300", "9", "snd_hda_intel");
  EXPECT_EQ(
      bind(),
      "port1 ready 0000:00:03.0\nport2 ready 0000:00:03.1\nport3 unusable 0000:00:05.0 shares "
      "IOMMU group 9 with 0000:00:05.1 (snd_hda_intel)\n");
}

TEST_F(BindPortsTest, OnePortStopsNoOther) {
  host.pci("0000:00:03.0", kEthernet, "3", "igb");
  host.pci("0000:00:04.0", kEthernet, "4", "igb");
  host.refuses.insert("0000:00:03.0");
  EXPECT_EQ(bind(),
            "port1 unusable 0000:00:03.0 /sys/bus/pci/drivers_probe: No such device\n"
            "port2 ready 0000:00:04.0\n");
  EXPECT_EQ(driver, "");
}

}  // namespace
}  // namespace junctor::board
