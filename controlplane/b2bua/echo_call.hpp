// SPDX-License-Identifier: MIT
// EchoCall: the gateway answers a call itself, and sends back what it hears; the far end of a loopback call.
//
//   INVITE --> Answered --> Ended     (BYE, silence, or after kLongest)
//
//   Leg to who calls --- media session of one leg, whose far end is an echo in the dataplane
//
// It speaks G.711 alone. It is not written down: with junctor-control it ends.
//
// Threads   the control loop's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/b2bua/identity.hpp"
#include "controlplane/b2bua/live_call.hpp"

namespace junctor::cp {

class EchoCall final : public LiveCall, public std::enable_shared_from_this<EchoCall> {
 public:
  static constexpr Seconds kLongest{65};  // the longest test call is hung up by who made it

  EchoCall(Exchange& exchange, std::string id, Parties parties);
  ~EchoCall() override;

  void start(const TrunkPtr& trunk, Dialog dialog, std::unique_ptr<ServerTransaction> invite);

  // LiveCall.
  void end(const Cause& cause) override;
  void on_media_timeout(std::uint32_t silent_s) override;
  void on_media_refused(const std::string& reason) override;
  const std::string& id() const override { return id_; }
  junctor::management::v1::Call show() const override;
  const std::vector<std::string>& sip_call_ids() const override { return sip_call_ids_; }
  CallFacts facts() const override;
  std::string state_name() const override { return has_ended_ ? "ending" : "echoing"; }

  // LegOwner.
  void on_progress(Leg&, std::uint16_t, bool) override {}
  void on_answered(Leg&) override {}
  void on_failed(Leg&, const Cause&) override {}
  void on_acknowledged(Leg&) override {}
  void on_released(Leg&, const Cause& cause) override { end(cause); }
  void on_reoffer(Leg& leg) override;
  void on_reoffer_withdrawn(Leg&) override {}
  void on_reoffer_settled(Leg&) override {}
  void on_offer_accepted(Leg&) override {}  // it makes none
  void on_offer_refused(Leg&, const Cause&) override {}
  void on_offer_due(Leg&) override {}
  void on_info(Leg& leg, std::unique_ptr<ServerTransaction> info) override;
  void on_stray_answer(Leg&) override {}
  void on_sending() override {}
  void on_ending(const Leg&, const Cause&) override {}
  std::weak_ptr<void> alive() override { return weak_from_this(); }
  void enter() override { ++depth_; }
  void leave() override;

 private:
  std::optional<Cause> answer(const interop::Message& invite);
  void apply_media();
  void settle();

  // Given.
  Exchange& exchange_;
  const std::string id_;
  const Parties parties_;
  // Owned.
  std::unique_ptr<Leg> leg_;
  ipc::HandlePtr over_;
  // State.
  std::uint32_t depth_ = 0;
  std::vector<std::string> sip_call_ids_;
  const std::uint64_t started_ms_;
  bool has_session_ = false;
  bool has_ended_ = false;
  bool is_removed_ = false;  // and the dataplane has nothing of it any more
  bool is_forgotten_ = false;
  std::size_t session_hash_ = 0;
};

}  // namespace junctor::cp
