// SPDX-License-Identifier: MIT
#include "platform/leds/signs.hpp"

namespace junctor::leds {

std::string trouble_with_calls(const appliance::Health& health) {
  if (!health.is_control_there) return "junctor-control does not answer";
  if (!health.is_dataplane_there) return "junctor-dataplane is not there";
  if (health.open_listeners == 0) return "no SIP listener is open";
  if (health.linked_ports == 0) return "no port has a link";
  return "";
}

std::vector<std::string> troubles_of(const appliance::v1::System& system) {
  std::vector<std::string> found;
  const auto& data = system.data();
  if (data.is_missing()) {
    found.emplace_back("the data partition is missing");
  } else if (data.free_bytes() < data.size_bytes() / 20) {
    found.emplace_back("the data partition is nearly full");
  }
  if (data.was_repaired()) found.emplace_back("the data partition was damaged, and is repaired");
  if (data.is_damaged() && !data.is_missing())
    found.emplace_back("the data partition is damaged, and not all of it could be repaired");
  if (system.is_time_wrong())
    found.emplace_back("the clock stands before the date of this version");
  if (system.gate().state() == "failed") found.emplace_back("this version does not get well");
  const bool is_written = system.work().state() == "installing";
  for (const auto& slot : system.slots())
    if (!slot.is_running() && !slot.is_good() && slot.starts_left() == 0 &&
        !slot.version().empty() && !is_written)
      found.push_back("version " + slot.version() + " was returned from");
  return found;
}

std::vector<std::string> troubles_of(const management::v1::Hardware& hardware) {
  const auto& notes = hardware.machine().notes();
  return {notes.begin(), notes.end()};
}

void Panel::look(const appliance::Health& health) {
  const std::string trouble = trouble_with_calls(health);
  if (!trouble.empty() && ++bad_looks_ < kPatience && no_calls_.empty()) return;
  if (trouble.empty()) bad_looks_ = 0;
  no_calls_ = trouble;
  seen_.assign(health.broken.begin(), health.broken.end());
  seen_.insert(seen_.end(), health.unlinked.begin(), health.unlinked.end());
}

Signs Panel::signs() const { return {.health = no_calls_.empty(), .alarm = !text().empty()}; }

std::string Panel::text() const {
  std::string all = no_calls_;
  for (const auto* list : {&seen_, &known_})
    for (const std::string& sentence : *list) all += (all.empty() ? "" : ", ") + sentence;
  return all;
}

}  // namespace junctor::leds
