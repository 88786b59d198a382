// SPDX-License-Identifier: MIT
// Calls and their voice.
#include "platform/cli/commands.hpp"

namespace junctor::cli {

std::vector<CommandRow> call_commands(const GatewayLink& link) {
  return {
      show_row(link, "show calls", "the calls now", Noun::Calls),
      show_row(link, "show calls CALL", "the legs of one call", Noun::Calls),
      show_row(link, "show calls history", "calls that ended", Noun::Records),
      show_row(link, "show calls history last N", "so many of them", Noun::Records),
      show_row(link, "show media", "voice of each leg: packets, loss, jitter, MOS", Noun::Media),
      show_row(link, "show media CALL", "voice of one call", Noun::Media),
  };
}

}  // namespace junctor::cli
