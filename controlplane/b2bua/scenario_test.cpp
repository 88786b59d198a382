// SPDX-License-Identifier: MIT
// Flows as ladders (testing/world.hpp tells how to read them), after RFC 3665, RFC 5407 and what PBXs do. Each ends with
// nothing left: no call, port, session, timer or unanswered request.
#include <gtest/gtest.h>

#include "controlplane/b2bua/testing/world.hpp"

namespace junctor::cp {
namespace {

using testing::World;

struct Flow {
  const char* sentence;
  const char* script;
};

// Lines that stand for several, each at the beginning or the end of a script.
constexpr std::string_view kUp = R"(> a INVITE sdp:uae
    < b INVITE sdp:uae
    > b 180 INVITE
    < a 180 INVITE
    > b 200 INVITE sdp:ue
    < b ACK
    < a 200 INVITE sdp:ue
    > a ACK
)";
constexpr std::string_view kHangUp = R"(> a BYE
    < a 200 BYE
    < b BYE
    > b 200 BYE
)";

std::string expanded(std::string script) {
  const auto replace = [&](std::string_view mark, std::string_view lines) {
    const auto at = script.find(mark);
    if (at != std::string::npos) script.replace(at, mark.size(), lines);
  };
  replace("= up", kUp);
  replace("= a hangs up", kHangUp);
  return script;
}

void run(std::initializer_list<Flow> flows) {
  for (const Flow& flow : flows) {
    World world;
    EXPECT_EQ(world.play(expanded(flow.script)), "") << flow.sentence;
    EXPECT_EQ(world.leftovers(), "") << flow.sentence;
  }
}

