// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/show_answers.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "controlplane/mgmt/operating_answers.hpp"
#include "controlplane/mgmt/trace_answers.hpp"
#include "platform/config/number_pattern.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;

constexpr std::uint32_t kDefaultRecords = 20;
constexpr std::uint32_t kMaxRecords = 10'000;
constexpr std::uint32_t kMaxNewest = 100;
// Sessions that the dataplane is asked for at once.
constexpr std::size_t kSessionsAtOnce = 500;
constexpr const char* kNoDataplane = "the dataplane is not connected";

std::uint64_t count_of(Nanoseconds time, Nanoseconds unit) {
  return static_cast<std::uint64_t>(time / unit);
}

void fill(const TrunkPeer& from, management::v1::Peer& to) {
  to.set_address(from.hop.peer.text());
  to.set_transport(std::string(transport_name(from.hop.transport)));
  to.set_state(std::string(peer_state_name(from.state)));
  to.set_options_round_trip_us(from.round_trip_us);
  to.set_last_response(from.last_response);
  to.set_checked_unix_ms(from.checked_unix_ms);
}

void fill(const CauseTable::Row& from, management::v1::CauseCount& to) {
  to.set_sip_status(from.status);
  to.set_reason(from.reason);
  to.set_count(from.count);
  to.set_last_unix_ms(from.last_unix_ms);
}

// Statistics of many sessions, asked for some at a time so that no answer is large.
class MediaWalk : public std::enable_shared_from_this<MediaWalk> {
 public:
  // The calls go along: their legs' trunks belong to the rows.
  MediaWalk(MediaPlane& media, std::vector<management::v1::Call> calls, Answers::OnReply on_reply)
      : media_(media), on_reply_(std::move(on_reply)) {
    for (auto call = calls.rbegin(); call != calls.rend(); ++call) ids_.push_back(call->id());
    for (const management::v1::Call& call : calls)
      if (call.legs_size() > 0 && call.legs(0).trunk() == kTestParty) tests_.insert(call.id());
    for (management::v1::Call& call : calls) reply_.add_calls()->Swap(&call);
  }

  void next() {
    if (ids_.empty()) {
      on_reply_(std::move(reply_));
      return;
    }
    media::v1::GetStatistics what;
    while (!ids_.empty() && what.session_ids_size() < static_cast<int>(kSessionsAtOnce)) {
      what.add_session_ids(std::move(ids_.back()));
      ids_.pop_back();
    }
    media_.get_statistics(what, [self = shared_from_this()](auto statistics) {
      if (!statistics) {
        self->reply_.set_error(kNoDataplane);
        self->ids_.clear();
      } else {
        for (auto& session : *statistics->mutable_sessions()) {
          // The calling side of a test call is nobody's voice.
          if (self->tests_.contains(session.id()) && session.legs_size() == 1) {
            session.add_legs();
            session.mutable_legs()->SwapElements(0, 1);
          }
          self->reply_.add_media()->Swap(&session);
        }
      }
      self->next();
    });
  }

 private:
  MediaPlane& media_;
  std::vector<std::string> ids_;  // taken from the back
  std::unordered_set<std::string> tests_;
  Answers::OnReply on_reply_;
  Reply reply_;
};

class ShowAnswers {
 public:
  explicit ShowAnswers(const Shown& given) : given_(given) {}

  void show_calls(const management::v1::ShowCalls& what, Reply& reply) const;
  void show_trunks(const std::string& name, Reply& reply) const;
  void watch_calls(std::uint32_t newest, Reply& reply) const;
  void show_records(const management::v1::ShowRecords& what, Reply& reply) const;
  void show_version(Reply& reply) const;
  void show_plugins(Reply& reply) const;
  void show_media(const std::string& call_id, const Answers::OnReply& on_reply) const;
  void show_ports(const Answers::OnReply& on_reply) const;
  void show_counters(bool nonzero, const Answers::OnReply& on_reply) const;

 private:
  const Shown given_;
};

