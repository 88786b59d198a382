// SPDX-License-Identifier: MIT
#include "dataplane/core/worker.hpp"

#include <rte_pause.h>
#include <rte_rcu_qsbr.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "dataplane/core/back_off.hpp"
#include "dataplane/core/flow_table.hpp"

namespace junctor::dp {
namespace {

constexpr std::size_t kUpdates = 1024, kInjected = 1024, kPunted = 4096, kEvents = 8192;
constexpr std::size_t kBetweenWorkers = 2048;
constexpr std::uint64_t kStuckNs = 5'000'000;

Context::Sinks sinks_of(const Worker::Setup& setup) {
  Context::Sinks sinks;
  Lane& own = *setup.lanes[setup.number];
  sinks.punted = &own.punted;
  sinks.events = &own.events;
  for (Lane* lane : setup.lanes) sinks.workers.push_back(lane->handed_over[setup.number].get());
  return sinks;
}

void nap(std::uint32_t ns) {
  const timespec time{0, static_cast<long>(ns)};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

}  // namespace

Lane::Lane(unsigned workers)
    : updates(kUpdates), injected(kInjected), punted(kPunted), events(kEvents) {
  for (unsigned i = 0; i < workers; ++i) {
    handed_over.push_back(std::make_unique<MbufRing>(kBetweenWorkers));
    to_send.push_back(std::make_unique<MbufRing>(kBetweenWorkers));
  }
}

void Waker::wake() {
  // What was pushed must be visible before armed is read; arm() does the reverse.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!armed.load(std::memory_order_relaxed) || !armed.exchange(false)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(fd, &one, sizeof one);
}

Worker::Worker(Setup setup, Graph graph)
    : setup_(std::move(setup)),
      lane_(*setup_.lanes[setup_.number]),
      graph_(std::move(graph)),
      context_(std::make_unique<Context>(*setup_.flows, sinks_of(setup_), setup_.number)) {
  const auto workers = static_cast<unsigned>(setup_.lanes.size());
  for (Device* device : setup_.ports) {
    for (unsigned q = setup_.number; q < device->receive_queues(); q += workers)
      receives_.push_back({device, q});
    const unsigned queues = std::min(device->transmit_queues(), workers);
    const unsigned queue = setup_.number % queues;
    transmits_.push_back({device, queue, queue, 0});
  }
}

// What is still on the way to a port goes back to its pool.
Worker::~Worker() {
  for (unsigned port = 0; port < transmits_.size(); ++port) {
    Outbox& outbox = context_->outbox(port);
    rte_pktmbuf_free_bulk(outbox.packets.data(), outbox.count);
  }
}

void Worker::run(const std::atomic<bool>& stop) {
  prctl(PR_SET_TIMERSLACK, 1000UL);
  rte_rcu_qsbr_thread_register(setup_.rcu, setup_.number);
  rte_rcu_qsbr_thread_online(setup_.rcu, setup_.number);
  BackOff back_off;
  window_start_ = rte_rdtsc();
  while (!stop.load(std::memory_order_relaxed)) {
    const std::uint64_t start = rte_rdtsc();
    const std::uint64_t now_ns = setup_.clock.ns(start);
    const unsigned n = poll(now_ns);
    account(start, rte_rdtsc(), n != 0);
    const auto step = back_off.next(n + (has_unsent() ? 1 : 0), now_ns);
    if (step.kind == BackOff::Kind::Pause) {
      for (int i = 0; i < 16; ++i) rte_pause();
    } else if (step.kind == BackOff::Kind::Nap) {
      counters_[kNaps].add();
      nap(step.nap_ns);
    }
  }
  rte_rcu_qsbr_thread_offline(setup_.rcu, setup_.number);
  rte_rcu_qsbr_thread_unregister(setup_.rcu, setup_.number);
}

unsigned Worker::poll(std::uint64_t now_ns) {
  // Nothing of the last round is held any more.
  rte_rcu_qsbr_quiescent(setup_.rcu, setup_.number);
  apply_updates();
  context_->begin(now_ns, *setup_.snapshot->load(std::memory_order_acquire));
  capture_ = setup_.capture->load(std::memory_order_acquire);
  unsigned n = 0;
  for (const Receive& from : receives_) n += receive(from);
  if (setup_.lanes.size() > 1) {
    n += take_handed_over();
    for (const auto& ring : lane_.to_send) n += take_to_send(*ring);
  }
  n += take_to_send(lane_.injected);
  for (unsigned port = 0; port < transmits_.size(); ++port)
    if (context_->outbox(port).count != 0) flush(port);
  if (context_->take_wake_control()) setup_.waker->wake();
  packets_.add(n);
  return n;
}

void Worker::apply_updates() {
  FlowUpdate update;
  std::uint64_t n = 0;
  for (; lane_.updates.pop(update); ++n) apply(*setup_.flows, update);
  if (n != 0)
    applied_.store(applied_.load(std::memory_order_relaxed) + n, std::memory_order_release);
}

unsigned Worker::receive(const Receive& from) {
  Burst& burst = graph_.input();
  burst.count = from.device->receive(from.queue, burst.packets.data(), kMaxBurst);
  const unsigned n = burst.count;
  if (n == 0) return 0;
  if (capture_ != nullptr) [[unlikely]]
    capture_->copy(setup_.number, context_->snapshot(), context_->now_ns(), burst.packets.data(), n,
                   false);
  graph_.run(*context_);
  return n;
}

unsigned Worker::take_handed_over() {
  unsigned n = 0;
  for (const auto& ring : lane_.handed_over) {
    Burst& burst = graph_.input();
    burst.count = static_cast<unsigned>(ring->pop(std::span(burst.packets)));
    n += burst.count;
    if (burst.count != 0) graph_.run(*context_);
  }
  return n;
}

unsigned Worker::take_to_send(MbufRing& ring) {
  unsigned n = 0;
  rte_mbuf* packet = nullptr;
  while (n < kMaxBurst && ring.pop(packet)) {
    ++n;
    if (context_->send(packet->port, packet)) continue;
    counters_[kLaneFull].add();
    rte_pktmbuf_free(packet);
  }
  return n;
}

void Worker::flush_to_worker(Outbox& outbox, unsigned port) {
  MbufRing& ring = *setup_.lanes[transmits_[port].worker]->to_send[setup_.number];
  for (unsigned i = 0; i < outbox.count; ++i) {
    outbox.packets[i]->port = static_cast<std::uint16_t>(port);
    if (ring.push(outbox.packets[i])) continue;
    counters_[kLaneFull].add();
    rte_pktmbuf_free(outbox.packets[i]);
  }
  outbox.count = 0;
}

// What the port does not take waits for the next round, as long as it takes anything at all.
void Worker::flush(unsigned port) {
  Outbox& outbox = context_->outbox(port);
  Transmit& to = transmits_[port];
  if (to.worker != setup_.number) return flush_to_worker(outbox, port);
  if (capture_ != nullptr) [[unlikely]]
    capture_->copy(setup_.number, context_->snapshot(), context_->now_ns(),
                   outbox.packets.data() + to.captured, outbox.count - to.captured, true);
  const unsigned sent = to.device->transmit(to.queue, outbox.packets.data(), outbox.count);
  to.captured = outbox.count - sent;
  if (sent == outbox.count) {
    outbox.count = 0;
    to.stuck_ns = 0;
    return;
  }
  if (sent != 0) {
    std::copy(outbox.packets.begin() + sent, outbox.packets.begin() + outbox.count,
              outbox.packets.begin());
    outbox.count -= sent;
    to.stuck_ns = 0;
  } else if (to.stuck_ns == 0) {
    to.stuck_ns = context_->now_ns();
  } else if (context_->now_ns() - to.stuck_ns > kStuckNs) {
    counters_[kPortStuck].add(outbox.count);
    rte_pktmbuf_free_bulk(outbox.packets.data(), outbox.count);
    outbox.count = to.captured = 0;
  }
}

bool Worker::has_unsent() {
  for (unsigned port = 0; port < transmits_.size(); ++port)
    if (context_->outbox(port).count != 0) return true;
  return false;
}

void Worker::account(std::uint64_t start, std::uint64_t end, bool busy) {
  if (busy) busy_ticks_ += end - start;
  const std::uint64_t window = end - window_start_;
  if (window < rte_get_tsc_hz()) return;
  busy_permille_.set(static_cast<unsigned>(busy_ticks_ * 1000 / window));
  busy_ticks_ = 0;
  window_start_ = end;
}

}  // namespace junctor::dp
