// SPDX-License-Identifier: MIT
// Link: how a session reaches junctor-control, without ever waiting longer than its operator wants.
//
//   a command      waits as long as its question may take, or to the next ^C
//   Tab, ?, notices  wait a second; after one in vain they ask nothing for a while
//
// Threads   the session's.
// Lifetime  the loop outlives it; it outlives the GatewayLink made from it.
#pragma once

#include <optional>
#include <string>

#include "platform/cli/ask.hpp"
#include "platform/cli/commands.hpp"
#include "platform/console/language.hpp"

namespace junctor::cli {

class Link {
 public:
  // first: as of Connection.
  Link(ipc::Loop& loop, std::string socket_path, std::optional<management::v1::Request> first = {});

  GatewayLink gateway();

 private:
  Result<management::v1::Reply> ask(management::v1::Request request);
  Result<management::v1::Reply> ask_hint(management::v1::Request request);

  // Owned.
  Connection connection_;
  // State.
  console::Sink* listened_ = nullptr;
  Nanoseconds no_hint_before_{0};
  const Clock& clock_;
};

}  // namespace junctor::cli
