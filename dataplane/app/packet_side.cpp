// SPDX-License-Identifier: MIT
#include "dataplane/app/packet_side.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <optional>

#include "dataplane/control/sessions.hpp"
#include "dataplane/io/cpu.hpp"
#include "dataplane/nodes/relay_graph.hpp"

namespace junctor::dp {
namespace {

// Of two processes on a machine with different run directories.
std::string prefix_of(const std::string& run_dir) {
  char text[40];
  std::snprintf(text, sizeof text, "junctor-%016zx", std::hash<std::string>{}(run_dir));
  return text;
}

HugePages huge_pages_of(config::v1::HugePages value) {
  switch (value) {
    case config::v1::REQUIRED:
      return HugePages::Required;
    case config::v1::NONE:
      return HugePages::None;
    default:
      return HugePages::Auto;
  }
}

// The form was validated with the configuration.
std::optional<MacAddress> mac_of(const std::string& text) {
  MacAddress mac{};
  unsigned octets[6] = {};
  // NOLINTNEXTLINE(cert-err34-c): two digits each, so no number can be too large
  if (std::sscanf(text.c_str(), "%x:%x:%x:%x:%x:%x", &octets[0], &octets[1], &octets[2], &octets[3],
                  &octets[4], &octets[5]) != 6)
    return std::nullopt;
  std::copy(std::begin(octets), std::end(octets), mac.begin());
  return mac;
}

EalOptions eal_options_of(const config::v1::Config& config, const std::string& run_dir,
                          const CorePlan& cores) {
  const config::v1::Dataplane& dataplane = config.dataplane();
  EalOptions options;
  options.prefix = prefix_of(run_dir);
  options.huge_pages = huge_pages_of(dataplane.huge_pages());
  options.memory_mb = dataplane.memory_mb();
  options.cores = cores.others;
  for (const auto& port : config.interfaces())
    options.devices.push_back(DeviceArgs::parse(port.device()));
  return options;
}

PortOptions port_options_of(const config::v1::Interface& port, const CorePlan& cores) {
  PortOptions options;
  options.name = port.name();
  options.device = DeviceArgs::parse(port.device());
  options.queues = port.queues();
  options.workers = static_cast<unsigned>(cores.workers.size());
  options.mtu = port.mtu();
  if (port.has_mac()) options.mac = mac_of(port.mac());
  return options;
}

unsigned largest_mtu(const config::v1::Config& config) {
  unsigned mtu = 0;
  for (const auto& port : config.interfaces()) mtu = std::max(mtu, port.mtu());
  return mtu;
}

PacketPlane::Setup plane_setup_of(const config::v1::Config& config, const CorePlan& cores) {
  PacketPlane::Setup setup;
  setup.worker_cores = cores.workers;
  setup.max_flows = config.dataplane().max_legs() + Sessions::kLoopLegs;
  setup.media_port_min = static_cast<std::uint16_t>(config.media().port_min());
  setup.media_port_max = static_cast<std::uint16_t>(config.media().port_max());
  setup.make_graph = make_relay_graph;
  return setup;
}

// Which cores do what, if the machine has them and everything fits our tables.
Result<CorePlan> cores_of(const config::v1::Config& config) {
  const config::v1::Dataplane& dataplane = config.dataplane();
  if (config.interfaces_size() > static_cast<int>(kMaxPorts))
    return Error{"interfaces", "more than " + std::to_string(kMaxPorts) + " interfaces"};
  if (dataplane.worker_cores_size() > static_cast<int>(FlowSlot::kMaxWorkers))
    return Error{"dataplane.worker_cores",
                 "more than " + std::to_string(FlowSlot::kMaxWorkers) + " workers"};
  return plan_cores({dataplane.worker_cores().begin(), dataplane.worker_cores().end()},
                    allowed_cores());
}

}  // namespace

Result<void> PacketSide::check(const config::v1::Config& config) {
  const auto cores = cores_of(config);
  if (!cores) return cores.error();
  return {};
}

Result<std::unique_ptr<PacketSide>> PacketSide::start(const config::v1::Config& config,
                                                      const std::string& run_dir) {
  const auto cores = cores_of(config);
  if (!cores) return cores.error();
  run_on(cores->others);

  auto side = std::make_unique<PacketSide>();
  auto eal = Eal::start(eal_options_of(config, run_dir, *cores));
  if (!eal) return eal.error();
  side->eal_ = std::move(*eal);
  auto pool = make_packet_pool(static_cast<unsigned>(config.interfaces_size()),
                               static_cast<unsigned>(cores->workers.size()), largest_mtu(config));
  if (!pool) return pool.error();
  side->pool_ = std::move(*pool);
  PacketPlane::Setup setup = plane_setup_of(config, *cores);
  for (const auto& port : config.interfaces()) {
    auto opened = EthernetPort::open(port_options_of(port, *cores), side->pool_.get());
    if (!opened) return opened.error();
    setup.ports.push_back(opened->get());
    side->ports_.push_back(std::move(*opened));
  }
  setup.pool = side->pool_.get();
  setup.tsc_hertz = side->eal_->tsc_hertz();
  setup.has_huge_pages = side->eal_->has_huge_pages();
  side->plane_ = std::make_unique<PacketPlane>(std::move(setup));
  return side;
}

}  // namespace junctor::dp
