// SPDX-License-Identifier: MIT
#include "platform/cli/render.hpp"

#include "platform/cli/table.hpp"
#include "platform/cli/units.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string calls_of(const management::v1::Trunk& trunk) {
  const std::string calls = number(trunk.calls());
  return trunk.max_calls() == 0 ? calls : calls + "/" + number(trunk.max_calls());
}

std::string addresses_of(const media::v1::PortStatistics& port) {
  std::string out;
  for (const std::string& address : port.addresses()) out += (out.empty() ? "" : ", ") + address;
  return out;
}

}  // namespace

std::string render_trunks(const Reply& reply, std::size_t width) {
  Table table({{"TRUNK"},
               {"STATE"},
               {"PLUGIN"},
               {"CALLS", Align::Right},
               {"IN", Align::Right},
               {"OUT", Align::Right},
               {"FAILED", Align::Right},
               {"PEER"},
               {"STATE"},
               {"RTT ms", Align::Right},
               {"LAST ANSWER"}});
  const std::string blank(Table::kBlank);
  for (const management::v1::Trunk& trunk : reply.trunks()) {
    std::vector<std::string> cells = {
        trunk.name(),
        trunk.is_removed() ? "removed, " + trunk.state() : trunk.state(),
        trunk.plugin(),
        calls_of(trunk),
        number(trunk.calls_in()),
        number(trunk.calls_out()),
        number(trunk.calls_failed())};
    if (trunk.peers().empty()) {
      cells.resize(11);
      table.add(cells);
    }
    for (const management::v1::Peer& peer : trunk.peers()) {
      const std::uint32_t rtt = peer.options_round_trip_us();
      cells.insert(
          cells.end(),
          {peer.transport().empty() ? peer.address() : peer.address() + " " + peer.transport(),
           peer.state(), rtt == 0 ? "" : milliseconds_text(rtt), peer.last_response()});
      table.add(cells);
      cells.assign(7, blank);  // the trunk stands in its first line
    }
  }
  return table.text("no trunks", width);
}

std::string render_ports(const Reply& reply, std::size_t width) {
  Table table({{"PORT"},
               {"LINK"},
               {"RECEIVED", Align::Right},
               {"SENT", Align::Right},
               {"MISSED", Align::Right},
               {"ERRORS", Align::Right},
               {"TO KERNEL", Align::Right},
               {"FROM KERNEL", Align::Right}});
  Table devices({{"PORT"},
                 {"DEVICE"},
                 {"MAC"},
                 {"QUEUES", Align::Right},
                 {"RECEIVED", Align::Right},
                 {"SENT", Align::Right},
                 {"ADDRESSES"}});
  for (const media::v1::PortStatistics& port : reply.ports()) {
    table.add({port.name(), port.link_up() ? "up" : "down", number(port.packets_received()),
               number(port.packets_sent()), number(port.missed()), number(port.errors()),
               number(port.to_kernel()), number(port.from_kernel())});
    devices.add({port.name(), port.device(), port.mac(), number(port.queues()),
                 octets_text(port.octets_received()), octets_text(port.octets_sent()),
                 addresses_of(port)});
  }
  if (reply.ports().empty()) return table.text("no ports", width);
  return table.text("", width) + "\n" + devices.text("", width);
}

std::string render_workers(const Reply& reply) {
  Table table({{"CORE", Align::Right}, {"BUSY", Align::Right}, {"PACKETS", Align::Right}});
  for (const media::v1::WorkerStatistics& worker : reply.workers()) {
    table.add({number(worker.core()), percent_text(worker.busy_permille() / 1000.0),
               number(worker.packets())});
  }
  return table.text("no workers");
}

std::string render_counters(const Reply& reply, std::size_t width) {
  Table table({{"COUNTER"}, {"VALUE", Align::Right}, {"SEVERITY"}, {"EACH ONE MEANS"}});
  for (const media::v1::Counter& counter : reply.counters()) {
    table.add({counter.name(), number(counter.value()), counter.severity(), counter.sentence()});
  }
  return table.text("no counters", width);
}

// "restart    junctor-dataplane, for interfaces, dataplane", "! monitoring prometheus: ..."
std::string render_waiting(const management::v1::Version& version) {
  std::string text;
  for (const management::v1::RestartWait& wait : version.waiting()) {
    text += "restart    " + wait.program() + " waits for one, for: ";
    for (int i = 0; i < wait.settings_size(); ++i)
      text += (i == 0 ? "" : ", ") + escape(wait.settings(i));
    text += "\n";
  }
  for (const std::string& mistake : version.mistakes()) text += "! " + escape(mistake) + "\n";
  return text;
}

std::string render_version(const Reply& reply, std::uint64_t now_unix_ms) {
  const management::v1::Version& version = reply.version();
  const std::uint64_t started = version.started_unix_ms();
  const bool is_known = started != 0 && started <= now_unix_ms;
  std::string program = escape(version.program());
  if (!version.build().empty()) program += ", build " + escape(version.build().substr(0, 12));
  return "version    " + escape(version.version()) + "\n" +
         (program.empty() ? "" : "program    " + program + "\n") + "dataplane  " +
         (version.dataplane_connected() ? "connected" : "not connected") + "\n" + "started    " +
         (started == 0 ? "-" : time_text(started) + " UTC") +
         (is_known ? ", " + duration_text(now_unix_ms - started) + " ago" : "") + "\n" +
         "calls      " + number(version.calls()) + "\n" + "resumed    " +
         number(version.calls_resumed()) + "\n" + render_waiting(version);
}

}  // namespace junctor::cli
