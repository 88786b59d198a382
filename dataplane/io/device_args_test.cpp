// SPDX-License-Identifier: MIT
#include "dataplane/io/device_args.hpp"

#include <gtest/gtest.h>

namespace junctor::dp {
namespace {

TEST(DeviceArgs, TellsPciFromVirtual) {
  struct Row {
    const char* sentence;
    const char* text;
    const char* name;
    const char* whole;
    bool pci;
  };
  const Row rows[] = {
      {"whole PCI address", "0000:3b:00.1", "0000:3b:00.1", "0000:3b:00.1", true},
      {"PCI address without domain", "3b:00.1", "0000:3b:00.1", "0000:3b:00.1", true},
      {"PCI address with arguments", "01:00.0,representor=0", "0000:01:00.0",
       "0000:01:00.0,representor=0", true},
      {"virtual device", "net_af_packet0,iface=eth1", "net_af_packet0", "net_af_packet0,iface=eth1",
       false},
      {"virtual device without arguments", "net_null0", "net_null0", "net_null0", false},
      {"nearly a PCI address", "3b:0g.1", "3b:0g.1", "3b:0g.1", false},
  };
  for (const Row& row : rows) {
    const DeviceArgs args = DeviceArgs::parse(row.text);
    EXPECT_EQ(args.name, row.name) << row.sentence;
    EXPECT_EQ(args.text, row.whole) << row.sentence;
    EXPECT_EQ(args.pci, row.pci) << row.sentence;
  }
}

}  // namespace
}  // namespace junctor::dp
