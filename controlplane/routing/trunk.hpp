// SPDX-License-Identifier: MIT
// Trunk: a peer group with its dialect, limits and health. TrunkTable: all of them, as configured now.
//
// Threads   the control loop's.
// Lifetime  shared: a call keeps its trunk although the configuration that made it has been replaced.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/v1/config.pb.h"
#include "controlplane/dialect/dialect.hpp"
#include "controlplane/sip/stack.hpp"
#include "platform/base/address.hpp"
#include "platform/base/clock.hpp"

namespace junctor::cp {

// One destination of a trunk. Health is told by OPTIONS (health.hpp) and by calls.
struct TrunkPeer {
  enum class State : std::uint8_t { Unknown, Up, Down };  // Unknown counts as up
  Hop hop;
  State state = State::Unknown;
  std::uint32_t round_trip_us = 0;  // of the last OPTIONS; 0: none
  std::string last_response;        // "200 OK", "no response"
};

class Trunk {
 public:
  Trunk(config::v1::Trunk config, IpAddress media_address, std::unique_ptr<Dialect> dialect);

  const std::string& name() const { return config_.name(); }
  const config::v1::Trunk& config() const { return config_; }  // defaults filled in
  Dialect& dialect() { return *dialect_; }
  const IpAddress& media_address() const { return media_address_; }
  const std::vector<std::string>& codecs() const { return codecs_; }  // in order of preference
  bool is_failover_code(std::uint16_t status) const;

  std::vector<TrunkPeer>& peers() { return peers_; }
  const std::vector<TrunkPeer>& peers() const { return peers_; }
  bool is_enabled() const { return config_.enabled(); }
  // Whether a new call may be made or taken: enabled, below max_calls.
  bool has_room() const;

  // Kept by the calls themselves.
  std::uint32_t calls = 0;       // now, both directions
  std::uint64_t calls_in = 0;    // ever
  std::uint64_t calls_out = 0;
  std::uint64_t calls_failed = 0;

 private:
  config::v1::Trunk config_;
  IpAddress media_address_;
  std::vector<std::string> codecs_;
  std::unique_ptr<Dialect> dialect_;
  std::vector<TrunkPeer> peers_;
};
using TrunkPtr = std::shared_ptr<Trunk>;

class TrunkTable {
 public:
  // Trunks whose configuration did not change keep their object (counts, health); errors name the trunk.
  Result<void> configure(const config::v1::Config& config, const PluginTable& plugins, CounterRegistry& counters);
  TrunkPtr find(std::string_view name) const;
  // The trunk that has a peer of this address on that listener (any source port).
  TrunkPtr find_by_source(std::string_view listener, const SocketAddress& source) const;
  const std::vector<TrunkPtr>& all() const { return trunks_; }

 private:
  std::vector<TrunkPtr> trunks_;
};

}  // namespace junctor::cp
