// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/leg_media.hpp"

#include <algorithm>

#include "controlplane/b2bua/dialog.hpp"
#include "controlplane/sdp/multipart.hpp"
#include "controlplane/sdp/parser.hpp"
#include "platform/base/random.hpp"

namespace junctor::cp {

using interop::Direction;
using interop::Sdp;
using interop::SdpRole;

namespace {

void fill_address(media::v1::SocketAddress& out, const SocketAddress& address) {
  const Bytes octets = address.ip.bytes();
  out.set_ip(octets.data(), octets.size());
  out.set_port(address.port);
}

Direction direction_of(bool sends, bool receives) {
  if (sends) return receives ? Direction::SendRecv : Direction::SendOnly;
  return receives ? Direction::RecvOnly : Direction::Inactive;
}

std::optional<Sdp> sdp_from(const std::string& text) {
  SdpResult parsed = parse_sdp(text);
  if (Sdp* sdp = std::get_if<Sdp>(&parsed)) return std::move(*sdp);
  return std::nullopt;
}

}  // namespace

ReadSdp read_sdp(const interop::Message& message, Dialect& dialect, SdpRole role) {
  ReadSdp out;
  const FoundSdp found = find_sdp(message);
  if (found.status != 0) out.refusal = Refusal{found.status, 399, found.reason};
  if (found.status != 0 || found.text.empty()) return out;
  SdpResult parsed = parse_sdp(found.text);
  if (const SdpError* error = std::get_if<SdpError>(&parsed)) {
    out.refusal = Refusal{400, 399, error->reason};
    return out;
  }
  Sdp& sdp = std::get<Sdp>(parsed);
  const interop::Verdict verdict = dialect.receive_sdp(sdp, role);
  if (verdict.kind == interop::Verdict::Kind::Refuse) {
    out.refusal = Refusal{verdict.status, 399, "the description is refused"};
  } else {
    out.sdp = std::move(sdp);
  }
  return out;
}

std::vector<interop::Codec> g711_of(const Trunk& trunk) {
  std::vector<interop::Codec> out = policy_codecs(trunk.codecs());
  std::erase_if(out, [](const interop::Codec& codec) {
    return codec.encoding != "PCMU" && codec.encoding != "PCMA";
  });
  return out;
}

LegMedia::LegMedia(MediaPlane& plane, TrunkPtr trunk)
    : plane_(plane),
      trunk_(std::move(trunk)),
      ssrc_(random_between(1, UINT32_MAX)),
      cname_(make_token()),
      session_id_(random_u32()) {}

LegMedia::~LegMedia() { release(); }

bool LegMedia::open() {
  JUNCTOR_ASSERT(local_.port == 0);
  local_.ip = trunk_->media_address();
  local_.port = plane_.allocate_port(local_.ip).value_or(0);
  return local_.port != 0;
}

void LegMedia::release() {
  if (local_.port != 0) plane_.release_port(local_.ip, local_.port);
  local_.port = 0;
}

bool LegMedia::claim(const Saved& saved) {
  if (saved.local.port == 0 || !plane_.claim_port(saved.local.ip, saved.local.port)) return false;
  local_ = saved.local;
  ssrc_ = saved.ssrc;
  cname_ = saved.cname;
  session_id_ = saved.session_id;
  they_offered_ = saved.they_offered;
  last_sent_ = sdp_from(saved.last_sent);
  std::optional<Sdp> remote = sdp_from(saved.remote);
  if (!last_sent_ || !remote) return false;
  // The last description may have left before it was written down: its version is not used again.
  last_sent_->origin_version += kResumeStep;
  if (they_offered_) {
    const interop::Media* ours = last_sent_->audio();
    if (ours == nullptr) return false;
    OrRefusal<Answer> again = make_answer(*remote, ours->codecs(), side(saved.wish, 0));
    Answer* answer = std::get_if<Answer>(&again);
    if (answer == nullptr) return false;
    remote_ = std::move(remote);
    agree(std::move(answer->agreed));
  } else {
    OrRefusal<Agreed> again = check_answer(*last_sent_, *remote);
    Agreed* agreed = std::get_if<Agreed>(&again);
    if (agreed == nullptr) return false;
    remote_ = std::move(remote);
    agree(std::move(*agreed));
  }
  wish_ = saved.wish;
  learn_ = saved.learn;
  remote_rtp_ = saved.remote_rtp;
  remote_rtcp_ = saved.remote_rtcp;
  return true;
}

LegMedia::Saved LegMedia::save() const {
  Saved out;
  out.local = local_;
  out.ssrc = ssrc_;
  out.cname = cname_;
  out.session_id = session_id_;
  out.learn = learn_;
  // An offer that may come to nothing is no ground to go on from.
  if (last_sent_) out.last_sent = print_sdp(in_force_ ? *in_force_ : *last_sent_);
  if (remote_) out.remote = print_sdp(*remote_);
  out.they_offered = they_offered_;
  out.wish = wish_;
  out.remote_rtp = remote_rtp_;
  out.remote_rtcp = remote_rtcp_;
  return out;
}

LocalSide LegMedia::side(Direction direction, std::uint32_t ptime_ms) const {
  LocalSide out;
  out.rtp = local_;
  out.rtcp_mux = trunk_->config().rtcp_mux();
  out.ptime_ms = ptime_ms;
  out.direction = direction;
  out.session_id = session_id_;
  out.previous = last_sent_ ? &*last_sent_ : nullptr;
  return out;
}

std::string LegMedia::send(Sdp sdp, SdpRole role) {
  trunk_->dialect().send_sdp(sdp, role);
  if (last_sent_ && last_sent_->origin_version != sdp.origin_version) {
    // What the dialect rewrites each time is no change: the version stays (RFC 3264, section 8).
    const std::uint64_t version = std::exchange(sdp.origin_version, last_sent_->origin_version);
    std::string text = print_sdp(sdp);
    if (text == print_sdp(*last_sent_)) return text;
    sdp.origin_version = version;
  }
  last_sent_ = std::move(sdp);
  return print_sdp(*last_sent_);
}

OrRefusal<std::string> LegMedia::offer(const Sdp& other_offer, Direction direction) {
  OrRefusal<Sdp> made = make_offer(other_offer, trunk_->codecs(), side(direction, 0));
  if (Refusal* refusal = std::get_if<Refusal>(&made)) return std::move(*refusal);
  return send_offer(std::move(std::get<Sdp>(made)));
}

OrRefusal<std::string> LegMedia::offer(std::span<const interop::Codec> codecs, Direction direction,
                                       std::uint32_t ptime_ms) {
  OrRefusal<Sdp> made = make_offer(codecs, side(direction, ptime_ms));
  if (Refusal* refusal = std::get_if<Refusal>(&made)) return std::move(*refusal);
  return send_offer(std::move(std::get<Sdp>(made)));
}

std::string LegMedia::send_offer(Sdp sdp) {
  is_offered_ = true;
  if (agreed_ && !in_force_) in_force_ = last_sent_;
  return send(std::move(sdp), SdpRole::Offer);
}

std::optional<Refusal> LegMedia::take_answer(const Sdp& answer, bool is_final) {
  JUNCTOR_ASSERT(is_offered_ && last_sent_);
  OrRefusal<Agreed> checked = check_answer(*last_sent_, answer);
  if (Refusal* refusal = std::get_if<Refusal>(&checked)) return std::move(*refusal);
  Agreed& agreed = std::get<Agreed>(checked);
  // The answer says what the peer wishes only where our offer left it the choice.
  const interop::Media* ours = last_sent_->audio();
  const Direction offered = ours == nullptr ? Direction::SendRecv : last_sent_->direction(*ours);
  wish_ = direction_of(is_receiving(offered) ? is_sending(agreed.direction) : is_sending(wish_),
                       is_sending(offered) ? is_receiving(agreed.direction) : is_receiving(wish_));
  remote_ = answer;
  they_offered_ = false;
  if (is_final) is_offered_ = false;
  agree(std::move(agreed));
  return std::nullopt;
}

std::optional<Refusal> LegMedia::take_offer(Sdp offer) {
  OrRefusal<Agreed> checked = check_offer(offer, trunk_->codecs(), side(Direction::SendRecv, 0));
  if (Refusal* refusal = std::get_if<Refusal>(&checked)) return std::move(*refusal);
  their_offer_ = std::move(offer);
  return std::nullopt;
}

OrRefusal<std::string> LegMedia::answer(std::span<const interop::Codec> accepted,
                                        Direction direction, std::uint32_t ptime_ms,
                                        bool is_final) {
  JUNCTOR_ASSERT(their_offer_.has_value());
  OrRefusal<Answer> made = make_answer(*their_offer_, accepted, side(direction, ptime_ms));
  if (Refusal* refusal = std::get_if<Refusal>(&made)) return std::move(*refusal);
  Answer& answer = std::get<Answer>(made);
  wish_ = offered_wish();
  they_offered_ = true;
  agree(std::move(answer.agreed));
  std::string text = send(std::move(answer.sdp), SdpRole::Answer);
  if (is_final) {
    remote_ = std::move(their_offer_);
    their_offer_.reset();
  }
  return text;
}

Changes LegMedia::offered_changes() const {
  JUNCTOR_ASSERT(their_offer_.has_value());
  return remote_ ? changes(*remote_, *their_offer_) : Changes{true, true, true};
}

bool LegMedia::keeps_codecs() const {
  const interop::Media* audio = their_offer_ ? their_offer_->audio() : nullptr;
  if (audio == nullptr || !agreed_) return false;
  const std::vector<interop::Codec> offered = audio->codecs();
  return std::all_of(
      agreed_->codecs.begin(), agreed_->codecs.end(), [&](const AgreedCodec& agreed) {
        return std::any_of(offered.begin(), offered.end(), [&](const interop::Codec& codec) {
          return codec.same_format(agreed.codec);
        });
      });
}

std::vector<interop::Codec> LegMedia::codecs() const {
  return agreed_ ? agreed_->codec_list() : std::vector<interop::Codec>{};
}

Direction LegMedia::offered_wish() const {
  const interop::Media* audio = their_offer_ ? their_offer_->audio() : nullptr;
  return audio == nullptr ? wish_ : effective_direction(*their_offer_, *audio);
}

std::string LegMedia::codec_name() const {
  if (!agreed_ || agreed_->codecs.empty()) return {};
  const interop::Codec& codec = agreed_->codecs.front().codec;
  return codec.encoding + "/" + std::to_string(codec.clock_rate);
}

void LegMedia::agree(Agreed agreed) {
  const bool is_elsewhere = agreed.remote && agreed.remote != remote_rtp_;
  if (is_elsewhere || !agreed_) ++learn_;
  if (agreed.remote) {
    remote_rtp_ = agreed.remote;
    remote_rtcp_ = agreed.remote_rtcp;
  }
  agreed_ = std::move(agreed);
  in_force_.reset();
}

void LegMedia::fill(media::v1::Leg& leg, bool receive, bool send, std::uint8_t dscp) const {
  fill_address(*leg.mutable_local(), local_);
  if (remote_rtp_) fill_address(*leg.mutable_remote(), *remote_rtp_);
  if (remote_rtcp_) fill_address(*leg.mutable_remote_rtcp(), *remote_rtcp_);
  leg.set_receive(receive);
  leg.set_send(send);
  leg.set_dscp(dscp);
  leg.set_ssrc(ssrc_);
  leg.set_cname(cname_);
  leg.set_learn(learn_);
  leg.set_source(trunk_->config().learn_media_source() ? media::v1::LEARN : media::v1::SIGNALLED);
  if (!agreed_) return;
  leg.set_rtcp_mux(agreed_->rtcp_mux);
  for (const PayloadMapping& mapping : payload_map(*agreed_)) {
    media::v1::PayloadType& out = *leg.add_payload_types();
    out.set_number(mapping.number);
    out.set_encoding(mapping.encoding);
    out.set_clock_rate(mapping.clock_rate);
    out.set_channels(mapping.channels);
    out.set_format(mapping.format);
  }
}

}  // namespace junctor::cp
