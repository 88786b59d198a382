// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/switchboard.hpp"

#include <algorithm>
#include <deque>
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

constexpr std::size_t kEndedCalls = 1000;  // whose SIP Call-IDs are kept
constexpr std::uint32_t kMaxTests = 8;     // at once
constexpr std::size_t kEndedTests = 16;    // that can be asked for

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
  bool clear(std::string_view call_id, std::string_view user) override;
  std::vector<std::string> sip_call_ids(std::string_view call_id) const override;
  std::vector<std::string> last_calls(std::uint32_t how_many) const override;

  void add_dialog(const std::string& call_id, const std::string& local_tag, Leg& leg) override {
    dialogs_[key(call_id, local_tag)] = &leg;
  }
  void remove_dialog(const std::string& call_id, const std::string& local_tag) override {
    dialogs_.erase(key(call_id, local_tag));
  }
  void add_called(const std::string& call_id, const std::string& calling_call_id) override {
    calling_call_ids_[call_id] = calling_call_id;
  }
  std::string correlation_id(std::string_view sip_call_id) const override {
    const auto found = calling_call_ids_.find(std::string(sip_call_id));
    return found == calling_call_ids_.end() ? std::string(sip_call_id) : found->second;
  }
  void bury(std::shared_ptr<void> thing) override;
  void forget(LiveCall& call) override;

 private:
  struct Ended {
    std::string id;
    std::vector<std::string> sip_call_ids;
  };
  static std::string key(std::string_view call_id, std::string_view tag) {
    return std::string(call_id) + '\n' + std::string(tag);
  }
  void on_invite(std::unique_ptr<ServerTransaction> transaction);
  void refuse(ServerTransaction& transaction, std::uint16_t status);
  void remember_began(const std::string& id);
  bool may_begin(const TrunkPtr& trunk, ServerTransaction& invite);
  void remember_ended(const LiveCall& call);
  TrunkPtr trunk_of(const void* trunk) const;
  bool is_of(const Leg& leg, const ServerTransaction& transaction) const;
  template <typename F>
  void with_call(const std::string& id, F tell);

  // Owned.
  std::unordered_map<std::string, std::shared_ptr<LiveCall>> calls_;
  std::vector<std::shared_ptr<void>> grave_;
  // State.
  std::unordered_map<std::string, Leg*> dialogs_;
  std::deque<std::string> order_;  // ids as they began; ended ones are skipped
  std::deque<Ended> ended_;        // the newest last
  std::deque<junctor::management::v1::CallTest> ended_tests_;
  std::unordered_map<std::string, std::string> calling_call_ids_;  // by the called side's
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

void Board::remember_began(const std::string& id) {
  order_.push_back(id);
  if (order_.size() > 4 * kEndedCalls) order_.pop_front();
}

void Board::remember_ended(const LiveCall& call) {
  ended_.push_back({call.id(), call.sip_call_ids()});
  if (ended_.size() > kEndedCalls) {
    for (const std::string& sip_call_id : ended_.front().sip_call_ids)
      calling_call_ids_.erase(sip_call_id);
    ended_.pop_front();
  }
  if (auto test = call.test()) ended_tests_.push_back(std::move(*test));
  if (ended_tests_.size() > kEndedTests) ended_tests_.pop_front();
}

void Board::forget(LiveCall& call) {
  const auto found = calls_.find(call.id());
  JUNCTOR_ASSERT(found != calls_.end());
  remember_ended(call);
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
      remember_ended(*call);
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
  Message refusal = Message::response(503, std::string(phrase_of(503)));
  // What is full has room again soon; of what is closed nobody knows (RFC 3261, section 21.5.4).
  if (!is_closed) refusal.add("Retry-After", "1");
  invite.respond(std::move(refusal), make_token());
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
    return refuse(*transaction, status);
  }
  trunk->tally().rate.add(given.loop.clock().now());
  auto call = std::make_shared<Call>(static_cast<Exchange&>(*this), make_token());
  calls_.emplace(call->id(), call);
  remember_began(call->id());
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
  remember_began(call->id());
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
  for (const Ended& ended : ended_) {
    if (ended.id == call_id) return ended.sip_call_ids;
  }
  return {};
}

std::vector<std::string> Board::last_calls(std::uint32_t how_many) const {
  std::vector<std::string> out;
  for (auto id = order_.rbegin(); id != order_.rend() && out.size() < how_many; ++id) {
    out.push_back(*id);
  }
  return out;
}

}  // namespace

std::unique_ptr<Switchboard> Switchboard::create(Given given, Settings settings) {
  return std::make_unique<Board>(given, settings);
}

}  // namespace junctor::cp
