// SPDX-License-Identifier: MIT
#include "controlplane/hep/exporter.hpp"

#include <utility>

#include "controlplane/hep/packet.hpp"
#include "controlplane/hep/quality_report.hpp"
#include "platform/base/bytes.hpp"

namespace junctor::cp {
namespace {

SocketAddress address_of(const media::v1::SocketAddress& from) {
  return {IpAddress::from_bytes(as_bytes(from.ip())), static_cast<std::uint16_t>(from.port())};
}

}  // namespace

HepExporter::HepExporter(ipc::Loop& loop, CounterRegistry& registry, Correlate correlate)
    : loop_(loop), registry_(registry), correlate_(std::move(correlate)) {
  registry_.add("hep", counts_.descriptions(), counts_.values());
}

HepExporter::~HepExporter() { registry_.remove(counts_.values()); }

void HepExporter::set(const config::v1::Hep& config, const std::string& gateway) {
  const bool is_same_server = config.address() == config_.address() &&
                              config.port() == config_.port() &&
                              config.transport() == config_.transport();
  config_ = config;
  gateway_ = gateway;
  if (is_same_server) return;
  sender_.reset();
  const auto ip = IpAddress::parse(config.address());
  if (!ip) return;
  sender_ = std::make_unique<HepSender>(
      loop_, SocketAddress{*ip, static_cast<std::uint16_t>(config.port())},
      config.transport() == config::v1::TCP, counts_);
}

void HepExporter::on_message(const TraceEntry& entry) {
  if (!sender_) return;
  const std::string correlation = correlate_(entry.call_id);
  HepPacket packet;
  packet.is_tcp = entry.hop.transport == Transport::Tcp;
  packet.source = entry.sent ? entry.local : entry.hop.peer;
  packet.destination = entry.sent ? entry.hop.peer : entry.local;
  packet.wall = entry.wall;
  packet.capture_id = config_.capture_id();
  packet.password = config_.password();
  packet.correlation = correlation;
  packet.payload = entry.text;
  sender_->send(encode(packet));
}

void HepExporter::on_record(const management::v1::CallRecord& record) {
  if (!sender_ || !config_.quality_reports()) return;
  for (int leg = 0; leg < record.media_size() && leg < 2; ++leg) report(record, leg);
}

// From where voice was received to where: so Homer shows it between the same addresses as RTP.
void HepExporter::report(const management::v1::CallRecord& record, int leg) {
  const media::v1::LegStatistics& media = record.media(leg);
  const std::string payload = quality_report(record, leg, gateway_);
  HepPacket packet;
  packet.protocol = HepProtocol::QualityReport;
  packet.source = address_of(media.local());
  packet.destination = address_of(media.has_learned() ? media.learned() : media.remote());
  if (!packet.source || packet.source.ip.family() != packet.destination.ip.family()) return;
  packet.wall = Milliseconds{record.ended_unix_ms()};
  packet.capture_id = config_.capture_id();
  packet.password = config_.password();
  packet.correlation = record.sip_call_ids_size() > 0 ? record.sip_call_ids(0) : record.id();
  packet.payload = payload;
  sender_->send(encode(packet));
}

}  // namespace junctor::cp
