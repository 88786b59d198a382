// SPDX-License-Identifier: MIT
#include "dataplane/core/snapshot.hpp"

namespace junctor::dp {

AddressKey AddressKey::of(const IpAddress& address) {
  AddressKey key{{}, address.is_v6()};
  const Bytes octets = address.bytes();
  std::memcpy(key.words.data(), octets.data(), octets.size());
  return key;
}

}  // namespace junctor::dp
