// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/switchboard.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>

#include "controlplane/b2bua/call.hpp"
#include "controlplane/b2bua/exchange.hpp"
#include "controlplane/b2bua/identity.hpp"
#include "controlplane/b2bua/test_call.hpp"
#include "platform/telemetry/log.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp {

using interop::Message;

namespace {

constexpr std::uint32_t kMaxTests = 8;   // at once
constexpr std::size_t kEndedTests = 16;  // that can be asked for
// Whose SIP Call-IDs are kept: a minute's and more, as the ring of SIP messages keeps.
constexpr std::size_t kEndedCalls = 10'000;
// Of calls that are refused at the door so many a second have a record; a flood is counted only.
constexpr unsigned kRefusalsPerSecond = 50;

class Board final : public Switchboard, public Exchange {
 public:
  Board(Given given_things, Settings first) : Exchange(given_things, first) {
    given.counters.add("b2bua", counters.descriptions(), counters.values());
    given.media.set_listener(
        {[this](const std::string& id, const std::string& reason) {
           with_call(id, [&](LiveCall& call) { call.on_media_refused(reason); });
         },
         [this](const std::string& id, std::uint32_t silent_s) {
           with_call(id, [&](LiveCall& call) { call.on_media_timeout(silent_s); });
         }});
  }

  ~Board() override {
    given.media.set_listener({});
    // Calls stay in the journal: the next start goes on with them.
    calls_.clear();
    while (!grave_.empty()) std::exchange(grave_, {});
    given.counters.remove(counters.values());
  }

  void set_settings(const Settings& next) override { settings = next; }
  Result<std::string> start_test(const TestOrder& order) override;
  std::optional<junctor::management::v1::CallTest> test(std::string_view call_id) const override;
  void end_test(std::string_view call_id) override;
  std::uint32_t resume() override;
  void on_request(std::unique_ptr<ServerTransaction> transaction) override;
  void on_stray_ack(const Message&, void*) override { count(kStrayAck); }
  void on_stray_answer(const Message& response) override;
  DialogPeers& dialog_peers() override { return Exchange::dialog_peers; }
  std::uint32_t calls() const override { return live_calls; }
  std::vector<junctor::management::v1::Call> show(std::string_view call_id) const override;
  std::vector<std::string> find(std::string_view id_begin) const override;
  std::string find_any(std::string_view id_begin) const override;
  bool clear(std::string_view call_id, std::string_view user) override;
  std::vector<std::string> sip_call_ids(std::string_view call_id) const override;
  std::vector<std::string> last_calls(std::uint32_t how_many,
                                      const CallFilter& filter) const override;
  const CallIndex::SipCall* call_of(std::string_view sip_call_id) const override {
    return index_.find(sip_call_id);
  }
  bool fits(std::string_view call_id, const CallFilter& filter) const override;
  void summarize(std::uint32_t newest, junctor::management::v1::Reply& reply) const override;

  void add_dialog(const std::string& call_id, const std::string& local_tag, Leg& leg) override {
    dialogs_[key(call_id, local_tag)] = &leg;
  }
  void remove_dialog(const std::string& call_id, const std::string& local_tag) override {
    dialogs_.erase(key(call_id, local_tag));
  }
  void add_sip_call_id(const LiveCall& call, const std::string& sip_call_id) override {
    index_.add_sip_call_id(call.id(), sip_call_id, call.sip_call_ids().size() == 1);
  }
  std::string correlation_id(std::string_view sip_call_id) const override {
    const CallIndex::SipCall* of = index_.find(sip_call_id);
    const std::vector<std::string> all =
        of == nullptr ? std::vector<std::string>{} : sip_call_ids(of->call);
    return all.empty() || all.front().empty() ? std::string(sip_call_id) : all.front();
  }
  void bury(std::shared_ptr<void> thing) override;
  void forget(LiveCall& call) override;

 private:
  static std::string key(std::string_view call_id, std::string_view tag) {
    return std::string(call_id) + '\n' + std::string(tag);
  }
  void on_invite(std::unique_ptr<ServerTransaction> transaction);
  void refuse(ServerTransaction& transaction, std::uint16_t status);
  bool may_begin(const TrunkPtr& trunk, ServerTransaction& invite);
  void refuse_call(ServerTransaction& transaction, std::uint16_t status,
                   const std::string& sentence, bool is_soon_over = false);
  bool may_record_refusal();
  void begin(const std::string& call_id);
  TrunkPtr trunk_of(const void* trunk) const;
  bool is_of(const Leg& leg, const ServerTransaction& transaction) const;
  template <typename F>
  void with_call(const std::string& id, F tell);

