// SPDX-License-Identifier: MIT
#include "controlplane/hep/quality_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "platform/base/address.hpp"
#include "platform/base/bytes.hpp"

namespace junctor::cp {
namespace {

using management::v1::CallRecord;
using media::v1::LegStatistics;

// RFC 3339, in UTC.
std::string time_of(std::uint64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     unix_ms % 1000);
}

// The user part of a SIP URI: peers choose numbers, and must not choose lines of the report.
std::string user(std::string_view number) {
  constexpr std::string_view kPlain = "-_.!~*'()&=+$,;?/";
  std::string out;
  for (const char c : number) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || kPlain.find(c) != std::string_view::npos;
    if (is_plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

SocketAddress address_of(const media::v1::SocketAddress& from) {
  return {IpAddress::from_bytes(as_bytes(from.ip())), static_cast<std::uint16_t>(from.port())};
}

std::string address_line(std::string_view name, const SocketAddress& address, std::uint32_t ssrc) {
  return fmt::format("{}: IP={} PORT={} SSRC=0x{:08x}\r\n", name,
                     address ? address.ip.text() : "0.0.0.0", address.port, ssrc);
}

std::string percent(double share) {
  return fmt::format("{:.2f}", std::clamp(share, 0.0, 1.0) * 100);
}

unsigned milliseconds(std::uint32_t us) { return std::min(us / 1000, 65535u); }

double lost_share(const LegStatistics& leg) {
  const double lost = std::max(static_cast<double>(leg.packets_lost()), 0.0);
  const double expected = lost + static_cast<double>(leg.packets_received());
  return expected == 0 ? 0 : lost / expected;
}

// "PCMU/8000"
std::string session_description(const LegStatistics& leg) {
  const std::string& codec = leg.codec();
  if (codec.empty()) return {};
  const auto slash = codec.find('/');
  std::string line = fmt::format("SessionDesc: PT={} PD={}", leg.payload_type(),
                                 user(std::string_view(codec).substr(0, slash)));
  if (slash != std::string::npos) line += " SR=" + user(std::string_view(codec).substr(slash + 1));
  return line + "\r\n";
}

// What was received here.
std::string local_metrics(const LegStatistics& leg) {
  std::string out = session_description(leg);
  out += "PacketLoss: NLR=" + percent(lost_share(leg)) + "\r\n";
  out += "Delay:";
  if (leg.round_trip_us() != 0) out += fmt::format(" RTD={}", milliseconds(leg.round_trip_us()));
  out += fmt::format(" IAJ={}\r\n", milliseconds(leg.jitter_us()));
  if (leg.mos_x100() != 0)
    out += fmt::format("QualityEst: RCQ={} MOSCQ={}.{:02} QoEEstAlg=G.107\r\n",
                       (leg.r_factor_x10() + 5) / 10, leg.mos_x100() / 100, leg.mos_x100() % 100);
  return out;
}

// What the peer received, as its RTCP says.
std::string remote_metrics(const LegStatistics& leg) {
  return fmt::format("PacketLoss: NLR={}\r\nDelay: IAJ={}\r\n",
                     percent(leg.remote_fraction_lost() / 256.0),
                     milliseconds(leg.remote_jitter_us()));
}

}  // namespace

std::string quality_report(const CallRecord& record, int leg, std::string_view gateway) {
  const LegStatistics& media = record.media(leg);
  const SocketAddress local = address_of(media.local());
  const SocketAddress remote = address_of(media.has_learned() ? media.learned() : media.remote());
  const bool is_caller = leg == 0;
  const auto uri = [](std::string_view number, const SocketAddress& at) {
    return fmt::format("<sip:{}@{}>", user(number), at ? at.ip.uri_text() : "0.0.0.0");
  };
  const std::string local_id = uri(is_caller ? record.called() : record.calling(), local);
  const std::string remote_id = uri(is_caller ? record.calling() : record.called_out(), remote);
  const std::string& call_id =
      record.sip_call_ids_size() > leg ? record.sip_call_ids(leg) : record.id();
  const std::string times =
      fmt::format("Timestamps: START={} STOP={}\r\n",
                  time_of(record.answered_unix_ms() != 0 ? record.answered_unix_ms()
                                                         : record.started_unix_ms()),
                  time_of(record.ended_unix_ms()));
  std::string out = "VQSessionReport: CallTerm\r\n";
  out += "CallID: " + call_id + "\r\n";
  out += "LocalID: " + local_id + "\r\n";
  out += "RemoteID: " + remote_id + "\r\n";
  out += "OrigID: " + (is_caller ? remote_id : local_id) + "\r\n";
  out += address_line("LocalAddr", local, media.ssrc_sent());
  out += address_line("RemoteAddr", remote, media.ssrc_received());
  out += fmt::format("LocalGroup: {}\r\n", gateway);
  out += fmt::format("RemoteGroup: {}\r\n", is_caller ? record.trunk_in() : record.trunk_out());
  out += "LocalMetrics:\r\n" + times + local_metrics(media);
  if (media.rtcp_received() != 0) out += "RemoteMetrics:\r\n" + times + remote_metrics(media);
  return out;
}

}  // namespace junctor::cp
