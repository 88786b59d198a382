// SPDX-License-Identifier: MIT
#include "controlplane/routing/peer_order.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "platform/base/random.hpp"

namespace junctor::cp {
namespace {

// Of peers of one priority. RFC 2782 gives one without a weight "a very small chance" beside one
// with a weight; here it has none until those have failed, so that the shares are what is written.
void draw_order(std::span<std::size_t> peers, const config::v1::Trunk& trunk, const Draw& draw) {
  const auto weight = [&](std::size_t peer) {
    return trunk.peers(static_cast<int>(peer)).weight();
  };
  for (; peers.size() > 1; peers = peers.subspan(1)) {
    std::uint32_t sum = 0;  // no overflow: 65,535 peers of the greatest weight
    for (const std::size_t peer : peers) sum += weight(peer);
    if (sum == 0) return;
    const std::uint32_t drawn = draw(sum);
    std::uint32_t so_far = 0;
    const auto chosen = std::find_if(peers.begin(), peers.end(), [&](std::size_t peer) {
      so_far += weight(peer);
      return so_far >= drawn;
    });
    if (chosen == peers.end()) return;
    std::rotate(peers.begin(), chosen, chosen + 1);
  }
}

}  // namespace

std::uint32_t draw_at_random(std::uint32_t highest) { return random_between(1, highest); }

std::vector<std::size_t> order_of_peers(const config::v1::Trunk& trunk, const Draw& draw) {
  std::vector<std::size_t> order(static_cast<std::size_t>(trunk.peers_size()));
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto priority = [&](std::size_t peer) {
    return trunk.peers(static_cast<int>(peer)).priority();
  };
  std::ranges::stable_sort(order, {}, priority);
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    while (end < order.size() && priority(order[end]) == priority(order[begin])) ++end;
    draw_order(std::span(order).subspan(begin, end - begin), trunk, draw);
    begin = end;
  }
  return order;
}

}  // namespace junctor::cp
