// SPDX-License-Identifier: MIT
#include "platform/board/watchdog.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "platform/board/lists.hpp"

namespace junctor::board {
namespace {

constexpr const char* kFolder = "/sys/class/watchdog/watchdog0";
constexpr const char* kSystemd = "org.freedesktop.systemd1";
constexpr const char* kBus = "/run/dbus/system_bus_socket";

// Of a watchdog that was there already: that of its device's driver; without a device the first that is loaded.
std::string loaded_of(const Host& host, const std::vector<std::string>& modules) {
  const std::string driver = host.link_name(std::string(kFolder) + "/device/driver/module");
  if (!driver.empty()) return driver;
  for (const std::string& module : modules) {
    std::string name = module;
    std::replace(name.begin(), name.end(), '-', '_');
    if (host.exists("/sys/module/" + name)) return module;
  }
  return "";
}

// By PID 1, whose own configuration has the same time: nobody needs to be asked, which takes a second at the start.
bool is_fed(const Host& host, const v1::MachineWatchdog& watchdog) {
  const std::string folder = kFolder;
  return host.read(folder + "/state") == "active" &&
         host.read_number(folder + "/timeout") == watchdog.timeout_s();
}

// It is there a moment later than this program.
void wait_for_bus(const Host& host) {
  for (int tries = 0; tries < 200 && host.is_real() && !host.exists(kBus); ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
}

}  // namespace

v1::MachineWatchdog find_watchdog(Host& host, const v1::Watchdog& wanted) {
  v1::MachineWatchdog found;
  found.set_timeout_s(wanted.timeout_s());
  std::vector<std::string> modules(wanted.modules().begin(), wanted.modules().end());
  modules.emplace_back(kSoftdog);
  // One that is there already was loaded for the hardware, or is built into the kernel.
  for (const std::string& module : modules) {
    if (host.exists(kFolder)) break;
    (void)host.run({"modprobe", "--quiet", module}).ok();
    if (host.exists(kFolder)) found.set_module(module);
  }
  found.set_identity(host.read(std::string(kFolder) + "/identity").value_or(""));
  if (!host.exists(kFolder)) return found;
  if (found.module().empty()) found.set_module(loaded_of(host, modules));
  found.set_is_software(found.module() == kSoftdog || found.identity() == "Software Watchdog");
  return found;
}

Result<void> feed_watchdog(Host& host, const v1::MachineWatchdog& watchdog) {
  if (!host.exists(kFolder) || is_fed(host, watchdog)) return {};
  wait_for_bus(host);
  const std::string microseconds = std::to_string(watchdog.timeout_s()) + "000000";
  return host.run({"busctl", "set-property", kSystemd, "/org/freedesktop/systemd1",
                   "org.freedesktop.systemd1.Manager", "RuntimeWatchdogUSec", "t", microseconds});
}

}  // namespace junctor::board
