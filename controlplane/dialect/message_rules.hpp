// SPDX-License-Identifier: MIT
// MessageRules: the operator's own changes of SIP messages, around the dialect of a trunk.
//
//   wire --> [received] --> dialect --> b2bua --> dialect --> [sent] --> wire
//
// In the order of the configuration; each rule sees what those before it left. A value that would
// hold a control character (another line), or be too long, is not put in: the message stays as it
// was, counted.
//
// Threads   the control loop's; receive() and send() change nothing but the message and counters.
// Lifetime  a value; copies share the compiled expressions.
// Errors    an expression that cannot be compiled names its rule.
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "config/v1/config.pb.h"
#include "platform/base/result.hpp"
#include "platform/telemetry/counter.hpp"
#include "plugins/sdk/message.hpp"
#include "plugins/sdk/plugin.hpp"

namespace junctor::cp {

struct MessageRule;  // one, compiled

class MessageRules {
 public:
  enum Count : std::uint8_t { kChanged, kRefused, kUnfit, kCountCount };
  // Of all rules of the process.
  static CounterSet<kCountCount>& counters();

  // All of a configuration that was found good.
  static Result<MessageRules> make(const config::v1::Config& config);
  // Those that are for a trunk.
  MessageRules of(std::string_view trunk) const;

  // Refuse, with its status, or Pass. ACK, CANCEL, BYE and responses are never refused.
  interop::Verdict receive(interop::Message& message) const;
  void send(interop::Message& message) const;

 private:
  using List = std::vector<std::shared_ptr<const MessageRule>>;

  List received_;
  List sent_;
};

}  // namespace junctor::cp
