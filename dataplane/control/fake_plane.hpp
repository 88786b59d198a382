// SPDX-License-Identifier: MIT
// FakePlane: a Plane that remembers what it was told, for the tests of dataplane/control.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dataplane/core/plane.hpp"

namespace junctor::dp {

class FakePlane final : public Plane {
 public:
  explicit FakePlane(const Clock& clock) : clock_(clock), wake_fd_(eventfd(0, EFD_NONBLOCK)) {}
  ~FakePlane() override { close(wake_fd_); }
  FakePlane(const FakePlane&) = delete;
  FakePlane& operator=(const FakePlane&) = delete;

  struct Sent {
    PortId port;
    std::uint16_t vlan;
    std::vector<std::uint8_t> frame;
  };

  // What tests look at and set.
  std::map<FlowId, FlowTemplate> flows;
  std::map<FlowId, FlowStats> stats;
  std::vector<Sent> sent;
  std::vector<PlanePort> port_list;
  std::vector<IpAddress> addresses;
  PolicerConfig policer;
  std::size_t max_flows = 1'000'000;
  std::size_t installs = 0, updates = 0, removes = 0;
  bool queue_is_full = false;
  bool refuses_updates = false;

  // The flow at a local address, or none.
  const FlowTemplate* at(const std::string& local) const {
    const FlowId* id = id_at(local);
    return id == nullptr ? nullptr : &flows.at(*id);
  }
  const FlowId* id_at(const std::string& local) const {
    for (const auto& [id, flow] : flows) {
      if (flow.local.text() == local) return &id;
    }
    return nullptr;
  }
  FlowStats& stats_at(const std::string& local) { return stats.at(*id_at(local)); }

  std::vector<PlanePort> ports() const override { return port_list; }
  PortId loop_port() const override { return PortId{40}; }
  std::vector<PlaneWorker> workers() const override { return {{1, 250, 1000}}; }
  PlaneMemory memory() const override {
    return {.bytes = 1'000'000,
            .buffer_bytes = 800'000,
            .buffers = 400,
            .buffers_in_use = 12,
            .flows = static_cast<std::uint32_t>(flows.size()),
            .max_flows = static_cast<std::uint32_t>(max_flows)};
  }
  Nanoseconds now() const override { return clock_.now(); }
  Result<void> set_local_addresses(std::span<const IpAddress> list) override {
    addresses.assign(list.begin(), list.end());
    return {};
  }
  void set_policer(const PolicerConfig& config) override { policer = config; }

  Result<FlowId> install(const FlowTemplate& flow) override {
    if (flows.size() >= max_flows) return Error{"", "no flow is free"};
    const FlowId id{++last_};
    flows[id] = flow;
    stats[id] = FlowStats{};
    ++installs;
    return id;
  }
  Result<void> update(FlowId id, const FlowTemplate& flow) override {
    if (refuses_updates) return Error{"", "no update is taken"};
    FlowTemplate& known = flows.at(id);
    if (flow.learn > known.learn) stats[id].source = {};
    known = flow;
    ++updates;
    return {};
  }
  FlowStats remove(FlowId id) override {
    const FlowStats last = stats.at(id);
    flows.erase(id);
    stats.erase(id);
    ++removes;
    return last;
  }
  FlowStats read(FlowId id) const override { return stats.at(id); }

  bool transmit(PortId port, std::uint16_t vlan, Bytes frame) override {
    if (queue_is_full) return false;
    sent.push_back({port, vlan, {frame.begin(), frame.end()}});
    return true;
  }
  std::size_t poll_punted(std::size_t max,
                          const std::function<void(const PuntedPacket&)>& take) override {
    std::size_t n = 0;
    for (; n < max && !punted_.empty(); ++n) {
      Punted next = std::move(punted_.front());
      punted_.pop_front();
      next.packet.frame = next.octets;
      take(next.packet);
    }
    return n;
  }
  std::size_t poll_events(std::size_t max,
                          const std::function<void(const FlowEvent&)>& take) override {
    std::size_t n = 0;
    for (; n < max && !events_.empty(); ++n) {
      const FlowEvent next = events_.front();
      events_.pop_front();
      take(next);
    }
    return n;
  }
  // The packets of a capture, which its thread takes.
  struct FakeSource final : CaptureSource {
    struct Packet {
      CapturedPacket packet;
      std::vector<std::uint8_t> octets;
    };
    std::mutex mutex;
    std::deque<Packet> waiting;
    std::atomic<std::uint64_t> lost_packets{0};

    void add(CapturedPacket packet, std::vector<std::uint8_t> octets) {
      const std::lock_guard lock(mutex);
      waiting.push_back({packet, std::move(octets)});
    }
    std::size_t poll(std::size_t max,
                     const std::function<void(const CapturedPacket&)>& take) override {
      const std::lock_guard lock(mutex);
      std::size_t n = 0;
      for (; n < max && !waiting.empty(); ++n) {
        waiting.front().packet.frame = waiting.front().octets;
        take(waiting.front().packet);
        waiting.pop_front();
      }
      return n;
    }
    std::uint64_t lost(PortId) const override { return lost_packets; }
    bool is_empty() {
      const std::lock_guard lock(mutex);
      return waiting.empty();
    }
  };
  std::shared_ptr<FakeSource> capture;  // while one runs
  CaptureFilter capture_filter;
  std::shared_ptr<CaptureSource> start_capture(const CaptureFilter& filter) override {
    capture_filter = filter;
    capture = std::make_shared<FakeSource>();
    return capture;
  }
  void set_capture(const CaptureFilter& filter) override { capture_filter = filter; }
  void stop_capture() override { capture.reset(); }

  int wake_fd() const override { return wake_fd_; }
  void arm() override {
    eventfd_t count = 0;
    eventfd_read(wake_fd_, &count);
  }

  void punt(PuntedPacket packet, std::vector<std::uint8_t> octets) {
    punted_.push_back({packet, std::move(octets)});
    eventfd_write(wake_fd_, 1);
  }
  void learn(const std::string& local, const SocketAddress& source) {
    const FlowId id = *id_at(local);
    stats[id].source = source;
    events_.push_back({id, source});
    eventfd_write(wake_fd_, 1);
  }

 private:
  struct Punted {
    PuntedPacket packet;
    std::vector<std::uint8_t> octets;
  };
  const Clock& clock_;
  const int wake_fd_;
  std::uint32_t last_ = 0;
  std::deque<Punted> punted_;
  std::deque<FlowEvent> events_;
};

}  // namespace junctor::dp
