// SPDX-License-Identifier: MIT
#include "platform/board/memory.hpp"

#include <algorithm>
#include <sstream>

namespace junctor::board {
namespace {

constexpr const char* kPages = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";
constexpr std::uint32_t kPageMb = 2;

}  // namespace

std::uint32_t memory_mb_of(const Host& host) {
  std::istringstream lines(host.read("/proc/meminfo").value_or(""));
  std::string name;
  std::uint64_t kb = 0;
  for (std::string rest; lines >> name >> kb; std::getline(lines, rest))
    if (name == "MemTotal:") return static_cast<std::uint32_t>(kb / 1024);
  return 0;
}

std::uint32_t huge_mb_wanted(const v1::HugePages& pages, std::uint32_t memory_mb) {
  std::uint32_t mb = pages.mb();
  if (mb == 0) {
    const std::uint32_t least = std::min(pages.min_mb(), memory_mb / 2);
    const auto share = static_cast<std::uint32_t>(std::uint64_t{memory_mb} * pages.percent() / 100);
    mb = std::max(least, std::min(share, pages.max_mb()));
  }
  return (mb + kPageMb - 1) / kPageMb * kPageMb;
}

v1::MachineHugePages reserve_huge_pages(Host& host, std::uint32_t wanted_mb) {
  v1::MachineHugePages pages;
  pages.set_wanted_mb(wanted_mb);
  const auto have = [&host] { return host.read_number(kPages).value_or(0) * kPageMb; };
  // Those that are there already, by the kernel's command line, are not given back.
  if (have() < wanted_mb) (void)host.write(kPages, std::to_string(wanted_mb / kPageMb)).ok();
  pages.set_got_mb(static_cast<std::uint32_t>(have()));
  return pages;
}

}  // namespace junctor::board
