// SPDX-License-Identifier: MIT
// Sealed secrets, as they stand in a configuration that may come from anywhere: any text unseals to
// a secret or to nothing, to nothing by another key; what came out is sealed and unsealed to the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "platform/base/assert.hpp"
#include "platform/keys/machine_key.hpp"

using junctor::keys::MachineKey;

namespace {

// The seeds are sealed by the first: octets 0, 1, 2, ... 31.
MachineKey key_from(std::uint8_t first) {
  MachineKey::Octets octets;
  for (std::uint8_t& octet : octets) octet = first++;
  return MachineKey(octets);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MachineKey key = key_from(0);
  static const MachineKey other = key_from(100);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  JUNCTOR_ASSERT(!other.unseal(text));
  const auto clear = key.unseal(text);
  if (!clear) return 0;
  JUNCTOR_ASSERT(text.starts_with(junctor::keys::kSealed));
  JUNCTOR_ASSERT(clear->size() < text.size());
  JUNCTOR_ASSERT(key.unseal(key.seal(*clear)) == *clear);
  return 0;
}