void ShowAnswers::show_calls(const management::v1::ShowCalls& what, Reply& reply) const {
  std::string id;
  if (!what.call_id().empty()) id = find_call(given_.switchboard, what.call_id(), reply);
  if (!reply.error().empty()) return;
  if (!what.trunk().empty() && !given_.trunks.find(what.trunk()) &&
      !given_.trunks.find_retired(what.trunk()))
    return reply.set_error("there is no trunk " + what.trunk());
  const auto number = config::NumberPattern::parse(what.number().empty() ? "_." : what.number());
  if (!number) return reply.set_error(what.number() + ": " + number.error().message);
  for (auto& call : given_.switchboard.show(id)) {
    const auto is_on = [&what](const management::v1::Leg& leg) {
      return leg.trunk() == what.trunk();
    };
    const auto has = [&number](const management::v1::Leg& leg) {
      return number->matches(leg.number());
    };
    if (!what.trunk().empty() && std::ranges::none_of(call.legs(), is_on)) continue;
    const bool is_meant = what.number().empty() || number->matches(call.calling()) ||
                          number->matches(call.called()) || std::ranges::any_of(call.legs(), has);
    if (is_meant) reply.add_calls()->Swap(&call);
  }
}

void ShowAnswers::watch_calls(std::uint32_t newest, Reply& reply) const {
  given_.switchboard.summarize(std::min(newest, kMaxNewest), reply);
}

void ShowAnswers::show_trunks(const std::string& name, Reply& reply) const {
  const Nanoseconds now = given_.clock.now();
  const auto add = [&](const TrunkPtr& trunk, bool is_removed) {
    if (!name.empty() && trunk->name() != name) return;
    fill_trunk(*trunk, now, *reply.add_trunks());
    reply.mutable_trunks()->rbegin()->set_is_removed(is_removed);
  };
  for (const TrunkPtr& trunk : given_.trunks.all()) add(trunk, false);
  for (const TrunkPtr& trunk : given_.trunks.removed()) add(trunk, true);
  if (!name.empty() && reply.trunks().empty()) reply.set_error("there is no trunk " + name);
}

void ShowAnswers::show_records(const management::v1::ShowRecords& what, Reply& reply) const {
  const std::uint32_t wanted =
      what.last() == 0 ? kDefaultRecords : std::min(what.last(), kMaxRecords);
  // Those that failed are looked for among as many as may be asked for at all.
  for (auto& record : given_.journal.records(what.failed() ? kMaxRecords : wanted)) {
    if (reply.records_size() >= static_cast<int>(wanted)) break;
    const bool has_failed = record.answered_unix_ms() == 0 || record.ended_by() == "gateway";
    if (!what.failed() || has_failed) reply.add_records()->Swap(&record);
  }
}

void ShowAnswers::show_version(Reply& reply) const {
  management::v1::Version& version = *reply.mutable_version();
  version.set_version(given_.version);
  version.set_dataplane_connected(given_.media.is_connected());
  version.set_dataplane_boot_id(given_.media.boot_id());
  version.set_started_unix_ms(count_of(given_.started, Milliseconds{1}));
  version.set_calls(given_.switchboard.calls());
  version.set_calls_resumed(given_.calls_resumed);
  if (given_.complete) given_.complete(version);
}

void ShowAnswers::show_plugins(Reply& reply) const {
  for (const interop::Descriptor* plugin : given_.plugins.all()) {
    management::v1::Plugin& row = *reply.add_plugins();
    row.set_name(std::string(plugin->name));
    row.set_summary(std::string(plugin->summary));
    for (const interop::OptionDesc& option : plugin->options) {
      management::v1::PluginOption& out = *row.add_options();
      out.set_name(std::string(option.name));
      out.set_help(std::string(option.help));
      out.set_pattern(std::string(option.pattern));
      out.set_default_value(std::string(option.default_value));
    }
  }
}

void ShowAnswers::show_media(const std::string& call_id, const Answers::OnReply& on_reply) const {
  Reply refusal;
  const std::string id = call_id.empty() ? "" : find_call(given_.switchboard, call_id, refusal);
  if (!refusal.error().empty()) return on_reply(std::move(refusal));
  std::vector<management::v1::Call> calls = given_.switchboard.show(id);
  std::make_shared<MediaWalk>(given_.media, std::move(calls), on_reply)->next();
}

void ShowAnswers::show_ports(const Answers::OnReply& on_reply) const {
  media::v1::GetStatistics what;
  what.set_ports(true);
  what.set_workers(true);
  given_.media.get_statistics(what, [on_reply](auto statistics) {
    Reply reply;
    if (!statistics) {
      reply.set_error(kNoDataplane);
    } else {
      reply.mutable_ports()->Swap(statistics->mutable_ports());
      reply.mutable_workers()->Swap(statistics->mutable_workers());
    }
    on_reply(std::move(reply));
  });
}

