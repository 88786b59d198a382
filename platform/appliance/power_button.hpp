// SPDX-License-Identifier: MIT
// PowerButton: the button on the case, which ACPI tells Linux of as a keyboard with the one key KEY_POWER
// (Documentation/input/event-codes.rst of Linux). A keyboard with such a key is as good.
//
//   /dev/input/event* --KEY_POWER goes down--> on_press
//
// Threads   the loop's.
// Errors    one that cannot be read is left alone, and the log tells of it; there may be none.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "platform/appliance/slots.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::appliance {

// Whether a bitmap of keys as sysfs shows it has the power key: hexadecimal words of 64 bits, the highest first.
bool has_power_key(const std::string& keys);

class PowerButton {
 public:
  // Those that are there now.
  PowerButton(ipc::Loop& loop, const Places& places, std::function<void()> on_press);
  ~PowerButton();
  PowerButton(const PowerButton&) = delete;
  PowerButton& operator=(const PowerButton&) = delete;

 private:
  void open(ipc::Loop& loop, const std::string& path);
  void read(int fd);

  // Given.
  const std::function<void()> on_press_;
  // Owned.
  std::map<int, ipc::HandlePtr> watches_;  // by descriptor
};

}  // namespace junctor::appliance
