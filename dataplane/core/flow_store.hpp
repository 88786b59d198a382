// SPDX-License-Identifier: MIT
// FlowStore: the memory of all flows and what they share, as the workers see it. Large arrays of
// zero pages that cost nothing until they are used, on transparent huge pages where the system has
// them.
//
// Threads   the store itself never changes; its elements: see flow.hpp.
// Lifetime  outlives the workers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "dataplane/core/flow.hpp"

namespace junctor::dp {

// An array of zeroed T in memory of its own.
template <typename T>
class ZeroArray {
 public:
  explicit ZeroArray(std::size_t size);
  ~ZeroArray();
  ZeroArray(const ZeroArray&) = delete;
  ZeroArray& operator=(const ZeroArray&) = delete;

  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  std::size_t size() const { return size_; }

 private:
  T* data_;
  std::size_t size_;
};

class FlowStore {
 public:
  static constexpr std::size_t kMaxPayloadMaps = 65536;
  static constexpr std::size_t kMaxRates = 256;

  explicit FlowStore(std::uint32_t max_flows);

  std::uint32_t max_flows() const { return static_cast<std::uint32_t>(hot_.size()); }
  FlowHot& hot(std::uint32_t flow) { return hot_[flow]; }
  const FlowHot& hot(std::uint32_t flow) const { return hot_[flow]; }
  FlowRare& rare(std::uint32_t flow) { return rare_[flow]; }
  const FlowRare& rare(std::uint32_t flow) const { return rare_[flow]; }
  PayloadMap& payload_map(std::uint16_t i) { return maps_[i]; }
  const PayloadMap& payload_map(std::uint16_t i) const { return maps_[i]; }

  // Clock rates in use; 0 is none. Filled in by control before a map names them.
  struct Rate {
    std::uint32_t hertz = 0;
    std::uint64_t units_per_ns_x64 = 0;  // 2^64 * hertz / 10^9
  };
  Rate& rate(std::uint8_t i) { return rates_[i]; }
  const Rate& rate(std::uint8_t i) const { return rates_[i]; }

 private:
  ZeroArray<FlowHot> hot_;
  ZeroArray<FlowRare> rare_;
  ZeroArray<PayloadMap> maps_;
  std::array<Rate, kMaxRates> rates_{};
};

}  // namespace junctor::dp