void ShowAnswers::show_counters(bool nonzero, const Answers::OnReply& on_reply) const {
  media::v1::GetStatistics what;
  what.set_counters(true);
  const CounterRegistry& counters = given_.counters;
  given_.media.get_statistics(what, [&counters, nonzero, on_reply](auto statistics) {
    Reply reply;
    for (const CounterRegistry::Row& row : counters.rows()) {
      if (nonzero && row.value == 0) continue;
      media::v1::Counter& counter = *reply.add_counters();
      counter.set_name(row.name);
      counter.set_value(row.value);
      counter.set_severity(std::string(severity_name(row.description->severity)));
      counter.set_sentence(std::string(row.description->sentence));
    }
    if (statistics) {
      for (auto& counter : *statistics->mutable_counters())
        if (!nonzero || counter.value() != 0) reply.add_counters()->Swap(&counter);
    }
    on_reply(std::move(reply));
  });
}

}  // namespace

void fill_trunk(const Trunk& from, Nanoseconds now, management::v1::Trunk& to) {
  to.set_name(from.name());
  to.set_plugin(from.config().plugin());
  to.set_state(std::string(from.state_name()));
  to.set_calls(from.all_calls());
  to.set_max_calls(from.config().max_calls());
  to.set_max_calls_per_second(from.config().max_calls_per_second());
  to.set_calls_last_second(from.tally().rate.count(now));
  to.set_calls_in(from.calls_in);
  to.set_calls_out(from.calls_out);
  to.set_calls_failed(from.calls_failed);
  to.set_calls_refused(from.tally().calls_refused);
  for (const CauseTable::Row& cause : from.tally().causes.rows()) fill(cause, *to.add_causes());
  for (const TrunkPeer& peer : from.peers()) fill(peer, *to.add_peers());
  for (int i = 0; i < from.config().peers_size() && i < to.peers_size(); ++i) {
    to.mutable_peers(i)->set_priority(from.config().peers(i).priority());
    to.mutable_peers(i)->set_weight(from.config().peers(i).weight());
  }
}

void add_show_answers(Answers& answers, const Shown& shown) {
  const auto self = std::make_shared<ShowAnswers>(shown);
  using Asker = Answers::Asker;
  using OnReply = Answers::OnReply;
  constexpr auto kAnyone = config::v1::VIEWER;
  answers.add(Request::kShowCalls, kAnyone, [self](const Request& r, const Asker&, Reply& reply) {
    self->show_calls(r.show_calls(), reply);
  });
  answers.add(Request::kShowTrunks, kAnyone, [self](const Request& r, const Asker&, Reply& reply) {
    self->show_trunks(r.show_trunks().name(), reply);
  });
  answers.add(Request::kWatchCalls, kAnyone, [self](const Request& r, const Asker&, Reply& reply) {
    self->watch_calls(r.watch_calls().newest(), reply);
  });
  add_trace_answers(answers, shown.switchboard, shown.trunks, shown.trace);
  answers.add(Request::kShowRecords, kAnyone, [self](const Request& r, const Asker&, Reply& reply) {
    self->show_records(r.show_records(), reply);
  });
  answers.add(Request::kShowVersion, kAnyone,
              [self](const Request&, const Asker&, Reply& reply) { self->show_version(reply); });
  answers.add(Request::kShowPlugins, kAnyone,
              [self](const Request&, const Asker&, Reply& reply) { self->show_plugins(reply); });
  answers.add_later(Request::kShowMedia, kAnyone,
                    [self](const Request& r, const Asker&, const OnReply& on_reply) {
                      self->show_media(r.show_media().call_id(), on_reply);
                    });
  answers.add_later(Request::kShowPorts, kAnyone,
                    [self](const Request&, const Asker&, const OnReply& on_reply) {
                      self->show_ports(on_reply);
                    });
  answers.add_later(Request::kShowCounters, kAnyone,
                    [self](const Request& r, const Asker&, const OnReply& on_reply) {
                      self->show_counters(r.show_counters().nonzero(), on_reply);
                    });
}

}  // namespace junctor::cp
