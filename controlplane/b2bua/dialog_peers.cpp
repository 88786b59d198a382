// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/dialog_peers.hpp"

#include <algorithm>

namespace junctor::cp {
namespace {

constexpr Nanoseconds kLinger = Seconds{32};  // 64*T1 (RFC 3261, 17.1.1.2)

bool is_own_peer(const Trunk& trunk, const Hop& hop) {
  const auto& peers = trunk.peers();
  return std::any_of(peers.begin(), peers.end(), [&hop](const TrunkPeer& peer) {
    return peer.hop.peer.ip == hop.peer.ip && peer.hop.listener == hop.listener;
  });
}

}  // namespace

void DialogPeers::Hold::release() {
  if (table_ == nullptr) return;
  DialogPeers& table = *std::exchange(table_, nullptr);
  Use& use = table.uses_.at(key_);
  if (--use.dialogs == 0) use.until = table.clock_.now() + kLinger;
}

void DialogPeers::update(Hold& hold, const TrunkPtr& trunk, const Hop& hop) {
  if (hold.table_ != nullptr && hold.key_.second == hop.peer.ip &&
      hold.key_.first == hop.listener) {
    return;
  }
  if (is_own_peer(*trunk, hop) || !hop.peer.ip) return hold.release();
  hold.release();
  hold.table_ = this;
  hold.key_ = {hop.listener, hop.peer.ip};
  const auto [at, is_new] = uses_.try_emplace(hold.key_);
  Use& use = at->second;
  ++use.dialogs;
  // The last that came speaks for all: requests are told apart by their dialogs.
  use.trunk = trunk;
  if (is_new) changed();
}

TrunkPtr DialogPeers::find(const std::string& listener, const IpAddress& ip) const {
  if (uses_.empty()) return nullptr;
  const auto at = uses_.find({listener, ip});
  return at == uses_.end() ? nullptr : at->second.trunk;
}

std::vector<IpAddress> DialogPeers::addresses() const {
  std::vector<IpAddress> all;
  for (const auto& [key, use] : uses_) all.push_back(key.second);
  return all;
}

void DialogPeers::expire() {
  const Nanoseconds now = clock_.now();
  const std::size_t ended = std::erase_if(
      uses_, [now](const auto& one) { return one.second.dialogs == 0 && one.second.until <= now; });
  if (ended > 0) changed();
}

}  // namespace junctor::cp
