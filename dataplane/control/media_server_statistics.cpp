// SPDX-License-Identifier: MIT
// MediaServer: what it says of sessions, ports, workers, counters and memory.
#include <utility>

#include "dataplane/control/media_server.hpp"

namespace junctor::dp {
namespace {

std::string mac_text(const MacAddress& mac) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t octet : mac) {
    if (!out.empty()) out += ':';
    out += kHex[octet >> 4];
    out += kHex[octet & 15];
  }
  return out;
}

}  // namespace

void MediaServer::on_get_statistics(const api::GetStatistics& get, api::Reply& reply) {
  api::Statistics& out = *reply.mutable_statistics();
  const Sessions& sessions = context_.sessions;
  if (get.all_sessions()) {
    sessions.for_each([&](const Session& s) { *out.add_sessions() = sessions.statistics(s); });
  } else {
    for (const std::string& id : get.session_ids()) {
      if (const Session* s = sessions.find(id)) *out.add_sessions() = sessions.statistics(*s);
    }
  }
  if (get.ports()) add_ports(out);
  if (get.counters()) {
    for (const CounterRegistry::Row& row : context_.registry.rows()) {
      api::Counter& counter = *out.add_counters();
      counter.set_name(row.name);
      counter.set_value(row.value);
      counter.set_severity(std::string(severity_name(row.description->severity)));
      counter.set_sentence(std::string(row.description->sentence));
    }
  }
  if (get.workers()) {
    for (const PlaneWorker& worker : context_.plane.workers()) {
      api::WorkerStatistics& to = *out.add_workers();
      to.set_core(worker.core);
      to.set_busy_permille(worker.busy_permille);
      to.set_packets(worker.packets);
    }
  }
  if (get.memory()) add_memory(out);
  if (get.totals()) *out.mutable_totals() = sessions.totals();
}

void MediaServer::add_memory(api::Statistics& out) const {
  const PlaneMemory memory = context_.plane.memory();
  const auto add = [&out](const char* what, std::uint64_t bytes) -> api::MemoryUse& {
    api::MemoryUse& row = *out.add_memory();
    row.set_what(what);
    row.set_bytes(bytes);
    return row;
  };
  add(memory.is_huge ? "packet memory, huge pages" : "packet memory, ordinary pages", memory.bytes);
  api::MemoryUse& buffers = add("packet buffers, in use", memory.buffer_bytes);
  buffers.set_count(memory.buffers_in_use);
  buffers.set_limit_count(memory.buffers);
  api::MemoryUse& flows = add("flows", 0);
  flows.set_count(memory.flows);
  flows.set_limit_count(memory.max_flows);
}

void MediaServer::add_ports(api::Statistics& out) const {
  for (const PlanePort& port : context_.plane.ports()) {
    api::PortStatistics& to = *out.add_ports();
    to.set_name(port.name);
    to.set_device(port.device);
    to.set_mac(mac_text(port.mac));
    to.set_link_up(port.link_up);
    to.set_packets_received(port.packets_received);
    to.set_octets_received(port.octets_received);
    to.set_packets_sent(port.packets_sent);
    to.set_octets_sent(port.octets_sent);
    to.set_missed(port.missed);
    to.set_errors(port.errors);
    to.set_to_kernel(port.punted);
    to.set_from_kernel(port.injected);
    for (std::string& address : context_.port_addresses(port.id)) {
      to.add_addresses(std::move(address));
    }
    to.set_queues(port.queues);
  }
}

}  // namespace junctor::dp
