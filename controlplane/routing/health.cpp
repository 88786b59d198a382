// SPDX-License-Identifier: MIT
#include "controlplane/routing/health.hpp"

#include <algorithm>
#include <array>
#include <random>

#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

constexpr int kMissesToDown = 2;
constexpr Nanoseconds kSuspiciousInterval = Seconds{5};
// The first OPTIONS to all peers go out within this time after a start.
constexpr Nanoseconds kFirstWithin = Seconds{2};
constexpr Nanoseconds kTryAgain = Seconds{1};  // while the listener is not open
constexpr Nanoseconds kDownAfterSilence = Seconds{30};

enum Count : std::uint8_t { kSent, kUnanswered, kWentUp, kWentDown, kCountCount };
constexpr std::array<CounterDesc, kCountCount> kCounts{{
    {"options_sent", Severity::Info, "a peer was asked whether it is there"},
    {"options_unanswered", Severity::Warning, "a peer did not answer OPTIONS"},
    {"peer_up", Severity::Info, "a peer began to answer"},
    {"peer_down", Severity::Error, "a peer stopped answering"},
}};

}  // namespace

class Health::Shared {
 public:
  Shared(ipc::Loop& loop, Stack& stack, CounterRegistry& registry)
      : loop_(loop), stack_(stack), registry_(registry) {
    registry_.add("health", counts_.descriptions(), counts_.values());
  }
  ~Shared() {
    *alive_ = nullptr;
    registry_.remove(counts_.values());
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  ipc::Loop& loop() { return loop_; }
  Stack& stack() { return stack_; }
  void count(Count what) { counts_[what].add(); }
  // Somewhere in [from, to].
  Nanoseconds between(Nanoseconds from, Nanoseconds to) {
    return Nanoseconds{
        std::uniform_int_distribution<std::int64_t>(from.count(), to.count())(dice_)};
  }
  // Keeps what a transaction still needs until it is over.
  void retire(std::unique_ptr<Probe> probe) { retired_.push_back(std::move(probe)); }
  void bury(const Probe* probe);
  // Points here as long as this is there.
  std::shared_ptr<Shared*> alive() const { return alive_; }

 private:
  ipc::Loop& loop_;
  Stack& stack_;
  CounterRegistry& registry_;
  CounterSet<kCountCount> counts_{kCounts};
  std::shared_ptr<Shared*> alive_ = std::make_shared<Shared*>(this);
  std::minstd_rand dice_{std::random_device{}()};
  std::vector<std::unique_ptr<Probe>> retired_;
};

// Watches one peer of one trunk.
class Health::Probe {
 public:
  Probe(Shared& shared, TrunkPtr trunk, std::size_t index)
      : shared_(shared), trunk_(std::move(trunk)), index_(index) {
    if (interval() > Nanoseconds{0}) ask_in(shared_.between(Nanoseconds{0}, kFirstWithin));
  }

  Trunk* trunk() const { return trunk_.get(); }
  std::size_t index() const { return index_; }
  bool is_asking() const { return is_asking_; }
  // Asks no more; what calls tell is no longer heard.
  void retire() {
    timer_.reset();
    is_retired_ = true;
    trunk_->set_observer({});
  }
  void on_finding(Trunk::Finding finding);

 private:
  TrunkPeer& peer() { return trunk_->peers()[index_]; }
  Nanoseconds interval() const { return Seconds{trunk_->config().options_interval_s()}; }
  void ask_in(Nanoseconds delay) {
    timer_ = shared_.loop().after(delay, [this] { ask(); });
  }
  void ask();
  interop::Message options();
  void on_response(const Response& response);
  void judge(const Response& response);
  void set_state(TrunkPeer::State state);

