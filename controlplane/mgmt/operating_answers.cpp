// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/operating_answers.hpp"

#include <algorithm>

#include "controlplane/mgmt/show_answers.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {

using management::v1::Reply;
using management::v1::Request;

namespace {

constexpr std::size_t kClearedAtOnce = 50;  // in a turn of the loop

std::string count_of_calls(std::uint32_t calls) {
  return calls == 1 ? "1 call" : std::to_string(calls) + " calls";
}

void clear_call(Switchboard& switchboard, const std::string& id_begin, const std::string& user,
                Reply& reply) {
  if (id_begin.empty()) return reply.set_error("which call?");
  const std::string id = find_call(switchboard, id_begin, reply);
  if (!reply.error().empty()) return;
  log_info("b2bua", "cleared by an operator", {{"call", id}, {"user", user}});
  for (auto& call : switchboard.show(id)) reply.add_calls()->Swap(&call);
  switchboard.clear(id, user);
}

void set_trunk(const Operated& on, const management::v1::SetTrunk& what, const std::string& user,
               Reply& reply) {
  const bool is_drain = what.action() == management::v1::DRAIN;
  if (!is_drain && what.action() != management::v1::ENABLE)
    return reply.set_error("a trunk is drained or enabled, nothing else");
  const TrunkPtr trunk = on.trunks.find(what.name());
  // One that is configured no more may still be enabled, for when it comes back.
  if (!trunk && !(on.states.is_drained(what.name()) && !is_drain))
    return reply.set_error("there is no trunk " + what.name());
  if (const auto done = on.states.set_drained(what.name(), is_drain, on.trunks); !done)
    return reply.set_error("cannot be kept: " + done.error().text());
  log_info("trunk", is_drain ? "drained by an operator" : "enabled by an operator",
           {{"trunk", what.name()}, {"user", user}});
  if (trunk) fill_trunk(*trunk, on.clock.now(), *reply.add_trunks());
}

}  // namespace

std::string find_call(const Switchboard& switchboard, const std::string& id_begin, Reply& reply) {
  const std::vector<std::string> ids = switchboard.find(id_begin);
  if (ids.empty()) reply.set_error("there is no call " + id_begin);
  if (ids.size() > 1)
    reply.set_error(std::to_string(ids.size()) + " calls begin with " + id_begin + ": " + ids[0] +
                    ", " + ids[1] + (ids.size() > 2 ? ", ..." : ""));
  return ids.size() == 1 ? ids.front() : "";
}

void Clearing::add(std::string call_id, std::string user) {
  left_.emplace_back(std::move(call_id), std::move(user));
  if (!timer_) timer_ = loop_.after(Nanoseconds{0}, [this] { clear_some(); });
}

void Clearing::clear_some() {
  for (std::size_t i = 0; i < kClearedAtOnce && !left_.empty(); ++i) {
    const auto [call_id, user] = std::move(left_.front());
    left_.pop_front();
    switchboard_.clear(call_id, user);  // one that ended by itself meanwhile is not there
  }
  timer_.reset();
  if (!left_.empty()) timer_ = loop_.after(Milliseconds{1}, [this] { clear_some(); });
}

std::vector<std::string> release_removed(const TrunkTable& trunks, const Switchboard& switchboard,
                                         Clearing& clearing, const std::string& user, bool force) {
  std::vector<std::string> notes;
  std::vector<std::string> names;
  for (const TrunkPtr& trunk : trunks.removed()) {
    names.push_back(trunk->name());
    const std::string calls = count_of_calls(trunk->all_calls());
    notes.push_back(force ? "trunk " + trunk->name() + " is removed: " + calls + " cleared"
                          : "trunk " + trunk->name() + " is removed, and drains: " + calls +
                                " left (commit force clears them)");
  }
  if (!force || names.empty()) return notes;
  for (const management::v1::Call& call : switchboard.show("")) {
    const bool is_theirs = std::ranges::any_of(call.legs(), [&names](const auto& leg) {
      return std::ranges::find(names, leg.trunk()) != names.end();
    });
    if (is_theirs) clearing.add(call.id(), user);
  }
  return notes;
}

void add_operating_answers(Answers& answers, const Operated& operated) {
  using Asker = Answers::Asker;
  answers.add(Request::kClearCall, config::v1::OPERATOR,
              [operated](const Request& r, const Asker& asker, Reply& reply) {
                clear_call(operated.switchboard, r.clear_call().call_id(), asker.user, reply);
              });
  answers.add(Request::kSetTrunk, config::v1::OPERATOR,
              [operated](const Request& r, const Asker& asker, Reply& reply) {
                set_trunk(operated, r.set_trunk(), asker.user, reply);
              });
}

}  // namespace junctor::cp
