// SPDX-License-Identifier: MIT
// Names of ports in a configuration: `interface lan device port1` is the device that the board's
// port1 is.
//
// Threads   pure functions but for the reading of the file.
// Errors    name the setting (`interfaces[0].device`) and the ports that there are.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "board/v1/machine.pb.h"
#include "config/v1/config.pb.h"
#include "platform/base/result.hpp"

namespace junctor::board {

// A device that is written as a port is: DPDK's own names have '_' or ':'.
bool is_port_name(const std::string& device);

// Puts addresses in place of the names of ports; what follows a comma stays. file: of the machine.
// An interface whose port is there no more, or cannot be used, is left out, so that the others go on:
// a sentence for each. The error: a name that this machine does not have.
Result<std::vector<std::string>> resolve_ports(config::v1::Config& config,
                                               const std::optional<v1::Machine>& machine,
                                               const std::string& file);

// What is wrong with the names of ports on this machine; where nothing is known of it, nothing.
std::vector<std::string> port_mistakes(const config::v1::Config& config, const std::string& file);

}  // namespace junctor::board
