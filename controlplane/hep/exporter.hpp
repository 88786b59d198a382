// SPDX-License-Identifier: MIT
// HepExporter: every SIP message as it was on the wire, and the quality of each leg of a call that
// ended, to a Homer server.
//
//   Trace --on_message()--\                     /--> HepSender (UDP or TCP)
//                          >--> HepPacket -----<
//   Journal --on_record()-/                     \--> counted as lost
//
// What belongs to one call has one correlation id: the Call-ID of its calling side, under which
// Homer finds the other leg.
//
// Threads   the control loop's.
// Lifetime  what is given outlives it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "config/v1/config.pb.h"
#include "controlplane/hep/sender.hpp"
#include "controlplane/sip/trace.hpp"
#include "management/v1/management.pb.h"

namespace junctor::cp {

class HepExporter {
 public:
  // The correlation id of a SIP Call-ID; itself, if it is no call's.
  using Correlate = std::function<std::string(std::string_view sip_call_id)>;

  HepExporter(ipc::Loop& loop, CounterRegistry& registry, Correlate correlate);
  ~HepExporter();
  HepExporter(const HepExporter&) = delete;
  HepExporter& operator=(const HepExporter&) = delete;

  // What should be from now on.
  void set(const config::v1::Hep& config, const std::string& gateway);
  // Why nothing can be sent to the server; empty if it can, or there is none.
  std::string complaint() const { return sender_ ? sender_->complaint() : ""; }
  void on_message(const TraceEntry& entry);
  void on_record(const management::v1::CallRecord& record);

 private:
  void report(const management::v1::CallRecord& record, int leg);

  // Given.
  ipc::Loop& loop_;
  CounterRegistry& registry_;
  const Correlate correlate_;
  // State.
  CounterSet<HepSender::kCountCount> counts_{HepSender::kCounts};
  config::v1::Hep config_;
  std::string gateway_;
  // Owned.
  std::unique_ptr<HepSender> sender_;  // none: nothing is wanted
};

}  // namespace junctor::cp
