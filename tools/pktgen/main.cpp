// SPDX-License-Identifier: MIT
// junctor-pktgen: RTP load for benchmarks over one DPDK port, and what came back of it.
//
//   junctor-pktgen EAL-ARGUMENTS -- --flows N --rate PPS --seconds S --mac MAC --to IP --from IP
//
// Sends N RTP streams (172 octets of RTP a packet, sequence and timestamp as a phone would) to the
// ports 16384, 16386, ... of one address, in random order, at a rate (0: as fast as the port takes
// them), and receives at the same time. Each packet carries the time when it was sent, so what
// returns is counted and its delay measured, whatever addresses it returns with. Prints one line of
// JSON: sent, received, refused (the port was full), seconds, delay in microseconds (median, p999,
// max; without the first tenth of a second, in which a relay at rest wakes up).
//
// Stops by itself after --seconds. Threads: one, the main lcore.
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_udp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "platform/base/address.hpp"
#include "platform/base/bytes.hpp"

namespace {

constexpr std::size_t kHeader = 14 + 20 + 8 + 12;
constexpr std::size_t kFrame = kHeader + 160;
constexpr std::size_t kBurst = 32;
constexpr std::uint32_t kMagic = 0x4a554e43;
constexpr std::uint16_t kFirstPort = 16384;
constexpr double kWarmUp = 0.1;  // seconds

struct Options {
  std::uint32_t flows = 200;
  double rate = 0;
  double seconds = 5;
  rte_ether_addr mac{};
  junctor::IpAddress to;
  junctor::IpAddress from;
};

struct Flow {
  std::uint8_t frame[kHeader];
  std::uint16_t sequence;
  std::uint32_t timestamp;
};

struct Tally {
  std::uint64_t sent = 0, received = 0, refused = 0;
  std::uint64_t from = 0;             // delays count of packets sent after this time
  std::vector<std::uint64_t> delays;  // in TSC cycles, a sample of at most 4 million
};

bool parse(int argc, char** argv, Options& o) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i];
    const char* value = argv[i + 1];
    if (key == "--flows")
      o.flows = static_cast<std::uint32_t>(std::strtoul(value, nullptr, 10));
    else if (key == "--rate")
      o.rate = std::strtod(value, nullptr);
    else if (key == "--seconds")
      o.seconds = std::strtod(value, nullptr);
    else if (key == "--mac") {
      if (rte_ether_unformat_addr(value, &o.mac) != 0) return false;
    } else if (key == "--to")
      o.to = junctor::IpAddress::parse(value).value_or(junctor::IpAddress{});
    else if (key == "--from")
      o.from = junctor::IpAddress::parse(value).value_or(junctor::IpAddress{});
    else
      return false;
  }
  return o.to.is_v4() && o.from.is_v4() && o.flows > 0 && o.flows <= 24000 && o.seconds > 0 &&
         o.seconds <= 120;
}

// Stream i goes from our port 16384 + 2i to the relay's port of the same number.
Flow make_flow(const Options& o, const rte_ether_addr& own, std::uint32_t i) {
  Flow flow{};
  std::uint8_t* p = flow.frame;
  std::memcpy(p, o.mac.addr_bytes, 6);
  std::memcpy(p + 6, own.addr_bytes, 6);
  junctor::store_be16(p + 12, RTE_ETHER_TYPE_IPV4);
  rte_ipv4_hdr ip{};
  ip.version_ihl = 0x45;
  ip.total_length = rte_cpu_to_be_16(static_cast<std::uint16_t>(kFrame - 14));
  ip.time_to_live = 64;
  ip.next_proto_id = IPPROTO_UDP;
  ip.src_addr = rte_cpu_to_be_32(o.from.v4());
  ip.dst_addr = rte_cpu_to_be_32(o.to.v4());
  ip.hdr_checksum = rte_ipv4_cksum(&ip);
  std::memcpy(p + 14, &ip, sizeof ip);
  const auto port = static_cast<std::uint16_t>(kFirstPort + 2 * i);
  junctor::store_be16(p + 34, port);
  junctor::store_be16(p + 36, port);
  junctor::store_be16(p + 38, static_cast<std::uint16_t>(kFrame - 34));
  p[42] = 0x80;  // RTP version 2; payload type 0, PCMU
  junctor::store_be32(p + 50, 0x10000 + i);
  return flow;
}

class Generator {
 public:
  Generator(const Options& o, std::uint16_t port, rte_mempool* pool) : port_(port), pool_(pool) {
    rte_ether_addr own{};
    rte_eth_macaddr_get(port, &own);
    for (std::uint32_t i = 0; i < o.flows; ++i) flows_.push_back(make_flow(o, own, i));
    order_.resize(o.flows);
    std::iota(order_.begin(), order_.end(), 0U);
    std::shuffle(order_.begin(), order_.end(), std::mt19937{1});
    tally_.delays.reserve(4'000'000);
  }

  // Sends up to n packets in bursts; false when the port took none.
  void send(std::uint64_t n) {
    while (n > 0) {
      rte_mbuf* burst[kBurst];
      const auto want = static_cast<std::uint16_t>(std::min<std::uint64_t>(n, kBurst));
      if (rte_pktmbuf_alloc_bulk(pool_, burst, want) != 0) return;
      for (std::uint16_t i = 0; i < want; ++i) fill(burst[i]);
      const std::uint16_t took = rte_eth_tx_burst(port_, 0, burst, want);
      tally_.sent += took;
      if (took < want) {
        tally_.refused += want - took;
        rte_pktmbuf_free_bulk(burst + took, want - took);
        return;
      }
      n -= want;
    }
  }

