// SPDX-License-Identifier: MIT
// SIP as the gateway saw it.
#include "platform/cli/commands.hpp"

namespace junctor::cli {

std::vector<CommandRow> trace_commands(const GatewayLink& link) {
  return {
      show_row(link, "show trace", "SIP of the last call, as the gateway saw it", Noun::Trace),
      show_row(link, "show trace CALL", "SIP of a call", Noun::Trace),
      show_row(link, "show trace CALL full", "with the messages whole", Noun::Trace),
      show_row(link, "show trace last N", "SIP of the last calls", Noun::Trace),
  };
}

}  // namespace junctor::cli
