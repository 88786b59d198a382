// SPDX-License-Identifier: MIT
#include "dataplane/nodes/rtp_classify.hpp"

#include <gtest/gtest.h>

#include "dataplane/nodes/test_node.hpp"

namespace junctor::dp::test {
namespace {

Frame changed(Frame frame, std::size_t at, std::uint8_t octet) {
  frame[at] = octet;
  return frame;
}
Frame cut(Frame frame, std::size_t length) {
  frame.resize(length);
  return frame;
}
// The first of two fragments: the datagram is longer than what is here.
Frame first_fragment(const char* to) { return changed(udp({.to = to, .fragment = 0x2000}), 38, 8); }
Frame with_type(Frame frame, std::uint16_t type) {
  store_be16(&frame[12], type);
  return frame;
}

constexpr const char* kRelay = "0";
constexpr const char* kPunt = "1";
constexpr const char* kHandover = "2";

struct Row {
  const char* sentence;
  Frame frame;
  const char* fate;
};

void run(NodeBench& bench, const std::vector<Row>& rows) {
  for (const Row& row : rows) EXPECT_EQ(bench.run(row.frame), row.fate) << row.sentence;
}

// Flows at 10.0.1.1:16384, fd00::1:16384, and with rtcp-mux at 10.0.1.1:16388.
void install_flows(NodeBench& bench) {
  FlowTemplate flow = flow_template();
  bench.install(flow);
  flow.local = *SocketAddress::parse("[fd00::1]:16384");
  bench.install(flow);
  flow.local = *SocketAddress::parse("10.0.1.1:16388");
  flow.rtcp_mux = true;
  bench.install(flow);
}

TEST(RtpClassify, FindsVoice) {
  NodeBench bench(std::make_unique<RtpClassify>());
  install_flows(bench);
  const Frame rtcp{0x80, 200, 0, 6, 0, 0, 0, 1};
  run(bench,
      {
          {"voice of a flow", udp({}), kRelay},
          {"with a VLAN tag", udp({.vlan = 7}), kRelay},
          {"with IP options", udp({.options = true}), kRelay},
          {"with a padded frame", udp({.payload = rtp({.payload = 2}), .padding = 20}), kRelay},
          {"over IPv6", udp({.from = "[fd00::2]:4000", .to = "[fd00::1]:16384"}), kRelay},
          {"from anywhere: the relay knows the source", udp({.from = "192.0.2.9:1"}), kRelay},
          {"RTCP of a flow", udp({.to = "10.0.1.1:16385", .payload = rtcp}), kPunt},
          {"RTCP at the RTP port with rtcp-mux", udp({.to = "10.0.1.1:16388", .payload = rtcp}),
           kPunt},
          {"RTP at the same port", udp({.to = "10.0.1.1:16388"}), kRelay},
          {"no RTCP port with rtcp-mux", udp({.to = "10.0.1.1:16389", .payload = rtcp}),
           "dropped: no_flow"},
          {"RTCP at the RTP port without rtcp-mux: the relay refuses it", udp({.payload = rtcp}),
           kRelay},
          {"STUN", udp({.payload = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}}), "dropped: stun"},
          {"DTLS", udp({.payload = {22, 254, 253, 0, 0, 0, 0, 0}}), "dropped: dtls"},
          {"an empty datagram: the relay refuses it", udp({.payload = {}}), kRelay},
          {"a voice port without a call", udp({.to = "10.0.1.1:20000"}), "dropped: no_flow"},
          {"the same port at another local address", udp({.to = "10.0.2.1:16384"}),
           "dropped: no_flow"},
      });
}

TEST(RtpClassify, LeavesTheRestToTheKernel) {
  NodeBench bench(std::make_unique<RtpClassify>());
  install_flows(bench);
  const MacAddress broadcast{255, 255, 255, 255, 255, 255};
  run(bench, {
                 {"SIP", udp({.to = "10.0.1.1:5060"}), kPunt},
                 {"a port above the voice ports", udp({.to = "10.0.1.1:32768"}), kPunt},
                 {"a port below them", udp({.to = "10.0.1.1:16383"}), kPunt},
                 {"another address", udp({.to = "10.0.9.9:16384"}), kPunt},
                 {"broadcast", udp({.to = "255.255.255.255:67", .mac = broadcast}), kPunt},
                 {"TCP", changed(udp({.to = "10.0.1.1:16384"}), 23, 6), kPunt},
                 {"ARP", with_type(udp({.mac = broadcast}), 0x0806), kPunt},
                 {"an unknown type", with_type(udp({}), 0x88cc), kPunt},
                 {"first fragment of a large SIP message", first_fragment("10.0.1.1:5060"), kPunt},
                 {"a further fragment has no ports", udp({.fragment = 100}), kPunt},
                 {"first fragment to a voice port", first_fragment("10.0.1.1:16384"),
                  "dropped: media_fragment"},
             });
}

TEST(RtpClassify, RefusesWhatContradictsItself) {
  NodeBench bench(std::make_unique<RtpClassify>());
  install_flows(bench);
  const MacAddress other{0x02, 9, 9, 9, 9, 9};
  run(bench,
      {
          {"a frame of nothing", cut(udp({}), 0), "dropped: truncated"},
          {"shorter than Ethernet", cut(udp({}), 13), "dropped: truncated"},
          {"a tag that is cut", cut(udp({.vlan = 7}), 17), "dropped: truncated"},
          {"for another station", udp({.mac = other}), "dropped: other_mac"},
          {"IPv4 header cut", cut(udp({}), 33), "dropped: bad_ip"},
          {"IPv4 without the rest of the packet", cut(udp({}), 100), "dropped: bad_ip"},
          {"IPv4 header length below five words", changed(udp({}), 14, 0x44), "dropped: bad_ip"},
          {"IPv4 header longer than the packet", changed(udp({.payload = {}}), 14, 0x4f),
           "dropped: bad_ip"},
          {"IPv4 with version 5", changed(udp({}), 14, 0x55), "dropped: bad_ip"},
          {"IPv4 length below its header", changed(changed(udp({}), 16, 0), 17, 19),
           "dropped: bad_ip"},
          {"UDP length below its header", changed(changed(udp({}), 38, 0), 39, 7),
           "dropped: bad_udp"},
          {"UDP length beyond the packet", changed(udp({}), 38, 1), "dropped: bad_udp"},
          {"IPv6 header cut", cut(udp({.from = "[fd00::2]:1", .to = "[fd00::1]:16384"}), 50),
           "dropped: bad_ip"},
          {"IPv6 longer than the frame",
           cut(udp({.from = "[fd00::2]:1", .to = "[fd00::1]:16384"}), 90), "dropped: bad_ip"},
      });
}

TEST(RtpClassify, KnowsTheOwnerOfAFlow) {
  NodeBench bench(std::make_unique<RtpClassify>(), 2);
  install_flows(bench);  // on workers 0, 1, 0
  run(bench, {
                 {"a flow of this worker", udp({}), kRelay},
                 {"a flow of the other one",
                  udp({.from = "[fd00::2]:4000", .to = "[fd00::1]:16384"}), kHandover},
                 {"its RTCP", udp({.from = "[fd00::2]:4001", .to = "[fd00::1]:16385"}), kHandover},
             });
  EXPECT_EQ(bench.state().worker, 1);
}

// RFC 1122, section 3.2.1.3 (g): such an address may not appear outside of a host.
TEST(RtpClassify, ItsOwnLoopIsNobodyElses) {
  constexpr std::uint16_t kLoop = 2;
  NodeBench bench(std::make_unique<RtpClassify>());
  bench.snapshot().loop_port = kLoop;
  bench.snapshot().loop_table = bench.table().table_of(loop_address());
  FlowTemplate flow = flow_template();
  flow.local = *SocketAddress::parse("127.0.0.1:16384");
  bench.install(flow);
  const struct {
    const char* sentence;
    Frame frame;
    std::uint16_t port;
    const char* fate;
  } rows[] = {
      {"voice on the loop", udp({.to = "127.0.0.1:16384", .mac = {}}), kLoop, kRelay},
      {"its RTCP", udp({.to = "127.0.0.1:16385", .mac = {}}), kLoop, kPunt},
      {"no flow there", udp({.to = "127.0.0.1:16386", .mac = {}}), kLoop, "dropped: no_flow"},
      {"the same from a wire", udp({.to = "127.0.0.1:16384"}), 0, "dropped: loopback"},
      {"with its sender", udp({.from = "127.0.0.1:4000", .to = "127.0.0.1:16384"}), 1,
       "dropped: loopback"},
      {"another of that network", udp({.to = "127.1.2.3:5060"}), 0, "dropped: loopback"},
      {"TCP", changed(udp({.to = "127.0.0.1:22"}), 23, 6), 0, "dropped: loopback"},
      {"a neighbour of it is not it", udp({.to = "128.0.0.1:5060"}), 0, kPunt},
      {"an address of the wires is none of the loop's", udp({.to = "10.0.1.1:16384"}), kLoop,
       "dropped: other_mac"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(bench.run(row.frame, {}, row.port), row.fate) << row.sentence;
}

TEST(RtpClassify, TellsWhereThingsAre) {
  NodeBench bench(std::make_unique<RtpClassify>());
  install_flows(bench);
  const Frame frame = udp({.vlan = 9, .options = true});
  ASSERT_EQ(bench.run(frame), kRelay);
  EXPECT_EQ(bench.state().l3, 18);
  EXPECT_EQ(bench.state().l4, 42);
  EXPECT_EQ(bench.state().vlan, 9);
  EXPECT_EQ(bench.state().udp_length, 180);
}

}  // namespace
}  // namespace junctor::dp::test