  void receive() {
    rte_mbuf* burst[64];
    for (;;) {
      const std::uint16_t n = rte_eth_rx_burst(port_, 0, burst, 64);
      if (n == 0) return;
      const std::uint64_t now = rte_rdtsc();
      for (std::uint16_t i = 0; i < n; ++i) take(burst[i], now);
      rte_pktmbuf_free_bulk(burst, n);
      if (n < 64) return;
    }
  }

  Tally& tally() { return tally_; }

 private:
  void fill(rte_mbuf* m) {
    Flow& flow = flows_[order_[next_]];
    if (++next_ == order_.size()) next_ = 0;
    auto* p = reinterpret_cast<std::uint8_t*>(rte_pktmbuf_append(m, kFrame));
    std::memcpy(p, flow.frame, kHeader);
    junctor::store_be16(p + 44, flow.sequence++);
    junctor::store_be32(p + 46, flow.timestamp);
    flow.timestamp += 160;
    const std::uint64_t now = rte_rdtsc();
    std::memcpy(p + kHeader, &kMagic, 4);
    std::memcpy(p + kHeader + 4, &now, 8);
  }

  void take(rte_mbuf* m, std::uint64_t now) {
    if (m->data_len < kFrame) return;
    const auto* p = rte_pktmbuf_mtod(m, const std::uint8_t*);
    std::uint32_t magic = 0;
    std::memcpy(&magic, p + kHeader, 4);
    if (magic != kMagic) return;
    ++tally_.received;
    std::uint64_t sent = 0;
    std::memcpy(&sent, p + kHeader + 4, 8);
    if (sent >= tally_.from && tally_.delays.size() < tally_.delays.capacity())
      tally_.delays.push_back(now - sent);
  }

  std::uint16_t port_;
  rte_mempool* pool_;
  std::vector<Flow> flows_;
  std::vector<std::uint32_t> order_;
  std::size_t next_ = 0;
  Tally tally_;
};

void run(Generator& g, const Options& o) {
  const auto hz = static_cast<double>(rte_get_tsc_hz());
  const std::uint64_t start = rte_rdtsc();
  const auto end = start + static_cast<std::uint64_t>(o.seconds * hz);
  g.tally().from = start + static_cast<std::uint64_t>(kWarmUp * hz);
  std::uint64_t due_before = 0;
  for (std::uint64_t now = start; now < end; now = rte_rdtsc()) {
    std::uint64_t n = kBurst;
    if (o.rate > 0) {
      const auto due = static_cast<std::uint64_t>(static_cast<double>(now - start) / hz * o.rate);
      n = std::min<std::uint64_t>(due - due_before, 256);
      due_before = due;  // what could not be sent in its time is not made up for
    }
    g.send(n);
    g.receive();
  }
  for (const std::uint64_t until = rte_rdtsc() + static_cast<std::uint64_t>(0.2 * hz);
       rte_rdtsc() < until;)
    g.receive();
}

void print(Tally& t, double seconds) {
  std::sort(t.delays.begin(), t.delays.end());
  const double us = 1e6 / static_cast<double>(rte_get_tsc_hz());
  const auto at = [&](double q) {
    return t.delays.empty() ? 0.0
                            : static_cast<double>(t.delays[static_cast<std::size_t>(
                                  q * static_cast<double>(t.delays.size() - 1))]) *
                                  us;
  };
  std::printf(
      "{\"sent\": %lu, \"received\": %lu, \"refused\": %lu, \"seconds\": %.3f, \"delay_us\": "
      "{\"median\": %.2f, \"p999\": %.2f, \"max\": %.2f}}\n",
      t.sent, t.received, t.refused, seconds, at(0.5), at(0.999), at(1.0));
}

}  // namespace

int main(int argc, char** argv) {
  const int used = rte_eal_init(argc, argv);
  Options o;
  if (used < 0 || !parse(argc - used, argv + used, o)) {
    std::fprintf(stderr,
                 "usage: junctor-pktgen EAL-ARGUMENTS -- --flows N --rate PPS --seconds S --mac "
                 "MAC --to IP --from IP\n");
    return 2;
  }
  rte_mempool* pool =
      rte_pktmbuf_pool_create("pktgen", 16383, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
  rte_eth_conf conf{};
  if (pool == nullptr || rte_eth_dev_count_avail() != 1 ||
      rte_eth_dev_configure(0, 1, 1, &conf) != 0 ||
      rte_eth_rx_queue_setup(0, 0, 1024, 0, nullptr, pool) != 0 ||
      rte_eth_tx_queue_setup(0, 0, 1024, 0, nullptr) != 0 || rte_eth_dev_start(0) != 0) {
    std::fprintf(stderr, "junctor-pktgen: exactly one DPDK port is needed, and it must start\n");
    return 1;
  }
  rte_eth_link link{};
  for (int i = 0; i < 500 && link.link_status == 0; ++i) {
    if (rte_eth_link_get_nowait(0, &link) != 0) break;
    rte_delay_us_sleep(10'000);
  }
  Generator generator(o, 0, pool);
  run(generator, o);
  print(generator.tally(), o.seconds);
  rte_eth_dev_stop(0);
  rte_eal_cleanup();
  return 0;
}
