// SPDX-License-Identifier: MIT
// What control says about a session (media/v1), checked and made small, and the flows that follow
// from it.
//
//   media.v1.Session --> [read_session] --> SessionSpec --> [make_flow] --> FlowTemplate of leg 0,
//   of leg 1
//
// Threads   pure functions; PayloadLists belongs to one thread.
// Errors    the reason why a session is refused is one sentence for the SessionResult.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/core/plane.hpp"
#include "media/v1/media.pb.h"
#include "platform/base/address.hpp"
#include "platform/base/result.hpp"

namespace junctor::dp {

namespace api = junctor::media::v1;

struct Payload {
  std::uint8_t number = 0;
  std::uint8_t channels = 1;
  std::uint32_t clock_rate = 0;
  std::string encoding;  // upper case
  std::string format;

  friend auto operator<=>(const Payload&, const Payload&) = default;
  bool is_same_codec(const Payload& other) const {
    return encoding == other.encoding && clock_rate == other.clock_rate &&
           channels == other.channels && format == other.format;
  }
  bool is_g711() const {
    return (encoding == "PCMU" || encoding == "PCMA") && clock_rate == 8000 && channels == 1;
  }
  std::string text() const;  // "PCMU/8000"
};
using PayloadList = std::vector<Payload>;
using PayloadListPtr = std::shared_ptr<const PayloadList>;

// Thousands of legs speak the same few lists: each is kept once.
class PayloadLists {
 public:
  PayloadListPtr intern(PayloadList list);

 private:
  std::map<PayloadList, std::weak_ptr<const PayloadList>> lists_;
  std::size_t purge_at_ = 64;
};

struct LegSpec {
  SocketAddress local;
  SocketAddress remote;       // none: not known
  SocketAddress remote_rtcp;  // none: beside remote
  std::uint32_t ssrc = 0;
  std::uint32_t learn = 0;
  std::uint8_t dscp = 0;
  bool rtcp_mux = false;
  bool receive = false;
  bool send = false;
  bool may_learn = true;
  PayloadListPtr payloads;
  std::string cname;

  // Payload lists are interned: the same list is the same pointer.
  friend bool operator==(const LegSpec&, const LegSpec&) = default;
  const Payload* payload(std::uint8_t number) const;
  const Payload* g711() const;  // the first of them, or none
};

// The dataplane as the far end of the only leg.
struct EndpointSpec {
  bool is_echo = false;
  bool is_listening = false;  // and says nothing
  std::uint16_t frequency_hz = 0;
  std::int16_t level_dbm0 = 0;

  friend bool operator==(const EndpointSpec&, const EndpointSpec&) = default;
};

struct SessionSpec {
  std::string id;
  std::uint64_t generation = 0;
  bool on_hold = false;
  std::uint32_t timeout_s = 0;
  std::uint8_t leg_count = 0;
  std::optional<EndpointSpec> endpoint;
  std::array<LegSpec, 2> legs;
};

// Whether it is a session that could be installed, as far as it can be said from the message alone.
Result<SessionSpec> read_session(const api::Session& message, PayloadLists& lists);

// Where media is sent to a leg's peer: the learned source, else the signalled address, else none.
SocketAddress media_target(const LegSpec& leg, const SocketAddress& learned);

// What a payload type received on one leg is on the other; kNoPayloadType where the other has no
// such codec.
std::array<std::uint8_t, 128> payload_map(const PayloadList& from, const PayloadList& to);

// The flow that receives on leg `index`. `target` and `next_hop` are those of the other leg.
FlowTemplate make_flow(const SessionSpec& session, unsigned index, const SocketAddress& target,
                       const std::optional<NextHop>& next_hop);

api::SocketAddress to_message(const SocketAddress& address);

}  // namespace junctor::dp
