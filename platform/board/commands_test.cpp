// SPDX-License-Identifier: MIT
#include "platform/board/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "platform/board/fake_host.hpp"

namespace junctor::board {
namespace {

using testing::HasSubstr;

constexpr const char* kBox = R"({"name": "box", "description": "a box", "class": "x86_64",
  "match": [{"sys_vendor": "Acme"}], "ports": [{"any": true}], "console": {"device": "ttyS0"},
  "watchdog": {"modules": ["b_wdt"]}, "modules": ["a"], "storage_modules": ["nvme", "ahci"],
  "drivers": ["net_igc", "net_virtio"]})";
constexpr const char* kAny = R"({"name": "any", "description": "others", "class": "x86_64",
  "ports": [{"any": true}], "console": {"device": "ttyS0"}, "storage_modules": ["ahci"],
  "drivers": ["net_e1000"]})";

class CommandsTest : public testing::Test {
 protected:
  CommandsTest() {
    host.board("box", kBox);
    host.board("any", kAny);
    box = host.path_of("/usr/share/junctor/boards/box");
    any = host.path_of("/usr/share/junctor/boards/any");
  }
  // What it writes, and its exit code if that is not 0.
  std::string run(const std::vector<std::string>& words) {
    std::ostringstream out, err;
    const int code = run_command(words, out, err);
    said = err.str();
    return out.str() + (code == 0 ? "" : std::to_string(code));
  }

  FakeHost host;
  std::string box, any, said;
};

TEST_F(CommandsTest, List) {
  EXPECT_EQ(run({"list", "modules", box, any}),
            "a\nahci\nb_wdt\nnvme\nsoftdog\nuio_pci_generic\nvfio-pci\nvfio_iommu_type1\n");
  EXPECT_EQ(run({"list", "own", any, box}), "a\n");
  EXPECT_EQ(run({"list", "storage", any, box}), "ahci\nnvme\n");
  EXPECT_EQ(run({"list", "watchdog", any, box}), "b_wdt\n");
  EXPECT_EQ(run({"list", "drivers", box, any}),
            "librte_bus_pci\nlibrte_bus_vdev\nlibrte_mempool_ring\nlibrte_net_e1000\n"
            "librte_net_igc\nlibrte_net_virtio\n");
}

TEST_F(CommandsTest, Grub) {
  EXPECT_THAT(run({"grub", any, box}), HasSubstr("regexp '^(Acme) *$' \"$vendor\"; then\n"));
  EXPECT_EQ(run({"grub", box, box}), "1");
}

TEST_F(CommandsTest, Check) {
  EXPECT_EQ(run({"check", box, any}), "box: a box\nany: others\n");
  EXPECT_EQ(run({"check", box, box}), "1");
  EXPECT_EQ(said, box + ": name: is the name of " + box + " already\n");
}

TEST_F(CommandsTest, Detect) {
  const std::string root = host.path_of("");
  EXPECT_EQ(run({"detect", "--root", root}), "any\n");
  host.file("/sys/class/dmi/id/sys_vendor", "Acme");
  EXPECT_EQ(run({"detect", "--root", root}), "box\n");
  EXPECT_EQ(run({"detect", "--root", root + "/none"}), "1");
}

TEST_F(CommandsTest, Prepare) {
  host.file("/sys/devices/system/cpu/online", "0");
  EXPECT_EQ(run({"prepare", "--root", host.path_of("")}), "");
  EXPECT_THAT(host.read("/run/junctor-board/board.json").value_or(""),
              HasSubstr("\"board\": \"any\""));
}

TEST_F(CommandsTest, WrongUsage) {
  const std::vector<std::string> lines[] = {{},       {"check"},       {"list", "modules"},
                                            {"grub"}, {"detect", "x"}, {"prepare", "--root"},
                                            {"boot"}};
  for (const auto& words : lines) EXPECT_EQ(run(words), "2");
  EXPECT_EQ(run({"list", "nics", box}), "2");
  EXPECT_THAT(said, HasSubstr("list knows modules, own, storage, watchdog and drivers, not nics"));
}

}  // namespace
}  // namespace junctor::board
