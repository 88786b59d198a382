// SPDX-License-Identifier: MIT
// Rules that concern several fields: what no field can say of itself alone.
#pragma once

#include "platform/config/findings.hpp"

namespace junctor::config {

// The configuration with its defaults applied. Each rule looks past values that are no addresses,
// patterns and so on: those have their finding already.
void check_rules(const v1::Config& config, Findings& findings);

// The part of it that concerns ports, addresses and networks.
void check_network_rules(const v1::Config& config, Findings& findings);

// Message rules that contradict themselves, or would break dialogs.
void check_message_rules(const v1::Config& config, Findings& findings);

// Rules of number plans that no number reaches, or of which nothing is left.
void check_number_plans(const v1::Config& config, Findings& findings);

}  // namespace junctor::config
