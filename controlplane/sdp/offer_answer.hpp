// SPDX-License-Identifier: MIT
// Offer and answer (RFC 3264) of a gateway that stands between two legs and takes all media through
// itself.
//
//     leg A                                                                    leg B
//   its offer ------> make_offer(A's offer, B's codec policy, our side on B) ------> our offer
//                                                                               |
//   our answer <---- make_answer(A's offer, codecs of B, our side on A) <--- check_answer(our
//   offer, B's answer)
//
// One audio stream over RTP/AVP (or AVPF, without its feedback) is carried; every other stream is
// refused with port 0. Of what the other side wrote only codecs, their parameters, ptime and
// direction pass; addresses, names and other attributes do not. Each leg has m= lines of its own: a
// first offer has the one, later ones keep the lines of the leg's previous description.
//
// Threads   pure functions over values.
// Errors    what cannot be agreed is a Refusal: the status (488) and Warning code (RFC 3261,
//           section 20.43) to answer with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "platform/base/address.hpp"
#include "plugins/sdk/sdp.hpp"

namespace junctor::cp {

struct Refusal {
  std::uint16_t status = 488;
  std::uint16_t warning = 399;  // 301, 302, 304, 305, 399
  std::string reason;           // one sentence without a full stop; may go into the Warning header
};
template <typename T>
using OrRefusal = std::variant<T, Refusal>;

// What we say of ourselves on one leg.
struct LocalSide {
  SocketAddress rtp;           // RTCP is at port + 1
  bool rtcp_mux = false;       // an offer asks for it; an answer grants it if it was asked for
  std::uint32_t ptime_ms = 0;  // what the other leg's party asked for; 0: nothing said
  std::uint32_t maxptime_ms = 0;
  interop::Direction direction = interop::Direction::SendRecv;  // what the other leg's party does
  std::uint64_t session_id = 0;  // of o=, for the first description of the leg
  // The last description that we sent on this leg, if any: o=, m= lines and payload types are
  // carried on from it, and the version grows by one if and only if something changed.
  const interop::Sdp* previous = nullptr;
};

// One codec as agreed on a leg. The numbers differ only where the peer answered with another than
// we offered.
struct AgreedCodec {
  interop::Codec codec;                   // payload_type: what the peer wants to receive
  std::uint8_t receive_payload_type = 0;  // what the peer sends
};

// What is agreed with the peer of one leg.
struct Agreed {
  std::size_t index = 0;  // of the m= line
  std::optional<SocketAddress>
      remote;  // nothing: hold by c=0.0.0.0, or a host name (the source is learned)
  std::optional<SocketAddress> remote_rtcp;
  bool rtcp_mux = false;
  interop::Direction direction =
      interop::Direction::SendRecv;  // what the peer does; hold by c=0.0.0.0 included
  std::vector<AgreedCodec> codecs;   // in the order of the description; at least one of voice
  std::uint32_t ptime_ms = 0;        // as the peer asks; 0: nothing said
  std::uint32_t maxptime_ms = 0;

  // The codecs as the peer wants to receive them: what make_offer and make_answer of the other leg
  // take.
  std::vector<interop::Codec> codec_list() const;
};

// Codecs of a trunk's policy with static payload types or our own dynamic ones (telephone-event is
// 101); unknown names are left out.
std::vector<interop::Codec> policy_codecs(std::span<const std::string> policy);

// An offer for one leg from the offer of the other: the codecs that both it and the policy have, in
// the policy's order. Where our side says no ptime, the offer's is passed on.
OrRefusal<interop::Sdp> make_offer(const interop::Sdp& other_offer,
                                   std::span<const std::string> policy, const LocalSide& local);
// An offer where the other leg has none: of policy_codecs(), or of what the other leg agreed.
OrRefusal<interop::Sdp> make_offer(std::span<const interop::Codec> codecs, const LocalSide& local);

// What an offer of the peer asks for, as far as the policy allows; for a look at it before it is
// answered. Payload types are the offer's.
OrRefusal<Agreed> check_offer(const interop::Sdp& offer, std::span<const std::string> policy,
                              const LocalSide& local);
// What the peer agreed to.
OrRefusal<Agreed> check_answer(const interop::Sdp& our_offer, const interop::Sdp& answer);

struct Answer {
  interop::Sdp sdp;
  Agreed agreed;
};
// Answers the peer's offer with those codecs that the other leg accepted, in that order, numbered
// as the offer has them.
OrRefusal<Answer> make_answer(const interop::Sdp& offer, std::span<const interop::Codec> accepted,
                              const LocalSide& local);

// For media/v1: what may come from and go to the peer of a leg.
struct PayloadMapping {
  std::uint8_t number = 0;
  std::string encoding;
  std::uint32_t clock_rate = 0;
  std::uint32_t channels = 1;
  std::string
      format;  // the parameters that two legs must agree in to be joined without transcoding
};
// Where the two directions have different numbers for one codec, that for sending comes first.
std::vector<PayloadMapping> payload_map(const Agreed& agreed);

// Direction, as a set of two flows (RFC 3264, section 6.1).
interop::Direction reverse(interop::Direction d);  // as the other party would say it
interop::Direction intersect(interop::Direction a, interop::Direction b);  // what both allow
inline bool is_sending(interop::Direction d) {
  return d == interop::Direction::SendRecv || d == interop::Direction::SendOnly;
}
inline bool is_receiving(interop::Direction d) {
  return d == interop::Direction::SendRecv || d == interop::Direction::RecvOnly;
}
// What the writer of a description does with this media: its attribute, and nothing received at the
// null address.
interop::Direction effective_direction(const interop::Sdp& sdp, const interop::Media& media);
// Whether a party that does this holds the other: it does not want to hear it.
inline bool is_hold(interop::Direction d) { return !is_receiving(d); }

// What is different between two descriptions of the same party; its audio only. Nothing: a session
// refresh.
struct Changes {
  bool direction = false;
  bool address = false;  // or RTCP's, or rtcp-mux; not told by the null address of a hold
  bool codecs = false;   // or ptime
  bool any() const { return direction || address || codecs; }
};
Changes changes(const interop::Sdp& before, const interop::Sdp& after);

}  // namespace junctor::cp
