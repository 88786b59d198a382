// SPDX-License-Identifier: MIT
#include "dataplane/core/packet_plane.hpp"

#include <pthread.h>
#include <rte_lcore.h>
#include <rte_memory.h>
#include <rte_mempool.h>
#include <rte_rcu_qsbr.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>

#include "dataplane/core/wire.hpp"
#include "platform/base/assert.hpp"

namespace junctor::dp {
namespace {

constexpr std::size_t kMaxLocalAddresses = 64;
// Of a worker: a hundredth of a second of a full gigabit, three times.
constexpr std::size_t kCaptureRing = std::size_t{4} << 20;
constexpr auto kUpdatePatience = std::chrono::milliseconds(100);

rte_rcu_qsbr* make_rcu(unsigned workers) {
  const std::size_t size = rte_rcu_qsbr_get_memsize(workers);
  auto* rcu = static_cast<rte_rcu_qsbr*>(std::aligned_alloc(64, (size + 63) / 64 * 64));
  JUNCTOR_ASSERT(rcu != nullptr && rte_rcu_qsbr_init(rcu, workers) == 0);
  return rcu;
}

void pin_to(unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  pthread_setname_np(pthread_self(), ("worker-" + std::to_string(core)).c_str());
}

}  // namespace

void PacketPlane::RcuFree::operator()(rte_rcu_qsbr* rcu) const { std::free(rcu); }

PacketPlane::PacketPlane(Setup setup)
    : setup_(std::move(setup)),
      store_(setup_.max_flows),
      table_(store_, static_cast<unsigned>(setup_.worker_cores.size()),
             static_cast<unsigned>(setup_.ports.size() + 1)),
      clock_(setup_.tsc_hertz),
      rcu_(make_rcu(static_cast<unsigned>(setup_.worker_cores.size()))),
      posted_(setup_.worker_cores.size()),
      port_counts_(setup_.ports.size() + 1) {
  JUNCTOR_ASSERT(setup_.ports.size() <= kMaxPorts);
  waker_.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  JUNCTOR_ASSERT(waker_.fd >= 0);
  snapshot_.media_port_min = setup_.media_port_min;
  snapshot_.media_port_max = setup_.media_port_max;
  for (std::size_t i = 0; i < setup_.ports.size(); ++i) snapshot_.macs[i] = setup_.ports[i]->mac();
  snapshot_.loop_port = loop_port().value();
  snapshot_.loop_table = table_.table_of(loop_address());
  publish();
  registry_.add("plane", counters_.descriptions(), counters_.values());
  const auto workers = static_cast<unsigned>(setup_.worker_cores.size());
  for (unsigned i = 0; i < workers; ++i) lanes_.push_back(std::make_unique<Lane>(workers));
  for (unsigned i = 0; i < workers; ++i) start_worker(i);
}

void PacketPlane::start_worker(unsigned number) {
  Worker::Setup setup;
  setup.number = number;
  setup.flows = &store_;
  setup.ports = setup_.ports;
  setup.ports.push_back(&loop_);
  for (const auto& lane : lanes_) setup.lanes.push_back(lane.get());
  setup.rcu = rcu_.get();
  setup.snapshot = &current_;
  setup.capture = &capture_;
  setup.waker = &waker_;
  setup.clock = clock_;
  workers_.push_back(std::make_unique<Worker>(std::move(setup), setup_.make_graph()));
  Worker& worker = *workers_.back();
  worker.graph().register_counters(registry_);
  registry_.add("worker", Worker::kCounters, worker.counters());
  threads_.emplace_back([this, &worker, core = setup_.worker_cores[number]] {
    pin_to(core);
    rte_thread_register();  // for the pool's cache; without it everything works, only slower
    worker.run(stop_);
    rte_thread_unregister();
  });
}

PacketPlane::~PacketPlane() {
  stop_.store(true);
  for (auto& thread : threads_) thread.join();
  for (auto& lane : lanes_) {
    rte_mbuf* packet = nullptr;
    const auto drain = [&packet](MbufRing& ring) {
      while (ring.pop(packet)) rte_pktmbuf_free(packet);
    };
    drain(lane->injected);
    drain(lane->punted);
    for (auto& ring : lane->handed_over) drain(*ring);
    for (auto& ring : lane->to_send) drain(*ring);
  }
  close(waker_.fd);
}

void PacketPlane::publish() {
  auto next = std::make_unique<const Snapshot>(snapshot_);
  current_.store(next.get(), std::memory_order_release);
  std::shared_ptr<const Snapshot> old = std::move(published_);
  published_ = std::move(next);
  if (old) retire(0, [old] {});
}

void PacketPlane::retire(unsigned worker, std::function<void()> free) {
  retired_.push_back({rte_rcu_qsbr_start(rcu_.get()), worker, posted_[worker], std::move(free)});
}

void PacketPlane::reclaim() {
  while (!retired_.empty()) {
    const Retired& oldest = retired_.front();
    if (workers_[oldest.worker]->applied() < oldest.applied ||
        rte_rcu_qsbr_check(rcu_.get(), oldest.token, false) != 1)
      return;
    oldest.free();
    retired_.pop_front();
  }
}

// A worker says at the start of each round that it holds nothing (Worker::poll): being watched costs it nothing more.
bool PacketPlane::workers_turn() {
  if (round_token_ != 0 && rte_rcu_qsbr_check(rcu_.get(), round_token_, false) != 1) return false;
  round_token_ = rte_rcu_qsbr_start(rcu_.get());
  return true;
}

std::vector<PlanePort> PacketPlane::ports() const {
  std::vector<PlanePort> ports;
  for (std::size_t i = 0; i < setup_.ports.size(); ++i) {
    const Device& device = *setup_.ports[i];
    const Device::Statistics stats = device.statistics();
    PlanePort port;
    port.id = PortId(static_cast<std::uint16_t>(i));
    port.name = device.name();
    port.device = device.device();
    port.mac = device.mac();
    port.queues = device.receive_queues();
    port.link_up = stats.link_up;
    port.packets_received = stats.packets_received;
    port.octets_received = stats.octets_received;
    port.packets_sent = stats.packets_sent;
    port.octets_sent = stats.octets_sent;
    port.missed = stats.missed;
    port.errors = stats.errors;
    port.punted = port_counts_[i].punted;
    port.injected = port_counts_[i].injected;
    ports.push_back(std::move(port));
  }
  return ports;
}

std::vector<PlaneWorker> PacketPlane::workers() const {
  std::vector<PlaneWorker> workers;
  for (std::size_t i = 0; i < workers_.size(); ++i)
    workers.push_back(
        {setup_.worker_cores[i], workers_[i]->busy_permille(), workers_[i]->packets()});
  return workers;
}

PlaneMemory PacketPlane::memory() const {
  PlaneMemory out;
  const auto add = [](const rte_memseg_list*, const rte_memseg*, std::size_t length, void* sum) {
    *static_cast<std::uint64_t*>(sum) += length;
    return 0;
  };
  rte_memseg_contig_walk(add, &out.bytes);
  out.is_huge = setup_.has_huge_pages;
  const rte_mempool& pool = *setup_.pool;
  out.buffers = pool.size;
  out.buffers_in_use = rte_mempool_in_use_count(&pool);
  out.buffer_bytes =
      std::uint64_t{pool.size} * (pool.header_size + pool.elt_size + pool.trailer_size);
  out.flows = table_.size();
  out.max_flows = store_.max_flows();
  return out;
}

Nanoseconds PacketPlane::now() const {
  return Nanoseconds(static_cast<Nanoseconds::rep>(clock_.now_ns()));
}

Result<void> PacketPlane::set_local_addresses(std::span<const IpAddress> addresses) {
  if (addresses.size() > kMaxLocalAddresses)
    return Error{"local addresses", "more than 64 addresses"};
  LocalAddresses local(addresses.size());
  for (const IpAddress& address : addresses) {
    if (!address) return Error{"local addresses", "an address is empty"};
    local.add(address, table_.table_of(address));
  }
  snapshot_.local = std::move(local);
  publish();
  return {};
}

void PacketPlane::set_policer(const PolicerConfig& policer) {
  AddressMap<bool> trusted(policer.trusted.size());
  for (const IpAddress& address : policer.trusted)
    if (address) trusted.add(AddressKey::of(address), true);
  snapshot_.trusted = std::move(trusted);
  snapshot_.signalling_ports.reset();
  for (const std::uint16_t port : policer.signalling_ports) snapshot_.signalling_ports.set(port);
  snapshot_.stranger_packets_per_second = policer.stranger_packets_per_second;
  publish();
}

Result<FlowId> PacketPlane::install(const FlowTemplate& flow) {
  reclaim();
  return table_.install(flow);
}

Result<void> PacketPlane::update(FlowId id, const FlowTemplate& flow) {
  reclaim();
  auto update = table_.update(id, flow);
  if (!update) return update.error();
  const unsigned worker = table_.worker_of(id);
  const auto give_up = std::chrono::steady_clock::now() + kUpdatePatience;
  while (!lanes_[worker]->updates.push(update->message)) {
    if (std::chrono::steady_clock::now() > give_up)
      return Error{flow.local.text(), "its worker does not take changes"};
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  ++posted_[worker];
  retire(worker, [this, map = update->old_map] { table_.release_map(map); });
  return {};
}

FlowStats PacketPlane::remove(FlowId id) {
  table_.remove(id);
  retire(table_.worker_of(id), [this, id] { table_.release(id); });
  return table_.read(id);
}

FlowStats PacketPlane::read(FlowId id) const { return table_.read(id); }

rte_mbuf* PacketPlane::make_frame(std::uint16_t vlan, Bytes frame) {
  const std::size_t length = frame.size() + (vlan != 0 ? wire::kVlanTag : 0);
  rte_mbuf* packet = rte_pktmbuf_alloc(setup_.pool);
  if (packet == nullptr) {
    counters_[kInjectFull].add();
    return nullptr;
  }
  if (frame.size() < wire::kEtherHeader || length > rte_pktmbuf_tailroom(packet)) {
    counters_[kTooLong].add();
    rte_pktmbuf_free(packet);
    return nullptr;
  }
  auto* to = reinterpret_cast<std::uint8_t*>(
      rte_pktmbuf_append(packet, static_cast<std::uint16_t>(length)));
  if (vlan == 0) {
    std::memcpy(to, frame.data(), frame.size());
    return packet;
  }
  std::memcpy(to, frame.data(), 12);
  wire::put(to + 12, wire::kEtherVlan);
  wire::put(to + 14, wire::swap(vlan));
  std::memcpy(to + 16, frame.data() + 12, frame.size() - 12);
  return packet;
}

bool PacketPlane::transmit(PortId port, std::uint16_t vlan, Bytes frame) {
  JUNCTOR_ASSERT(port.value() <= loop_port().value());
  rte_mbuf* packet = make_frame(vlan, frame);
  if (packet == nullptr) return false;
  packet->port = port.value();
  // Worker 0 owns queue 0 of every port.
  if (!lanes_[0]->injected.push(packet)) {
    counters_[kInjectFull].add();
    rte_pktmbuf_free(packet);
    return false;
  }
  ++port_counts_[port.value()].injected;
  return true;
}

void PacketPlane::take_punted(rte_mbuf* packet,
                              const std::function<void(const PuntedPacket&)>& take) {
  PuntedPacket punted;
  punted.port = PortId(packet->port);
  punted.vlan = packet->vlan_tci;
  const unsigned l3 = packet->l2_len, l4 = l3 + packet->l3_len;
  if (packet->nb_segs == 1 && packet->hash.usr == 0 && l3 == wire::kEtherHeader + wire::kVlanTag) {
    auto* frame = rte_pktmbuf_mtod(packet, std::uint8_t*);
    std::memmove(frame + wire::kVlanTag, frame, 12);
    rte_pktmbuf_adj(packet, wire::kVlanTag);
  }
  scratch_.resize(packet->nb_segs == 1 ? 0 : packet->pkt_len);
  const void* data = rte_pktmbuf_read(packet, 0, packet->pkt_len, scratch_.data());
  Bytes frame(static_cast<const std::uint8_t*>(data), packet->pkt_len);
  if (packet->hash.usr != 0) {
    const bool v6 = frame[l3] >> 4 == 6;
    const FlowId flow((packet->hash.usr & ~kPuntedVoice) - 1);
    ((packet->hash.usr & kPuntedVoice) != 0 ? punted.voice : punted.rtcp) = flow;
    punted.source.ip = IpAddress::from_bytes(frame.subspan(l3 + (v6 ? 8u : 12u), v6 ? 16u : 4u));
    punted.source.port = load_be16(&frame[l4]);
    const std::size_t length = load_be16(&frame[l4 + 4]) - wire::kUdpHeader;
    frame = frame.subspan(l4 + wire::kUdpHeader, length);
    if (!table_.is_installed(flow)) return;  // removed since
  }
  punted.frame = frame;
  ++port_counts_[packet->port].punted;
  take(punted);
}

std::size_t PacketPlane::poll_punted(std::size_t max,
                                     const std::function<void(const PuntedPacket&)>& take) {
  reclaim();
  std::size_t n = 0;
  for (auto& lane : lanes_) {
    rte_mbuf* packet = nullptr;
    for (; n < max && lane->punted.pop(packet); ++n) {
      take_punted(packet, take);
      rte_pktmbuf_free(packet);
    }
  }
  return n;
}

std::size_t PacketPlane::poll_events(std::size_t max,
                                     const std::function<void(const FlowEvent&)>& take) {
  std::size_t n = 0;
  for (auto& lane : lanes_) {
    FlowEvent event;
    for (; n < max && lane->events.pop(event); ++n)
      // The event may be of a flow that had the number before.
      if (table_.is_installed(event.flow) && table_.read(event.flow).source == event.source)
        take(event);
  }
  return n;
}

// All ports are those of the configuration.
CaptureFilter PacketPlane::of_ports(CaptureFilter filter) const {
  if (!filter.ports.empty()) return filter;
  for (std::uint16_t i = 0; i < loop_port().value(); ++i) filter.ports.emplace_back(i);
  return filter;
}

std::shared_ptr<CaptureSource> PacketPlane::start_capture(const CaptureFilter& filter) {
  capture_rings_ = std::make_shared<CaptureRings>();
  for (std::size_t i = 0; i < workers_.size(); ++i)
    capture_rings_->push_back(std::make_unique<CaptureRing>(kCaptureRing));
  publish_capture(std::make_unique<const Capture>(of_ports(filter), capture_rings_));
  return std::make_shared<RingsSource>(capture_rings_);
}

void PacketPlane::set_capture(const CaptureFilter& filter) {
  if (capture_rings_)
    publish_capture(std::make_unique<const Capture>(of_ports(filter), capture_rings_));
}

void PacketPlane::stop_capture() {
  publish_capture(nullptr);
  capture_rings_.reset();
}

void PacketPlane::publish_capture(std::unique_ptr<const Capture> next) {
  capture_.store(next.get(), std::memory_order_release);
  std::shared_ptr<const Capture> old = std::move(published_capture_);
  published_capture_ = std::move(next);
  if (old) retire(0, [old] {});
}

void PacketPlane::arm() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto drained = ::read(waker_.fd, &count, sizeof count);
  waker_.armed.store(true);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

}  // namespace junctor::dp
