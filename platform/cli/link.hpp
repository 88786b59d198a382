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
#include <utility>

#include "platform/cli/ask.hpp"
#include "platform/cli/commands.hpp"
#include "platform/console/language.hpp"

namespace junctor::cli {

class Link {
 public:
  // first: as of Connection.
  Link(ipc::Loop& loop, std::string socket_path, std::optional<management::v1::Request> first = {});

  GatewayLink gateway();

  // What ends a wait while no command listens (before there is a console); none: nothing does.
  void set_is_enough(IsEnough is_enough) { is_enough_ = std::move(is_enough); }
  // Who logged in last by this link; "": nobody did.
  const std::string& user() const { return user_; }
  // Somebody had logged in, and junctor-control knows nothing of it any more: the connection is another.
  bool is_logged_out() const { return !user_.empty() && connection_.made() != logged_in_on_; }

 private:
  Result<management::v1::Reply> ask(const management::v1::Request& request);
  Result<management::v1::Reply> ask_hint(management::v1::Request request);

  // Owned.
  Connection connection_;
  // State.
  console::Sink* listened_ = nullptr;
  IsEnough is_enough_;
  std::string user_;
  unsigned logged_in_on_ = 0;  // the connection, by its number
  Nanoseconds no_hint_before_{0};
  const Clock& clock_;
};

}  // namespace junctor::cli