  // Given.
  Shared& shared_;
  TrunkPtr trunk_;
  const std::size_t index_;
  // State.
  const std::string call_id_ = make_token(24);
  std::uint32_t cseq_ = 0;
  int misses_ = 0;
  Nanoseconds asked_at_{0};
  bool is_asking_ = false;
  bool is_retired_ = false;
  // Owned.
  ipc::HandlePtr timer_;
  std::unique_ptr<ClientTransaction> transaction_;
};

// RFC 3261, section 11.1.
interop::Message Health::Probe::options() {
  const Hop& hop = peer().hop;
  const SocketAddress local = shared_.stack().listener_address(hop.listener);
  const std::string& domain = trunk_->config().from_domain();
  const std::string transport = ";transport=" + std::string(transport_name(hop.transport));
  const std::string host = domain.empty() ? local.ip.uri_text() : domain;
  auto message = interop::Message::request("OPTIONS", "sip:" + hop.peer.text() + transport);
  message.add("From", "<sip:" + host + ">;tag=" + make_token());
  message.add("To", "<sip:" + hop.peer.text() + ">");
  message.add("Call-ID", call_id_);
  message.add("CSeq", std::to_string(++cseq_) + " OPTIONS");
  message.add("Contact", "<sip:" + local.text() + transport + ">");
  message.add("Accept", "application/sdp");
  return message;
}

void Health::Probe::ask() {
  // Nothing is known of the peer while there is nowhere to ask it from.
  if (!shared_.stack().is_listening(peer().hop)) {
    peer().last_response = "listener " + peer().hop.listener + " is not open";
    return ask_in(kTryAgain);
  }
  is_asking_ = true;
  asked_at_ = shared_.loop().clock().now();
  shared_.count(kSent);
  Stack::Request request{options(), peer().hop, TrunkOf{trunk_.get(), &trunk_->dialect()}};
  request.response_timeout = Milliseconds{trunk_->config().response_timeout_ms()};
  auto transaction = shared_.stack().send(
      std::move(request), [this](const Response& response) { on_response(response); });
  // It may have failed at once.
  if (is_asking_) transaction_ = std::move(transaction);
}

void Health::Probe::on_response(const Response& response) {
  if (response.message.status() < 200) return;
  is_asking_ = false;
  if (is_retired_) {
    // Not within the callback of the transaction that it owns.
    shared_.loop().post([alive = shared_.alive(), probe = this] {
      if (Shared* shared = *alive) shared->bury(probe);
    });
    return;
  }
  judge(response);
  const Nanoseconds wait = misses_ > 0 || peer().state == TrunkPeer::State::Down
                               ? std::min(kSuspiciousInterval, interval())
                               : interval();
  ask_in(shared_.between(wait * 9 / 10, wait * 11 / 10));
}

void Health::Probe::judge(const Response& response) {
  const std::uint16_t status = response.message.status();
  peer().checked_unix_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<Milliseconds>(shared_.loop().clock().wall()).count());
  peer().last_response =
      response.local ? "no response" : std::to_string(status) + " " + response.message.reason();
  if (is_logged(LogLevel::Debug))
    log_debug("trunk", "OPTIONS",
              {{"trunk", trunk_->name()},
               {"peer", peer().hop.peer.text()},
               {"response", peer().last_response}});
  if (response.local || status == 408) {
    shared_.count(kUnanswered);
    if (++misses_ >= kMissesToDown) set_state(TrunkPeer::State::Down);
    return;
  }
  const auto round_trip = shared_.loop().clock().now() - asked_at_;
  peer().round_trip_us = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(round_trip).count());
  misses_ = 0;
  set_state(status == 503 ? TrunkPeer::State::Down : TrunkPeer::State::Up);
}

void Health::Probe::set_state(TrunkPeer::State state) {
  TrunkPeer& peer = this->peer();
  if (peer.state == state) return;
  peer.state = state;
  const std::string address = peer.hop.peer.text();
  if (state == TrunkPeer::State::Up) {
    shared_.count(kWentUp);
    log_info("trunk", "peer is up",
             {{"trunk", trunk_->name()}, {"peer", address}, {"response", peer.last_response}});
  } else if (state == TrunkPeer::State::Down) {
    shared_.count(kWentDown);
    log_warning("trunk", "peer is down",
                {{"trunk", trunk_->name()}, {"peer", address}, {"response", peer.last_response}});
  }
}

void Health::Probe::on_finding(Trunk::Finding finding) {
  if (finding == Trunk::Finding::Answered) {
    misses_ = 0;
    if (peer().state == TrunkPeer::State::Up) return;
    peer().last_response = "answered a call";
    set_state(TrunkPeer::State::Up);
    return;
  }
  if (interval() > Nanoseconds{0}) {
    // A call's word is not enough, but reason to look: what the INVITE met may be the callee's.
    if (!is_asking_) ask_in(Nanoseconds{0});
    return;
  }
  peer().last_response = "no response";
  set_state(TrunkPeer::State::Down);
  timer_ = shared_.loop().after(kDownAfterSilence, [this] {
    if (peer().state == TrunkPeer::State::Down) set_state(TrunkPeer::State::Unknown);
  });
}

void Health::Shared::bury(const Probe* probe) {
  std::erase_if(retired_, [probe](const auto& one) { return one.get() == probe; });
}

Health::Health(ipc::Loop& loop, Stack& stack, CounterRegistry& registry)
    : shared_(std::make_unique<Shared>(loop, stack, registry)) {}

Health::~Health() {
  for (const auto& probe : probes_) probe->retire();
}

void Health::watch(const std::vector<TrunkPtr>& trunks) {
  std::vector<std::unique_ptr<Probe>> before = std::move(probes_);
  probes_.clear();
  for (const TrunkPtr& trunk : trunks) {
    if (!trunk->is_enabled()) continue;
    std::vector<Probe*> of_trunk;
    for (std::size_t i = 0; i < trunk->peers().size(); ++i) {
      const auto known = std::find_if(before.begin(), before.end(), [&](const auto& probe) {
        return probe && probe->trunk() == trunk.get() && probe->index() == i;
      });
      probes_.push_back(known == before.end() ? std::make_unique<Probe>(*shared_, trunk, i)
                                              : std::move(*known));
      of_trunk.push_back(probes_.back().get());
    }
    trunk->set_observer([of_trunk](std::size_t peer, Trunk::Finding finding) {
      if (peer < of_trunk.size()) of_trunk[peer]->on_finding(finding);
    });
  }
  for (auto& probe : before) {
    if (!probe) continue;
    probe->retire();
    if (probe->is_asking()) shared_->retire(std::move(probe));
  }
}

}  // namespace junctor::cp
