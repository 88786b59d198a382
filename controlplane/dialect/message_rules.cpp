// SPDX-License-Identifier: MIT
#include "controlplane/dialect/message_rules.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <string>

#include "controlplane/dialect/message_part.hpp"
#include "platform/config/message_match.hpp"

namespace junctor::cp {

using interop::Message;
using interop::Verdict;

struct MessageRule {
  config::v1::MessageRule config;
  std::unique_ptr<RE2> match;  // nullptr: any value

  bool takes(const std::string& value) const {
    return match == nullptr || RE2::PartialMatch(value, *match);
  }
};

namespace {

// Longer ones fit into few peers' buffers, and a rule may double what it finds at each message.
constexpr std::size_t kMaxValue = 8192;

constexpr std::array<CounterDesc, MessageRules::kCountCount> kCounts{{
    {"changed", Severity::Info, "a message rule changed a message"},
    {"refused", Severity::Info, "a message rule refused a request"},
    {"unfit", Severity::Warning,
     "what a message rule made of a value was too long, or no text; the value stays as it was"},
}};

bool is_about(const config::v1::MessageRule& rule, const Message& message) {
  if (rule.kind() == config::v1::REQUESTS && !message.is_request()) return false;
  if (rule.kind() == config::v1::RESPONSES && message.is_request()) return false;
  const auto& methods = rule.methods();
  return methods.empty() ||
         std::find(methods.begin(), methods.end(), message.method()) != methods.end();
}

bool is_fit(const std::string& value) {
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  };
  return value.size() <= kMaxValue && std::ranges::none_of(value, is_control);
}

MessagePart part_of(const config::v1::MessageRule& rule, const Message& message) {
  return rule.has_header() ? MessagePart::header(message, rule.header())
                           : MessagePart::sdp_attribute(message, rule.sdp_attribute());
}

bool replace(const MessageRule& rule, MessagePart& part) {
  bool is_changed = false;
  for (auto& value : part.values) {
    if (value->size() > kMaxValue) {  // it could become hundreds of times as long
      MessageRules::counters()[MessageRules::kUnfit].add();
      continue;
    }
    std::string made = *value;
    if (RE2::GlobalReplace(&made, *rule.match, rule.config.value()) == 0 || made == *value)
      continue;
    if (!is_fit(made)) {
      MessageRules::counters()[MessageRules::kUnfit].add();
      continue;
    }
    value = std::move(made);
    is_changed = true;
  }
  return is_changed;
}

// Whether the part was changed. All its values are there at first.
bool change(const MessageRule& rule, MessagePart& part) {
  const auto takes = [&](const std::optional<std::string>& value) { return rule.takes(*value); };
  const bool is_met = rule.match == nullptr || std::ranges::any_of(part.values, takes);
  if (!is_met) return false;
  switch (rule.config.action()) {
    case config::v1::SET:
      if (part.values.size() == 1 && part.values.front() == rule.config.value()) return false;
      for (auto& value : part.values) value.reset();
      if (part.values.empty())
        part.added = rule.config.value();
      else
        part.values.front() = rule.config.value();
      return true;
    case config::v1::ADD:
      part.added = rule.config.value();
      return true;
    case config::v1::REMOVE:
      for (auto& value : part.values)
        if (takes(value)) value.reset();
      return !part.values.empty();
    case config::v1::REPLACE:
      return rule.match != nullptr && replace(rule, part);
    default:
      return false;
  }
}

// A call must be able to end, and what has no answer cannot be refused (RFC 3261, 17.1.1.3, 9.2).
bool may_be_refused(const Message& message) {
  return message.is_request() && message.method() != "ACK" && message.method() != "CANCEL" &&
         message.method() != "BYE";
}

Verdict apply(const MessageRule& rule, Message& message) {
  if (!is_about(rule.config, message)) return Verdict::pass();
  MessagePart part = part_of(rule.config, message);
  if (!part.is_there) return Verdict::pass();
  if (rule.config.action() == config::v1::REFUSE) {
    const auto takes = [&](const auto& value) { return rule.takes(*value); };
    if (!may_be_refused(message) || std::ranges::none_of(part.values, takes))
      return Verdict::pass();
    MessageRules::counters()[MessageRules::kRefused].add();
    return Verdict::refuse(static_cast<std::uint16_t>(rule.config.status()), 0);
  }
  if (change(rule, part)) {
    part.write(message);
    MessageRules::counters()[MessageRules::kChanged].add();
  }
  return Verdict::pass();
}

Result<std::unique_ptr<RE2>> compile(const config::v1::MessageRule& rule) {
  if (!rule.has_match()) return std::unique_ptr<RE2>();
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(config::kMatchMemory);
  auto match = std::make_unique<RE2>(rule.match(), options);
  if (!match->ok()) return Error{"message rule " + rule.name(), match->error()};
  return match;
}

}  // namespace

CounterSet<MessageRules::kCountCount>& MessageRules::counters() {
  static CounterSet<kCountCount> set{kCounts};
  return set;
}

Result<MessageRules> MessageRules::make(const config::v1::Config& config) {
  MessageRules all;
  for (const auto& rule : config.message_rules()) {
    auto match = compile(rule);
    if (!match) return match.error();
    if (!is_fit(rule.value())) return Error{"message rule " + rule.name(), "its value is no line"};
    auto made = std::make_shared<const MessageRule>(MessageRule{rule, std::move(*match)});
    (rule.direction() == config::v1::RECEIVED ? all.received_ : all.sent_)
        .push_back(std::move(made));
  }
  return all;
}

MessageRules MessageRules::of(std::string_view trunk) const {
  MessageRules some;
  const auto take = [trunk](const List& from, List& to) {
    std::ranges::copy_if(from, std::back_inserter(to), [trunk](const auto& rule) {
      return rule->config.trunk().empty() || rule->config.trunk() == trunk;
    });
  };
  take(received_, some.received_);
  take(sent_, some.sent_);
  return some;
}

Verdict MessageRules::receive(Message& message) const {
  for (const auto& rule : received_) {
    const Verdict verdict = apply(*rule, message);
    if (verdict.kind == Verdict::Kind::Refuse) return verdict;
  }
  return Verdict::pass();
}

void MessageRules::send(Message& message) const {
  for (const auto& rule : sent_) apply(*rule, message);
}

}  // namespace junctor::cp
