// SPDX-License-Identifier: MIT
// What `monitor` shows, a picture a second: figures, and how they changed since the picture before.
//
// Threads   the session's. Pure but for what is remembered of the picture before.
// Errors    none; what has nothing to be compared with is shown as "-".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "management/v1/management.pb.h"

namespace junctor::cli {

class CallsView {
 public:
  using Reply = management::v1::Reply;
  // `calls` answers WatchCalls, `trunks` ShowTrunks.
  std::string draw(const Reply& calls, const Reply& trunks, std::uint64_t now_unix_ms);

 private:
  struct Before {
    std::uint64_t begun = 0;
    std::uint64_t unix_ms = 0;
  };
  std::optional<Before> before_;
};

class TrafficView {
 public:
  using Reply = management::v1::Reply;
  // `ports` answers ShowPorts, `counters` ShowCounters.
  std::string draw(const Reply& ports, const Reply& counters, std::uint64_t now_unix_ms);

 private:
  // What a figure grew by in a second since it was last seen; "-" if it was not.
  std::string rate(const std::string& name, std::uint64_t value, bool is_bits = false);
  std::uint64_t growth(const std::string& name, std::uint64_t value);

  std::map<std::string, std::uint64_t> before_, now_;
  std::uint64_t before_ms_ = 0, now_ms_ = 0;
};

// "1.2 M": of packets or bits.
std::string figure_text(double value);

}  // namespace junctor::cli
