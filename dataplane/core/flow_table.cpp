// SPDX-License-Identifier: MIT
#include "dataplane/core/flow_table.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "dataplane/core/flow_template.hpp"
#include "dataplane/core/wide.hpp"
#include "platform/base/assert.hpp"

namespace junctor::dp {
namespace {

std::size_t hash_of(const PayloadMap& map) {
  return std::hash<std::string_view>{}(
      {reinterpret_cast<const char*>(map.entries.data()), sizeof map.entries});
}

// What a payload type that is received is on the way out; to the control thread it goes as it is.
std::uint8_t sent_as(const FlowTemplate& flow, std::size_t received) {
  if (flow.out) return flow.out->payload_type[received];
  return flow.to_control ? static_cast<std::uint8_t>(received) : kNoPayloadType;
}

}  // namespace

FlowTable::FlowTable(FlowStore& store, unsigned workers, unsigned ports)
    : store_(store), ports_(ports), entries_(store.max_flows()), flows_of_worker_(workers) {
  JUNCTOR_ASSERT(workers >= 1 && workers <= FlowSlot::kMaxWorkers);
  free_.reserve(store.max_flows());
  for (std::uint32_t i = store.max_flows(); i > 0; --i) free_.push_back(i - 1);
}

const PortTable* FlowTable::table_of(const IpAddress& address) {
  auto& table = tables_[address];
  if (!table) table = std::make_unique<ZeroArray<PortTable>>(1);
  return &(*table)[0];
}

void FlowTable::publish(const Entry& entry, std::uint32_t flow, bool used) {
  PortTable& table = (*tables_.at(entry.local.ip))[0];
  const std::uint32_t mux = entry.rtcp_mux ? FlowSlot::kMux : 0;
  const FlowSlot rtp = used ? FlowSlot(flow, entry.worker, mux) : FlowSlot();
  table[entry.local.port].store(rtp.word(), std::memory_order_release);
  if (entry.rtcp_mux) return;
  const FlowSlot rtcp = used ? FlowSlot(flow, entry.worker, FlowSlot::kRtcp) : FlowSlot();
  table[entry.local.port + 1u].store(rtcp.word(), std::memory_order_release);
}

Result<void> FlowTable::check(const FlowTemplate& flow) const {
  auto fits = dp::check(flow, ports_);
  if (!fits) return fits;
  if (!tables_.contains(flow.local.ip))
    return Error{flow.local.text(), "is no local address of the dataplane"};
  return {};
}

std::optional<std::uint8_t> FlowTable::rate_index(std::uint32_t hertz) {
  if (hertz == 0) return std::uint8_t{0};
  for (unsigned i = 1; i < rates_; ++i)
    if (store_.rate(static_cast<std::uint8_t>(i)).hertz == hertz)
      return static_cast<std::uint8_t>(i);
  if (rates_ == FlowStore::kMaxRates) return std::nullopt;
  const auto index = static_cast<std::uint8_t>(rates_++);
  const auto units = (static_cast<Wide>(hertz) << 64) / 1'000'000'000u;
  store_.rate(index) = {hertz, static_cast<std::uint64_t>(units)};
  return index;
}

Result<std::uint16_t> FlowTable::intern(const FlowTemplate& flow) {
  PayloadMap map;
  for (std::size_t i = 0; i < map.entries.size(); ++i) {
    const auto rate = rate_index(flow.clock_rate[i]);
    if (!rate) return Error{flow.local.text(), "too many different clock rates"};
    map.entries[i] = {sent_as(flow, i), *rate};
  }
  const std::size_t hash = hash_of(map);
  const auto [begin, end] = maps_by_hash_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    if (store_.payload_map(it->second) != map) continue;
    ++maps_[it->second].references;
    return it->second;
  }
  if (free_maps_.empty()) {
    if (maps_.size() == FlowStore::kMaxPayloadMaps)
      return Error{flow.local.text(), "too many different payload type maps"};
    free_maps_.push_back(static_cast<std::uint16_t>(maps_.size()));
    maps_.emplace_back();
  }
  const std::uint16_t index = free_maps_.back();
  free_maps_.pop_back();
  store_.payload_map(index) = map;
  maps_[index] = {1, hash};
  maps_by_hash_.emplace(hash, index);
  return index;
}

void FlowTable::release_map(std::uint16_t map) {
  if (--maps_[map].references != 0) return;
  const auto [begin, end] = maps_by_hash_.equal_range(maps_[map].hash);
  const auto it =
      std::find_if(begin, end, [map](const auto& entry) { return entry.second == map; });
  JUNCTOR_ASSERT(it != end);
  maps_by_hash_.erase(it);
  free_maps_.push_back(map);
}

