// SPDX-License-Identifier: MIT
// Board: the switchboard as it is: all calls by their ids, and the dialogs that messages find them by.
//
//   requests, answers, timers --> switchboard.cpp --> Call, TestCall
//   what the console asks     --> board_asked.cpp --> the same, read
//
// Threads   the control loop's.
// Lifetime  its end keeps established calls: they are in the journal.
// Errors    what fits no call is refused, and counted.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "controlplane/b2bua/call.hpp"
#include "controlplane/b2bua/echo_call.hpp"
#include "controlplane/b2bua/exchange.hpp"
#include "controlplane/b2bua/loopback.hpp"
#include "controlplane/b2bua/switchboard.hpp"
#include "controlplane/b2bua/test_call.hpp"

namespace junctor::cp {

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
  void set_loopback(TrunkPtr trunk) override { loopback = std::move(trunk); }
  Result<std::string> start_test(const TestOrder& order) override;
  std::optional<junctor::management::v1::CallTest> test(std::string_view call_id) const override;
  void end_test(std::string_view call_id) override;
  std::uint32_t resume() override;
  void on_request(std::unique_ptr<ServerTransaction> transaction) override;
  void on_stray_ack(const interop::Message&, void*) override { count(kStrayAck); }
  void on_stray_answer(const interop::Message& response) override;
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
  // Whose SIP Call-IDs are kept: a minute's and more, as the ring of SIP messages keeps.
  static constexpr std::size_t kEndedCalls = 10'000;

  static std::string key(std::string_view call_id, std::string_view tag) {
    return std::string(call_id) + '\n' + std::string(tag);
  }
  void on_invite(std::unique_ptr<ServerTransaction> transaction);
  template <typename AnyCall, typename Start>
  void make_call(std::shared_ptr<AnyCall> call, Start start);
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

// Tells a call that is there, and lets it settle.
template <typename F>
void Board::with_call(const std::string& id, F tell) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  const std::shared_ptr<LiveCall> call = found->second;
  call->enter();
  tell(*call);
  call->leave();
}

}  // namespace junctor::cp
