// SPDX-License-Identifier: MIT
// Trunk: a peer group with its dialect, limits and health. TrunkTable: all of them, as configured
// now.
//
// Threads   the control loop's.
// Lifetime  shared: a call keeps its trunk although the configuration that made it has been
//           replaced.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/v1/config.pb.h"
#include "controlplane/dialect/dialect.hpp"
#include "controlplane/routing/trunk_counts.hpp"
#include "controlplane/routing/trunk_tally.hpp"
#include "controlplane/sip/stack.hpp"
#include "platform/base/address.hpp"
#include "platform/base/clock.hpp"

namespace junctor::cp {

// One destination of a trunk. Health is told by OPTIONS (health.hpp) and by calls.
struct TrunkPeer {
  enum class State : std::uint8_t { Unknown, Up, Down };  // Unknown counts as up
  Hop hop;
  State state = State::Unknown;
  std::uint32_t round_trip_us = 0;    // of the last OPTIONS; 0: none
  std::string last_response;          // "200 OK", "no response"
  std::uint64_t checked_unix_ms = 0;  // when the last OPTIONS was answered, or was not; 0: never
};
std::string_view peer_state_name(TrunkPeer::State state);  // "unknown", "up", "down"

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
  // Whether a new call may be made or taken: enabled, not drained, below max_calls. Calls that a
  // trunk of this name still has from before a change of its configuration count.
  bool has_room() const;
  // Whether one more new call at this time keeps to max_calls_per_second.
  bool has_rate(Nanoseconds now) const {
    return tally_->rate.has_room(config_.max_calls_per_second(), now);
  }
  // All that a trunk of this name has, also from before a change of its configuration.
  std::uint32_t all_calls() const;
  // "draining" with calls left and "drained" without, of one that is drained or removed;
  // "disabled"; "up" with any peer up, "down" with all down, else "unknown".
  std::string_view state_name() const;

  // What calls find out about a peer: it answered (anything but 503), or was silent for the whole
  // response time. Health listens, and looks for itself.
  enum class Finding : std::uint8_t { Answered, Silent };
  void note(std::size_t peer, Finding finding) const {
    if (observer_) observer_(peer, finding);
  }
  void set_observer(std::function<void(std::size_t peer, Finding finding)> observer) {
    observer_ = std::move(observer);
  }

  // Takes over what the trunk of the same name that this one replaces knew: totals, health of the
  // peers that both have.
  void replace(const std::shared_ptr<Trunk>& before);
  // The configuration has it no more, or has it otherwise: no new call, but its calls go on.
  void retire() {
    config_.set_enabled(false);
    is_retired_ = true;
  }

  // Of all trunks of this name.
  TrunkTally& tally() const { return *tally_; }
  void count_failure(std::uint16_t status, std::string_view reason, std::uint64_t now_unix_ms) {
    ++calls_failed;
    tally_->causes.add(status, reason, now_unix_ms);
  }

  // Kept by the calls themselves.
  std::uint32_t calls = 0;     // now, both directions
  std::uint64_t calls_in = 0;  // ever
  std::uint64_t calls_out = 0;
  std::uint64_t calls_failed = 0;
  // Of all trunks of this name: calls of one that was replaced go on counting.
  TrunkCounts& counts() const { return *counts_; }

 private:
  config::v1::Trunk config_;
  IpAddress media_address_;
  std::vector<std::string> codecs_;
  std::unique_ptr<Dialect> dialect_;
  std::vector<TrunkPeer> peers_;
  std::function<void(std::size_t peer, Finding finding)> observer_;
  std::weak_ptr<Trunk> before_;  // there as long as its last call
  std::shared_ptr<TrunkTally> tally_ = std::make_shared<TrunkTally>();
  bool is_retired_ = false;
  std::shared_ptr<TrunkCounts> counts_ = std::make_shared<TrunkCounts>();
};
using TrunkPtr = std::shared_ptr<Trunk>;

// What speaks for the trunk. Errors: of its plugin or the options of that, below the trunk.
Result<std::unique_ptr<Dialect>> make_dialect(const config::v1::Trunk& trunk,
                                              const PluginTable& plugins);

class TrunkTable {
 public:
  // Trunks whose configuration did not change keep their object (counts, health); errors name the
  // trunk, and leave everything as it was. The configuration is valid and has its defaults.
  Result<void> configure(const config::v1::Config& config, const PluginTable& plugins);
  // For all trunks, those among them that were retired.
  void set_message_rules(const MessageRules& rules);
  TrunkPtr find(std::string_view name) const;
  // Of each name that is configured no more, and still has calls, the trunk as it was last.
  std::vector<TrunkPtr> removed() const;
  // Of this name the trunk that was removed or replaced last, while it is kept: with its calls,
  // and a while longer.
  TrunkPtr find_retired(std::string_view name) const;
  // After a restart: a trunk that was removed before it, for its calls. Errors: where its
  // configuration fits no more.
  Result<void> add_removed(const config::v1::Config& config, const config::v1::Trunk& trunk,
                           const PluginTable& plugins);
  // The trunk that has a peer of this address on that listener (any source port; where several
  // have, the one whose peer has this port, else the first). A trunk that was retired is still found,
  // unless another has taken its peer's place: its calls end in peace.
  TrunkPtr find_by_source(std::string_view listener, const SocketAddress& source) const;
  const std::vector<TrunkPtr>& all() const { return trunks_; }

 private:
  // Kept for transactions that still name it, and for its calls.
  struct Retired {
    TrunkPtr trunk;
    std::chrono::steady_clock::time_point since;
  };

  void retire(const std::vector<TrunkPtr>& successors);
  struct Source {
    IpAddress ip;
    std::string listener;
    friend bool operator==(const Source&, const Source&) = default;
  };
  struct SourceHash {
    std::size_t operator()(const Source& source) const noexcept {
      return std::hash<IpAddress>{}(source.ip) ^ std::hash<std::string_view>{}(source.listener);
    }
  };
  struct Origin {
    std::uint16_t port;
    TrunkPtr trunk;
  };

  void index();

  std::vector<TrunkPtr> trunks_;
  std::vector<Retired> retired_;
  std::unordered_map<Source, std::vector<Origin>, SourceHash> sources_;
};

}  // namespace junctor::cp
