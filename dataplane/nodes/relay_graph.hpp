// SPDX-License-Identifier: MIT
// The graph of a relay worker:
//
//   rtp_classify --> rtp_relay --> transmit
//              |---> punt
//              `---> handover
#pragma once

#include "dataplane/core/graph.hpp"

namespace junctor::dp {

Graph make_relay_graph();

}  // namespace junctor::dp
