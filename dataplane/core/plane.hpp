// SPDX-License-Identifier: MIT
// Plane: what the dataplane's control thread may do with the packet side. No DPDK type in sight, so
// that all of dataplane/control is tested against a fake.
//
//   control thread                                       workers (one a core)
//     install, update, remove  --- rings, RCU --------->  flows
//     transmit                 --- ring ---------------->  NIC
//     poll_punted              <-- ring ----------------   ARP, SIP, RTCP of a flow: all but voice
//     poll_events              <-- ring ----------------   source learned
//     read                     <-- relaxed loads -------   statistics
//     start_capture            <-- rings ---------------   copies of packets, to a thread of its own
//
// A flow is one direction: what is received at a local address and port, and where that is sent. A
// session of two legs is two flows. RTCP that belongs to a flow is punted, marked with the flow, and
// so is RTP of a flow that says so (to_control).
//
// Threads   every method on the control thread.
// Lifetime  flows end with remove(); the plane's destructor stops the workers and closes the ports.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/base/address.hpp"
#include "platform/base/bytes.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"
#include "platform/base/strong_id.hpp"

namespace junctor::dp {

using FlowId = StrongId<struct FlowIdTag, std::uint32_t>;
using PortId = StrongId<struct PortIdTag, std::uint16_t>;
using MacAddress = std::array<std::uint8_t, 6>;

// Where the Ethernet frames of a direction go; from the kernel's routes and neighbours.
struct NextHop {
  PortId port;
  std::uint16_t vlan = 0;  // 1..4094; 0: untagged
  MacAddress source{};
  MacAddress destination{};

  friend bool operator==(const NextHop&, const NextHop&) = default;
};

// The gateway's own address on the loop port, on which it receives what it sends (Plane::loop_port).
inline IpAddress loop_address() {
  constexpr std::uint8_t kOctets[] = {127, 0, 0, 1};
  return IpAddress::from_bytes(kOctets);
}

inline constexpr std::uint8_t kNoPayloadType = 0xff;

// What control says about one flow.
struct FlowTemplate {
  // Receiving.
  SocketAddress local;      // the key: one flow a local address and port
  bool rtcp_mux = false;    // RTCP arrives at the same port (RFC 5761), else at port + 1
  SocketAddress expected;   // the signalled source; none: unknown
  bool may_learn = true;    // another source than the expected one may be learned and locked
  std::uint32_t learn = 0;  // an update with a greater number forgets the learned source
  bool receive = true;      // false: what arrives is counted, and not passed on
  // Without a sending side: what arrives is handed to the control thread (PuntedPacket::voice).
  bool to_control = false;
  std::array<std::uint32_t, 128> clock_rate{};  // Hz a payload type; 0: not negotiated, dropped
  // Sending. Without it the flow only receives.
  struct Out {
    SocketAddress from;
    SocketAddress to;
    std::uint8_t dscp = 0;  // 0..63
    std::uint32_t ssrc =
        0;  // of everything sent; sequence and timestamp go on without a break over source changes
    std::array<std::uint8_t, 128> payload_type{};  // received to sent; kNoPayloadType: dropped
    std::optional<NextHop> next_hop;  // none: not resolved; packets are dropped and counted
  };
  std::optional<Out> out;
};

// Counted per flow, by the worker that owns it; also the drop reasons of the relay node.
enum class FlowDrop : std::uint8_t {
  WrongSource,
  NotRtp,
  PayloadType,
  NotReceiving,
  NoPeer,
  NoNextHop,
  kCount
};

// A consistent-enough copy (each field is whole; fields may be a packet apart).
struct FlowStats {
  std::uint64_t packets_received = 0;  // valid RTP from the right source
  std::uint64_t octets_received = 0;   // RTP payload
  std::uint64_t packets_sent = 0;
  std::uint64_t octets_sent = 0;
  std::uint32_t ssrc = 0;  // received now
  std::uint16_t ssrc_changes = 0;
  std::uint32_t extended_max_seq =
      0;                       // RFC 3550, A.1: cycles and highest sequence number, of this SSRC
  std::uint32_t base_seq = 0;  // extended, first of this SSRC
  std::uint64_t expected_before = 0;           // packets expected of earlier SSRCs
  std::uint32_t received_of_ssrc = 0;          // packets of this SSRC
  std::uint32_t jitter_x16 = 0;                // RFC 3550, A.8, in timestamp units, times 16
  std::uint32_t clock_rate = 0;                // of the last packet
  std::uint8_t payload_type = kNoPayloadType;  // of the last packet
  std::uint32_t last_timestamp_sent = 0;
  Nanoseconds last_received{0};  // on Plane::now(); 0: never
  Nanoseconds last_sent{0};  // arrival time of the packet whose timestamp is last_timestamp_sent
  SocketAddress source;      // learned and locked; none: not yet
  std::array<std::uint64_t, static_cast<std::size_t>(FlowDrop::kCount)> drops{};
};

struct FlowEvent {
  FlowId flow;
  SocketAddress source;  // learned now
};

struct PuntedPacket {
  PortId port;
  std::uint16_t vlan = 0;            // the tag is taken off the frame
  std::optional<FlowId> rtcp;        // RTCP of that flow, from this source; else for the kernel
  SocketAddress source;              // with rtcp or voice
  Bytes frame;                       // the Ethernet frame; with rtcp or voice: the UDP payload
  std::optional<FlowId> voice = {};  // RTP of that flow, from its source, counted already
};

struct PlanePort {
  PortId id;
  std::string name;
  std::string device;
  MacAddress mac{};
  unsigned queues = 0;
  bool link_up = false;
  std::uint64_t packets_received = 0, octets_received = 0, packets_sent = 0, octets_sent = 0;
  std::uint64_t missed = 0, errors = 0, punted = 0, injected = 0;
};

struct PlaneWorker {
  unsigned core = 0;
  unsigned busy_permille = 0;  // share of the last second spent on packets
  std::uint64_t packets = 0;
};

// What the packet side takes of the machine's memory.
struct PlaneMemory {
  std::uint64_t bytes = 0;         // that DPDK has taken
  bool is_huge = false;            // in huge pages
  std::uint64_t buffer_bytes = 0;  // of them the packet buffers
  std::uint32_t buffers = 0, buffers_in_use = 0;
  std::uint32_t flows = 0, max_flows = 0;
};

// What reaches the kernel (and so SIP) from whom. Voice is not concerned.
struct PolicerConfig {
  std::vector<IpAddress>
      trusted;  // the peers of all trunks; never limited below 20,000 packets/s each port
  std::vector<std::uint16_t> signalling_ports;  // local ports of SIP (UDP and TCP)
  std::uint32_t stranger_packets_per_second =
      10;  // to those ports, a source; and 100 times as many altogether
};

// Which packets a capture copies.
struct CaptureFilter {
  enum class Voice : std::uint8_t {
    None,   // all but packets to and from voice ports (RTP, RTCP)
    All,    // everything
    Listed  // as None, and voice of these ports
  };
  std::vector<PortId> ports;  // none: all
  Voice voice = Voice::None;
  std::vector<std::uint16_t> voice_ports;  // local ports
};

struct CapturedPacket {
  Nanoseconds time;  // on Plane::now()
  PortId port;
  bool sent = false;  // by the gateway; else received
  Bytes frame;        // as on the wire
};

// What a capture copied. Threads: any one thread beside the control thread, which may outlast the
// capture.
class CaptureSource {
 public:
  virtual ~CaptureSource() = default;
  virtual std::size_t poll(std::size_t max,
                           const std::function<void(const CapturedPacket&)>& take) = 0;
  // Packets that found no room, because the thread did not keep up.
  virtual std::uint64_t lost(PortId port) const = 0;
};

class Plane {
 public:
  virtual ~Plane() = default;

