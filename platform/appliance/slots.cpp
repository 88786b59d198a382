// SPDX-License-Identifier: MIT
#include "platform/appliance/slots.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>

namespace junctor::appliance {
namespace {

// The word that follows `name`= on the kernel's command line.
std::string argument(std::string_view line, std::string_view name) {
  std::istringstream words{std::string(line)};
  for (std::string word; words >> word;)
    if (word.starts_with(name) && word.size() > name.size() && word[name.size()] == '=')
      return word.substr(name.size() + 1);
  return {};
}

// Each line NAME=VALUE, quotes taken off; lines without = go to `on_other`.
void each_value(std::string_view text,
                const std::function<void(std::string_view, std::string)>& on_value,
                const std::function<void(std::string_view)>& on_other = {}) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      if (on_other) on_other(line);
      continue;
    }
    std::string_view value = line.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    on_value(line.substr(0, equals), std::string(value));
  }
}

std::uint32_t number(const std::string& text) {
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// "2026-11-22T10:00:00Z" (RFC 3339, as RAUC writes it).
std::uint64_t unix_ms_of(const std::string& text) {
  std::tm time{};
  if (strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time) == nullptr) return 0;
  return static_cast<std::uint64_t>(timegm(&time)) * 1000;
}

}  // namespace

std::string running_slot(const Places& places) {
  const std::string slot = argument(read_file(places.at("/proc/cmdline")), "junctor.slot");
  return slot == "A" || slot == "B" ? slot : "";
}

std::string other_slot(std::string_view slot) { return slot == "A" ? "B" : "A"; }

std::string running_version(const Places& places) {
  std::string version;
  each_value(read_file(places.at("/etc/os-release")),
             [&](std::string_view name, std::string value) {
               if (name == "VERSION_ID") version = std::move(value);
             });
  return version;
}

void read_choice(std::string_view text, std::array<v1::Slot, 2>& slots) {
  std::string order;
  each_value(text, [&](std::string_view name, const std::string& value) {
    if (name == "order") order = value;
    for (v1::Slot& slot : slots) {
      if (name == slot.name() + "_left") slot.set_starts_left(number(value));
      if (name == slot.name() + "_good") slot.set_is_good(value == "1");
    }
  });
  // The first in order that has starts left.
  for (const char name : order) {
    for (v1::Slot& slot : slots) {
      if (slot.name() != std::string(1, name) || slot.starts_left() == 0) continue;
      slot.set_is_next(true);
      return;
    }
  }
}

void read_status(std::string_view text, std::array<v1::Slot, 2>& slots) {
  v1::Slot* slot = nullptr;
  each_value(
      text,
      [&](std::string_view name, const std::string& value) {
        if (slot == nullptr) return;
        if (name == "bundle.version") slot->set_version(value);
        if (name == "installed.timestamp") slot->set_installed_unix_ms(unix_ms_of(value));
      },
      [&](std::string_view line) {
        if (line == "[slot.rootfs.0]")
          slot = &slots[0];
        else if (line == "[slot.rootfs.1]")
          slot = &slots[1];
        else if (!line.empty() && line.front() == '[')
          slot = nullptr;
      });
}

}  // namespace junctor::appliance
