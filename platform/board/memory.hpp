// SPDX-License-Identifier: MIT
// Huge pages of 2 MiB: how many a board wants, and getting them from the kernel, all at once: later
// the memory is in pieces.
//
// Errors    none: what was got is told.
#pragma once

#include <cstdint>

#include "board/v1/board.pb.h"
#include "board/v1/machine.pb.h"
#include "platform/board/host.hpp"

namespace junctor::board {

// Of the whole machine; 0 if it is not known.
std::uint32_t memory_mb_of(const Host& host);
// pages: with its defaults.
std::uint32_t huge_mb_wanted(const v1::HugePages& pages, std::uint32_t memory_mb);
v1::MachineHugePages reserve_huge_pages(Host& host, std::uint32_t wanted_mb);

}  // namespace junctor::board
