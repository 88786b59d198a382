// SPDX-License-Identifier: MIT
// What the fields of a message rule must agree in.
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "platform/config/message_match.hpp"
#include "platform/config/rules.hpp"
#include "platform/config/value.hpp"

namespace junctor::config {
namespace {

// What transactions and dialogs live by (RFC 3261, sections 8, 12, 17, 20; RFC 3262), and what says
// how the body is to be read; with the compact forms of section 7.3.3. All in lower case.
constexpr auto kKept = std::to_array<std::string_view>({"via",
                                                        "v",
                                                        "from",
                                                        "f",
                                                        "to",
                                                        "t",
                                                        "call-id",
                                                        "i",
                                                        "cseq",
                                                        "contact",
                                                        "m",
                                                        "route",
                                                        "record-route",
                                                        "max-forwards",
                                                        "content-length",
                                                        "l",
                                                        "content-type",
                                                        "c",
                                                        "content-encoding",
                                                        "e",
                                                        "rack",
                                                        "rseq"});
// Without them a call could not end, or they have no answer.
constexpr auto kNeverRefused = std::to_array<std::string_view>({"ACK", "BYE", "CANCEL"});

class MessageRuleCheck {
 public:
  MessageRuleCheck(const v1::MessageRule& rule, std::string path, Findings& findings)
      : rule_(rule), path_(std::move(path)), findings_(findings) {}

  void check() {
    if (rule_.has_header() == rule_.has_sdp_attribute())
      add(rule_.has_header() ? "sdp_attribute" : "header",
          rule_.has_header() ? "a header field is named as well; one of them is to be changed"
                             : "a header field, or an SDP attribute, must be named");
    if (rule_.action() == v1::REFUSE) {
      check_refuse();
    } else {
      check_change();
    }
    check_value();
    check_match();
  }

 private:
  void add(std::string_view field, const std::string& reason) {
    findings_.add(join(path_, field), reason);
  }
  std::string action() const { return write_enum(v1::MessageAction_Name(rule_.action())); }

  void check_change() {
    std::string name = rule_.header();
    std::ranges::transform(name, name.begin(), [](unsigned char c) {
      return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    });
    if (std::ranges::find(kKept, name) != kKept.end())
      add("header", quote(rule_.header()) +
                        " is what dialogs and transactions live by, and cannot be changed");
    if (rule_.status() != 0 && rule_.status() != 403) add("status", "is for refuse only");
  }

  void check_refuse() {
    if (rule_.direction() == v1::SENT) add("action", "only what is received can be refused");
    if (rule_.kind() == v1::RESPONSES) add("kind", "only requests can be refused");
    for (int i = 0; i < rule_.methods_size(); ++i)
      if (std::ranges::find(kNeverRefused, rule_.methods(i)) != kNeverRefused.end())
        findings_.add(findings_.element(join(path_, "methods"), i),
                      rule_.methods(i) + " is never refused");
  }

  void check_value() {
    const v1::MessageAction action = rule_.action();
    const bool needs_one = action == v1::SET || action == v1::ADD || action == v1::REPLACE;
    if (needs_one && !rule_.has_value()) add("value", "is required for " + this->action());
    const bool has_none = action == v1::REMOVE || action == v1::REFUSE;
    if (has_none && rule_.has_value()) add("value", "has no meaning for " + this->action());
  }

  void check_match() {
    const bool needs_one = rule_.action() == v1::REPLACE || rule_.action() == v1::REFUSE;
    if (!rule_.has_match()) {
      if (needs_one) add("match", "is required for " + action());
      return;
    }
    if (!RE2(rule_.match(), RE2::Quiet).ok()) return;  // has its finding
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(kMatchMemory);
    const RE2 match(rule_.match(), options);
    if (!match.ok()) return add("match", "takes too much memory");
    std::string mistake;
    if (rule_.action() == v1::REPLACE && !match.CheckRewriteString(rule_.value(), &mistake))
      add("value", "does not go with match: " + mistake);
  }

  const v1::MessageRule& rule_;
  const std::string path_;
  Findings& findings_;
};

}  // namespace

void check_message_rules(const v1::Config& config, Findings& findings) {
  for (int i = 0; i < config.message_rules_size(); ++i)
    MessageRuleCheck(config.message_rules(i), findings.element("message_rules", i), findings)
        .check();
}

}  // namespace junctor::config
