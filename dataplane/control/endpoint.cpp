// SPDX-License-Identifier: MIT
#include "dataplane/control/endpoint.hpp"

#include <algorithm>
#include <array>

#include "dataplane/rtp/header.hpp"

namespace junctor::dp {
namespace {

constexpr std::uint8_t kVersion2 = 0x80;
constexpr std::uint8_t kMarker = 0x80;

Law law_of(const Payload& payload) { return payload.encoding == "PCMA" ? Law::A : Law::Mu; }

}  // namespace

Endpoint::Endpoint(const EndpointSpec& spec, Nanoseconds now, Nanoseconds wall)
    : spec_(spec),
      generator_(spec.frequency_hz, spec.level_dbm0),
      due_(now + kFrame),
      sequence_(static_cast<std::uint16_t>(wall / kFrame)),
      timestamp_(static_cast<std::uint32_t>(wall / kFrame) * kFrameSamples) {
  sent_.clock_rate = kVoiceRate;
}

void Endpoint::on_voice(const LegSpec& leg, Bytes packet) {
  RtpHeader rtp;
  if (parse_rtp(packet, rtp) != RtpVerdict::Good) return;
  const Payload* codec = leg.payload(rtp.payload_type);
  if (codec == nullptr || !codec->is_g711()) return;
  if (rtp.payload.size() > room_) return;
  room_ -= rtp.payload.size();
  listener_.take(law_of(*codec), rtp.payload);
  if (!spec_.is_echo) return;
  for (const std::uint8_t octet : rtp.payload) echo_.push_back(decode_g711(law_of(*codec), octet));
  if (echo_.size() <= kEchoMost) return;
  echo_.erase(echo_.begin(), echo_.end() - static_cast<std::ptrdiff_t>(kEchoAhead));
}

void Endpoint::run(const LegSpec& leg, Nanoseconds now, const Send& send) {
  if (now < due_) return;
  const auto owed = static_cast<std::uint64_t>((now - due_) / kFrame) + 1;
  if (owed > kMaxCatchUp) {
    const std::uint64_t left_out = owed - kMaxCatchUp;
    due_ += kFrame * left_out;
    timestamp_ += static_cast<std::uint32_t>(left_out * kFrameSamples);
    is_talking_ = false;
  }
  for (; due_ <= now; due_ += kFrame) {
    say(leg, now, send);
    room_ = std::min(room_ + kHeardPerFrame, kHeardMost);
    timestamp_ += kFrameSamples;
  }
}

// One frame. While the peer does not listen none is made, and what it says is not kept for it.
void Endpoint::say(const LegSpec& leg, Nanoseconds now, const Send& send) {
  const Payload* codec = leg.send && !spec_.is_listening ? leg.g711() : nullptr;
  if (codec == nullptr) {
    is_talking_ = false;
    echo_.clear();
    return;
  }
  std::array<std::uint8_t, kRtpHeaderBytes + kFrameSamples> packet{kVersion2};
  packet[1] = static_cast<std::uint8_t>(codec->number | (is_talking_ ? 0 : kMarker));
  store_be16(&packet[2], sequence_);
  store_be32(&packet[4], timestamp_);
  store_be32(&packet[8], leg.ssrc);
  make_frame(law_of(*codec), std::span(packet).subspan(kRtpHeaderBytes));
  is_talking_ = send(packet);
  if (!is_talking_) return;
  ++sequence_;
  ++sent_.packets_sent;
  sent_.octets_sent += kFrameSamples;
  sent_.last_timestamp_sent = timestamp_;
  sent_.last_sent = now;
}

void Endpoint::make_frame(Law law, std::span<std::uint8_t> payload) {
  std::array<std::int16_t, kFrameSamples> samples{};
  if (spec_.is_echo) {
    take_echo(samples);
  } else {
    generator_.fill(law, samples);
  }
  std::transform(samples.begin(), samples.end(), payload.begin(),
                 [law](std::int16_t sample) { return encode_g711(law, sample); });
}

// What was heard; nothing while there is too little of it, so that jitter does not tear it.
void Endpoint::take_echo(std::span<std::int16_t> samples) {
  if (echo_.size() < (is_gathering_ ? kEchoAhead : samples.size())) {
    is_gathering_ = true;
    return;
  }
  is_gathering_ = false;
  const auto end = echo_.begin() + static_cast<std::ptrdiff_t>(samples.size());
  std::copy(echo_.begin(), end, samples.begin());
  echo_.erase(echo_.begin(), end);
}

}  // namespace junctor::dp
