// SPDX-License-Identifier: MIT
// Message rules that contradict themselves, or would break dialogs.
#include <gtest/gtest.h>

#include "platform/config/config.hpp"

namespace junctor::config {
namespace {

TEST(MessageRuleChecks, SayWhatDoesNotGoTogether) {
  struct Row {
    const char* sentence;
    std::string rule;  // JSON, beside its name
    std::string says;  // ""; or field: reason
  };
  const std::string kept = " is what dialogs and transactions live by, and cannot be changed";
  const Row rows[] = {
      {"set", R"("direction": "SENT", "action": "SET", "header": "X-A", "value": "1")", ""},
      {"remove", R"("direction": "SENT", "action": "REMOVE", "header": "Subject")", ""},
      {"replace by nothing",
       R"("direction": "SENT", "action": "REPLACE", "header": "X", "match": "a", "value": "")", ""},
      {"an attribute", R"("direction": "SENT", "action": "REMOVE", "sdp_attribute": "ptime")", ""},
      {"refuse",
       R"("direction": "RECEIVED", "action": "REFUSE", "header": "From", "match": "x", "status": 603)",
       ""},
      {"nothing is named", R"("direction": "SENT", "action": "REMOVE")",
       "header: a header field, or an SDP attribute, must be named"},
      {"both are named",
       R"("direction": "SENT", "action": "REMOVE", "header": "X", "sdp_attribute": "y")",
       "sdp_attribute: a header field is named as well; one of them is to be changed"},
      {"a header that must stay", R"("direction": "SENT", "action": "REMOVE", "header": "Call-ID")",
       "header: \"Call-ID\"" + kept},
      {"in any case", R"("direction": "SENT", "action": "REMOVE", "header": "RECORD-route")",
       "header: \"RECORD-route\"" + kept},
      {"in its compact form", R"("direction": "SENT", "action": "REMOVE", "header": "m")",
       "header: \"m\"" + kept},
      {"set without a value", R"("direction": "SENT", "action": "SET", "header": "X")",
       "value: is required for set"},
      {"add without a value", R"("direction": "SENT", "action": "ADD", "header": "X")",
       "value: is required for add"},
      {"replace without either", R"("direction": "SENT", "action": "REPLACE", "header": "X")",
       "value: is required for replace\nmatch: is required for replace"},
      {"remove with a value",
       R"("direction": "SENT", "action": "REMOVE", "header": "X", "value": "1")",
       "value: has no meaning for remove"},
      {"a status without refuse",
       R"("direction": "SENT", "action": "REMOVE", "header": "X", "status": 404)",
       "status: is for refuse only"},
      {"a group that is not there",
       R"x("direction": "SENT", "action": "REPLACE", "header": "X", "match": "(a)", "value": "\\2")x",
       "value: does not go with match: Rewrite schema requests 2 matches, but the regexp only has "
       "1 "
       "parenthesized subexpressions."},
      {"what needs too much memory",
       R"x("direction": "SENT", "action": "REMOVE", "header": "X", "match": "\\pL{300}")x",
       "match: takes too much memory"},
      {"refuse what is sent",
       R"("direction": "SENT", "action": "REFUSE", "header": "X", "match": "x")",
       "action: only what is received can be refused"},
      {"refuse responses",
       R"("direction": "RECEIVED", "action": "REFUSE", "header": "X", "match": "x", "kind": "RESPONSES")",
       "kind: only requests can be refused"},
      {"refuse the end of a call",
       R"("direction": "RECEIVED", "action": "REFUSE", "header": "X", "match": "x", "methods": ["INVITE", "BYE"])",
       "methods[1]: BYE is never refused"},
      {"another line",
       R"("direction": "SENT", "action": "SET", "header": "X", "value": "a\r\nVia: b")",
       "value: \"a\\r\\nVia: b\" does not fit the pattern [^\\x00-\\x1f\\x7f]{0,512}"},
      {"a name that is none",
       R"("direction": "SENT", "action": "SET", "header": "X: y", "value": "a")",
       "header: \"X: y\" does not fit the pattern [A-Za-z][A-Za-z0-9-]{0,63}"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    const Parsed parsed = parse_json(R"({
      "interfaces": [{"name": "lan", "device": "net_tap0", "addresses": ["192.0.2.1/24"]}],
      "sip": {"listeners": [{"name": "lan", "address": "192.0.2.1"}]},
      "message_rules": [{"name": "one", )" +
                                     row.rule + "}]}");
    std::string text;
    for (const Finding& finding : parsed.findings) {
      const std::string list = "message_rules[0].";
      ASSERT_TRUE(finding.path.starts_with(list)) << finding.text("");
      text += (text.empty() ? "" : "\n") + finding.path.substr(list.size()) + ": " + finding.reason;
    }
    EXPECT_EQ(text, row.says);
  }
}

}  // namespace
}  // namespace junctor::config
