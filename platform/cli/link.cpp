// SPDX-License-Identifier: MIT
#include "platform/cli/link.hpp"

#include <utility>

namespace junctor::cli {

using management::v1::Reply;
using management::v1::Request;

namespace {

constexpr Nanoseconds kHintTimeout = Seconds{1};
constexpr Nanoseconds kHintRest = Seconds{5};  // after one in vain

// A password is looked at as slowly as it deserves, and longer after wrong ones.
Nanoseconds timeout_of(const Request& request) {
  constexpr Nanoseconds kLong = Seconds{120};
  if (request.has_commit() || request.has_login() || request.has_set_password()) return kLong;
  if (request.has_show_system() || request.has_request_system()) return ipc::kOfBoth;
  return kTimeout;
}

std::uint64_t now_unix_ms() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<Milliseconds>(SystemClock{}.wall()).count());
}

}  // namespace

Link::Link(ipc::Loop& loop, std::string socket_path, std::optional<Request> first)
    : connection_(loop, std::move(socket_path), std::move(first)), clock_(loop.clock()) {}

GatewayLink Link::gateway() {
  return {[this](const Request& request) { return ask(request); },
          now_unix_ms,
          [this] { return connection_.made(); },
          [this](Request request) { return ask_hint(std::move(request)); },
          [this](console::Sink* sink) { listened_ = sink; },
          [this] { return is_logged_out(); }};
}

// What was interrupted before is not: a command that was may still have something to tidy up.
Result<Reply> Link::ask(const Request& request) {
  const Nanoseconds timeout = timeout_of(request);
  IsEnough is_enough = is_enough_;
  if (listened_ != nullptr) {
    is_enough = [sink = listened_, before = listened_->interrupts()] {
      return sink->interrupts() != before;
    };
  }
  auto reply = connection_.ask(request, timeout, is_enough);
  if (reply) no_hint_before_ = Nanoseconds{0};
  if (reply && reply->error().empty() && !request.login().user().empty()) {
    user_ = request.login().user();
    logged_in_on_ = connection_.made();
  }
  return reply;
}

Result<Reply> Link::ask_hint(Request request) {
  if (clock_.now() < no_hint_before_) return Error{"", "junctor-control did not answer just now"};
  auto reply = connection_.ask(std::move(request), kHintTimeout);
  if (!reply && !reply.error().where.empty()) no_hint_before_ = clock_.now() + kHintRest;
  return reply;
}

}  // namespace junctor::cli
