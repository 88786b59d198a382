// SPDX-License-Identifier: MIT
// What the files of an appliance say of its two slots.
//
// Threads   plain functions.
// Errors    what cannot be read leaves its fields empty.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "appliance/v1/appliance.pb.h"
#include "platform/appliance/files.hpp"

namespace junctor::appliance {

// Where everything lies; a folder in place of / in tests.
struct Places {
  std::string root;  // "" or a folder
  std::string at(std::string_view path) const { return root + std::string(path); }
};

// "A" or "B": junctor.slot of the kernel's command line; empty if it names none.
std::string running_slot(const Places& places);
std::string other_slot(std::string_view slot);
// VERSION_ID of os-release.
std::string running_version(const Places& places);

// Fills in what `slots show` prints: order=B A, A_left=3, A_good=0, ...
void read_choice(std::string_view text, std::array<v1::Slot, 2>& slots);
// Fills in version and time from RAUC's status file (data-directory/central.raucs, a key file with a group
// [slot.rootfs.N] for each slot).
void read_status(std::string_view text, std::array<v1::Slot, 2>& slots);

}  // namespace junctor::appliance
