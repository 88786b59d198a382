// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/answers.hpp"

#include <utility>

#include "platform/base/assert.hpp"

namespace junctor::cp {

using management::v1::Reply;
using management::v1::Request;

namespace {

// "operators"
std::string_view who_may(config::v1::Role least) {
  return least == config::v1::ADMIN ? "admins" : "operators and admins";
}

}  // namespace

void Answers::add_later(What what, config::v1::Role least, Handler handler) {
  const bool is_new = entries_.try_emplace(what, Entry{least, std::move(handler)}).second;
  JUNCTOR_ASSERT(is_new);
}

void Answers::add(What what, config::v1::Role least, Plain handler) {
  add_later(what, least,
            [handler = std::move(handler)](const Request& request, const Asker& asker,
                                           const OnReply& on_reply) {
              Reply reply;
              handler(request, asker, reply);
              on_reply(std::move(reply));
            });
}

void Answers::add_on_closed(std::function<void(const void* connection)> on_closed) {
  on_closed_.push_back(std::move(on_closed));
}

void Answers::answer(const Request& request, Asker asker, const OnReply& on_reply) const {
  const auto refuse = [&on_reply](std::string sentence) {
    Reply reply;
    reply.set_error(std::move(sentence));
    on_reply(std::move(reply));
  };
  const auto at = entries_.find(request.what_case());
  if (at == entries_.end()) return refuse("the request asks for nothing that this version knows");
  if (request.what_case() != Request::kLogin) {
    if (asker.user.empty()) return refuse("log in first");
    if (asker.by_password && is_user_ && !is_user_(asker.user))
      return refuse(asker.user + " is no user any more: log in first");
  }
  asker.role = role_of_(asker.user);
  if (asker.role < at->second.least)
    return refuse(asker.user + " may not do this: that is for " +
                  std::string(who_may(at->second.least)));
  at->second.handler(request, asker, on_reply);
}

void Answers::on_closed(const void* connection) const {
  for (const auto& on_closed : on_closed_) on_closed(connection);
}

}  // namespace junctor::cp
