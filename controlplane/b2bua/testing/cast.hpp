// SPDX-License-Identifier: MIT
// Who plays in a World, and in which letters codecs are written there.
#pragma once

#include <cstdint>

#include "controlplane/sip/stack.hpp"
#include "platform/base/assert.hpp"

namespace junctor::cp::testing {

struct Address {
  char side;
  const char* ip;
  const char* trunk;
};
inline constexpr Address kAddresses[] = {{'a', "192.0.2.10", "pbx"},
                                         {'b', "192.0.2.20", "carrier"},
                                         {'c', "192.0.2.21", "carrier"},
                                         {'d', "192.0.2.30", "spare"}};

inline const Address& address_of(char side) {
  for (const Address& address : kAddresses) {
    if (address.side == side) return address;
  }
  JUNCTOR_ASSERT(side == '\0');
  return kAddresses[0];
}

inline char side_of(const Hop& hop) {
  for (const Address& address : kAddresses) {
    if (hop.peer.ip.text() == address.ip) return address.side;
  }
  return '?';
}

struct CodecLetter {
  char letter;
  std::uint8_t number;
  const char* name;
};
inline constexpr CodecLetter kLetters[] = {{'u', 0, "PCMU/8000"},
                                           {'a', 8, "PCMA/8000"},
                                           {'g', 9, "G722/8000"},
                                           {'e', 101, "telephone-event/8000"}};

}  // namespace junctor::cp::testing
