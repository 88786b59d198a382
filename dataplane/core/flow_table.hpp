// SPDX-License-Identifier: MIT
// FlowTable: the control thread's side of the flows: which are there, which ports lead to them, and
// how a template becomes what a worker reads.
//
//   FlowTemplate --> install --> FlowStore, then one store into a port table (published)
//                --> update  --> FlowUpdate, for the ring to the flow's worker
//   remove --> port table cleared --> (no worker can see it any more) --> release
//
// Threads   the control thread.
// Lifetime  the store outlives it.
// Errors    what is wrong with a template is said in a sentence.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "dataplane/core/flow_store.hpp"
#include "dataplane/core/plane.hpp"
#include "platform/base/result.hpp"

namespace junctor::dp {

class FlowTable {
 public:
  FlowTable(FlowStore& store, unsigned workers, unsigned ports);

  // The table of an address, made when there is none yet; it stays.
  const PortTable* table_of(const IpAddress& address);

  Result<FlowId> install(const FlowTemplate& flow);

  // What the flow's worker has to apply, and the map that is free after it did.
  struct Update {
    FlowUpdate message;
    std::uint16_t old_map = 0;
  };
  Result<Update> update(FlowId id, const FlowTemplate& flow);

  // Nothing leads to the flow from now on; its memory is kept until release().
  void remove(FlowId id);
  void release(FlowId id);
  void release_map(std::uint16_t map);

  FlowStats read(FlowId id) const;
  unsigned worker_of(FlowId id) const { return entries_[id.value()].worker; }
  bool is_installed(FlowId id) const {
    return id.value() < entries_.size() && entries_[id.value()].installed;
  }
  std::uint32_t size() const { return size_; }

 private:
  struct Entry {
    SocketAddress local;
    std::uint16_t map = 0;
    std::uint8_t worker = 0;
    bool rtcp_mux = false;
    bool installed = false;
  };
  struct MapUse {
    std::uint32_t references = 0;
    std::size_t hash = 0;
  };

  Result<void> check(const FlowTemplate& flow) const;
  Result<std::uint16_t> intern(const FlowTemplate& flow);
  std::optional<std::uint8_t> rate_index(std::uint32_t hertz);
  unsigned choose_worker() const;
  void publish(const Entry& entry, std::uint32_t flow, bool used);

  // Given.
  FlowStore& store_;
  unsigned ports_;

  // State.
  std::map<IpAddress, std::unique_ptr<ZeroArray<PortTable>>> tables_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> flows_of_worker_;
  std::uint32_t size_ = 0;
  std::unordered_multimap<std::size_t, std::uint16_t> maps_by_hash_;
  std::vector<MapUse> maps_;
  std::vector<std::uint16_t> free_maps_;
  unsigned rates_ = 1;
};

// The worker's side of an update: statistics, offsets and (unless learn grew) the source stay.
void apply(FlowStore& store, const FlowUpdate& update);

}  // namespace junctor::dp
