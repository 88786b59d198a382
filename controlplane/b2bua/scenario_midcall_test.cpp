// SPDX-License-Identifier: MIT
// Ladders of changes of an established call: hold, codecs, refreshes, glare, INFO.
#include <gtest/gtest.h>

#include "controlplane/b2bua/testing/flow.hpp"

namespace junctor::cp {
namespace {

using testing::run;

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

TEST(Midcall, TellsWhatItCouldNotTellAtOnce) {
  run({
      {"a hold in an ACK, while the other side owes one too", R"(= up
          > b INVITE
          < b 200 INVITE sdp:ue
          > a INVITE
          < a 200 INVITE sdp:ue
          > a ACK sdp:ue,sendonly
          > b ACK sdp:ue
          < b INVITE sdp:ue,sendonly
          > b 200 INVITE sdp:ue,recvonly
          < b ACK
          = a hangs up)"},
      {"the other side holds as well: both hear of it, one after the other", R"(= up
          > b INVITE
          < b 200 INVITE sdp:ue
          > a INVITE
          < a 200 INVITE sdp:ue
          > a ACK sdp:ue,sendonly
          > b ACK sdp:ue,inactive
          < a INVITE sdp:ue,inactive
          > a 200 INVITE sdp:ue,inactive
          < a ACK
          < b INVITE sdp:ue,sendonly
          > b 200 INVITE sdp:ue,inactive
          < b ACK
          = a hangs up)"},
      {"an offer of the other side's own that is answered says it too", R"(= up
          > b INVITE sdp:ue,port=5000
          < b 200 INVITE sdp:ue
          > a INVITE
          < a 200 INVITE sdp:ue
          > a ACK sdp:ue,inactive
          > b UPDATE sdp:ue,port=6000
          < b 200 UPDATE sdp:ue,inactive
          > b ACK
          = a hangs up)"},
      {"a hold in an ACK, while the other side is told something else", R"(= up
          > a INVITE
          < a 200 INVITE sdp:ue
          > a ACK sdp:ue,sendonly
          < b INVITE sdp:ue,sendonly
          > b 491 INVITE
          > b INVITE
          < b 200 INVITE sdp:ue,sendonly
          > b ACK sdp:ue,inactive
          > time 9000
          < a INVITE sdp:ue,sendonly
          > a 200 INVITE sdp:ue,inactive
          < a ACK
          < b INVITE sdp:ue,sendonly
          > b 200 INVITE sdp:ue,inactive
          < b ACK
          = a hangs up)"},
      {"the callee holds before the caller's ACK", R"(> a INVITE sdp:ue
          < b INVITE sdp:ue
          > b 200 INVITE sdp:ue
          < b ACK
          < a 200 INVITE sdp:ue
          > b INVITE
          < b 200 INVITE sdp:ue
          > b ACK sdp:ue,sendonly
          > a ACK
          < a INVITE sdp:ue,sendonly
          > a 200 INVITE sdp:ue,recvonly
          < a ACK
          = a hangs up)"},
  });
}

}  // namespace
}  // namespace junctor::cp
