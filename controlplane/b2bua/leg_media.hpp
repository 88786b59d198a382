// SPDX-License-Identifier: MIT
// LegMedia: the voice of one leg: its port, what was offered and answered on it, and its half of
// the media session.
//
//            their offer --> take_offer --.                        ,-- offer ----> our offer
//                                          }  Agreed, wish, proto  {
//   our answer <-- answer (of that offer) -'                       '-- take_answer <-- their answer
//
// At most one offer is open at a time, theirs or ours (RFC 3264, section 4); who calls sees to
// that. The wish is what the peer would do if it were asked freely: what its offers say, and its
// answers as far as our offer let it.
//
// Threads   the control loop's.
// Lifetime  holds its port from open() or claim() to release(), which also the destructor does.
// Errors    what cannot be agreed is a Refusal; the leg's voice then is as it was.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "controlplane/media/media_plane.hpp"
#include "controlplane/routing/trunk.hpp"
#include "controlplane/sdp/offer_answer.hpp"
#include "media/v1/media.pb.h"
#include "plugins/sdk/message.hpp"

namespace junctor::cp {

// The description in a message, parsed and through the trunk's dialect; neither if there is none.
struct ReadSdp {
  std::optional<interop::Sdp> sdp;
  std::optional<Refusal> refusal;
};
ReadSdp read_sdp(const interop::Message& message, Dialect& dialect, interop::SdpRole role);

// What an endpoint in the dataplane can speak, of what the trunk allows.
std::vector<interop::Codec> g711_of(const Trunk& trunk);

class LegMedia {
 public:
  // What must be known to go on after a restart; descriptions as text.
  struct Saved {
    SocketAddress local;
    std::uint32_t ssrc = 0;
    std::string cname;
    std::uint64_t session_id = 0;
    std::uint32_t learn = 0;
    std::string last_sent;
    std::string remote;
    bool they_offered = false;  // whose offer the agreement came of
    interop::Direction wish = interop::Direction::SendRecv;
    std::optional<SocketAddress> remote_rtp;
    std::optional<SocketAddress> remote_rtcp;
  };

  LegMedia(MediaPlane& plane, TrunkPtr trunk);
  ~LegMedia();
  LegMedia(const LegMedia&) = delete;
  LegMedia& operator=(const LegMedia&) = delete;

  bool open();  // false: no port is left
  bool claim(const Saved& saved);
  void release();
  Saved save() const;

  // Our offer as text: of the other leg's offer, or of codecs. direction: what the other party
  // does.
  OrRefusal<std::string> offer(const interop::Sdp& other_offer, interop::Direction direction);
  OrRefusal<std::string> offer(std::span<const interop::Codec> codecs, interop::Direction direction,
                               std::uint32_t ptime_ms);
  // The answer to ours. Provisional ones may be followed by others (forks).
  std::optional<Refusal> take_answer(const interop::Sdp& answer, bool is_final);
  void drop_offer() { is_offered_ = false; }  // ours was refused

  // Their offer: looked at, kept until it is answered.
  std::optional<Refusal> take_offer(interop::Sdp offer);
  // Our answer to it as text. An early answer leaves the offer open for the final one.
  OrRefusal<std::string> answer(std::span<const interop::Codec> accepted,
                                interop::Direction direction, std::uint32_t ptime_ms,
                                bool is_final);
  void drop_their_offer() { their_offer_.reset(); }
  // Whether all that is agreed could stay with their open offer.
  bool keeps_codecs() const;
  // What their open offer would change against their last description.
  Changes offered_changes() const;

  bool is_offered() const { return is_offered_; }  // ours is open
  const std::optional<interop::Sdp>& their_offer() const { return their_offer_; }
  bool they_offered() const { return they_offered_; }  // what is agreed came of their offer
  bool has_agreed() const { return agreed_.has_value(); }
  const std::optional<Agreed>& agreed() const { return agreed_; }
  std::vector<interop::Codec> codecs() const;  // agreed; empty before
  interop::Direction wish() const { return wish_; }
  // The wish that their open offer would make.
  interop::Direction offered_wish() const;
  std::string codec_name() const;  // "PCMU/8000" of the first agreed, ""
  std::uint32_t ptime_ms() const { return agreed_ ? agreed_->ptime_ms : 0; }
  Trunk& trunk() const { return *trunk_; }

  // This leg's half of the session.
  void fill(media::v1::Leg& leg, bool receive, bool send, std::uint8_t dscp) const;

 private:
  LocalSide side(interop::Direction direction, std::uint32_t ptime_ms) const;
  std::string send(interop::Sdp sdp, interop::SdpRole role);
  std::string send_offer(interop::Sdp sdp);
  void agree(Agreed agreed);

  // Given.
  MediaPlane& plane_;
  TrunkPtr trunk_;
  // Owned.
  SocketAddress local_;  // port 0: none
  // State.
  std::uint32_t ssrc_ = 0;
  std::string cname_;
  std::uint64_t session_id_ = 0;
  std::uint32_t learn_ = 0;
  std::optional<interop::Sdp> last_sent_;    // after the dialect
  std::optional<interop::Sdp> in_force_;     // ours, if the last sent is not (yet) agreed upon
  std::optional<interop::Sdp> remote_;       // in force
  std::optional<interop::Sdp> their_offer_;  // open
  std::optional<Agreed> agreed_;
  std::optional<SocketAddress> remote_rtp_;  // kept through a hold without address
  std::optional<SocketAddress> remote_rtcp_;
  interop::Direction wish_ = interop::Direction::SendRecv;
  bool is_offered_ = false;
  bool they_offered_ = false;
};

}  // namespace junctor::cp
