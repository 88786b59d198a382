// SPDX-License-Identifier: MIT
// What the tests of offer and answer share: descriptions from text, outcomes as text.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "controlplane/sdp/offer_answer.hpp"
#include "controlplane/sdp/parser.hpp"
#include "controlplane/sdp/sdp_samples.hpp"
#include "plugins/sdk/test_kit.hpp"

namespace junctor::cp {

inline const std::vector<std::string> kPolicy = {"PCMU", "PCMA", "G722", "G729", "telephone-event",
                                                 "CN"};

inline interop::Sdp parsed(std::string_view text) {
  auto result = parse_sdp(text);
  EXPECT_TRUE(std::holds_alternative<interop::Sdp>(result)) << text;
  return std::get<interop::Sdp>(std::move(result));
}

inline LocalSide side(std::string_view rtp = "203.0.113.1:20000", std::uint64_t session_id = 77) {
  LocalSide local;
  local.rtp = *SocketAddress::parse(rtp);
  local.session_id = session_id;
  return local;
}

template <typename T>
T value(OrRefusal<T> outcome) {
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) {
    ADD_FAILURE() << refusal->reason;
    return {};
  }
  return std::get<T>(std::move(outcome));
}

template <typename T>
std::string refusal_of(const OrRefusal<T>& outcome) {
  const auto* r = std::get_if<Refusal>(&outcome);
  return r == nullptr
             ? ""
             : std::to_string(r->status) + " " + std::to_string(r->warning) + " " + r->reason;
}

inline std::string text_of_agreed(const Agreed& a) {
  std::string out = std::to_string(a.index) + " " + (a.remote ? a.remote->text() : "nowhere") +
                    " " + (a.remote_rtcp ? a.remote_rtcp->text() : "nowhere") +
                    (a.rtcp_mux ? " mux " : " ") +
                    std::string(interop::direction_name(a.direction));
  for (const AgreedCodec& c : a.codecs) {
    out += " " + std::to_string(c.codec.payload_type) + "=" + c.codec.encoding;
    if (c.receive_payload_type != c.codec.payload_type)
      out += "<" + std::to_string(c.receive_payload_type);
    if (!c.codec.fmtp.empty()) out += "(" + c.codec.fmtp + ")";
  }
  return out + " ptime " + std::to_string(a.ptime_ms);
}

}  // namespace junctor::cp
