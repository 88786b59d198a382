// SPDX-License-Identifier: MIT
// What of a SIP message nobody else may read: credentials and keys of the voice.
//
//   Authorization: Digest username="1001", ...     -->  Authorization: ***
//   a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:...  -->  a=crypto:***
//
// Threads   pure function.
#pragma once

#include <string>
#include <string_view>

namespace junctor {

inline constexpr std::string_view kMasked = "***";

// Authorization and Proxy-Authorization (RFC 3261, sections 20.7 and 20.28), also folded over
// lines; a=crypto (RFC 4568), a=key-mgmt (RFC 4567) and k= (RFC 4566, section 5.12) of an SDP body.
std::string mask_sip(std::string_view message);

}  // namespace junctor
