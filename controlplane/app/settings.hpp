// SPDX-License-Identifier: MIT
// Settings: what the parts of the gateway take from its configuration.
//
//   config::v1::Config (with defaults) --> limits, ports, listeners, peers: each in its part's own form
//
// Threads   pure functions.
// Errors    a listener without an address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "config/v1/config.pb.h"
#include "controlplane/b2bua/switchboard.hpp"
#include "controlplane/media/media_client.hpp"
#include "controlplane/routing/trunk.hpp"
#include "controlplane/sip/stack.hpp"
#include "platform/base/result.hpp"

namespace junctor::cp {

std::uint64_t memory_max(const config::v1::Config& config);  // octets
// For the ring of traces.
std::size_t trace_bytes(const config::v1::Config& config);
PortRange port_range(const config::v1::Config& config);
Switchboard::Settings settings_of(const config::v1::Config& config);
Result<StackConfig> stack_config(const config::v1::Config& config);
// Who may send signalling without being a stranger: the peers of all trunks, and where dialogs lead.
MediaClient::Trusted trusted_of(const config::v1::Config& config, const TrunkTable& trunks,
                                const DialogPeers& dialog_peers);
std::vector<std::uint16_t> listener_ports(const config::v1::Config& config);

}  // namespace junctor::cp
