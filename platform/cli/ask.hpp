// SPDX-License-Identifier: MIT
// Asking junctor-control over its management socket.
//
// Threads   runs the loop until the answer is there.
// Errors    nobody there, no answer in time, an answer that is none, and what the gateway refused.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "management/v1/management.pb.h"
#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::cli {

inline constexpr Nanoseconds kTimeout = Seconds{5};  // between two pieces of an answer

// A connection that is kept: what it locks is locked as long as it lives. After junctor-control was
// away it is made anew with the next question.
class Connection {
 public:
  // first: is asked before all else whenever the connection is made.
  Connection(ipc::Loop& loop, std::string socket_path,
             std::optional<management::v1::Request> first = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The whole reply, its pieces joined. One that is refused because of findings comes with them and
  // its error; any other refusal is an error.
  Result<management::v1::Reply> ask(management::v1::Request request,
                                    Nanoseconds timeout = kTimeout);
  // How often it was made; a change tells that what was locked is so no more.
  unsigned made() const { return made_; }

 private:
  void notice_end();
  Result<management::v1::Reply> ask_now(management::v1::Request request, Nanoseconds timeout);

  // Given.
  ipc::Loop& loop_;
  const std::string path_;
  const std::optional<management::v1::Request> first_;
  // Owned.
  std::unique_ptr<ipc::Channel> channel_;
  // State.
  std::uint64_t last_id_ = 0;
  unsigned made_ = 0;
};

// One question.
Result<management::v1::Reply> ask(ipc::Loop& loop, const std::string& socket_path,
                                  const management::v1::Request& request, Nanoseconds timeout);

}  // namespace junctor::cli
