// SPDX-License-Identifier: MIT
// In which order the peers of a trunk are tried (RFC 2782, priority and weight).
//
//   priority 0: [a 70] [b 30]   priority 1: [c]   -->  a b c, of 100 calls about 70;  b a c, about 30
//
// Threads   pure, but for the draw.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "config/v1/config.pb.h"

namespace junctor::cp {

// A number from 1 to highest, each as likely as the others.
using Draw = std::function<std::uint32_t(std::uint32_t highest)>;
std::uint32_t draw_at_random(std::uint32_t highest);

// Indices of the peers. Nothing is drawn where there is no choice: peers without weights keep their
// order.
std::vector<std::size_t> order_of_peers(const config::v1::Trunk& trunk, const Draw& draw);

}  // namespace junctor::cp
