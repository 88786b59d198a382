// SPDX-License-Identifier: MIT
// Ladders of calls whose messages cross, get lost or belong to nobody (RFC 5407).
#include <gtest/gtest.h>

#include "controlplane/b2bua/testing/flow.hpp"

namespace junctor::cp {
namespace {

using testing::run;

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

}  // namespace
}  // namespace junctor::cp
