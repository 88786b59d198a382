// SPDX-License-Identifier: MIT
#include "controlplane/journal/record_columns.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace junctor::cp {
namespace {

using management::v1::CallRecord;

std::string hundredths(std::uint32_t x100) {
  if (x100 == 0) return {};
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%u.%02u", x100 / 100, x100 % 100);
  return text.data();
}

// The part of a leg: 0 the calling side, 1 the called one.
template <int kLeg>
std::string leg_value(const CallRecord& record,
                      std::string (*value)(const media::v1::LegStatistics& leg)) {
  return record.media_size() > kLeg ? value(record.media(kLeg)) : std::string{};
}
std::string codec_of(const media::v1::LegStatistics& leg) { return leg.codec(); }
std::string received_of(const media::v1::LegStatistics& leg) {
  return std::to_string(leg.packets_received());
}
std::string lost_of(const media::v1::LegStatistics& leg) {
  return std::to_string(leg.packets_lost());
}
std::string jitter_of(const media::v1::LegStatistics& leg) {
  return std::to_string(leg.jitter_us() / 1000);
}
std::string mos_of(const media::v1::LegStatistics& leg) { return hundredths(leg.mos_x100()); }

std::string element(const google::protobuf::RepeatedPtrField<std::string>& all, int index) {
  return all.size() > index ? all.Get(index) : std::string{};
}

// New ones come at the end: whoever counts columns finds the old ones where they were.
constexpr RecordColumn kColumns[] = {
    {"id", RecordColumn::Text, [](const CallRecord& r) { return r.id(); }},
    {"started", RecordColumn::Text,
     [](const CallRecord& r) { return record_time(r.started_unix_ms()); }},
    {"answered", RecordColumn::Text,
     [](const CallRecord& r) { return record_time(r.answered_unix_ms()); }},
    {"ended", RecordColumn::Text,
     [](const CallRecord& r) { return record_time(r.ended_unix_ms()); }},
    {"calling", RecordColumn::Text, [](const CallRecord& r) { return r.calling(); }},
    {"called", RecordColumn::Text, [](const CallRecord& r) { return r.called(); }},
    {"called_out", RecordColumn::Text, [](const CallRecord& r) { return r.called_out(); }},
    {"trunk_in", RecordColumn::Text, [](const CallRecord& r) { return r.trunk_in(); }},
    {"trunk_out", RecordColumn::Text, [](const CallRecord& r) { return r.trunk_out(); }},
    {"route", RecordColumn::Text, [](const CallRecord& r) { return r.route(); }},
    {"sip_status", RecordColumn::Number,
     [](const CallRecord& r) { return std::to_string(r.sip_status()); }},
    {"ended_by", RecordColumn::Text, [](const CallRecord& r) { return r.ended_by(); }},
    {"reason", RecordColumn::Text, [](const CallRecord& r) { return r.reason(); }},
    {"resumed", RecordColumn::Text,
     [](const CallRecord& r) { return std::string(r.resumed() ? "true" : "false"); }},
    {"codec_in", RecordColumn::Text, [](const CallRecord& r) { return leg_value<0>(r, codec_of); }},
    {"received_in", RecordColumn::Number,
     [](const CallRecord& r) { return leg_value<0>(r, received_of); }},
    {"lost_in", RecordColumn::Number, [](const CallRecord& r) { return leg_value<0>(r, lost_of); }},
    {"jitter_ms_in", RecordColumn::Number,
     [](const CallRecord& r) { return leg_value<0>(r, jitter_of); }},
    {"mos_in", RecordColumn::Number, [](const CallRecord& r) { return leg_value<0>(r, mos_of); }},
    {"codec_out", RecordColumn::Text,
     [](const CallRecord& r) { return leg_value<1>(r, codec_of); }},
    {"received_out", RecordColumn::Number,
     [](const CallRecord& r) { return leg_value<1>(r, received_of); }},
    {"lost_out", RecordColumn::Number,
     [](const CallRecord& r) { return leg_value<1>(r, lost_of); }},
    {"jitter_ms_out", RecordColumn::Number,
     [](const CallRecord& r) { return leg_value<1>(r, jitter_of); }},
    {"mos_out", RecordColumn::Number, [](const CallRecord& r) { return leg_value<1>(r, mos_of); }},
    {"ringing", RecordColumn::Text,
     [](const CallRecord& r) { return record_time(r.ringing_unix_ms()); }},
    {"peer_in", RecordColumn::Text, [](const CallRecord& r) { return element(r.peers(), 0); }},
    {"peer_out", RecordColumn::Text, [](const CallRecord& r) { return element(r.peers(), 1); }},
    {"call_id_in", RecordColumn::Text,
     [](const CallRecord& r) { return element(r.sip_call_ids(), 0); }},
    {"call_id_out", RecordColumn::Text,
     [](const CallRecord& r) { return element(r.sip_call_ids(), 1); }},
    {"calling_out", RecordColumn::Text, [](const CallRecord& r) { return r.calling_out(); }},
};

}  // namespace

std::string record_time(std::uint64_t unix_ms) {
  if (unix_ms == 0) return {};
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::array<char, 8> more{};
  std::snprintf(more.data(), more.size(), ".%03uZ", static_cast<unsigned>(unix_ms % 1000));
  return std::string(text.data(), length) + more.data();
}

std::span<const RecordColumn> record_columns() { return kColumns; }

}  // namespace junctor::cp
