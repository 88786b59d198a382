// SPDX-License-Identifier: MIT
#include "dataplane/core/snapshot.hpp"

namespace junctor::dp {

AddressKey AddressKey::of(const IpAddress& address) {
  AddressKey key{{}, address.is_v6()};
  const Bytes octets = address.bytes();
  std::memcpy(key.words.data(), octets.data(), octets.size());
  return key;
}

void LocalAddresses::add(const IpAddress& address, const PortTable* table) {
  const AddressKey key = AddressKey::of(address);
  if (key.v6) return v6_.add(key, table);
  const auto word = static_cast<std::uint32_t>(key.words[0]);
  std::size_t i = slot(word);
  while (v4_[i].table != nullptr && v4_[i].address != word) i = (i + 1) & (v4_.size() - 1);
  v4_[i] = {word, table};
}

}  // namespace junctor::dp