TEST(Setup, FollowsTheOffer) {
  run({
      {"offer in INVITE, answer in 200, the caller hangs up", "= up\n= a hangs up"},
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

TEST(Races, AreStood) {
  run({
      {"CANCEL, with its reason", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 180 INVITE
          < a 180 INVITE
          > a CANCEL reason
          < a 487 INVITE
          < b CANCEL reason
          > b 487 INVITE)"},
      {"CANCEL crosses the callee's 200 (RFC 5407, 2): ACK and BYE", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > a CANCEL
          < a 487 INVITE
          < b CANCEL
          > b 200 INVITE sdp:u
          < b ACK
          < b BYE
          > b 200 INVITE sdp:u
          < b ACK
          > b 200 BYE)"},
      {"CANCEL after our 200 is too late (RFC 5407, 3.1.2)", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 200 INVITE sdp:u
          < b ACK
          < a 200 INVITE sdp:u
          > a CANCEL
          > a ACK
          = a hangs up)"},
      {"a CANCEL that nobody answers", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > a CANCEL
          < a 487 INVITE
          < b CANCEL
          > time 40000)"},
      {"BYE on the early dialog (RFC 3261, 15)", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 180 INVITE
          < a 180 INVITE
          > a BYE
          < a 487 INVITE
          < a 200 BYE
          < b CANCEL
          > b 487 INVITE)"},
      {"the callee must not BYE an early dialog", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 180 INVITE
          < a 180 INVITE
          > b BYE
          < b 481 BYE
          > b 486 INVITE
          < a 486 INVITE)"},
      {"the callee hangs up before the caller's ACK: our BYE waits for it", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 200 INVITE sdp:u
          < b ACK
          < a 200 INVITE sdp:u
          > b BYE
          < b 200 BYE
          > a ACK
          < a BYE
          > a 200 BYE)"},
      {"the caller hangs up before its ACK (RFC 5407, 3.1.3)", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 200 INVITE sdp:u
          < b ACK
          < a 200 INVITE sdp:u
          > a BYE
          < a 200 BYE
          < b BYE
          > b 200 BYE)"},
      {"no ACK ever: both are ended", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 200 INVITE sdp:u
          < b ACK
          < a 200 INVITE sdp:u
          > a NOACK
          < a BYE
          < b BYE
          > a 200 BYE
          > b 200 BYE)"},
      {"the callee's 200 again: its ACK again", R"(= up
          > b 200 INVITE sdp:ue
          < b ACK
          = a hangs up)"},
      {"both hang up at once (RFC 5407, 3.2.1)", R"(= up
          > a BYE
          < a 200 BYE
          < b BYE
          > b BYE
          < b 200 BYE)"},
      {"BYE that is never answered", R"(= up
          > a BYE
          < a 200 BYE
          < b BYE
          > b LOCAL 408 BYE)"},
      {"no voice from anyone", R"(= up
          > media timeout
          < a BYE
          < b BYE
          > a 200 BYE
          > b 200 BYE)"},
      {"the dataplane refuses while it rings", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 183 INVITE sdp:u
          < a 183 INVITE sdp:u
          > media refused
          < a 500 INVITE
          < b CANCEL reason
          > b 487 INVITE)"},
      {"a re-INVITE while a hang-up is under way (RFC 5407, 3.2.2)", R"(= up
          > a BYE
          < a 200 BYE
          < b BYE
          > b INVITE sdp:u
          < b 481 INVITE
          > b 200 BYE)"},
      {"a dialog of another trunk's: nobody ends a call but its sides", R"(= up
          > d BYE as=a
          < d 481 BYE
          = a hangs up)"},
      {"a dialog that is not there", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 486 INVITE
          < a 486 INVITE
          > a BYE
          < a 481 BYE
          > a INVITE sdp:u
          < a 481 INVITE)"},
  });
}

TEST(Hold, GoesThroughInAllForms) {
  run({
      {"sendonly and back", R"(= up
          > a INVITE sdp:ue,sendonly
          < b INVITE sdp:ue,sendonly
          > b 200 INVITE sdp:ue,recvonly
          < b ACK
          < a 200 INVITE sdp:ue,recvonly
          > a ACK
          > a INVITE sdp:ue
          < b INVITE sdp:ue
          > b 200 INVITE sdp:ue
          < b ACK
          < a 200 INVITE sdp:ue
          > a ACK
          = a hangs up)"},
      {"inactive, from the callee", R"(= up
          > b INVITE sdp:ue,inactive
          < a INVITE sdp:ue,inactive
          > a 200 INVITE sdp:ue,inactive
          < a ACK
          < b 200 INVITE sdp:ue,inactive
          > b ACK
          > b INVITE sdp:ue
          < a INVITE sdp:ue
          > a 200 INVITE sdp:ue
          < a ACK
          < b 200 INVITE sdp:ue
          > b ACK
          = a hangs up)"},
      {"c=0.0.0.0, resumed without an offer", R"(= up
          > a INVITE sdp:ue,null
          < b INVITE sdp:ue,sendonly
          > b 200 INVITE sdp:ue,recvonly
          < b ACK
          < a 200 INVITE sdp:ue,recvonly
          > a ACK
          > a INVITE
          < a 200 INVITE sdp:ue
          > a ACK sdp:ue
          < b INVITE sdp:ue
          > b 200 INVITE sdp:ue
          < b ACK
          = a hangs up)"},
      {"an answer of recvonly holds too, and its resumption is told", R"(= up
          > a INVITE sdp:ue,port=5000
          < a 200 INVITE sdp:ue
          > a ACK
          > b INVITE sdp:ue,recvonly
          < a INVITE sdp:ue,recvonly
          > a 200 INVITE sdp:ue,sendonly
          < a ACK
          < b 200 INVITE sdp:ue,sendonly
          > b ACK
          = a hangs up)"},
      {"both hold; each resumes for itself", R"(= up
          > a INVITE sdp:ue,inactive
          < b INVITE sdp:ue,inactive
          > b 200 INVITE sdp:ue,inactive
          < b ACK
          < a 200 INVITE sdp:ue,inactive
          > a ACK
          > b INVITE sdp:ue,inactive
          < b 200 INVITE sdp:ue,inactive
          > b ACK
          > a INVITE sdp:ue
          < a 200 INVITE sdp:ue,inactive
          > a ACK
          > b INVITE sdp:ue
          < a INVITE sdp:ue
          > a 200 INVITE sdp:ue
          < a ACK
          < b 200 INVITE sdp:ue
          > b ACK
          = a hangs up)"},
      {"who refuses to be told is held nevertheless", R"(= up
          > a INVITE sdp:ue,inactive
          < b INVITE sdp:ue,inactive
          > b 488 INVITE
          < a 200 INVITE sdp:ue,inactive
          > a ACK
          = a hangs up)"},
  });
}

TEST(Midcall, EndsWhereItMust) {
  run({
      {"a session refresh is answered here", R"(= up
          > a INVITE sdp:ue
          < a 200 INVITE sdp:ue
          > a ACK
          > b UPDATE sdp:ue
          < b 200 UPDATE sdp:ue
          > b UPDATE
          < b 200 UPDATE
          = a hangs up)"},
      {"other codecs are asked of the other side, and 488 leaves all as it was", R"(= up
          > a INVITE sdp:a
          < b INVITE sdp:a
          > b 488 INVITE
          < a 488 INVITE
          > a INVITE sdp:ue
          < a 200 INVITE sdp:ue
          > a ACK
          = a hangs up)"},
      {"UPDATE with a hold becomes a re-INVITE", R"(= up
          > a UPDATE sdp:ue,sendonly
          < b INVITE sdp:ue,sendonly
          > b 200 INVITE sdp:ue,recvonly
          < b ACK
          < a 200 UPDATE sdp:ue,recvonly
          = a hangs up)"},
      {"glare: theirs meets ours", R"(= up
          > a INVITE sdp:ue,inactive
          < b INVITE sdp:ue,inactive
          > b INVITE sdp:ue,inactive
          < b 491 INVITE
          > b 491 INVITE
          > time 4100
          < b INVITE sdp:ue,inactive
          > b 200 INVITE sdp:ue,inactive
          < b ACK
          < a 200 INVITE sdp:ue,inactive
          > a ACK
          = a hangs up)"},
      {"glare: theirs comes while ours waits for its time, and is taken", R"(= up
          > a INVITE sdp:ue,sendonly
          < b INVITE sdp:ue,sendonly
          > b 491 INVITE
          > b INVITE sdp:ue,sendonly
          < b 200 INVITE sdp:ue,recvonly
          > time 4100
          > b ACK
          > time 4100
          < b INVITE sdp:ue,sendonly
          > b 200 INVITE sdp:ue,inactive
          < b ACK
          < a 200 INVITE sdp:ue,inactive
          > a ACK
          = a hangs up)"},
      {"glare: theirs makes ours needless, which nobody waits for", R"(= up
          > a INVITE
          < a 200 INVITE sdp:ue
          > a ACK sdp:ue,sendonly
          < b INVITE sdp:ue,sendonly
          > b 491 INVITE
          > b INVITE sdp:ue,inactive
          < a INVITE sdp:ue,inactive
          > a 200 INVITE sdp:ue,inactive
          < a ACK
          < b 200 INVITE sdp:ue,inactive
          > b ACK
          > time 9000
          = a hangs up)"},
      {"glare: theirs is refused over there, so ours is due at once", R"(= up
          > a INVITE
          < a 200 INVITE sdp:ue
          > a ACK sdp:ue,sendonly
          < b INVITE sdp:ue,sendonly
          > b 491 INVITE
          > b INVITE sdp:a
          < a INVITE sdp:a
          > a 488 INVITE
          < b 488 INVITE
          < b INVITE sdp:ue,sendonly
          > b 200 INVITE sdp:ue,recvonly
          < b ACK
          = a hangs up)"},
      {"other codecs in the ACK of an offer of ours are told", R"(> a INVITE sdp:uae
          < b INVITE sdp:uae
          > b 200 INVITE sdp:uae
          < b ACK
          < a 200 INVITE sdp:uae
          > a ACK
          > a INVITE
          < a 200 INVITE sdp:uae
          > a ACK sdp:ae
          < b INVITE sdp:ae
          > b 200 INVITE sdp:ae
          < b ACK
          = a hangs up)"},
      {"a second re-INVITE before the first is answered", R"(= up
          > a INVITE sdp:ue,inactive
          < b INVITE sdp:ue,inactive
          > a INVITE sdp:ue,sendonly
          < a 500 INVITE
          > b 200 INVITE sdp:ue,inactive
          < b ACK
          < a 200 INVITE sdp:ue,inactive
          > a ACK
          = a hangs up)"},
      {"a re-INVITE of ours meets nobody: the call ends", R"(= up
          > a INVITE sdp:ue,inactive
          < b INVITE sdp:ue,inactive
          > b 481 INVITE
          < a 487 INVITE
          < a BYE
          < b BYE
          > a 200 BYE
          > b 481 BYE)"},
      {"a re-INVITE is cancelled", R"(= up
          > a INVITE sdp:ue,inactive
          < b INVITE sdp:ue,inactive
          > a CANCEL
          < a 487 INVITE
          < b CANCEL
          > b 487 INVITE
          = a hangs up)"},
      {"a re-INVITE is cancelled, too late over there: all is put back", R"(= up
          > a INVITE sdp:ue,inactive
          < b INVITE sdp:ue,inactive
          > a CANCEL
          < a 487 INVITE
          < b CANCEL
          > b 200 INVITE sdp:ue,inactive
          < b ACK
          < b INVITE sdp:ue
          > b 200 INVITE sdp:ue
          < b ACK
          = a hangs up)"},
      {"hang-up while a re-INVITE waits", R"(= up
          > a INVITE sdp:ue,inactive
          < b INVITE sdp:ue,inactive
          > a BYE
          < a 200 BYE
          < a 487 INVITE
          < b BYE
          > b 200 INVITE sdp:ue,inactive
          < b ACK
          > b 200 BYE)"},
      {"a re-INVITE before the ACK of the call (RFC 5407, 3.1.4)", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 200 INVITE sdp:u
          < b ACK
          < a 200 INVITE sdp:u
          > a INVITE sdp:u,port=5000
          < a 200 INVITE sdp:u
          > a ACK
          > a ACK
          = a hangs up)"},
      {"the same while an offer of ours is open (RFC 5407, 3.1.5)", R"(> a INVITE
          < b INVITE
          > b 200 INVITE sdp:u
          < a 200 INVITE sdp:u
          > a INVITE sdp:u
          < a 491 INVITE
          > a ACK sdp:u
          < b ACK sdp:u
          = a hangs up)"},
      {"a request with a CSeq that was used", R"(= up
          > a INFO cseq=1 dtmf
          < a 500 INFO
          > a BYE cseq=1
          < a 500 BYE
          > a BYE cseq=9
          < a 200 BYE
          < b BYE
          > b 200 BYE)"},
      {"INFO goes through, and its answer back", R"(= up
          > a INFO dtmf
          < b INFO body
          > b 200 INFO
          < a 200 INFO
          > b INFO dtmf
          < a INFO body
          > a 415 INFO
          < b 415 INFO
          = a hangs up)"},
      {"INFO under way at the hang-up", R"(= up
          > a INFO dtmf
          < b INFO body
          > a BYE
          < a 200 BYE
          < b BYE
          > b 200 BYE
          < a 481 INFO)"},
      {"what is not served", R"(= up
          > a OPTIONS
          < a 200 OPTIONS
          > a REFER
          < a 405 REFER
          > a PRACK
          < a 481 PRACK
          > a JUMP
          < a 501 JUMP
          = a hangs up)"},
      {"outside of a dialog", R"(> a OPTIONS new
          < a 200 OPTIONS
          > a MESSAGE new
          < a 405 MESSAGE
          > a BYE new
          < a 481 BYE
          > a JUMP new
          < a 501 JUMP)"},
  });
}

}  // namespace
}  // namespace junctor::cp
