// SPDX-License-Identifier: MIT
// Dialog: what two user agents share between requests (RFC 3261, section 12): names, tags, CSeqs,
// route set, target.
//
//   their INVITE --> Dialog::incoming --+
//                                       +--> request("BYE") --> Message for Stack::send
//   our INVITE --> Dialog::outgoing --> take_response (12.1.2) --+
//
// Ours and not Sofia's, so that it can be written down, and rebuilt without a message on the wire.
//
// Threads   a plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/sip/stack.hpp"
#include "plugins/sdk/message.hpp"

namespace junctor::cp {

// After a restart CSeqs and versions of descriptions go on this much later: the last ones may have
// left before they were written down, and must not be used again with other content. Gaps are
// allowed (RFC 3261, sections 12.2.1.1 and 12.2.2).
inline constexpr std::uint32_t kResumeStep = 64;

struct Dialog {
  std::string call_id;
  std::string local_tag;
  std::string remote_tag;              // "" until the peer gave one
  std::string local_party;             // our From value without its tag
  std::string remote_party;            // our To value without its tag
  std::string contact;                 // our Contact value
  std::string remote_target;           // URI
  std::vector<std::string> route_set;  // values for Route, in order
  std::uint32_t local_cseq = 0;        // of our last request; 0: none yet
  std::uint32_t remote_cseq = 0;       // of the peer's last request; 0: none yet
  Hop hop;                             // where requests go
  Hop first_hop;                       // and where they go if the target is no numeric address

  // From an INVITE that came (12.1.1). Nothing if it lacks what a dialog needs.
  static std::optional<Dialog> incoming(const interop::Message& invite, const Hop& source,
                                        std::string local_tag, std::string contact);
  // For an INVITE to send: complete but for the peer's tag, target and route set.
  static Dialog outgoing(const Hop& hop, std::string local_party, std::string remote_party,
                         std::string remote_target, std::string contact);
  // What a response that makes or confirms a dialog says (12.1.2).
  void take_response(const interop::Message& response);
  // Contact of a target refresh (12.2.1.2, 12.2.2): a re-INVITE or UPDATE, or the 2xx to ours.
  void refresh_target(const interop::Message& message);

  // The next request of ours, with a CSeq of its own.
  interop::Message request(std::string_view method);
  // The ACK for a 2xx to our INVITE with that CSeq.
  interop::Message ack(std::uint32_t cseq) const;

  // Whether the CSeq of a request is in order (12.2.2), and remembers it.
  bool take_cseq(std::uint32_t cseq);

 private:
  void choose_hop();
  interop::Message request(std::string_view method, std::uint32_t cseq) const;
};

// Number of a CSeq header value, 0 if it has none.
std::uint32_t cseq_of(const interop::Message& message);
// Tag of From or To, "".
std::string tag_of(const interop::Message& message, std::string_view header);

}  // namespace junctor::cp
