// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/cause.hpp"

#include <gtest/gtest.h>

#include "controlplane/b2bua/testing/world.hpp"

namespace junctor::cp {
namespace {

using interop::Message;
using testing::World;

TEST(Cause, BecomesWhatTheCallerCanUse) {
  for (const CauseRule& rule : cause_rules()) {
    EXPECT_FALSE(rule.why.empty()) << rule.status;
    EXPECT_TRUE(rule.becomes >= 400 && rule.becomes < 700) << rule.status;
  }
  Cause busy;
  busy.status = 503;
  busy.retry_after = "60";
  EXPECT_FALSE(failure_response(busy, {}).has("Retry-After"))
      << "one callee's trouble closes no gateway";
}

struct WarningRow {
  const char* sentence;
  const char* script;
  const char* wants;  // value of the caller's Warning, "": there is none
};

TEST(Warning, SaysWhatCannotBeAgreed) {
  const WarningRow rows[] = {
      {"a first offer without a codec of ours",
       "> a INVITE sdp:", "305 192.0.2.1:5060 \"none of the offered codecs is allowed\""},
      {"nor has a later one",
       "> a INVITE sdp:u\n> b 200 INVITE sdp:u\n> a ACK\n> b INVITE sdp:ue\n> a 200 INVITE sdp:ue\n"
       "> b ACK\n> a INVITE sdp:",
       "305 192.0.2.1:5060 \"none of the offered codecs is allowed\""},
      {"a transport that we have not", "> a INVITE sdp:u,proto=RTP/SAVP",
       "302 192.0.2.1:5060 \"audio over RTP/SAVP is not supported, RTP/AVP is\""},
      {"a refusal of the other side's is its own", "> a INVITE sdp:u\n> b 488 INVITE", ""},
      {"nor is there one for other statuses", "> a INVITE sdp:u to=999", ""},
  };
  for (const WarningRow& row : rows) {
    SCOPED_TRACE(row.sentence);
    World world;
    static_cast<void>(world.play(row.script));
    const Message answer = world.last_response('a', "INVITE");
    EXPECT_GE(answer.status(), 400);
    EXPECT_EQ(answer.get("Warning").value_or(""), row.wants);
  }
}

TEST(Warning, QuotesWhatThePeerWrote) {
  Message answer = Message::response(488, "");
  add_warning(answer, {488, 302, R"(audio over a"b\c)"},
              *SocketAddress::parse("[2001:db8::1]:5060"));
  EXPECT_EQ(answer.get("Warning").value_or(""), R"(302 [2001:db8::1]:5060 "audio over a\"b\\c")");
}

}  // namespace
}  // namespace junctor::cp
