// SPDX-License-Identifier: MIT
#include "platform/board/leds.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "platform/config/value.hpp"

namespace junctor::board {
namespace {

constexpr unsigned kMode = 0664;
constexpr std::chrono::milliseconds kPause{100};
constexpr int kMostPauses = 20;  // of all LEDs together

// The first that fits; "" if none does.
std::string find(const Host& host, const std::string& device) {
  for (const std::string& name : host.list(kLedsFolder))
    if (::fnmatch(device.c_str(), name.c_str(), 0) == 0) return name;
  return "";
}

Result<void> take(Host& host, const std::string& name, v1::LedMeaning shows) {
  const std::string folder = std::string(kLedsFolder) + "/" + name;
  const std::string brightness = folder + "/brightness";
  if (host.exists(folder + "/trigger"))
    if (auto done = host.write(folder + "/trigger", "none"); !done) return done;
  const auto most = host.read_number(folder + "/max_brightness").value_or(1);
  const bool is_lit = shows == v1::POWER;
  if (auto done = host.write(brightness, is_lit ? std::to_string(most) : "0"); !done) return done;
  if (is_lit) return {};
  return host.give(brightness, kLedsGroup, kMode);
}

}  // namespace

PreparedLeds prepare_leds(Host& host, const v1::Board& board) {
  PreparedLeds done;
  int pauses = host.is_real() ? kMostPauses : 0;
  for (const v1::Led& given : board.leds()) {
    std::string name = find(host, given.device());
    for (; name.empty() && pauses > 0; --pauses, name = find(host, given.device()))
      std::this_thread::sleep_for(kPause);
    const std::string note = "led " + given.name() + " does not work: ";
    if (name.empty()) {
      done.notes.push_back(note + "there is no " + kLedsFolder + "/" + given.device());
    } else if (const auto taken = take(host, name, given.shows()); !taken) {
      done.notes.push_back(note + taken.error().text());
    } else {
      v1::MachineLed& led = *done.leds.Add();
      led.set_name(given.name());
      led.set_device(name);
      led.set_shows(config::write_enum(v1::LedMeaning_Name(given.shows())));
    }
  }
  return done;
}

bool has_lamps(const v1::Machine& machine) {
  return std::any_of(machine.leds().begin(), machine.leds().end(),
                     [](const v1::MachineLed& led) { return led.shows() != "power"; });
}

}  // namespace junctor::board