  virtual std::vector<PlanePort> ports() const = 0;  // of the configuration
  // The one beside them that leads back, for flows at loop_address(); its MAC addresses are all zero.
  virtual PortId loop_port() const = 0;
  virtual std::vector<PlaneWorker> workers() const = 0;
  virtual PlaneMemory memory() const = 0;
  // The clock of all times in FlowStats (monotonic).
  virtual Nanoseconds now() const = 0;

  // Which addresses are the gateway's, on which port: voice is looked for only there. At most 64.
  virtual Result<void> set_local_addresses(std::span<const IpAddress> addresses) = 0;
  virtual void set_policer(const PolicerConfig& policer) = 0;

  // The error names what is wrong with the template, or that no leg is free.
  virtual Result<FlowId> install(const FlowTemplate& flow) = 0;
  // Takes effect within a few milliseconds, between two bursts. local must stay. Statistics and,
  // unless learn grew, the learned source go on.
  virtual Result<void> update(FlowId id, const FlowTemplate& flow) = 0;
  // Returns the last statistics; the id may be used again after no worker can see the flow.
  virtual FlowStats remove(FlowId id) = 0;
  virtual FlowStats read(FlowId id) const = 0;

  // Sends a whole Ethernet frame (untagged; the tag is pushed for vlan != 0). False: queue full,
  // counted.
  virtual bool transmit(PortId port, std::uint16_t vlan, Bytes frame) = 0;
  // Hands over up to max packets or events; returns how many.
  virtual std::size_t poll_punted(std::size_t max,
                                  const std::function<void(const PuntedPacket&)>& take) = 0;
  virtual std::size_t poll_events(std::size_t max,
                                  const std::function<void(const FlowEvent&)>& take) = 0;
  // Copies packets from now on; one capture at a time, a second takes the place of the first.
  virtual std::shared_ptr<CaptureSource> start_capture(const CaptureFilter& filter) = 0;
  virtual void set_capture(const CaptureFilter& filter) = 0;  // of the one that runs
  virtual void stop_capture() = 0;

  // Readable when packets or events wait after arm() was called; poll again after arm() before
  // waiting.
  virtual int wake_fd() const = 0;
  virtual void arm() = 0;
};

}  // namespace junctor::dp
