// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/trace_answers.hpp"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "platform/telemetry/mask_sip.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;

constexpr std::uint32_t kMaxTracedCalls = 1'000;
// What one question after passing messages is answered with, and how many it may look at.
constexpr int kMaxPassing = 500;
constexpr std::uint64_t kMaxLookedAt = 20'000;

class TraceAnswers {
 public:
  TraceAnswers(const Switchboard& switchboard, const TrunkTable& trunks, const Trace& trace)
      : switchboard_(switchboard), trunks_(trunks), trace_(trace) {}

  void show(const management::v1::ShowTrace& what, Reply& reply) const;

 private:
  void follow(std::uint64_t after, const CallFilter& filter, Reply& reply) const;
  void add_call(const std::string& call, Reply& reply) const;
  void add(const TraceEntry& from, const std::string& call, std::uint32_t leg, Reply& reply) const;

  const Switchboard& switchboard_;
  const TrunkTable& trunks_;
  const Trace& trace_;
};

void TraceAnswers::add(const TraceEntry& from, const std::string& call, std::uint32_t leg,
                       Reply& reply) const {
  management::v1::TraceMessage& to = *reply.add_trace();
  to.set_call_id(call);
  to.set_leg(leg);
  to.set_sequence(from.sequence);
  to.set_time_unix_us(static_cast<std::uint64_t>(from.wall / std::chrono::microseconds{1}));
  to.set_sent(from.sent);
  to.set_local(from.local.text());
  to.set_remote(from.hop.peer.text());
  to.set_transport(std::string(transport_name(from.hop.transport)));
  to.set_summary(from.summary);
  to.set_text(from.text);
  const TrunkPtr trunk = trunks_.find_by_source(from.hop.listener, from.hop.peer);
  if (trunk) to.set_trunk(trunk->name());
}

void TraceAnswers::add_call(const std::string& call, Reply& reply) const {
  const std::vector<std::string> ids = switchboard_.sip_call_ids(call);
  for (const TraceEntry* entry : trace_.find(ids))
    add(*entry, call, entry->call_id == ids.front() ? 0 : 1, reply);
}

void TraceAnswers::show(const management::v1::ShowTrace& what, Reply& reply) const {
  const CallFilter filter{what.trunk(), what.number()};
  if (what.after() != 0) return follow(what.after(), filter, reply);
  if (!what.call_id().empty()) {
    add_call(switchboard_.find_any(what.call_id()), reply);
    if (reply.trace().empty()) reply.set_error("nothing is kept of a call " + what.call_id());
    return;
  }
  for (const std::string& call :
       switchboard_.last_calls(std::clamp(what.last(), 1u, kMaxTracedCalls), filter))
    add_call(call, reply);
}

// Who asks for more than there is in one answer asks again, from where this one ended.
void TraceAnswers::follow(std::uint64_t after, const CallFilter& filter, Reply& reply) const {
  const auto& entries = trace_.entries();
  reply.set_newest(trace_.newest());
  if (entries.empty() || after >= trace_.newest()) return;
  const std::uint64_t oldest = entries.front().sequence;
  std::unordered_map<std::string, bool> known;  // what was found out about a call
  const std::uint64_t begin = std::max(after + 1, oldest);
  const std::uint64_t end = std::min(trace_.newest(), begin + kMaxLookedAt - 1);
  for (std::uint64_t sequence = begin; sequence <= end; ++sequence) {
    const TraceEntry& entry = entries[sequence - oldest];
    reply.set_newest(sequence);
    const CallIndex::SipCall* of = switchboard_.call_of(entry.call_id);
    if (of == nullptr) continue;
    const auto [at, is_new] = known.try_emplace(of->call, false);
    if (is_new) at->second = switchboard_.fits(of->call, filter);
    if (!at->second) continue;
    add(entry, of->call, of->leg, reply);
    if (reply.trace_size() >= kMaxPassing) return;
  }
}

}  // namespace

void add_trace_answers(Answers& answers, const Switchboard& switchboard, const TrunkTable& trunks,
                       const Trace& trace) {
  answers.add(Request::kShowTrace, config::v1::VIEWER,
              [self = TraceAnswers(switchboard, trunks, trace)](
                  const Request& request, const Answers::Asker& asker, Reply& reply) {
                self.show(request.show_trace(), reply);
                if (asker.role >= config::v1::OPERATOR) return;
                for (auto& message : *reply.mutable_trace())
                  message.set_text(mask_sip(message.text()));
              });
}

}  // namespace junctor::cp
