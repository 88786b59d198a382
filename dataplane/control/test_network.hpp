// SPDX-License-Identifier: MIT
// A network namespace of the test's own, with the real kernel in it, and a host on the wire that
// answers ARP.
#pragma once

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <vector>

#include "dataplane/control/fake_plane.hpp"
#include "platform/ipc/epoll_loop.hpp"

namespace junctor::dp {

// Leaves the machine's network for an empty one; false if this is not allowed here.
inline bool enter_empty_network() {
  return unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

// What others do to that network, by the words of `ip`.
inline int shell(const char* command) {
  return std::system(command);  // NOLINT(cert-env33-c): fixed words of a test
}

// Runs the loop until it is so, or five seconds have gone by.
inline bool run_until(ipc::Loop& loop, const std::function<bool()>& is_so) {
  bool result = is_so();
  if (result) return true;
  const auto check = loop.every(Milliseconds{1}, [&] {
    result = is_so();
    if (result) loop.stop();
  });
  const auto end = loop.after(Seconds{5}, [&loop] { loop.stop(); });
  loop.run();
  return result;
}

// Answers the kernel's ARP requests for any address, as if it were on the wire of port 1.
class FakeHost {
 public:
  FakeHost(ipc::Loop& loop, FakePlane& plane)
      : plane_(plane), watch_(loop.every(Milliseconds{1}, [this] { answer(); })) {}

  MacAddress mac{2, 0, 0, 0, 0, 0x99};
  bool is_silent = false;

 private:
  void answer() {
    for (; seen_ < plane_.sent.size(); ++seen_) {
      const FakePlane::Sent& sent = plane_.sent[seen_];
      const std::vector<std::uint8_t>& f = sent.frame;
      if (is_silent || f.size() < 42 || load_be16(&f[12]) != 0x0806 || f[21] != 1) continue;
      if (std::equal(&f[28], &f[32], &f[38])) continue;  // an announcement
      std::vector<std::uint8_t> reply(f.begin(), f.begin() + 42);
      std::copy_n(&f[6], 6, &reply[0]);
      std::copy(mac.begin(), mac.end(), &reply[6]);
      reply[21] = 2;
      std::copy(mac.begin(), mac.end(), &reply[22]);
      std::copy_n(&f[38], 4, &reply[28]);   // sender: what was asked for
      std::copy_n(&f[22], 10, &reply[32]);  // target: who asked
      plane_.punt({sent.port, sent.vlan, {}, {}, {}}, std::move(reply));
    }
  }

  FakePlane& plane_;
  std::size_t seen_ = 0;
  ipc::HandlePtr watch_;
};

}  // namespace junctor::dp
