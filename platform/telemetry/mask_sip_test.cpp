// SPDX-License-Identifier: MIT
#include "platform/telemetry/mask_sip.hpp"

#include <gtest/gtest.h>

namespace junctor {
namespace {

TEST(MaskSip, HidesCredentialsAndKeys) {
  const struct {
    const char *sentence, *message, *masked;
  } rows[] = {
      {"other header fields stay", "INVITE sip:1@gw SIP/2.0\r\nTo: <sip:1@gw>\r\n",
       "INVITE sip:1@gw SIP/2.0\r\nTo: <sip:1@gw>\r\n"},
      {"credentials", "Authorization: Digest response=\"f00d\"\r\nTo: x\r\n",
       "Authorization: ***\r\nTo: x\r\n"},
      {"of a proxy, in any case, with blanks", "PROXY-authorization \t:Digest f00d\r\n",
       "PROXY-authorization \t:***\r\n"},
      {"folded over lines",
       "Authorization: Digest a=\"b\",\r\n response=\"f00d\"\r\n\tx=f00d\r\nTo: x\r\n",
       "Authorization: ***\r\nTo: x\r\n"},
      {"the value alone on the next line", "Authorization:\r\n Digest f00d\r\nTo: x\r\n",
       "Authorization:***\r\nTo: x\r\n"},
      {"a challenge is no secret", "WWW-Authenticate: Digest nonce=\"1\"\r\n",
       "WWW-Authenticate: Digest nonce=\"1\"\r\n"},
      {"keys of the voice",
       "m=audio 1 RTP/SAVP 0\r\na=crypto:1 AES inline:f00d\r\nk=clear:f00d\r\n",
       "m=audio 1 RTP/SAVP 0\r\na=crypto:***\r\nk=***\r\n"},
      {"key management", "a=key-mgmt:mikey f00d\n", "a=key-mgmt:***\n"},
      {"a line without an end", "k=clear:f00d", "k=***"},
      {"nothing", "", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(mask_sip(row.message), row.masked) << row.sentence;
}

}  // namespace
}  // namespace junctor