  // Owned.
  std::unordered_map<std::string, std::shared_ptr<LiveCall>> calls_;
  std::vector<std::shared_ptr<void>> grave_;
  // State.
  std::unordered_map<std::string, Leg*> dialogs_;
  std::deque<junctor::management::v1::CallTest> ended_tests_;
  std::deque<std::string> order_;  // ids as they began
  CallIndex index_{kEndedCalls};
  Nanoseconds refusals_since_{0};
  unsigned refusals_ = 0;
  // Posted functions hear that the switchboard is gone.
  std::shared_ptr<Board*> self_ = std::make_shared<Board*>(this);
};

void Board::bury(std::shared_ptr<void> thing) {
  if (!thing) return;
  if (grave_.empty()) {
    given.loop.post([weak = std::weak_ptr(self_)] {
      if (const auto self = weak.lock()) {
        const auto dead = std::exchange((*self)->grave_, {});
      }
    });
  }
  grave_.push_back(std::move(thing));
}

void Board::forget(LiveCall& call) {
  const auto found = calls_.find(call.id());
  JUNCTOR_ASSERT(found != calls_.end());
  index_.add_ended(call.id(), call.facts());
  if (auto test = call.test()) ended_tests_.push_back(std::move(*test));
  if (ended_tests_.size() > kEndedTests) ended_tests_.pop_front();
  bury(std::move(found->second));
  calls_.erase(found);
}

template <typename F>
void Board::with_call(const std::string& id, F tell) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  const std::shared_ptr<LiveCall> call = found->second;
  call->enter();
  tell(*call);
  call->leave();
}

std::uint32_t Board::resume() {
  std::uint32_t resumed = 0;
  for (const Journal::Entry& entry : given.journal.load()) {
    auto call = std::make_shared<Call>(static_cast<Exchange&>(*this), entry.call_id);
    const Call::Restored restored = call->restore(entry.value);
    if (restored == Call::Restored::Unreadable) {
      count(kJournalUnreadable);
      log_error("b2bua", "a call of the journal cannot be read", {{"call", entry.call_id}});
      given.journal.erase(entry.call_id);
      continue;
    }
    order_.push_back(entry.call_id);
    if (restored == Call::Restored::Ended) {
      index_.add_ended(call->id(), call->facts());
      continue;
    }
    calls_.emplace(entry.call_id, std::move(call));
    ++resumed;
  }
  return resumed;
}

TrunkPtr Board::trunk_of(const void* trunk) const {
  for (const TrunkPtr& candidate : given.trunks.all()) {
    if (candidate.get() == trunk) return candidate;
  }
  return nullptr;
}

// Whether a request comes from the side of its dialog: by its trunk, also if that was configured
// anew, or from where the dialog's requests go.
bool Board::is_of(const Leg& leg, const ServerTransaction& transaction) const {
  const TrunkPtr trunk = trunk_of(transaction.trunk());
  if (trunk && trunk->name() == leg.trunk()->name()) return true;
  const IpAddress& source = transaction.hop().peer.ip;
  return transaction.hop().listener == leg.dialog().hop.listener &&
         (source == leg.dialog().hop.peer.ip || source == leg.dialog().first_hop.peer.ip);
}

void Board::refuse(ServerTransaction& transaction, std::uint16_t status) {
  transaction.respond(Message::response(status, std::string(phrase_of(status))), make_token());
}

// Most of a flood is refused without a trace in the records, as it costs the disk what calls need.
bool Board::may_record_refusal() {
  const Nanoseconds now = given.loop.clock().now();
  if (now - refusals_since_ >= Seconds{1}) {
    refusals_since_ = now;
    refusals_ = 0;
  }
  return refusals_++ < kRefusalsPerSecond;
}

// A call that is refused at the door is found again as any other that failed.
void Board::refuse_call(ServerTransaction& transaction, std::uint16_t status,
                        const std::string& sentence, bool is_soon_over) {
  if (may_record_refusal()) {
    const Message& invite = transaction.request();
    std::uint16_t ignored = 0;
    const Parties parties = parties_of(invite, ignored).value_or(Parties{});
    const TrunkPtr trunk = trunk_of(transaction.trunk());
    junctor::management::v1::CallRecord record;
    record.set_id(make_token());
    record.set_started_unix_ms(wall_ms());
    record.set_ended_unix_ms(wall_ms());
    record.set_calling(parties.calling);
    record.set_called(parties.called);
    if (trunk) record.set_trunk_in(trunk->name());
    record.set_sip_status(status);
    record.set_ended_by(std::string(by_name(By::Gateway)));
    record.set_reason(sentence);
    begin(record.id());
    const std::string sip_call_id(invite.get("Call-ID").value_or(""));
    index_.add_sip_call_id(record.id(), sip_call_id, true);
    index_.add_ended(record.id(),
                     {{sip_call_id}, {record.trunk_in()}, {record.calling(), record.called()}});
    given.journal.finish(record);
  }
  Message refusal = Message::response(status, std::string(phrase_of(status)));
  if (is_soon_over) refusal.add("Retry-After", "1");
  transaction.respond(std::move(refusal), make_token());
}

