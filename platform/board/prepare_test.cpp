// SPDX-License-Identifier: MIT
#include "platform/board/prepare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/board/cores.hpp"
#include "platform/board/fake_host.hpp"
#include "platform/board/machine_file.hpp"
#include "platform/board/memory.hpp"
#include "platform/config/config.hpp"

namespace junctor::board {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kPages = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";

// A machine of four cores and 4 GiB with two ports, as the board says.
class PrepareTest : public testing::Test {
 protected:
  PrepareTest() {
    host.board("box", R"({"name": "box", "description": "a box", "class": "x86_64",
      "ports": [{"any": true}], "console": {"device": "ttyS1", "speed": 9600},
      "watchdog": {"modules": ["first_wdt", "second_wdt"], "timeout_s": 20},
      "leds": [{"name": "sys", "device": "box:green", "shows": "HEALTH"}],
      "modules": ["lpc_ich"], "drivers": ["net_igc"]})");
    host.file("/sys/class/dmi/id/sys_vendor", "Acme\n");
    host.file("/sys/class/dmi/id/product_name", "Box\n");
    host.file("/proc/cmdline", "ro quiet\n");
    host.file("/proc/cpuinfo", "processor\t: 0\nmodel name\t: Fast CPU @ 2 GHz\nflags\t: a b\n");
    host.file("/proc/meminfo", "MemTotal:        4194304 kB\nMemFree:         1 kB\n");
    host.file("/sys/devices/system/cpu/online", "0-3\n");
    host.file(kPages, "0\n");
    host.pci("0000:00:03.0", "0x020000", "3", "igc");
    host.pci("0000:00:04.0", "0x020000", "4");
    host.file("/dev/vfio/vfio", "");
    host.file("/sys/class/leds/box:green/brightness", "1\n");
    host.file("/sys/block/nvme0n1/size", "2097152\n");
    host.file("/sys/block/nvme0n1/device/model", "Disk 1\n");
    host.file("/sys/block/loop0/size", "2048\n");
    host.watchdog_module = "second_wdt";
    for (const char* module : {"lpc_ich", "vfio_pci", "vfio_iommu_type1"})
      host.file(std::string("/sys/module/") + module + "/refcnt", "0");
  }
  v1::Machine prepared() {
    auto machine = prepare(host);
    EXPECT_TRUE(machine.ok());
    return machine ? *machine : v1::Machine{};
  }

  FakeHost host;
};

TEST_F(PrepareTest, DoesAll) {
  const v1::Machine machine = prepared();
  EXPECT_EQ(machine.board(), "box");
  EXPECT_EQ(machine.vendor() + " " + machine.product(), "Acme Box");
  EXPECT_EQ(machine.console(), "ttyS1 9600");
  EXPECT_EQ(machine.cpu(), "Fast CPU @ 2 GHz");
  EXPECT_EQ(machine.memory_mb(), 4096u);
  EXPECT_EQ(machine.huge_pages().wanted_mb(), 1024u);
  EXPECT_EQ(machine.huge_pages().got_mb(), 1024u);
  EXPECT_EQ(host.read(kPages), "512");
  ASSERT_EQ(machine.ports_size(), 2);
  EXPECT_EQ(machine.ports(0).state() + machine.ports(1).state(), "readyready");
  EXPECT_EQ(host.given["/dev/vfio/vfio"], "0666");
  EXPECT_THAT(machine.cores().system(), ElementsAre(0));
  EXPECT_THAT(machine.cores().workers(), ElementsAre(1, 2, 3));
  EXPECT_EQ(machine.watchdog().module(), "second_wdt");
  EXPECT_EQ(machine.watchdog().identity(), "fake watchdog");
  ASSERT_EQ(machine.leds_size(), 1);
  EXPECT_EQ(machine.leds(0).shows(), "health");
  EXPECT_EQ(host.read("/sys/class/leds/box:green/brightness"), "0");
  ASSERT_EQ(machine.disks_size(), 1);
  EXPECT_EQ(machine.disks(0).model(), "Disk 1");
  EXPECT_EQ(machine.disks(0).size_mb(), 1024u);
  EXPECT_THAT(machine.notes(), IsEmpty());
  EXPECT_THAT(host.ran,
              ElementsAre("modprobe --all --quiet lpc_ich vfio-pci vfio_iommu_type1",
                          "systemctl set-property --runtime system.slice AllowedCPUs=0",
                          "systemctl set-property --runtime user.slice AllowedCPUs=0",
                          "systemctl set-property --runtime init.scope AllowedCPUs=0",
                          "modprobe --quiet first_wdt", "modprobe --quiet second_wdt",
                          "busctl set-property org.freedesktop.systemd1 /org/freedesktop/systemd1 "
                          "org.freedesktop.systemd1.Manager RuntimeWatchdogUSec t 20000000"));
}

TEST_F(PrepareTest, NotesWhatIsNotAsItShouldBe) {
  host.watchdog_module = "softdog";
  host.most_pages = 100;
  host.board("broken", "{");
  std::filesystem::remove_all(host.path_of("/sys/class/leds"));
  std::filesystem::remove_all(host.path_of("/sys/module/vfio_pci"));
  host.file("/proc/cmdline", "junctor.board=bix\n");
  EXPECT_THAT(
      prepared().notes(),
      ElementsAre(testing::HasSubstr("broken/board.json:1: "),
                  "the kernel's command line names the board bix, which there is not",
                  "of 1024 MiB of huge pages there are 200", "kernel module vfio-pci is not loaded",
                  "there is no watchdog of hardware: a kernel that stands still is not noticed",
                  "led sys does not work: there is no /sys/class/leds/box:green"));
}

