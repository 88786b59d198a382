// SPDX-License-Identifier: MIT
// The telephone systems that are joined.
#include "platform/cli/commands.hpp"

namespace junctor::cli {

std::vector<CommandRow> trunk_commands(const GatewayLink& link) {
  return {
      show_row(link, "show trunks", "the telephone systems, and whether they answer", Noun::Trunks),
      show_row(link, "show trunk TRUNK", "one telephone system", Noun::Trunks),
  };
}

}  // namespace junctor::cli
