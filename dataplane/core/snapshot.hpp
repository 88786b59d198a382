// SPDX-License-Identifier: MIT
// Snapshot: what holds for all packets and changes seldom: local addresses, the media ports, who
// may reach the kernel.
//
// Threads   immutable once published; the old one is freed after every worker has left it (RCU).
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <cstring>
#include <vector>

#include "dataplane/core/flow.hpp"
#include "dataplane/core/plane.hpp"

namespace junctor::dp {

inline constexpr std::size_t kMaxPorts = 32;  // of the configuration
// With the loop port; a power of two, as packets name their port by a number of theirs.
inline constexpr std::size_t kPortSlots = 64;
inline constexpr std::uint16_t kNoPort = 0xffff;

// An address as it stands in a packet: IPv4 in the first four octets, the rest zero.
struct AddressKey {
  std::array<std::uint64_t, 2> words{};
  bool v6 = false;

  static AddressKey v4(std::uint32_t network_order) { return {{network_order, 0}, false}; }
  static AddressKey v6_at(const std::uint8_t* octets) {
    AddressKey key{{}, true};
    std::memcpy(key.words.data(), octets, sizeof key.words);
    return key;
  }
  static AddressKey of(const IpAddress& address);
  std::uint32_t hash() const {
    const std::uint64_t mixed =
        (words[0] ^ (words[1] * 0x9e3779b97f4a7c15u) ^ v6) * 0xd6e8feb86659fd93u;
    return static_cast<std::uint32_t>(mixed >> 32);
  }
  friend bool operator==(const AddressKey&, const AddressKey&) = default;
};

// Address -> V for a few addresses: open addressing in a table at most a quarter full.
template <typename V>
class AddressMap {
 public:
  explicit AddressMap(std::size_t size = 0) : slots_(std::size_t{4} << bits(size)) {}

  void add(const AddressKey& key, V value) {
    std::size_t i = key.hash() & (slots_.size() - 1);
    while (slots_[i].used && slots_[i].key != key) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = {key, value, true};
  }
  // V{} if the address is not there.
  V find(const AddressKey& key) const {
    std::size_t i = key.hash() & (slots_.size() - 1);
    for (; slots_[i].used; i = (i + 1) & (slots_.size() - 1))
      if (slots_[i].key == key) return slots_[i].value;
    return V{};
  }

 private:
  struct Slot {
    AddressKey key;
    V value{};
    bool used = false;
  };
  static unsigned bits(std::size_t size) {
    unsigned n = 0;
    while ((std::size_t{1} << n) < size) ++n;
    return n;
  }
  std::vector<Slot> slots_;
};

// The port tables of the local addresses. IPv4 has a table of its own, since it is asked for each
// packet.
class LocalAddresses {
 public:
  LocalAddresses() = default;
  explicit LocalAddresses(std::size_t size) : v6_(size) {
    unsigned bits = 2;
    while ((std::size_t{1} << bits) < size * 4) ++bits;
    v4_.resize(std::size_t{1} << bits);
    shift_ = 32 - bits;
  }

  void add(const IpAddress& address, const PortTable* table);
  // Null if the address is not local. In network order, as it stands in the packet.
  const PortTable* find_v4(std::uint32_t address) const {
    std::size_t i = slot(address);
    for (; v4_[i].table != nullptr; i = (i + 1) & (v4_.size() - 1))
      if (v4_[i].address == address) return v4_[i].table;
    return nullptr;
  }
  const PortTable* find_v6(const std::uint8_t* octets) const {
    return v6_.find(AddressKey::v6_at(octets));
  }

 private:
  struct Slot {
    std::uint32_t address = 0;
    const PortTable* table = nullptr;
  };
  std::size_t slot(std::uint32_t address) const { return (address * 0x9e3779b1u) >> shift_; }

  std::vector<Slot> v4_ = std::vector<Slot>(4);
  unsigned shift_ = 30;
  AddressMap<const PortTable*> v6_;
};

struct Snapshot {
  LocalAddresses local;  // where voice is looked for
  // That of 127.0.0.1, for what comes from the loop port; no other port may bring it.
  const PortTable* loop_table = nullptr;
  std::uint16_t loop_port = kNoPort;
  std::uint16_t media_port_min = 0, media_port_max = 0;
  std::array<MacAddress, kPortSlots> macs{};  // of each port

  // The policer (nodes/punt).
  AddressMap<bool> trusted;
  std::bitset<65536> signalling_ports;
  std::uint32_t stranger_packets_per_second = 10;
};

}  // namespace junctor::dp
