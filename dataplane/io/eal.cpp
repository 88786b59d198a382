// SPDX-License-Identifier: MIT
#include "dataplane/io/eal.hpp"

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "dataplane/io/eal_log.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::dp {
namespace {

// Free huge pages of all sizes, in MiB.
std::uint64_t free_huge_mb() {
  std::uint64_t total_kb = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/kernel/mm/hugepages", error)) {
    const std::string name = entry.path().filename();  // hugepages-2048kB
    const std::uint64_t size_kb = std::strtoull(name.c_str() + name.find('-') + 1, nullptr, 10);
    std::uint64_t free = 0;
    std::ifstream(entry.path() / "free_hugepages") >> free;
    total_kb += free * size_kb;
  }
  return total_kb / 1024;
}

Result<bool> choose_huge(const EalOptions& options) {
  if (options.huge_pages == HugePages::None) return false;
  const std::uint64_t free_mb = free_huge_mb();
  if (free_mb >= options.memory_mb) return true;
  const std::string need = "needs " + std::to_string(options.memory_mb) + " MiB of huge pages, " +
                           std::to_string(free_mb) + " MiB are free";
  if (options.huge_pages == HugePages::Required) return Error{"dataplane.huge_pages", need};
  log_warning("dataplane", "ordinary memory instead of huge pages, which is slower",
              {{"reason", need}});
  return false;
}

std::string runtime_dir_of(const std::string& prefix) { return "/var/run/dpdk/" + prefix; }

}  // namespace

std::vector<std::string> eal_arguments(const EalOptions& options, bool huge) {
  std::vector<std::string> arguments{"junctor-dataplane"};
  std::string cores;
  for (const unsigned core : options.cores)
    cores += (cores.empty() ? "" : ",") + std::to_string(core);
  arguments.push_back("--lcores=0@(" + cores + ")");
  arguments.push_back("--file-prefix=" + options.prefix);
  arguments.push_back("--no-telemetry");
  arguments.push_back("--log-level=warning");
  arguments.insert(arguments.end(), {"-m", std::to_string(options.memory_mb)});
  if (huge)
    arguments.push_back("--in-memory");
  else
    arguments.insert(arguments.end(), {"--no-huge", "--no-shconf"});
  const bool pci = std::any_of(options.devices.begin(), options.devices.end(),
                               [](const DeviceArgs& device) { return device.pci; });
  // Without hardware that reads memory by itself no physical address is of use.
  if (!pci) arguments.insert(arguments.end(), {"--no-pci", "--iova-mode=va"});
  for (const DeviceArgs& device : options.devices) {
    arguments.push_back(device.pci ? "-a" : "--vdev");
    arguments.push_back(device.text);
  }
  return arguments;
}

Result<std::unique_ptr<Eal>> Eal::start(const EalOptions& options) {
  const auto huge = choose_huge(options);
  if (!huge) return huge.error();
  send_eal_log_to_ours();
  std::vector<std::string> arguments = eal_arguments(options, *huge);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  if (rte_eal_init(static_cast<int>(arguments.size()), argv.data()) < 0)
    return Error{"dataplane", std::string("DPDK does not start: ") + rte_strerror(rte_errno)};
  return std::unique_ptr<Eal>(new Eal(runtime_dir_of(options.prefix)));
}

Eal::~Eal() {
  rte_eal_cleanup();
  std::error_code error;
  std::filesystem::remove_all(runtime_dir_, error);
}

std::uint64_t Eal::tsc_hertz() const { return rte_get_tsc_hz(); }
bool Eal::has_huge_pages() const { return rte_eal_has_hugepages() != 0; }

}  // namespace junctor::dp
