// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/own_end.hpp"

#include <utility>

namespace junctor::cp {

using interop::Direction;

OrRefusal<std::string> describe_own_end(LegMedia& media,
                                        const std::vector<interop::Codec>& codecs) {
  constexpr std::uint32_t kFrameMs = 20;
  return media.their_offer() ? media.answer(codecs, Direction::SendRecv, kFrameMs, true)
                             : media.offer(codecs, Direction::SendRecv, kFrameMs);
}

void answer_reoffer_of_own_end(Exchange& exchange, Leg& leg,
                               const std::vector<interop::Codec>& codecs) {
  OrRefusal<std::string> made = describe_own_end(leg.media(), codecs);
  const std::string* text = std::get_if<std::string>(&made);
  if (text == nullptr) return leg.refuse_reoffer(std::get<Refusal>(made));
  exchange.count(kAnsweredLocally);
  leg.answer_reoffer(*text);
}

void answer_info_of_own_end(Exchange& exchange, std::unique_ptr<ServerTransaction> info) {
  info->respond(interop::Message::response(200, "OK"), "");
  exchange.bury(std::move(info));
}

}  // namespace junctor::cp
