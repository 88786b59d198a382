// SPDX-License-Identifier: MIT
#include "controlplane/media/requests.hpp"

#include <utility>
#include <vector>

namespace junctor::cp {

void Requests::add(media::v1::Request& request, Nanoseconds deadline, OnDone on_done) {
  request.set_id(next_);
  pending_.emplace(next_++, Pending{deadline, std::move(on_done)});
}

bool Requests::on_reply(const media::v1::Reply& reply) {
  // Taken out before the call, which may ask again.
  auto node = pending_.extract(reply.id());
  if (node.empty()) return false;
  node.mapped().on_done(&reply);
  return true;
}

void Requests::expire(Nanoseconds now) {
  std::vector<OnDone> due;
  for (auto at = pending_.begin(); at != pending_.end();) {
    if (at->second.deadline > now) {
      ++at;
      continue;
    }
    due.push_back(std::move(at->second.on_done));
    at = pending_.erase(at);
  }
  for (const OnDone& on_done : due) on_done(nullptr);
}

void Requests::fail_all() {
  for (auto& [id, pending] : std::exchange(pending_, {})) pending.on_done(nullptr);
}

}  // namespace junctor::cp
