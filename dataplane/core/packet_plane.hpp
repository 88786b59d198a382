// SPDX-License-Identifier: MIT
// PacketPlane: the Plane on real workers and devices.
//
//   control thread --> PacketPlane --> FlowTable --> flows
//                                  --> Lane a worker <--> Worker threads <--> Devices
//
// Threads   every method on the control thread; it starts a thread for each worker.
// Lifetime  the devices, the pool and the EAL outlive it. The destructor stops the workers.
// Errors    a worker that does not answer within 100 ms is our bug, and said as an error of
// update().
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "dataplane/core/capture.hpp"
#include "dataplane/core/device.hpp"
#include "dataplane/core/flow_table.hpp"
#include "dataplane/core/loop_device.hpp"
#include "dataplane/core/plane.hpp"
#include "dataplane/core/worker.hpp"
#include "platform/telemetry/counter.hpp"

struct rte_mempool;

namespace junctor::dp {

class PacketPlane final : public Plane {
 public:
  struct Setup {
    std::vector<Device*> ports;  // PortId is the index; behind the last one is the loop port
    std::vector<unsigned> worker_cores;
    rte_mempool* pool = nullptr;  // of transmit()
    std::uint32_t max_flows = 0;
    std::uint16_t media_port_min = 0, media_port_max = 0;
    std::uint64_t tsc_hertz = 0;
    bool has_huge_pages = false;  // what DPDK's memory lies in
    std::function<Graph()> make_graph;
  };

  explicit PacketPlane(Setup setup);
  ~PacketPlane() override;

  // What the workers count.
  CounterRegistry& counters() { return registry_; }
  std::uint32_t max_flows() const { return store_.max_flows(); }
  // Whether every worker has begun a round since the last time that this was asked.
  bool workers_turn();

  std::vector<PlanePort> ports() const override;
  PortId loop_port() const override {
    return PortId(static_cast<std::uint16_t>(setup_.ports.size()));
  }
  std::vector<PlaneWorker> workers() const override;
  PlaneMemory memory() const override;
  Nanoseconds now() const override;
  Result<void> set_local_addresses(std::span<const IpAddress> addresses) override;
  void set_policer(const PolicerConfig& policer) override;
  Result<FlowId> install(const FlowTemplate& flow) override;
  Result<void> update(FlowId id, const FlowTemplate& flow) override;
  FlowStats remove(FlowId id) override;
  FlowStats read(FlowId id) const override;
  bool transmit(PortId port, std::uint16_t vlan, Bytes frame) override;
  std::size_t poll_punted(std::size_t max,
                          const std::function<void(const PuntedPacket&)>& take) override;
  std::size_t poll_events(std::size_t max,
                          const std::function<void(const FlowEvent&)>& take) override;
  std::shared_ptr<CaptureSource> start_capture(const CaptureFilter& filter) override;
  void set_capture(const CaptureFilter& filter) override;
  void stop_capture() override;
  int wake_fd() const override { return waker_.fd; }
  void arm() override;

 private:
  // Counted by the control thread.
  enum Counter : unsigned { kInjectFull, kTooLong, kCounterCount };
  static constexpr std::array<CounterDesc, kCounterCount> kCounters{{
      {"inject_full", Severity::Error, "frame of the kernel not sent, queue or memory full"},
      {"too_long", Severity::Warning, "frame of the kernel not sent, longer than a buffer"},
  }};
  struct PortCount {
    std::uint64_t punted = 0, injected = 0;
  };
  // What waits until no worker can see it.
  struct Retired {
    std::uint64_t token = 0;  // of RCU
    unsigned worker = 0;      // and that worker has applied so many updates
    std::uint64_t applied = 0;
    std::function<void()> free;
  };
  struct RcuFree {
    void operator()(rte_rcu_qsbr* rcu) const;
  };

  void publish();
  void publish_capture(std::unique_ptr<const Capture> next);
  CaptureFilter of_ports(CaptureFilter filter) const;
  void retire(unsigned worker, std::function<void()> free);
  void reclaim();
  void start_worker(unsigned number);
  void take_punted(rte_mbuf* packet, const std::function<void(const PuntedPacket&)>& take);
  rte_mbuf* make_frame(std::uint16_t vlan, Bytes frame);

  // Given.
  Setup setup_;

  // Owned.
  LoopDevice loop_;
  FlowStore store_;
  FlowTable table_;
  CounterRegistry registry_;
  CounterSet<kCounterCount> counters_{kCounters};
  TscClock clock_;
  std::unique_ptr<rte_rcu_qsbr, RcuFree> rcu_;
  Waker waker_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;

  // State.
  Snapshot snapshot_;  // as published last
  std::unique_ptr<const Snapshot> published_;
  std::atomic<const Snapshot*> current_{nullptr};  // what the workers read
  std::shared_ptr<CaptureRings> capture_rings_;    // while a capture runs
  std::unique_ptr<const Capture> published_capture_;
  std::atomic<const Capture*> capture_{nullptr};  // what the workers read
  std::deque<Retired> retired_;
  std::uint64_t round_token_ = 0;      // of RCU, when workers_turn() was asked; 0: never
  std::vector<std::uint64_t> posted_;  // updates, a worker
  std::vector<PortCount> port_counts_;
  std::vector<std::uint8_t> scratch_;
  std::atomic<bool> stop_{false};
};

}  // namespace junctor::dp
