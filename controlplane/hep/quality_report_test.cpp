// SPDX-License-Identifier: MIT
#include "controlplane/hep/quality_report.hpp"

#include <gtest/gtest.h>

#include "platform/base/address.hpp"
#include "platform/base/bytes.hpp"

namespace junctor::cp {
namespace {

void put(const char* text, media::v1::SocketAddress& out) {
  const auto address = SocketAddress::parse(text);
  out.set_ip(std::string(as_text(address->ip.bytes())));
  out.set_port(address->port);
}

management::v1::CallRecord call() {
  management::v1::CallRecord record;
  record.set_id("c1");
  record.set_started_unix_ms(1'700'000'000'000);
  record.set_answered_unix_ms(1'700'000'002'500);
  record.set_ended_unix_ms(1'700'000'062'750);
  record.set_calling("2001");
  record.set_called("1001");
  record.set_called_out("+491001");
  record.set_trunk_in("lan");
  record.set_trunk_out("carrier");
  record.add_sip_call_ids("a@lan");
  record.add_sip_call_ids("b@junctor");
  auto& in = *record.add_media();
  put("192.0.2.1:16384", *in.mutable_local());
  put("192.0.2.9:4000", *in.mutable_remote());
  in.set_codec("PCMU/8000");
  in.set_packets_received(990);
  in.set_packets_lost(10);
  in.set_jitter_us(7600);
  in.set_r_factor_x10(885);
  in.set_mos_x100(427);
  in.set_ssrc_received(0xabcdef);
  in.set_ssrc_sent(0x12345678);
  in.set_rtcp_received(3);
  in.set_round_trip_us(42'000);
  in.set_remote_fraction_lost(64);
  in.set_remote_jitter_us(3000);
  auto& out = *record.add_media();
  put("[2001:db8::1]:16386", *out.mutable_local());
  put("[2001:db8::9]:5000", *out.mutable_remote());
  put("[2001:db8::7]:5002", *out.mutable_learned());
  out.set_payload_type(8);
  return record;
}

TEST(QualityReport, SaysBothDirectionsOfALeg) {
  EXPECT_EQ(quality_report(call(), 0, "gw"),
            "VQSessionReport: CallTerm\r\n"
            "CallID: a@lan\r\n"
            "LocalID: <sip:1001@192.0.2.1>\r\n"
            "RemoteID: <sip:2001@192.0.2.9>\r\n"
            "OrigID: <sip:2001@192.0.2.9>\r\n"
            "LocalAddr: IP=192.0.2.1 PORT=16384 SSRC=0x12345678\r\n"
            "RemoteAddr: IP=192.0.2.9 PORT=4000 SSRC=0x00abcdef\r\n"
            "LocalGroup: gw\r\n"
            "RemoteGroup: lan\r\n"
            "LocalMetrics:\r\n"
            "Timestamps: START=2023-11-14T22:13:22.500Z STOP=2023-11-14T22:14:22.750Z\r\n"
            "SessionDesc: PT=0 PD=PCMU SR=8000\r\n"
            "PacketLoss: NLR=1.00\r\n"
            "Delay: RTD=42 IAJ=7\r\n"
            "QualityEst: RCQ=89 MOSCQ=4.27 QoEEstAlg=G.107\r\n"
            "RemoteMetrics:\r\n"
            "Timestamps: START=2023-11-14T22:13:22.500Z STOP=2023-11-14T22:14:22.750Z\r\n"
            "PacketLoss: NLR=25.00\r\n"
            "Delay: IAJ=3\r\n");
}

TEST(QualityReport, SaysNothingOfWhatWasNotMeasured) {
  EXPECT_EQ(quality_report(call(), 1, "gw"),
            "VQSessionReport: CallTerm\r\n"
            "CallID: b@junctor\r\n"
            "LocalID: <sip:2001@[2001:db8::1]>\r\n"
            "RemoteID: <sip:+491001@[2001:db8::7]>\r\n"
            "OrigID: <sip:2001@[2001:db8::1]>\r\n"
            "LocalAddr: IP=2001:db8::1 PORT=16386 SSRC=0x00000000\r\n"
            "RemoteAddr: IP=2001:db8::7 PORT=5002 SSRC=0x00000000\r\n"
            "LocalGroup: gw\r\n"
            "RemoteGroup: carrier\r\n"
            "LocalMetrics:\r\n"
            "Timestamps: START=2023-11-14T22:13:22.500Z STOP=2023-11-14T22:14:22.750Z\r\n"
            "PacketLoss: NLR=0.00\r\n"
            "Delay: IAJ=0\r\n");
}

TEST(QualityReport, ANumberCannotWriteLines) {
  auto record = call();
  record.set_calling("20\r\nMOSCQ=1.0 <@\"");
  const std::string report = quality_report(record, 0, "gw");
  EXPECT_NE(report.find("RemoteID: <sip:20%0D%0AMOSCQ=1.0%20%3C%40%22@192.0.2.9>\r\n"),
            std::string::npos)
      << report;
}

}  // namespace
}  // namespace junctor::cp
