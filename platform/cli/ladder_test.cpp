// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <sstream>

#include "platform/cli/ladder.hpp"
#include "platform/cli/render.hpp"

namespace junctor::cli {
namespace {

struct Step {
  std::uint64_t time_us;
  std::uint32_t leg;
  bool sent;
  const char* summary;
  const char* text = "";
};

void add(Reply& reply, const std::string& call, const Step& step) {
  auto& message = *reply.add_trace();
  message.set_call_id(call);
  message.set_time_unix_us(1'700'000'000'000'000 + step.time_us);
  message.set_leg(step.leg);
  message.set_sent(step.sent);
  message.set_local(step.leg == 0 ? "192.0.2.1:5060" : "203.0.113.1:5060");
  message.set_remote(step.leg == 0 ? "192.0.2.20:5060" : "203.0.113.9:5062");
  message.set_trunk(step.leg == 0 ? "pbx" : "provider");
  message.set_summary(step.summary);
  message.set_text(step.text);
}

TEST(Trace, DrawsALadder) {
  Reply reply;
  for (const Step& step :
       {Step{0, 0, false, "INVITE sdp"}, Step{300, 0, true, "100 Trying (INVITE)"},
        Step{1'200, 1, true, "INVITE sdp"}, Step{12'500, 0, true, "180 Ringing (INVITE)"},
        Step{12'000, 1, false, "180 Ringing (INVITE)"},
        Step{14'000, 1, false, "183 Session Progress (INVITE) sdp"},
        Step{2'000'000, 1, false, "200 A reason as long as a peer likes (INVITE) sdp"}}) {
    add(reply, "3f2a", step);
  }
  EXPECT_EQ(render_trace(reply, false),
            "call 3f2a, 2023-11-14 22:13:20 UTC\n"
            "\n"
            "        192.0.2.20:5060                    gateway              203.0.113.9:5062\n"
            "              pbx                                                       provider\n"
            "               |                              |                              |\n"
            "     0.0 ms    |-- INVITE sdp --------------->|                              |\n"
            "     0.3 ms    |<- 100 Trying (INVITE) -------|                              |\n"
            "     1.2 ms    |                              |-- INVITE sdp --------------->|\n"
            "    12.0 ms    |                              |<- 180 Ringing (INVITE) ------|\n"
            "    12.5 ms    |<- 180 Ringing (INVITE) ------|                              |\n"
            "    14.0 ms    |                              |<- 183 Session Progress sdp --|\n"
            "  2000.0 ms    |                              |<- 200 A reason as long a... -|\n");
}

TEST(Trace, ShowsTheNextPeerOfALeg) {
  Reply reply;
  add(reply, "3f2a", {0, 1, true, "INVITE sdp"});
  add(reply, "3f2a", {4'000'000, 1, true, "INVITE sdp"});
  reply.mutable_trace(1)->set_remote("203.0.113.10:5060");
  EXPECT_EQ(render_trace(reply, false),
            "call 3f2a, 2023-11-14 22:13:20 UTC\n"
            "\n"
            "                                           gateway              203.0.113.9:5062\n"
            "                                                                        provider\n"
            "               |                              |                              |\n"
            "     0.0 ms    |                              |-- INVITE sdp --------------->|\n"
            "               |                                               203.0.113.10:5060\n"
            "  4000.0 ms    |                              |-- INVITE sdp --------------->|\n");
}

TEST(Trace, ShowsWholeMessagesHarmlessly) {
  Reply reply;
  add(reply, "3f2a",
      {0, 0, false, "INVITE\x1b[2J",
       "INVITE sip:1@gw SIP/2.0\r\nSubject: \x1b[31mred\r\n\r\nv=0\r\n"});
  EXPECT_EQ(render_trace(reply, true),
            "call 3f2a, 2023-11-14 22:13:20 UTC\n"
            "\n"
            "        192.0.2.20:5060                    gateway\n"
            "              pbx\n"
            "               |                              |                              |\n"
            "     0.0 ms    |-- INVITE\\x1b[2J ------------>|                              |\n"
            "\n"
            "    INVITE sip:1@gw SIP/2.0\n"
            "    Subject: \\x1b[31mred\n"
            "\n"
            "    v=0\n"
            "\n");
}

TEST(Trace, DrawsEachCallApart) {
  Reply reply;
  add(reply, "b", {5'000, 0, false, "OPTIONS"});
  add(reply, "a", {1'000, 0, false, "OPTIONS"});
  add(reply, "b", {6'000, 0, true, "200 OK (OPTIONS)"});
  const std::string text = render_trace(reply, false);
  EXPECT_EQ(text.find("call b"), 0U) << "in the order of the reply";
  EXPECT_NE(text.find("\n\ncall a"), std::string::npos);
  EXPECT_NE(text.find("     1.0 ms    |<- 200 OK (OPTIONS)"), std::string::npos)
      << "since the start of its call";
  EXPECT_EQ(render_trace({}, false), "no trace\n");
}

TEST(Sip, DrawsTwoLinesWhereThereIsOneLeg) {
  Reply reply;
  add(reply, "3f2a", {0, 0, false, "INVITE sdp"});
  add(reply, "3f2a", {400, 0, true, "404 A reason as long as a peer likes (INVITE)"});
  EXPECT_EQ(render_sip(reply, false),
            "call 3f2a, 2023-11-14 22:13:20 UTC\n"
            "\n"
            "        192.0.2.20:5060                                                  gateway\n"
            "              pbx\n"
            "               |                                                             |\n"
            "     0.0 ms    |-- INVITE sdp ---------------------------------------------->|\n"
            "     0.4 ms    |<- 404 A reason as long as a peer likes (INVITE) ------------|\n");
  Reply called;
  add(called, "3f2b", {0, 1, true, "INVITE sdp"});
  add(called, "3f2b", {3'600'000'000, 1, false, "BYE"});
  EXPECT_EQ(render_sip(called, false),
            "call 3f2b, 2023-11-14 22:13:20 UTC\n"
            "\n"
            "            gateway                                             203.0.113.9:5062\n"
            "                                                                        provider\n"
            "               |                                                             |\n"
            "     0.0 ms    |-- INVITE sdp ---------------------------------------------->|\n"
            "  3600.0 s     |<- BYE ------------------------------------------------------|\n");
  add(called, "3f2b", {3'600'000'100, 0, false, "BYE"});
  EXPECT_EQ(render_sip(called, false), render_trace(called, false)) << "three for two legs";
}

TEST(Sip, NoLineIsWiderThanATerminal) {
  Reply reply;
  for (const std::uint32_t leg : {0u, 1u})
    add(reply, "3f2a",
        {leg * 90'000'000'000ULL, leg, leg == 1,
         "INVITE sdp with much said about it that is long"});
  for (auto& message : *reply.mutable_trace())
    message.set_remote("[2001:db8:ffff:ffff:ffff:ffff:ffff:1]:5060");
  std::istringstream lines(render_sip(reply, false));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
}

TEST(Sip, DrawsCallsAsTheyPass) {
  Reply reply;
  add(reply, "a", {0, 0, false, "INVITE"});
  add(reply, "a", {1'000, 1, true, "INVITE"});
  add(reply, "b", {5'000, 0, false, "INVITE"});
  add(reply, "a", {6'000, 1, false, "200 OK (INVITE)"});
  PassingLadders ladders(false);
  std::string text;
  for (const auto& message : reply.trace()) text += ladders.add(message);
  EXPECT_EQ(text,
            "\n"
            "call a, 2023-11-14 22:13:20 UTC\n"
            "\n"
            "        192.0.2.20:5060                    gateway\n"
            "              pbx\n"
            "               |                              |                              |\n"
            "     0.0 ms    |-- INVITE ------------------->|                              |\n"
            "               |                                                203.0.113.9:5062\n"
            "     1.0 ms    |                              |-- INVITE ------------------->|\n"
            "\n"
            "call b, 2023-11-14 22:13:20 UTC\n"
            "\n"
            "        192.0.2.20:5060                    gateway\n"
            "              pbx\n"
            "               |                              |                              |\n"
            "     0.0 ms    |-- INVITE ------------------->|                              |\n"
            "\n"
            "call a\n"
            "     6.0 ms    |                              |<- 200 OK (INVITE) -----------|\n");
}

}  // namespace
}  // namespace junctor::cli
