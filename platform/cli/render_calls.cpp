// SPDX-License-Identifier: MIT
#include <unordered_map>

#include "platform/cli/render.hpp"
#include "platform/cli/table.hpp"
#include "platform/cli/units.hpp"

namespace junctor::cli {
namespace {

using management::v1::Call;
using media::v1::LegStatistics;

std::string number(std::uint64_t value) { return std::to_string(value); }

// "pbx > provider", as far as the call has come.
std::string way_of(const Call& call) {
  std::string out;
  for (const management::v1::Leg& leg : call.legs())
    out += (out.empty() ? "" : " > ") + leg.trunk();
  return out;
}

std::string codecs_of(const Call& call) {
  std::string out;
  for (const management::v1::Leg& leg : call.legs()) {
    if (leg.codec().empty() || leg.codec() == out) continue;
    out += (out.empty() ? "" : " > ") + leg.codec();
  }
  return out;
}

std::string since(std::uint64_t begin_ms, std::uint64_t end_ms) {
  return begin_ms == 0 || end_ms < begin_ms ? "" : duration_text(end_ms - begin_ms);
}

// A number before and after: "0301234 > +49301234".
std::string changed(const std::string& before, const std::string& after) {
  return after.empty() || after == before ? before : before + " > " + after;
}

std::string side_of(int leg) {
  return leg == 0 ? "calling" : leg == 1 ? "called" : std::to_string(leg);
}

// Lost packets, and their share of those that should have come.
std::string lost_of(const LegStatistics& leg) {
  const auto lost = static_cast<double>(leg.packets_lost());
  const double expected = lost + static_cast<double>(leg.packets_received());
  const std::string share = expected > 0 && lost > 0 ? percent_text(lost / expected) : "0.0 %";
  return std::to_string(leg.packets_lost()) + " (" + share + ")";
}

// Where voice comes from: "signalled", or the address that was learned in its place.
std::string source_of(const LegStatistics& leg) {
  if (!leg.has_learned()) return "";
  const std::string learned = address_text(leg.learned());
  return learned == address_text(leg.remote()) ? "learned" : learned;
}

std::string mos_of(const LegStatistics& leg) {
  return leg.mos_x100() == 0 ? "" : hundredths_text(leg.mos_x100());
}

// Each side's, as it was heard from that side.
std::string mos_of(const management::v1::CallRecord& record) {
  std::string out;
  for (const LegStatistics& leg : record.media()) {
    const std::string mos = mos_of(leg);
    out += (out.empty() ? "" : " ") + (mos.empty() ? "-" : mos);
  }
  return out;
}

}  // namespace

std::string render_calls(const Reply& reply, std::uint64_t now_unix_ms, std::size_t width) {
  Table table({{"CALL"},
               {"STATE"},
               {"CALLING"},
               {"CALLED"},
               {"TRUNKS"},
               {"CODEC"},
               {"TIME", Align::Right}});
  for (const Call& call : reply.calls()) {
    const std::uint64_t begin =
        call.answered_unix_ms() != 0 ? call.answered_unix_ms() : call.started_unix_ms();
    table.add({call.id(), call.on_hold() ? call.state() + ", held" : call.state(), call.calling(),
               call.called(), way_of(call), codecs_of(call), since(begin, now_unix_ms)});
  }
  return table.text("no calls", width);
}

std::string render_call_legs(const Reply& reply, std::size_t width) {
  Table table({{"LEG"}, {"TRUNK"}, {"STATE"}, {"PEER"}, {"NUMBER"}, {"CODEC"}, {"CALL-ID"}});
  for (const Call& call : reply.calls()) {
    for (int i = 0; i < call.legs_size(); ++i) {
      const management::v1::Leg& leg = call.legs(i);
      table.add({side_of(i), leg.trunk(), leg.state(), leg.peer(), leg.number(), leg.codec(),
                 leg.call_id()});
    }
  }
  return table.text("no legs", width);
}

std::string render_media(const Reply& reply, std::size_t width) {
  Table table({{"CALL"},
               {"LEG"},
               {"TRUNK"},
               {"LOCAL"},
               {"REMOTE"},
               {"SOURCE"},
               {"CODEC"},
               {"RECEIVED", Align::Right},
               {"SENT", Align::Right},
               {"LOST", Align::Right},
               {"JITTER ms", Align::Right},
               {"RTT ms", Align::Right},
               {"MOS", Align::Right},
               {"SRTP"}});
  std::unordered_map<std::string, const Call*>
      calls;  // the Reply may tell which trunks the legs face
  for (const Call& call : reply.calls()) calls.emplace(call.id(), &call);
  for (const media::v1::SessionStatistics& session : reply.media()) {
    const auto call = calls.find(session.id());
    for (int i = 0; i < session.legs_size(); ++i) {
      const LegStatistics& leg = session.legs(i);
      const bool has_trunk = call != calls.end() && i < call->second->legs_size();
      table.add({i == 0 ? session.id() : std::string(Table::kBlank), side_of(i),
                 has_trunk ? call->second->legs(i).trunk() : "", address_text(leg.local()),
                 address_text(leg.remote()), source_of(leg), leg.codec(),
                 number(leg.packets_received()), number(leg.packets_sent()), lost_of(leg),
                 milliseconds_text(leg.jitter_us()),
                 leg.round_trip_us() == 0 ? "" : milliseconds_text(leg.round_trip_us()),
                 mos_of(leg), leg.srtp().empty() ? "none" : leg.srtp()});
    }
  }
  return table.text("no media", width);
}

std::string render_records(const Reply& reply, std::size_t width) {
  Table table({{"STARTED (UTC)"},
               {"CALLING"},
               {"CALLED"},
               {"TRUNKS"},
               {"TALK", Align::Right},
               {"STATUS", Align::Right},
               {"ENDED BY"},
               {"MOS"},
               {"CALL"},
               {"REASON"}});
  for (const management::v1::CallRecord& record : reply.records()) {
    table.add({time_text(record.started_unix_ms()), changed(record.calling(), record.calling_out()),
               changed(record.called(), record.called_out()),
               record.trunk_out().empty() ? record.trunk_in()
                                          : record.trunk_in() + " > " + record.trunk_out(),
               since(record.answered_unix_ms(), record.ended_unix_ms()),
               number(record.sip_status()), record.ended_by(), mos_of(record), record.id(),
               record.reason()});
  }
  return table.text("no records", width);
}

}  // namespace junctor::cli
