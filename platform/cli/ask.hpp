// SPDX-License-Identifier: MIT
// Asking junctor-control over its management socket.
//
// Threads   runs the loop until the answer is there.
// Errors    nobody there, no answer in time or before ^C, an answer that is none, and what the gateway
//           refused: `where` is empty then, and never else.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "management/v1/management.pb.h"
#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/ipc/patience.hpp"

namespace junctor::cli {

inline constexpr Nanoseconds kTimeout = ipc::kOfControl;  // between two pieces of an answer

inline constexpr std::string_view kInterrupted =
    "interrupted";  // `where` of an error: it was enough

// Whether nobody is there who could hear a question.
bool is_unreachable(const Error& error);
// Whether a question may have been heard though no answer came: what it asked for may be done.
bool may_be_done(const Error& error);

// Asked every few milliseconds while an answer is awaited; true ends the waiting.
using IsEnough = std::function<bool()>;

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
  // its error; any other refusal is an error. An answer that was not waited for is passed over when it
  // comes: the connection stays, and with it the login and the lock that it has.
  Result<management::v1::Reply> ask(management::v1::Request request, Nanoseconds timeout = kTimeout,
                                    const IsEnough& is_enough = {});
  // How often it was made; a change tells that what was locked is so no more.
  unsigned made() const { return made_; }

 private:
  void notice_end();
  Result<management::v1::Reply> ask_now(management::v1::Request request, Nanoseconds timeout,
                                        const IsEnough& is_enough);

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
