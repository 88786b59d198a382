// SPDX-License-Identifier: MIT
#include "controlplane/metrics/dataplane_metrics.hpp"

#include <string>

namespace junctor::cp {
namespace {

using Kind = Exposition::Kind;
using media::v1::PortStatistics;
using media::v1::WorkerStatistics;

struct PortFamily {
  std::string_view name;
  std::string_view help;
  std::uint64_t (*value)(const PortStatistics& port);
};
constexpr PortFamily kPortFamilies[] = {
    {"junctor_port_received_packets_total", "Packets that the port received.",
     [](const PortStatistics& port) { return port.packets_received(); }},
    {"junctor_port_received_bytes_total", "Octets that the port received.",
     [](const PortStatistics& port) { return port.octets_received(); }},
    {"junctor_port_sent_packets_total", "Packets that the port sent.",
     [](const PortStatistics& port) { return port.packets_sent(); }},
    {"junctor_port_sent_bytes_total", "Octets that the port sent.",
     [](const PortStatistics& port) { return port.octets_sent(); }},
    {"junctor_port_missed_packets_total", "Packets that were lost before a worker saw them.",
     [](const PortStatistics& port) { return port.missed(); }},
    {"junctor_port_errors_total", "Packets that the port received or sent with an error.",
     [](const PortStatistics& port) { return port.errors(); }},
    {"junctor_port_to_kernel_packets_total", "Packets that were handed to the kernel.",
     [](const PortStatistics& port) { return port.to_kernel(); }},
    {"junctor_port_from_kernel_packets_total", "Packets that the kernel sent by the port.",
     [](const PortStatistics& port) { return port.from_kernel(); }},
};

}  // namespace

void write_ports(Exposition& out, const google::protobuf::RepeatedPtrField<PortStatistics>& ports) {
  out.family("junctor_port_up", Kind::Gauge, "Whether the port has a link: 1 or 0.");
  for (const PortStatistics& port : ports)
    out.sample({{"port", port.name()}}, port.link_up() ? 1 : 0);
  for (const PortFamily& family : kPortFamilies) {
    out.family(family.name, Kind::Counter, family.help);
    for (const PortStatistics& port : ports)
      out.sample({{"port", port.name()}}, static_cast<double>(family.value(port)));
  }
}

void write_workers(Exposition& out,
                   const google::protobuf::RepeatedPtrField<WorkerStatistics>& workers) {
  out.family("junctor_worker_busy_ratio", Kind::Gauge,
             "Share of the last second in which the worker of this core had packets.");
  for (const WorkerStatistics& worker : workers)
    out.sample({{"core", std::to_string(worker.core())}}, worker.busy_permille() / 1000.0);
  out.family("junctor_worker_packets_total", Kind::Counter, "Packets that the worker took.");
  for (const WorkerStatistics& worker : workers)
    out.sample({{"core", std::to_string(worker.core())}}, static_cast<double>(worker.packets()));
}

void write_live(Exposition& out, const media::v1::LegTotals& totals) {
  const auto gauge = [&out](std::string_view name, std::string_view help, double value) {
    out.family(name, Kind::Gauge, help);
    out.sample({}, value);
  };
  gauge("junctor_live_legs", "Legs of calls that are up, in the dataplane.", totals.legs());
  gauge("junctor_live_packets_received", "Voice packets that the legs that are up have received.",
        static_cast<double>(totals.packets_received()));
  gauge("junctor_live_packets_lost",
        "Voice packets that were lost on their way to the legs that are up (RFC 3550, A.3).",
        static_cast<double>(totals.packets_lost()));
  gauge("junctor_live_packets_sent", "Voice packets that the legs that are up have sent.",
        static_cast<double>(totals.packets_sent()));
}

}  // namespace junctor::cp
