// SPDX-License-Identifier: MIT
// Worker: one pinned thread that polls its queues, runs the graph over each burst, and sends what
// comes out.
//
//   updates ----> flows
//   queues  --.                       .--> outbox a port --> its queue, or the worker that owns it
//   handed over --> [ graph ] --------+--> punted, events --> control thread
//   injected, to send for others -----'
//
// Threads   run() on its own thread; applied(), busy_permille(), packets() from any; the rings'
// other ends: see Lane. Lifetime  what the setup names outlives it.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/core/capture.hpp"
#include "dataplane/core/context.hpp"
#include "dataplane/core/device.hpp"
#include "dataplane/core/graph.hpp"
#include "dataplane/core/tsc_clock.hpp"

struct rte_rcu_qsbr;

namespace junctor::dp {

// The rings that lead to and from one worker.
struct Lane {
  explicit Lane(unsigned workers);

  SpscRing<FlowUpdate> updates;                        // from control
  MbufRing injected;                                   // from control, mbuf->port set
  MbufRing punted;                                     // to control
  EventRing events;                                    // to control
  std::vector<std::unique_ptr<MbufRing>> handed_over;  // from each worker: to classify
  std::vector<std::unique_ptr<MbufRing>> to_send;      // from each worker: mbuf->port set
};

// Wakes the control thread when it sleeps.
struct Waker {
  int fd = -1;  // eventfd
  std::atomic<bool> armed{false};

  // After something was pushed. The only system call of a busy worker: one for each time that
  // control went to sleep.
  void wake();
};

class Worker {
 public:
  enum Counter : unsigned { kPortStuck, kLaneFull, kNaps, kCounterCount };
  static constexpr std::array<CounterDesc, kCounterCount> kCounters{{
      {"port_stuck", Severity::Error, "frame thrown away, its port took none for 5 ms"},
      {"lane_full", Severity::Error, "frame thrown away, the worker of its port does not keep up"},
      {"naps", Severity::Info, "worker slept because nothing came"},
  }};

  struct Setup {
    unsigned number = 0;
    FlowStore* flows = nullptr;
    std::vector<Device*> ports;
    std::vector<Lane*> lanes;  // of all workers
    rte_rcu_qsbr* rcu = nullptr;
    const std::atomic<const Snapshot*>* snapshot = nullptr;
    const std::atomic<const Capture*>* capture = nullptr;
    Waker* waker = nullptr;
    TscClock clock{1};
  };

  Worker(Setup setup, Graph graph);
  ~Worker();

  // Until stop is true.
  void run(const std::atomic<bool>& stop);
  // One round at a time, for run() and tests. How many packets it saw.
  unsigned poll(std::uint64_t now_ns);

  // How many updates were applied so far.
  std::uint64_t applied() const { return applied_.load(std::memory_order_acquire); }
  unsigned busy_permille() const { return busy_permille_.get(); }
  std::uint64_t packets() const { return packets_.get(); }
  Graph& graph() { return graph_; }
  std::span<const junctor::Counter> counters() const { return counters_.values(); }

 private:
  struct Receive {
    Device* device;
    unsigned queue;
  };
  struct Transmit {
    Device* device = nullptr;
    unsigned queue = 0;
    unsigned worker = 0;         // who owns the queue
    std::uint64_t stuck_ns = 0;  // since when the port takes nothing; 0: it does
    unsigned captured = 0;       // so many of what waits were offered, and captured, before
  };

  void apply_updates();
  unsigned receive(const Receive& from);
  unsigned take_handed_over();
  unsigned take_to_send(MbufRing& ring);
  void flush(unsigned port);
  void flush_to_worker(Outbox& outbox, unsigned port);
  void account(std::uint64_t start, std::uint64_t end, bool busy);
  bool has_unsent();

  // Given.
  Setup setup_;
  Lane& lane_;

  // Owned.
  Graph graph_;
  std::unique_ptr<Context> context_;
  CounterSet<kCounterCount> counters_{kCounters};

  // State.
  const Capture* capture_ = nullptr;  // of this round; none: nothing is copied
  std::vector<Receive> receives_;
  std::vector<Transmit> transmits_;
  std::atomic<std::uint64_t> applied_{0};
  Relaxed<std::uint64_t> packets_;
  Relaxed<unsigned> busy_permille_;
  std::uint64_t busy_ticks_ = 0, window_start_ = 0;
};

}  // namespace junctor::dp
