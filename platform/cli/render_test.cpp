// SPDX-License-Identifier: MIT
#include "platform/cli/render.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace junctor::cli {
namespace {

constexpr std::uint64_t kNow = 1'700'000'100'000;

Reply with_call() {
  Reply reply;
  auto& call = *reply.add_calls();
  call.set_id("3f2a91c0");
  call.set_state("talking");
  call.set_calling("2001");
  call.set_called("+493012345");
  call.set_started_unix_ms(kNow - 80'000);
  call.set_answered_unix_ms(kNow - 75'000);
  call.set_on_hold(true);
  auto& calling = *call.add_legs();
  calling.set_trunk("pbx");
  calling.set_state("confirmed");
  calling.set_peer("192.0.2.20:5060");
  calling.set_call_id("a84b4c76e66710");
  calling.set_codec("PCMU");
  calling.set_number("2001");
  auto& called = *call.add_legs();
  called.set_trunk("provider");
  called.set_state("confirmed");
  called.set_peer("203.0.113.9:5062");
  called.set_call_id("evil\x1b[31m");
  called.set_codec("PCMA");
  called.set_number("+493012345");
  auto& ringing = *reply.add_calls();
  ringing.set_id("41");
  ringing.set_state("ringing");
  ringing.set_started_unix_ms(kNow - 2'000);
  return reply;
}

media::v1::LegStatistics leg(const std::string& ip, std::uint32_t port) {
  media::v1::LegStatistics leg;
  leg.mutable_local()->set_ip(std::string("\xc0\0\2\1", 4));
  leg.mutable_local()->set_port(16384);
  leg.mutable_remote()->set_ip(ip);
  leg.mutable_remote()->set_port(port);
  leg.set_codec("PCMU/8000");
  leg.set_packets_received(990);
  leg.set_packets_sent(1000);
  leg.set_packets_lost(10);
  leg.set_jitter_us(1'250);
  leg.set_mos_x100(441);
  return leg;
}

TEST(Render, Calls) {
  EXPECT_EQ(render_calls(with_call(), kNow),
            "CALL      STATE          CALLING  CALLED      TRUNKS          CODEC        TIME\n"
            "3f2a91c0  talking, held  2001     +493012345  pbx > provider  PCMU > PCMA  1:15\n"
            "41        ringing        -        -           -               -            0:02\n");
}
TEST(Render, CallLegs) {
  EXPECT_EQ(render_call_legs(with_call()),
            "LEG      TRUNK     STATE      PEER              NUMBER      CODEC  CALL-ID\n"
            "calling  pbx       confirmed  192.0.2.20:5060   2001        PCMU   a84b4c76e66710\n"
            "called   provider  confirmed  203.0.113.9:5062  +493012345  PCMA   evil\\x1b[31m\n");
}

TEST(Render, Media) {
  Reply reply = with_call();
  auto& session = *reply.add_media();
  session.set_id("3f2a91c0");
  *session.add_legs() = leg(std::string("\xc0\0\2\x14", 4), 4000);
  *session.add_legs() = leg(std::string("\xcb\0\x71\x09", 4), 30000);
  *session.mutable_legs(0)->mutable_learned() = session.legs(0).remote();
  session.mutable_legs(1)->set_round_trip_us(20'300);
  session.mutable_legs(1)->set_packets_lost(-1);
  session.mutable_legs(1)->set_mos_x100(0);
  reply.add_media()->set_id("one-leg");
  reply.mutable_media(1)->add_legs();
  EXPECT_EQ(render_media(reply),
            "CALL      LEG      TRUNK     LOCAL            REMOTE             SOURCE   CODEC      "
            "RECEIVED  SENT        LOST  JITTER ms  RTT ms   MOS  SRTP\n"
            "3f2a91c0  calling  pbx       192.0.2.1:16384  192.0.2.20:4000    learned  PCMU/8000  "
            "     990  1000  10 (1.0 %)        1.2       -  4.41  none\n"
            "          called   provider  192.0.2.1:16384  203.0.113.9:30000  -        PCMU/8000  "
            "     990  1000  -1 (0.0 %)        1.2    20.3     -  none\n"
            "one-leg   calling  -         -                -                  -        -          "
            "       0     0   0 (0.0 %)        0.0       -     -  none\n");
}

TEST(Render, Trunks) {
  Reply reply;
  auto& pbx = *reply.add_trunks();
  pbx.set_name("pbx");
  pbx.set_plugin("generic");
  pbx.set_state("up");
  pbx.set_calls(2);
  pbx.set_max_calls(30);
  pbx.set_calls_in(7);
  for (const char* address : {"192.0.2.20:5060", "192.0.2.21:5060"}) {
    auto& peer = *pbx.add_peers();
    peer.set_address(address);
    peer.set_transport("udp");
    peer.set_state("up");
  }
  pbx.mutable_peers(0)->set_options_round_trip_us(1'100);
  pbx.mutable_peers(0)->set_last_response("200 OK");
  reply.add_trunks()->set_name("empty");
  EXPECT_EQ(
      render_trunks(reply),
      "TRUNK  STATE  PLUGIN   CALLS  IN  OUT  FAILED  PEER                 STATE  RTT ms  LAST "
      "ANSWER\n"
      "pbx    up     generic   2/30   7    0       0  192.0.2.20:5060 udp  up        1.1  200 OK\n"
      "                                               192.0.2.21:5060 udp  up          -  -\n"
      "empty  -      -            0   0    0       0  -                    -           -  -\n");
}

TEST(Render, CallsInDetail) {
  EXPECT_EQ(render_calls_detail(with_call(), kNow),
            "call 3f2a91c0\n"
            "  state         talking, held\n"
            "  calling       2001\n"
            "  called        +493012345\n"
            "  route         -\n"
            "  started       2023-11-14 22:13:40 UTC, 1:20 ago\n"
            "  answered      2023-11-14 22:13:45 UTC, 1:15 ago\n"
            "  calling leg   trunk pbx, confirmed\n"
            "    peer        192.0.2.20:5060\n"
            "    number      2001\n"
            "    codec       PCMU\n"
            "    Call-ID     a84b4c76e66710\n"
            "  called leg    trunk provider, confirmed\n"
            "    peer        203.0.113.9:5062\n"
            "    number      +493012345\n"
            "    codec       PCMA\n"
            "    Call-ID     evil\\x1b[31m\n"
            "\n"
            "call 41\n"
            "  state         ringing\n"
            "  calling       -\n"
            "  called        -\n"
            "  route         -\n"
            "  started       2023-11-14 22:14:58 UTC, 0:02 ago\n"
            "  answered      -\n");
  EXPECT_EQ(render_calls_detail({}, kNow), "no calls\n");
}

TEST(Render, ATrunkWithAllThatIsKnownOfIt) {
  Reply reply;
  auto& pbx = *reply.add_trunks();
  pbx.set_name("pbx");
  pbx.set_state("draining");
  pbx.set_is_removed(true);
  pbx.set_calls(2);
  pbx.set_max_calls(30);
  pbx.set_calls_last_second(1);
  pbx.set_calls_refused(4);
  auto& peer = *pbx.add_peers();
  peer.set_address("192.0.2.20:5060");
  peer.set_transport("udp");
  peer.set_priority(10);
  peer.set_options_round_trip_us(1'100);
  peer.set_checked_unix_ms(kNow - 5'000);
  auto& cause = *pbx.add_causes();
  cause.set_reason("486 Busy Here");
  cause.set_count(12);
  cause.set_last_unix_ms(kNow);
  EXPECT_EQ(render_trunk(reply, kNow), render_trunks(reply) +
                                           "\n"
                                           "trunk pbx\n"
                                           "  calls         2 of 30\n"
                                           "  last second   1\n"
                                           "  in, out       0, 0\n"
                                           "  failed        0\n"
                                           "  refused       4\n"
                                           "\n"
                                           "peer 192.0.2.20:5060 udp\n"
                                           "  state         -\n"
                                           "  priority      10\n"
                                           "  weight        0\n"
                                           "  last answer   -\n"
                                           "  OPTIONS       2023-11-14 22:14:55 UTC, 0:05 ago\n"
                                           "  round trip    1.1 ms\n"
                                           "\n"
                                           "WHY CALLS FAILED  COUNT  LAST (UTC)\n"
                                           "486 Busy Here        12  2023-11-14 22:15:00\n");
  EXPECT_NE(render_trunks(reply).find("removed, draining"), std::string::npos);
}

TEST(Render, Memory) {
  Reply reply;
  auto& all = *reply.add_memory();
  all.set_program("junctor-control");
  all.set_what("in all");
  all.set_bytes(45'200'000);
  all.set_limit_bytes(2'000'000'000);
  auto& flows = *reply.add_memory();
  flows.set_program("junctor-dataplane");
  flows.set_what("flows");
  flows.set_limit_count(20'000);
  EXPECT_EQ(render_memory(reply),
            "PROGRAM            WHAT       SIZE      OF  COUNT     OF\n"
            "junctor-control    in all  45.2 MB  2.0 GB      -      -\n"
            "junctor-dataplane  flows         -       -      0  20000\n");
}

TEST(Render, Ports) {
  Reply reply;
  auto& port = *reply.add_ports();
  port.set_name("east");
  port.set_device("net_tap0");
  port.set_mac("02:00:00:00:00:01");
  port.set_link_up(true);
  port.set_packets_received(1000);
  port.set_octets_received(214'000);
  port.set_queues(1);
  port.add_addresses("192.0.2.1/24");
  port.add_addresses("2001:db8::1/64");
  EXPECT_EQ(
      render_ports(reply),
      "PORT  LINK  RECEIVED  SENT  MISSED  ERRORS  TO KERNEL  FROM KERNEL\n"
      "east  up        1000     0       0       0          0            0\n"
      "\n"
      "PORT  DEVICE    MAC                QUEUES  RECEIVED  SENT  ADDRESSES\n"
      "east  net_tap0  02:00:00:00:00:01       1  214.0 kB   0 B  192.0.2.1/24, 2001:db8::1/64\n");
}

TEST(Render, WorkersAndCounters) {
  Reply reply;
  auto& worker = *reply.add_workers();
  worker.set_core(1);
  worker.set_busy_permille(15);
  worker.set_packets(12);
  auto& counter = *reply.add_counters();
  counter.set_name("rtp_relay.wrong_source");
  counter.set_value(3);
  counter.set_severity("warning");
  counter.set_sentence("a packet came from elsewhere");
  EXPECT_EQ(render_workers(reply),
            "CORE   BUSY  PACKETS\n"
            "   1  1.5 %       12\n");
  EXPECT_EQ(render_counters(reply, 0),
            "COUNTER                 VALUE  SEVERITY  EACH ONE MEANS\n"
            "rtp_relay.wrong_source      3  warning   a packet came from elsewhere\n");
}

TEST(Render, Records) {
  Reply reply;
  auto& record = *reply.add_records();
  record.set_started_unix_ms(kNow - 100'000);
  record.set_answered_unix_ms(kNow - 90'000);
  record.set_ended_unix_ms(kNow);
  record.set_calling("2001");
  record.set_called("030 1");
  record.set_called_out("+49301");
  record.set_trunk_in("pbx");
  record.set_trunk_out("provider");
  record.set_sip_status(200);
  record.set_ended_by("callee");
  record.set_reason("the called side hung up");
  *record.add_media() = leg("", 0);
  *record.add_media() = media::v1::LegStatistics();
  auto& failed = *reply.add_records();
  failed.set_started_unix_ms(kNow);
  failed.set_ended_unix_ms(kNow);
  failed.set_calling("2001");
  failed.set_called("1");
  failed.set_trunk_in("pbx");
  failed.set_sip_status(404);
  failed.set_ended_by("gateway");
  EXPECT_EQ(render_records(reply),
            "STARTED (UTC)        CALLING  CALLED          TRUNKS          TALK  STATUS  ENDED BY  "
            "MOS     CALL  REASON\n"
            "2023-11-14 22:13:20  2001     030 1 > +49301  pbx > provider  1:30     200  callee    "
            "4.41 -  -     the called side hung up\n"
            "2023-11-14 22:15:00  2001     1               pbx                -     404  gateway   "
            "-       -     -\n");
}

TEST(Render, Version) {
  Reply reply;
  reply.mutable_version()->set_version("0.1.0");
  reply.mutable_version()->set_started_unix_ms(kNow - 3'723'000);
  reply.mutable_version()->set_calls(3);
  EXPECT_EQ(render_version(reply, kNow),
            "version    0.1.0\n"
            "dataplane  not connected\n"
            "started    2023-11-14 21:12:57 UTC, 1:02:03 ago\n"
            "calls      3\n"
            "resumed    0\n");
  reply.mutable_version()->set_version("7.2.1");
  reply.mutable_version()->set_program("0.1.0");
  reply.mutable_version()->set_build("0123456789abcdef0123456789abcdef01234567");
  EXPECT_THAT(render_version(reply, kNow),
              testing::StartsWith("version    7.2.1\n"
                                  "program    0.1.0, build 0123456789ab\n"
                                  "dataplane  not connected\n"));
  management::v1::RestartWait& wait = *reply.mutable_version()->add_waiting();
  wait.set_program("junctor-dataplane");
  wait.add_settings("interfaces");
  wait.add_settings("dataplane");
  reply.mutable_version()->add_mistakes("monitoring prometheus: cannot listen");
  EXPECT_THAT(render_version(reply, kNow),
              testing::EndsWith("resumed    0\n"
                                "restart    junctor-dataplane waits for one, for: interfaces, "
                                "dataplane\n"
                                "! monitoring prometheus: cannot listen\n"));
}

}  // namespace
}  // namespace junctor::cli
