// SPDX-License-Identifier: MIT
// PowerButton: the button on the case, which ACPI tells Linux of as a keyboard with the one key
// KEY_POWER (Documentation/input/event-codes.rst of Linux). A keyboard with such a key is as good.
//
//   /dev/input/event* --KEY_POWER goes down--> on_press
//
// Threads   the loop's.
// Errors    one that cannot be read is tried again; there may be none, and one that comes later is
//           found within seconds.
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
  PowerButton(ipc::Loop& loop, const Places& places, std::function<void()> on_press);
  ~PowerButton();
  PowerButton(const PowerButton&) = delete;
  PowerButton& operator=(const PowerButton&) = delete;

 private:
  struct Device {
    int fd = -1;
    ipc::HandlePtr watch;
  };
  void look();
  void open(const std::string& name);
  void read(const std::string& name);

  // Given.
  ipc::Loop& loop_;
  const Places places_;
  const std::function<void()> on_press_;
  // Owned.
  std::map<std::string, Device> devices_;  // by name: event3
  ipc::HandlePtr looking_;
};

}  // namespace junctor::appliance
