// SPDX-License-Identifier: MIT
// Service: what it answers to `show`.
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "platform/appliance/files.hpp"
#include "platform/appliance/service.hpp"

namespace junctor::appliance {
namespace {

// What slot.cfg of the slot that does not run says, looked at by the first file system.
constexpr std::string_view kOtherVersion = "/run/junctor-other-version";

const char* name_of(Gate::State state) {
  switch (state) {
    case Gate::State::Trial:
      return "trial";
    case Gate::State::Good:
      return "good";
    case Gate::State::Failed:
      return "failed";
  }
  return "";
}

std::string one_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// The first file system never lets the clock begin before the date of the version: then a time server has lied.
void show_time(const Places& places, Nanoseconds now, v1::System& out) {
  out.set_now_unix_ms(
      static_cast<std::uint64_t>(std::chrono::duration_cast<Milliseconds>(now).count()));
  struct stat made {};
  const auto seconds = std::chrono::duration_cast<Seconds>(now).count();
  out.set_is_time_wrong(stat(places.at("/usr/lib/clock-epoch").c_str(), &made) == 0 &&
                        seconds < made.st_mtim.tv_sec);
  // systemd-timesyncd(8) makes it at the first answer of a server.
  out.set_is_time_synchronized(
      std::filesystem::exists(places.at("/run/systemd/timesync/synchronized")));
}

void show_disk(const Places& places, v1::Disk& out) {
  struct statvfs disk {};
  if (statvfs(places.at("/data").c_str(), &disk) == 0) {
    out.set_size_bytes(std::uint64_t{disk.f_blocks} * disk.f_frsize);
    out.set_free_bytes(std::uint64_t{disk.f_bavail} * disk.f_frsize);
  }
  out.set_is_missing(std::filesystem::exists(places.at("/run/no-data")));
  // e2fsck(8): 1 and 2 mean that errors were corrected, what is above that some were not.
  const int status = std::atoi(read_file(places.at("/run/fsck.status")).c_str());
  out.set_was_repaired((status & 3) != 0);
  out.set_is_damaged(status >= 4);
}

}  // namespace

void Service::show(v1::System& out) {
  out.set_version(running_version(given_.places));
  show_slots(out);
  show_gate(out);
  if (!upgrade_.work().source().empty()) *out.mutable_work() = upgrade_.work();
  for (v1::Key& key : keyring_.list()) *out.add_keyring() = std::move(key);
  show_disk(given_.places, *out.mutable_data());
  out.set_uptime_s(static_cast<std::uint64_t>(
      std::max(0.0, std::strtod(read_file(given_.places.at("/proc/uptime")).c_str(), nullptr))));
  show_time(given_.places, loop_.clock().wall(), out);
}

void Service::show_slots(v1::System& out) const {
  std::array<v1::Slot, 2> slots;
  slots[0].set_name("A");
  slots[1].set_name("B");
  read_status(read_file(given_.places.at("/data/rauc/central.raucs")), slots);
  read_choice(choice_, slots);
  const std::string running = running_slot(given_.places);
  for (v1::Slot& slot : slots) {
    if (slot.name() == running) {
      slot.set_is_running(true);
      slot.set_version(running_version(given_.places));
    } else if (slot.version().empty()) {  // it came with the disk, or RAUC's memory was deleted
      slot.set_version(one_line(read_file(given_.places.at(kOtherVersion))));
    }
    *out.add_slots() = slot;
  }
}

void Service::show_gate(v1::System& out) const {
  if (!gate_) return;
  v1::Gate& gate = *out.mutable_gate();
  gate.set_state(name_of(gate_->state()));
  gate.set_waits_for(gate_->waits_for());
  const auto steady = std::chrono::duration_cast<Seconds>(gate_->steady(loop_.clock().now()));
  gate.set_steady_s(static_cast<std::uint32_t>(steady.count()));
}

}  // namespace junctor::appliance
