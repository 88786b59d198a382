// SPDX-License-Identifier: MIT
// Requests: what was asked of the dataplane and is not answered yet.
//
// Threads   the control loop's.
// Lifetime  each request's on_done is called exactly once: with the reply, or with nothing when its
//           time is over or the connection is lost.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "media/v1/media.pb.h"
#include "platform/base/clock.hpp"

namespace junctor::cp {

class Requests {
 public:
  using OnDone = std::function<void(const media::v1::Reply* reply)>;

  // Gives the request its id.
  void add(media::v1::Request& request, Nanoseconds deadline, OnDone on_done);
  // False if nobody asked, or waits no longer.
  bool on_reply(const media::v1::Reply& reply);
  // Gives up what is due.
  void expire(Nanoseconds now);
  void fail_all();
  bool empty() const { return pending_.empty(); }

 private:
  struct Pending {
    Nanoseconds deadline;
    OnDone on_done;
  };
  std::map<std::uint64_t, Pending> pending_;
  std::uint64_t next_ = 1;
};

}  // namespace junctor::cp
