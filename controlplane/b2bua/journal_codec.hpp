// SPDX-License-Identifier: MIT
// Dialogs and the voice of a leg as journal/v1 has them, and back.
//
// Threads   pure functions.
// Errors    what is missing in a journal's entry is found by who uses it.
#pragma once

#include "controlplane/b2bua/dialog.hpp"
#include "controlplane/b2bua/leg.hpp"
#include "journal/v1/journal.pb.h"

namespace junctor::cp {

inline constexpr std::uint32_t kJournalVersion = 1;

void write_leg(const Leg& leg, journal::v1::Leg& out);
void write_dialog(const Dialog& dialog, journal::v1::Dialog& out);
Dialog read_dialog(const journal::v1::Dialog& in);
void write_media(const LegMedia::Saved& media, journal::v1::Media& out);
LegMedia::Saved read_media(const journal::v1::Media& in);

}  // namespace junctor::cp
