// SPDX-License-Identifier: MIT
// DialogPeers: the addresses beyond a trunk's own peers that its live dialogs lead to: the Contact
// of a proxy's user agent, another node of a cluster (RFC 3261, 12.2.1.1). What comes from there is
// a trunk's while such a dialog lives, and for as long as its last messages may be repeated; before
// and after it is a stranger's.
//
//   Leg --hold(where its requests go)--> DialogPeers --find--> is it a stranger? (stack, dataplane)
//
// Threads   the control loop's.
// Lifetime  a Hold ends before the table.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/routing/trunk.hpp"
#include "platform/base/clock.hpp"

namespace junctor::cp {

class DialogPeers {
 public:
  // One dialog's share; empty unless its requests go to another address than the trunk's peers have.
  class Hold {
   public:
    Hold() = default;
    ~Hold() { release(); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    void release();

   private:
    friend class DialogPeers;
    DialogPeers* table_ = nullptr;
    std::pair<std::string, IpAddress> key_;
  };

  explicit DialogPeers(const Clock& clock) : clock_(clock) {}

  // Makes `hold` that of a dialog of this trunk whose requests go there.
  void update(Hold& hold, const TrunkPtr& trunk, const Hop& hop);
  // The trunk whose dialog leads to this address on that listener, or nullptr.
  TrunkPtr find(const std::string& listener, const IpAddress& ip) const;
  std::vector<IpAddress> addresses() const;
  // Heard whenever addresses() has changed; may be empty.
  void set_on_change(std::function<void()> on_change) { on_change_ = std::move(on_change); }
  // Forgets whose dialogs ended long enough ago; to be called now and then.
  void expire();

 private:
  struct Use {
    TrunkPtr trunk;
    std::uint32_t dialogs = 0;
    Nanoseconds until{0};  // without any
  };
  void changed() const {
    if (on_change_) on_change_();
  }

  // Given.
  const Clock& clock_;
  // State.
  std::map<std::pair<std::string, IpAddress>, Use> uses_;
  std::function<void()> on_change_;
};

}  // namespace junctor::cp
