// SPDX-License-Identifier: MIT
// StrongId: an integer that cannot be mistaken for another kind of integer.
//
//   using LegId = StrongId<struct LegIdTag, std::uint32_t>;
#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace junctor {

template <typename Tag, typename Int>
class StrongId {
 public:
  constexpr StrongId() = default;
  constexpr explicit StrongId(Int value) : value_(value) {}
  constexpr Int value() const { return value_; }
  friend constexpr auto operator<=>(StrongId, StrongId) = default;

 private:
  Int value_{};
};

}  // namespace junctor

template <typename Tag, typename Int>
struct std::hash<junctor::StrongId<Tag, Int>> {
  std::size_t operator()(junctor::StrongId<Tag, Int> id) const noexcept {
    return std::hash<Int>{}(id.value());
  }
};
