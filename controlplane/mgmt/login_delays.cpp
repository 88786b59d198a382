// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/login_delays.hpp"

#include <algorithm>

namespace junctor::cp {
namespace {

constexpr Nanoseconds kPeace = Seconds{600};
constexpr Nanoseconds kPeaceOfAll = Seconds{60};

}  // namespace

Nanoseconds LoginDelays::wait(const std::string& user, Nanoseconds now) const {
  const auto at = users_.find(user);
  const Nanoseconds until =
      std::max(all_.until, at == users_.end() ? all_.until : at->second.until);
  return std::max(until - now, Nanoseconds{0});
}

Nanoseconds LoginDelays::failed(const std::string& user, Nanoseconds now) {
  add(users_[user], 0, kPeace, now);
  add(all_, kFreeOfAll, kPeaceOfAll, now);
  return wait(user, now);
}

void LoginDelays::add(Failures& failures, unsigned free, Nanoseconds peace, Nanoseconds now) {
  if (failures.count > 0 && now > failures.until + peace) failures.count = 0;
  ++failures.count;
  failures.until = now;
  if (failures.count <= free) return;
  const unsigned doubled = std::min(failures.count - free - 1, 5U);  // 32 s and more are cut
  failures.until += std::min<Nanoseconds>(Seconds{1 << doubled}, kLongest);
}

}  // namespace junctor::cp