// Live calls are found among the last ones as long as there are fewer than four times as many.
void Board::begin(const std::string& call_id) {
  order_.push_back(call_id);
  if (order_.size() > 4 * kEndedCalls) order_.pop_front();
}

void Board::on_request(std::unique_ptr<ServerTransaction> transaction) {
  const Message& request = transaction->request();
  const std::string tag = tag_of(request, "To");
  if (!tag.empty()) {
    const auto found = dialogs_.find(key(request.get("Call-ID").value_or(""), tag));
    if (found == dialogs_.end()) {
      count(kUnknownDialog);
      return refuse(*transaction, 481);
    }
    if (!is_of(*found->second, *transaction)) {
      count(kForeignRequest);
      return refuse(*transaction, 481);
    }
    return found->second->on_request(std::move(transaction));
  }
  if (request.method() == "INVITE") return on_invite(std::move(transaction));
  if (request.method() == "OPTIONS") {
    count(kOptionsAnswered);
    return transaction->respond(options_response(), make_token());
  }
  if (request.method() == "BYE" || request.method() == "UPDATE" || request.method() == "INFO") {
    count(kUnknownDialog);  // they have no meaning outside of one
    return refuse(*transaction, 481);
  }
  count(kMethodRefused);
  transaction->respond(method_refusal(request.method()), make_token());
}

void Board::on_stray_answer(const Message& response) {
  const auto found =
      dialogs_.find(key(response.get("Call-ID").value_or(""), tag_of(response, "From")));
  if (found == dialogs_.end()) return count(kUnknownDialog);
  found->second->on_stray_answer(response);
}

// A new call from that trunk, none if it was removed; or 503 tells that it may not.
bool Board::may_begin(const TrunkPtr& trunk, ServerTransaction& invite) {
  const bool is_closed = !trunk || !trunk->is_enabled() || trunk->tally().is_drained;
  const bool is_full = calls() >= settings.max_calls ||
                       calls_.size() >= 2 * std::size_t{settings.max_calls} ||
                       (!is_closed && !trunk->has_room());
  if (!is_closed && !is_full && trunk->has_rate(given.loop.clock().now())) return true;
  count(kRefusedFull);
  if (trunk) ++trunk->tally().calls_refused;
  // What is full has room again soon; of what is closed nobody knows (RFC 3261, section 21.5.4).
  refuse_call(invite, 503,
              is_closed ? trunk ? "trunk " + trunk->name() + " is drained or disabled"
                                : std::string("the trunk was removed")
              : trunk->has_room() && calls() < settings.max_calls
                  ? "trunk " + trunk->name() + " takes no more calls in this second"
                  : "there are as many calls as may be",
              !is_closed);
  return false;
}

void Board::on_invite(std::unique_ptr<ServerTransaction> transaction) {
  const TrunkPtr trunk = trunk_of(transaction->trunk());
  if (!may_begin(trunk, *transaction)) return;
  const Message& invite = transaction->request();
  std::uint16_t status = 0;
  const auto parties = parties_of(invite, status);
  std::optional<Dialog> dialog;
  if (parties && !takes_descriptions(invite)) {
    status = 406;
  } else if (parties) {
    status = 400;
    dialog = Dialog::incoming(invite, transaction->hop(), make_token(),
                              contact_of(given.stack, transaction->hop(), parties->called));
  }
  if (!dialog) {
    count(kRefusedMalformed);
    return refuse_call(*transaction, status, "the INVITE cannot be understood or answered");
  }
  trunk->tally().rate.add(given.loop.clock().now());
  auto call = std::make_shared<Call>(static_cast<Exchange&>(*this), make_token());
  calls_.emplace(call->id(), call);
  begin(call->id());
  call->enter();
  call->start(trunk, std::move(*dialog), *parties, std::move(transaction));
  call->leave();
}

