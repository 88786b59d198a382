// SPDX-License-Identifier: MIT
// Ladders of calls from their INVITE to their answer: offers, targets in turn, forks, early answers.
#include <gtest/gtest.h>

#include "controlplane/b2bua/testing/flow.hpp"

namespace junctor::cp {
namespace {

using testing::run;

TEST(Setup, FollowsTheOffer) {
  run({
      {"offer in INVITE, answer in 200, the caller hangs up", "= up\n= a hangs up"},
      {"a caller that takes no SDP as an answer",
       R"(> a INVITE sdp:u accept=text/plain,application/isup
          < a 406 INVITE)"},
      {"a caller that takes anything", R"(> a INVITE sdp:u accept=text/plain,application/*;q=0.5
          < b INVITE sdp:u
          > b 486 INVITE
          < a 486 INVITE)"},
      {"the callee hangs up", R"(= up
          > b BYE
          < b 200 BYE
          < a BYE
          > a 200 BYE)"},
      {"183 with voice, then 200 without a change", R"(> a INVITE sdp:uae
          < b INVITE sdp:uae
          > b 183 INVITE sdp:u
          < a 183 INVITE sdp:u
          > b 200 INVITE sdp:u
          < b ACK
          < a 200 INVITE sdp:u
          > a ACK
          = a hangs up)"},
      {"several provisional responses, a queue and a forward among them", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 180 INVITE
          < a 180 INVITE
          > b 181 INVITE
          < a 181 INVITE
          > b 182 INVITE
          < a 182 INVITE
          > b 183 INVITE sdp:u
          < a 183 INVITE sdp:u
          > b 180 INVITE
          < a 180 INVITE
          > b 200 INVITE sdp:u
          < b ACK
          < a 200 INVITE sdp:u
          > a ACK
          = a hangs up)"},
      {"no offer: the callee's goes to the caller, the caller's answer to the callee", R"(> a INVITE
          < b INVITE
          > b 180 INVITE
          < a 180 INVITE
          > b 200 INVITE sdp:ua
          < a 200 INVITE sdp:ua
          > a ACK sdp:a
          < b ACK sdp:a
          = a hangs up)"},
      {"no offer, and a callee that wants one: ours, of what both trunks speak",
       R"(> a INVITE to=300
          < d INVITE sdp:uage
          > d 183 INVITE sdp:u
          < a 183 INVITE
          > d 200 INVITE sdp:u
          < d ACK
          < a 200 INVITE sdp:u
          > a ACK sdp:u
          > a BYE
          < a 200 BYE
          < d BYE
          > d 200 BYE)"},
      {"an offer taken by the caller only in part is put right with the callee",
       R"(> a INVITE to=300
          < d INVITE sdp:uage
          > d 200 INVITE sdp:ua
          < d ACK
          < a 200 INVITE sdp:ua
          > a ACK sdp:a
          < d INVITE sdp:a
          > d 200 INVITE sdp:a
          < d ACK
          > a BYE
          < a 200 BYE
          < d BYE
          > d 200 BYE)"},
      {"an ACK without the answer that it owes ends the call", R"(> a INVITE
          < b INVITE
          > b 200 INVITE sdp:u
          < a 200 INVITE sdp:u
          > a ACK
          < a BYE
          < b ACK
          < b BYE
          > a 200 BYE
          > b 200 BYE)"},
      {"an answer that is none is a bad gateway", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 200 INVITE bad
          < b ACK
          < b BYE
          < c INVITE sdp:u
          > b 200 BYE
          > c 486 INVITE
          < a 486 INVITE)"},
      {"an offer that is none", R"(> a INVITE bad
          < a 400 INVITE)"},
      {"no codec that we know", R"(> a INVITE sdp:
          < a 488 INVITE)"},
      {"a number without a route", R"(> a INVITE sdp:u to=999
          < a 404 INVITE)"},
  });
}

TEST(Setup, TriesTheNextTarget) {
  run({
      {"503, silence, and then an answer", R"(> a INVITE sdp:u to=200
          < b INVITE sdp:u
          > b 503 INVITE
          < c INVITE sdp:u
          > c LOCAL 408 INVITE
          < d INVITE sdp:u
          > d 200 INVITE sdp:u
          < d ACK
          < a 200 INVITE sdp:u
          > a ACK
          > a BYE
          < a 200 BYE
          < d BYE
          > d 200 BYE)"},
      {"busy is an answer", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 486 INVITE
          < a 486 INVITE)"},
      {"6xx ends the search", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 603 INVITE
          < a 603 INVITE)"},
      {"nobody answers after ringing: no ringing elsewhere", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 180 INVITE
          < a 180 INVITE
          > b LOCAL 408 INVITE
          < a 480 INVITE)"},
      {"all silent is a time-out of the gateway's other side", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b LOCAL 408 INVITE
          < c INVITE sdp:u
          > c LOCAL 408 INVITE
          < a 504 INVITE)"},
      {"all unavailable stays unavailable", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 503 INVITE
          < c INVITE sdp:u
          > c LOCAL 503 INVITE
          < a 503 INVITE)"},
      {"the better of two failures is told", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 503 INVITE
          < c INVITE sdp:u
          > c 404 INVITE
          < a 404 INVITE)"},
      {"a challenge is never passed on", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 407 INVITE
          < a 500 INVITE)"},
      {"a redirection is tried as a failure of that peer", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 302 INVITE
          < c INVITE sdp:u
          > c 302 INVITE
          < a 480 INVITE)"},
      {"early voice of a peer that then fails is followed by another's", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 183 INVITE sdp:u
          < a 183 INVITE sdp:u
          > b 500 INVITE
          < c INVITE sdp:u
          > c 200 INVITE sdp:u
          < c ACK
          < a 200 INVITE sdp:u
          > a ACK
          > a BYE
          < a 200 BYE
          < c BYE
          > c 200 BYE)"},
  });
}

TEST(Setup, SeesForks) {
  run({
      {"the latest voice is heard, the fork that answers wins", R"(> a INVITE sdp:ua
          < b INVITE sdp:ua
          > b 183 INVITE sdp:u tag=f1
          < a 183 INVITE sdp:u
          > b 183 INVITE sdp:u tag=f2
          < a 183 INVITE sdp:u
          > b 200 INVITE sdp:u tag=f1
          < b ACK
          < a 200 INVITE sdp:u
          > a ACK
          = a hangs up)"},
      {"a second fork that answers is ended", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 200 INVITE sdp:u tag=f1
          < b ACK
          < a 200 INVITE sdp:u
          > b 200 INVITE sdp:u tag=f2
          < b ACK
          < b BYE
          > a ACK
          > b 200 INVITE sdp:u tag=f2
          < b ACK
          > b 200 INVITE sdp:u tag=f1
          < b ACK
          > b BYE tag=f1
          < b 200 BYE
          < a BYE
          > a 200 BYE)"},
      {"the winner speaks another codec than the early answer: the caller is offered it",
       R"(> a INVITE sdp:ua
          < b INVITE sdp:ua
          > b 183 INVITE sdp:u tag=f1
          < a 183 INVITE sdp:u
          > b 183 INVITE sdp:a tag=f2
          < a 183 INVITE
          > b 200 INVITE sdp:a tag=f2
          < b ACK
          < a 200 INVITE sdp:u
          > a ACK
          < a INVITE sdp:a
          > a 200 INVITE sdp:a
          < a ACK
          = a hangs up)"},
  });
}

TEST(Setup, KeepsItsFirstAnswer) {
  run({
      {"the winner takes less than the early answer said: the caller is offered it",
       R"(> a INVITE sdp:uae
          < b INVITE sdp:uae
          > b 183 INVITE sdp:uae tag=f1
          < a 183 INVITE sdp:uae
          > b 180 INVITE sdp:ae tag=f2
          < a 180 INVITE
          > b 200 INVITE sdp:ae tag=f2
          < b ACK
          < a 200 INVITE sdp:uae
          > a ACK
          < a INVITE sdp:ae
          > a 200 INVITE sdp:ae
          < a ACK
          = a hangs up)"},
      {"and if it takes more", R"(> a INVITE sdp:uae
          < b INVITE sdp:uae
          > b 183 INVITE sdp:a
          < a 183 INVITE sdp:a
          > b 200 INVITE sdp:ua
          < b ACK
          < a 200 INVITE sdp:a
          > a ACK
          < a INVITE sdp:ua
          > a 200 INVITE sdp:ua
          < a ACK
          = a hangs up)"},
  });
}

}  // namespace
}  // namespace junctor::cp
