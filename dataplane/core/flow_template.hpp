// SPDX-License-Identifier: MIT
// A FlowTemplate as a worker wants it: network order, sums done beforehand.
//
// Threads   pure.
#pragma once

#include "dataplane/core/flow.hpp"
#include "dataplane/core/plane.hpp"
#include "platform/base/result.hpp"

namespace junctor::dp {

// What is wrong with it, whatever else is installed.
Result<void> check(const FlowTemplate& flow, unsigned ports);

// Fills in what the template says; the rest of both is left as it is.
void fill(const FlowTemplate& flow, std::uint16_t payload_map, FlowHead& head, FlowRare& rare);

// The sum of the words of an IPv4 header that are the same for each packet of a flow: all but its
// length.
std::uint16_t constant_ip_sum(const FlowHead& head);

}  // namespace junctor::dp