Result<std::string> Board::start_test(const TestOrder& order) {
  if (live_tests >= kMaxTests) {
    return Error{"", std::to_string(kMaxTests) + " test calls last, as many as may"};
  }
  if (!order.trunk->has_room() || calls() >= settings.max_calls) {
    return Error{"", "trunk " + order.trunk->name() + " takes no more calls now"};
  }
  auto call = std::make_shared<TestCall>(static_cast<Exchange&>(*this), make_token(), order);
  calls_.emplace(call->id(), call);
  begin(call->id());
  call->enter();
  call->start();
  call->leave();
  return call->id();
}

std::optional<junctor::management::v1::CallTest> Board::test(std::string_view call_id) const {
  const auto live = calls_.find(std::string(call_id));
  if (live != calls_.end()) return live->second->test();
  const auto ended = std::find_if(ended_tests_.begin(), ended_tests_.end(),
                                  [&](const auto& test) { return test.call_id() == call_id; });
  return ended == ended_tests_.end() ? std::nullopt : std::optional(*ended);
}

void Board::end_test(std::string_view call_id) {
  const auto live = calls_.find(std::string(call_id));
  if (live == calls_.end() || !live->second->test()) return;
  Cause cause = gateway_cause(0, "hung up by who asked for it");
  cause.by = By::Caller;
  with_call(live->first, [&](LiveCall& call) { call.end(cause); });
}

std::vector<junctor::management::v1::Call> Board::show(std::string_view call_id) const {
  std::vector<junctor::management::v1::Call> out;
  for (const auto& [id, call] : calls_) {
    if (call_id.empty() || call_id == id) out.push_back(call->show());
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::pair(a.started_unix_ms(), a.id()) < std::pair(b.started_unix_ms(), b.id());
  });
  return out;
}

std::string Board::find_any(std::string_view id_begin) const {
  std::string only;
  for (const std::string& id : order_) {
    if (id == id_begin) return id;
    if (!id.starts_with(id_begin)) continue;
    if (!only.empty()) return std::string(id_begin);
    only = id;
  }
  return only.empty() ? std::string(id_begin) : only;
}

std::vector<std::string> Board::find(std::string_view id_begin) const {
  if (calls_.contains(std::string(id_begin))) return {std::string(id_begin)};
  std::vector<std::string> out;
  for (const auto& [id, call] : calls_) {
    if (id.starts_with(id_begin)) out.push_back(id);
  }
  std::ranges::sort(out);
  return out;
}

bool Board::clear(std::string_view call_id, std::string_view user) {
  const auto found = calls_.find(std::string(call_id));
  if (found == calls_.end()) return false;
  const std::shared_ptr<LiveCall> call = found->second;
  call->enter();
  call->end(operator_cause(user));
  call->leave();
  return true;
}

std::vector<std::string> Board::sip_call_ids(std::string_view call_id) const {
  if (const auto live = calls_.find(std::string(call_id)); live != calls_.end()) {
    return live->second->sip_call_ids();
  }
  const CallFacts* ended = index_.ended(call_id);
  return ended == nullptr ? std::vector<std::string>{} : ended->sip_call_ids;
}

std::vector<std::string> Board::last_calls(std::uint32_t how_many, const CallFilter& filter) const {
  std::vector<std::string> out;
  for (auto id = order_.rbegin(); id != order_.rend() && out.size() < how_many; ++id) {
    if (fits(*id, filter)) out.push_back(*id);
  }
  return out;
}

void Board::summarize(std::uint32_t newest, junctor::management::v1::Reply& reply) const {
  std::map<std::string, std::uint32_t> states;
  for (const auto& [id, call] : calls_) ++states[call->state_name()];
  junctor::management::v1::CallSummary& summary = *reply.mutable_call_summary();
  summary.set_calls(live_calls);
  summary.set_begun(counters[kCallsIn].value());
  for (const auto& [state, count_of_it] : states) {
    junctor::management::v1::StateCount& row = *summary.add_states();
    row.set_state(state);
    row.set_calls(count_of_it);
  }
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
    if (static_cast<std::uint32_t>(reply.calls_size()) >= newest) break;
    if (const auto live = calls_.find(*id); live != calls_.end())
      *reply.add_calls() = live->second->show();
  }
}

bool Board::fits(std::string_view call_id, const CallFilter& filter) const {
  if (filter.is_empty()) return true;
  if (const auto live = calls_.find(std::string(call_id)); live != calls_.end())
    return filter.fits(live->second->facts());
  const CallFacts* ended = index_.ended(call_id);
  return ended != nullptr && filter.fits(*ended);
}

}  // namespace

std::unique_ptr<Switchboard> Switchboard::create(Given given, Settings settings) {
  return std::make_unique<Board>(given, settings);
}

}  // namespace junctor::cp
