// SPDX-License-Identifier: MIT
#include "controlplane/sdp/offer_answer.hpp"

namespace junctor::cp {
namespace {

using interop::Direction;

Direction make_direction(bool sends, bool receives) {
  if (sends) return receives ? Direction::SendRecv : Direction::SendOnly;
  return receives ? Direction::RecvOnly : Direction::Inactive;
}

}  // namespace

Direction reverse(Direction d) { return make_direction(is_receiving(d), is_sending(d)); }

Direction intersect(Direction a, Direction b) {
  return make_direction(is_sending(a) && is_sending(b), is_receiving(a) && is_receiving(b));
}

Direction effective_direction(const interop::Sdp& sdp, const interop::Media& media) {
  const Direction d = sdp.direction(media);
  return sdp.has_null_address(media) ? intersect(d, Direction::SendOnly) : d;
}

}  // namespace junctor::cp