unsigned FlowTable::choose_worker() const {
  const auto least = std::min_element(flows_of_worker_.begin(), flows_of_worker_.end());
  return static_cast<unsigned>(least - flows_of_worker_.begin());
}

Result<FlowId> FlowTable::install(const FlowTemplate& flow) {
  if (const auto checked = check(flow); !checked) return checked.error();
  const PortTable& table = (*tables_.at(flow.local.ip))[0];
  const auto is_used = [&table](unsigned port) {
    return FlowSlot(table[port].load(std::memory_order_relaxed)).used();
  };
  if (is_used(flow.local.port) || (!flow.rtcp_mux && is_used(flow.local.port + 1u)))
    return Error{flow.local.text(), "the port belongs to another flow"};
  if (free_.empty()) return Error{flow.local.text(), "no leg is free (dataplane.max_legs)"};
  const auto map = intern(flow);
  if (!map) return map.error();

  const std::uint32_t index = free_.back();
  free_.pop_back();
  ++size_;
  Entry& entry = entries_[index];
  entry = {flow.local, *map, static_cast<std::uint8_t>(choose_worker()), flow.rtcp_mux, true};
  ++flows_of_worker_[entry.worker];
  store_.hot(index) = FlowHot{};
  store_.rare(index) = FlowRare{};
  store_.hot(index).count.payload_type.set(kNoPayloadType);
  fill(flow, *map, store_.hot(index).head, store_.rare(index));
  publish(entry, index, true);
  return FlowId(index);
}

Result<FlowTable::Update> FlowTable::update(FlowId id, const FlowTemplate& flow) {
  JUNCTOR_ASSERT(is_installed(id));
  Entry& entry = entries_[id.value()];
  if (const auto checked = check(flow); !checked) return checked.error();
  if (flow.local != entry.local)
    return Error{flow.local.text(), "the flow is at " + entry.local.text() + ", which must stay"};
  if (flow.rtcp_mux != entry.rtcp_mux && !flow.rtcp_mux) {
    const PortTable& table = (*tables_.at(entry.local.ip))[0];
    if (FlowSlot(table[entry.local.port + 1u].load(std::memory_order_relaxed)).used())
      return Error{flow.local.text(), "the port above it, for RTCP, belongs to another flow"};
  }
  const auto map = intern(flow);
  if (!map) return map.error();
  Update update;
  update.message.flow = id.value();
  fill(flow, *map, update.message.head, update.message.rare);
  update.old_map = entry.map;
  entry.map = *map;
  if (flow.rtcp_mux != entry.rtcp_mux) {
    publish(entry, id.value(), false);
    entry.rtcp_mux = flow.rtcp_mux;
    publish(entry, id.value(), true);
  }
  return update;
}

void FlowTable::remove(FlowId id) {
  JUNCTOR_ASSERT(is_installed(id));
  Entry& entry = entries_[id.value()];
  publish(entry, id.value(), false);
  entry.installed = false;
  --flows_of_worker_[entry.worker];
  --size_;
}

void FlowTable::release(FlowId id) {
  JUNCTOR_ASSERT(!is_installed(id));
  release_map(entries_[id.value()].map);
  free_.push_back(id.value());
}

void apply(FlowStore& store, const FlowUpdate& update) {
  FlowHead& head = store.hot(update.flow).head;
  FlowRare& rare = store.rare(update.flow);
  const bool learn = update.rare.learn > rare.learn;
  const auto expects = [](const FlowRare& r) {
    return std::tie(r.expected, r.expected_port, r.expected_v6);
  };
  if (learn || expects(update.rare) != expects(rare)) rare.candidate_packets = 0;
  rare.from = update.rare.from;
  rare.to = update.rare.to;
  rare.expected = update.rare.expected;
  rare.expected_port = update.rare.expected_port;
  rare.expected_v6 = update.rare.expected_v6;
  rare.learn = std::max(rare.learn, update.rare.learn);

  FlowHead next = update.head;
  next.source_v4 = head.source_v4;
  next.source_port = head.source_port;
  next.sequence_offset = head.sequence_offset;
  next.timestamp_offset = head.timestamp_offset;
  const unsigned kept = learn ? 0u : head.flags.get() & (FlowHead::kLocked | FlowHead::kSourceV6);
  next.flags.set(static_cast<std::uint8_t>(next.flags.get() | kept));
  head = next;
}

}  // namespace junctor::dp
