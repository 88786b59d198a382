// SPDX-License-Identifier: MIT
#include "controlplane/routing/trunk.hpp"

#include <algorithm>
#include <array>

#include "platform/base/assert.hpp"

namespace junctor::cp {
namespace {

constexpr std::array<std::string_view, 6> kCodecs{"PCMU", "PCMA", "G722", "G729", "telephone-event",
                                                  "CN"};
// What says that this peer cannot, not that the callee will not (RFC 3261, section 21.5).
constexpr std::array<std::uint32_t, 5> kFailoverCodes{408, 500, 502, 503, 504};

Hop hop_of(const config::v1::Trunk& trunk, const config::v1::Peer& peer) {
  const auto ip = IpAddress::parse(peer.address());
  JUNCTOR_ASSERT(ip);  // validated
  return Hop{trunk.listener(),
             trunk.transport() == config::v1::TCP ? Transport::Tcp : Transport::Udp,
             SocketAddress{*ip, static_cast<std::uint16_t>(peer.port())}};
}

}  // namespace

std::string_view peer_state_name(TrunkPeer::State state) {
  switch (state) {
    case TrunkPeer::State::Unknown:
      return "unknown";
    case TrunkPeer::State::Up:
      return "up";
    case TrunkPeer::State::Down:
      return "down";
  }
  return "unknown";
}

Trunk::Trunk(config::v1::Trunk config, IpAddress media_address, std::unique_ptr<Dialect> dialect)
    : config_(std::move(config)), media_address_(media_address), dialect_(std::move(dialect)) {
  for (const auto& peer : config_.peers()) peers_.emplace_back().hop = hop_of(config_, peer);
  if (config_.codecs().empty())
    codecs_.assign(kCodecs.begin(), kCodecs.end());
  else
    codecs_.assign(config_.codecs().begin(), config_.codecs().end());
  if (config_.failover_codes().empty())
    config_.mutable_failover_codes()->Add(kFailoverCodes.begin(), kFailoverCodes.end());
}

bool Trunk::is_failover_code(std::uint16_t status) const {
  const auto& codes = config_.failover_codes();
  return std::find(codes.begin(), codes.end(), status) != codes.end();
}

std::uint32_t Trunk::all_calls() const {
  const TrunkPtr before = before_.lock();
  return calls + (before ? before->all_calls() : 0);
}

bool Trunk::has_room() const {
  return is_enabled() && !tally_->is_drained &&
         (config_.max_calls() == 0 || all_calls() < config_.max_calls());
}

std::string_view Trunk::state_name() const {
  if (tally_->is_drained || is_retired_) return all_calls() > 0 ? "draining" : "drained";
  if (!is_enabled()) return "disabled";
  const auto is = [](TrunkPeer::State state) {
    return [state](const TrunkPeer& peer) { return peer.state == state; };
  };
  if (std::any_of(peers_.begin(), peers_.end(), is(TrunkPeer::State::Up))) return "up";
  if (std::all_of(peers_.begin(), peers_.end(), is(TrunkPeer::State::Down))) return "down";
  return "unknown";
}

void Trunk::replace(const std::shared_ptr<Trunk>& before) {
  before_ = before;
  tally_ = before->tally_;
  calls_in = before->calls_in;
  calls_out = before->calls_out;
  calls_failed = before->calls_failed;
  counts_ = before->counts_;
  for (TrunkPeer& peer : peers_)
    for (const TrunkPeer& known : before->peers_)
      if (known.hop == peer.hop) peer = known;
}

}  // namespace junctor::cp
