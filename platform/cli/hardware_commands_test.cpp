// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "platform/cli/commands.hpp"
#include "platform/cli/text_sink.hpp"

namespace junctor::cli {
namespace {

using management::v1::Reply;
using management::v1::Request;
using testing::HasSubstr;

// What the command prints of that reply.
std::string shown(const char* text, bool is_json = false) {
  Reply reply;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &reply));
  const GatewayLink link{[&reply](const Request& request) -> Result<Reply> {
                           EXPECT_TRUE(request.has_show_hardware());
                           return reply;
                         },
                         [] { return 0; }};
  const CommandTable table(hardware_commands(link));
  const std::vector<std::string> words{"show", "hardware"};
  TextSink sink;
  sink.columns = 120;
  EXPECT_EQ(table.find(words)->run({words, {}, is_json}, sink).kind, console::Outcome::Kind::Done);
  return sink.text;
}

constexpr const char* kReply = R"(hardware {
  machine {
    board: "box" description: "Acme Box" vendor: "Acme" product: "Box 5" cpu: "Fast CPU" console: "ttyS0 9600"
    ports { name: "port1" state: "ready" address: "0000:01:00.0" device: "Intel 8086:1521" driver: "vfio-pci"
            iommu_group: "12" note: "copper" }
    ports { name: "port2" state: "missing" reason: "nothing is in slot 2" note: "copper" }
    cores { system: 0 workers: 1 workers: 2 separate: true }
    huge_pages { wanted_mb: 512 got_mb: 256 }
    watchdog { module: "iTCO_wdt" identity: "iTCO" timeout_s: 30 }
    leds { name: "sys" device: "box:green" shows: "health" }
    disks { device: "sda" model: "Disk 1" size_mb: 1000 }
    notes: "of 512 MiB\n"
  }
  uses { port: "port1" interface: "lan" }
  memory_mb: 2000 cores: 3 disk_bytes: 2000000 disk_free_bytes: 1000000
})";

TEST(HardwareCommands, ShowWhatThereIs) {
  EXPECT_EQ(
      shown(kReply),
      "WHAT       IS\n"
      "board      box (Acme Box)\n"
      "machine    Acme Box 5\n"
      "processor  Fast CPU\n"
      "cores      3: voice on 1,2 alone, the rest on 0\n"
      "memory     2.1 GB, in huge pages 268.4 MB of the 536.9 MB wanted\n"
      "disks      sda Disk 1 1.0 GB\n"
      "state      1.0 MB free of 2.0 MB\n"
      "watchdog   iTCO_wdt (iTCO), 30 s\n"
      "console    ttyS0 9600\n"
      "led        sys shows health\n"
      "\n"
      "PORT   STATE    INTERFACE  ADDRESS       DEVICE           DRIVER    GROUP  NOTE\n"
      "port1  ready    lan        0000:01:00.0  Intel 8086:1521  vfio-pci     12  copper\n"
      "port2  missing  -          -             -                -             -  nothing is in "
      "slot 2\n"
      "! of 512 MiB\\n\n");
}

TEST(HardwareCommands, WithoutABoard) {
  EXPECT_EQ(shown("hardware { memory_mb: 2000 cores: 1 disk_bytes: 2000 disk_free_bytes: 1000 }"
                  "notes: \"nothing is known\""),
            "WHAT    IS\n"
            "cores   1\n"
            "memory  2.1 GB\n"
            "state   1.0 kB free of 2.0 kB\n"
            "! nothing is known\n");
}

TEST(HardwareCommands, AsJson) {
  const std::string json = shown(kReply, true);
  EXPECT_THAT(json, HasSubstr("\"board\": \"box\""));
  EXPECT_THAT(json, HasSubstr("\"workers\": [\n        1,\n        2\n      ]"));
  EXPECT_THAT(json, HasSubstr("\"interface\": \"lan\""));
}

}  // namespace
}  // namespace junctor::cli