TEST_F(PrepareTest, WithoutPortsAndWatchdog) {
  std::filesystem::remove_all(host.path_of("/sys/bus"));
  host.watchdog_module = "";
  const v1::Machine machine = prepared();
  EXPECT_EQ(machine.ports_size(), 0);
  EXPECT_THAT(machine.notes(), ElementsAre("there is no watchdog"));
}

TEST_F(PrepareTest, TakesAWatchdogThatIsThere) {
  host.file("/sys/class/watchdog/watchdog0/identity", "built in\n");
  host.file("/sys/module/second_wdt/refcnt", "0");
  const v1::Machine machine = prepared();
  EXPECT_EQ(machine.watchdog().module(), "second_wdt");
  EXPECT_EQ(machine.watchdog().identity(), "built in");
  // What is loaded beside it drives nothing.
  host.link("/sys/class/watchdog/watchdog0/device/driver/module", "../../../../module/third_wdt");
  EXPECT_EQ(prepared().watchdog().module(), "third_wdt");
  EXPECT_THAT(host.ran, testing::Not(testing::Contains("modprobe --quiet first_wdt")));
}

TEST_F(PrepareTest, DoesNotAskForWhatPid1DoesAlready) {
  host.file("/sys/class/watchdog/watchdog0/identity", "built in\n");
  host.file("/sys/class/watchdog/watchdog0/state", "active\n");
  for (const bool is_same : {true, false}) {
    host.file("/sys/class/watchdog/watchdog0/timeout", is_same ? "20\n" : "30\n");
    host.ran.clear();
    prepared();
    const auto asks = testing::Contains(testing::HasSubstr("busctl"));
    if (is_same)
      EXPECT_THAT(host.ran, testing::Not(asks));
    else
      EXPECT_THAT(host.ran, asks);
  }
}

TEST_F(PrepareTest, NeedsABoard) {
  std::filesystem::remove_all(host.path_of("/usr"));
  EXPECT_EQ(prepare(host).error().text(),
            "/usr/share/junctor/boards: no board of these fits this machine");
}

TEST_F(PrepareTest, WritesWhatIsReadAgain) {
  const v1::Machine machine = prepared();
  ASSERT_TRUE(write_machine(host, machine).ok());
  const auto read = read_machine(host.path_of(kMachineFile));
  ASSERT_TRUE(read.ok()) << read.error().text();
  ASSERT_TRUE(read->has_value());
  EXPECT_EQ((*read)->DebugString(), machine.DebugString());
}

TEST_F(PrepareTest, MarksAMachineWithLamps) {
  v1::Machine machine = prepared();
  ASSERT_TRUE(write_machine(host, machine).ok());
  EXPECT_TRUE(host.exists(kLampsMark));
  machine.clear_leds();
  ASSERT_TRUE(write_machine(host, machine).ok());
  EXPECT_FALSE(host.exists(kLampsMark));
}

TEST(MachineFile, MayBeAbsentButNotBroken) {
  FakeHost host;
  const auto absent = read_machine(host.path_of(kMachineFile));
  ASSERT_TRUE(absent.ok());
  EXPECT_FALSE(absent->has_value());
  host.file(kMachineFile, "{\n \"ports\": 1}");
  EXPECT_EQ(read_machine(host.path_of(kMachineFile)).error().text(),
            host.path_of(kMachineFile) + ":2: ports: a list is expected, a number is there");
}

TEST(HugeMb, IsAShareOfTheMemory) {
  struct Row {
    const char* sentence;
    std::uint32_t mb, percent, min_mb, max_mb;  // 0: left out
    std::uint32_t memory_mb, wanted_mb;
  };
  const Row rows[] = {
      {"a quarter", 0, 0, 0, 0, 4096, 1024},
      {"no less", 0, 0, 0, 0, 1024, 320},
      {"but half of little", 0, 0, 0, 0, 512, 256},
      {"no more", 0, 0, 0, 0, 65536, 2048},
      {"another share", 0, 50, 0, 0, 3000, 1500},
      {"other limits", 0, 0, 0, 5000, 65536, 5000},
      {"a fixed size, in whole pages", 333, 0, 0, 0, 65536, 334},
  };
  for (const Row& row : rows) {
    v1::HugePages pages;
    if (row.mb > 0) pages.set_mb(row.mb);
    if (row.percent > 0) pages.set_percent(row.percent);
    if (row.min_mb > 0) pages.set_min_mb(row.min_mb);
    if (row.max_mb > 0) pages.set_max_mb(row.max_mb);
    config::apply_defaults(pages);
    EXPECT_EQ(huge_mb_wanted(pages, row.memory_mb), row.wanted_mb) << row.sentence;
  }
}

TEST(HugePages, KeepsThoseThatAreThere) {
  FakeHost host;
  host.file(kPages, "1000\n");
  EXPECT_EQ(reserve_huge_pages(host, 512).got_mb(), 2000u);
  EXPECT_THAT(host.writes, IsEmpty());
}

}  // namespace
}  // namespace junctor::board
