// SPDX-License-Identifier: MIT
#include "dataplane/control/service.hpp"

#include <pwd.h>

#include <algorithm>
#include <optional>
#include <random>

#include "dataplane/control/captures.hpp"
#include "dataplane/control/kernel_ports.hpp"
#include "dataplane/control/media_server.hpp"
#include "dataplane/control/neighbours.hpp"
#include "dataplane/control/rtcp.hpp"
#include "dataplane/control/sessions.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::dp {
namespace {

constexpr Nanoseconds kTick = Milliseconds{10};
constexpr Nanoseconds kNudgeInterval = Milliseconds{100};
constexpr std::size_t kMaxLocalAddresses = 64;
constexpr std::size_t kPacketsPerPoll = 64;
constexpr unsigned kPollsPerWake = 16;
constexpr Nanoseconds kLogInterval = Milliseconds{200};

std::uint64_t random_id() {
  std::random_device random;
  return static_cast<std::uint64_t>(random()) << 32 | random();
}

// On an appliance junctor-control is a user of its own; elsewhere both programs are the same user's.
std::optional<std::uint32_t> control_user() {
  const passwd* user = getpwnam("junctor");
  return user == nullptr ? std::nullopt : std::optional(std::uint32_t{user->pw_uid});
}

class ServiceImpl final : public Service {
 public:
  ServiceImpl(ipc::Loop& loop, Plane& plane, NetworkAdmin& admin, CounterRegistry& registry,
              const LogRing* log, std::uint32_t config_revision)
      : loop_(loop),
        plane_(plane),
        admin_(admin),
        registry_(registry),
        log_(log),
        config_revision_(config_revision) {}

  ~ServiceImpl() override {
    if (server_) registry_.remove(server_->counters().values());
    if (rtcp_) registry_.remove(rtcp_->counters().values());
    if (neighbours_) registry_.remove(neighbours_->counters().values());
    if (kernel_) registry_.remove(kernel_->counters().values());
  }

  Result<void> start(const config::v1::Config& config, const std::string& run_dir,
                     const Clock& clock);

 private:
  Result<void> start_network(const config::v1::Config& config);
  void start_sessions(unsigned max_legs, const Clock& clock);
  Result<void> set_local_addresses();
  std::vector<std::string> port_addresses(PortId port) const;
  void pump();
  bool poll_once();

  // Given.
  ipc::Loop& loop_;
  Plane& plane_;
  NetworkAdmin& admin_;
  CounterRegistry& registry_;
  const LogRing* log_;
  const std::uint32_t config_revision_;
  // Owned, in the order of their making: each needs those before it.
  std::unique_ptr<KernelPorts> kernel_;
  std::unique_ptr<Neighbours> neighbours_;
  std::unique_ptr<RtcpEngine> rtcp_;
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<Captures> captures_;
  std::unique_ptr<MediaServer> server_;
  ipc::HandlePtr wake_;
  ipc::HandlePtr again_;
  ipc::HandlePtr tick_;
  ipc::HandlePtr nudge_;
  ipc::HandlePtr tell_log_;
};

Result<void> ServiceImpl::start(const config::v1::Config& config, const std::string& run_dir,
                                const Clock& clock) {
  if (auto started = start_network(config); !started) return started;
  start_sessions(config.dataplane().max_legs(), clock);
  if (auto set = set_local_addresses(); !set) return set;
  neighbours_->set_on_addresses([this](const std::vector<KernelAddress>&) {
    if (auto set = set_local_addresses(); !set) {
      log_error("media", "an address of a port cannot be used for voice",
                {{"reason", set.error().text()}});
    }
  });

  captures_ = std::make_unique<Captures>(plane_, *sessions_, clock);
  MediaServer::Context context{loop_,
                               plane_,
                               *sessions_,
                               *captures_,
                               registry_,
                               random_id(),
                               config.dataplane().max_legs(),
                               config_revision_,
                               [this](PortId port) { return port_addresses(port); },
                               control_user()};
  auto server = MediaServer::listen(run_dir + "/media.sock", std::move(context));
  if (!server) return server.error();
  server_ = std::move(*server);
  registry_.add("media_api", MediaServer::kDescriptions, server_->counters().values());

  wake_ = loop_.watch(plane_.wake_fd(), ipc::Loop::kRead, [this](std::uint8_t) { pump(); });
  tick_ = loop_.every(kTick, [this] {
    sessions_->run();
    captures_->run();
  });
  nudge_ = loop_.every(kNudgeInterval, [this] { neighbours_->run(); });
  if (log_ != nullptr) tell_log_ = loop_.every(kLogInterval, [this] { server_->send_log(*log_); });
  pump();  // arms the plane
  return {};
}

Result<void> ServiceImpl::start_network(const config::v1::Config& config) {
  auto kernel = KernelPorts::open(loop_, plane_, admin_, config);
  if (!kernel) return kernel.error();
  kernel_ = std::move(*kernel);
  registry_.add("kernel", KernelPorts::kDescriptions, kernel_->counters().values());
  auto neighbours = Neighbours::open(loop_, admin_, kernel_->egress(), plane_.loop_port());
  if (!neighbours) return neighbours.error();
  neighbours_ = std::move(*neighbours);
  registry_.add("neighbours", Neighbours::kDescriptions, neighbours_->counters().values());
  return {};
}

void ServiceImpl::start_sessions(unsigned max_legs, const Clock& clock) {
  rtcp_ = std::make_unique<RtcpEngine>(plane_, *neighbours_, clock, random_id());
  registry_.add("rtcp", RtcpEngine::kDescriptions, rtcp_->counters().values());
  Sessions::Events events;
  events.on_source_learned = [this](const std::string& id, unsigned leg,
                                    const SocketAddress& from) {
    if (server_) server_->send_source_learned(id, leg, from);
  };
  events.on_timeout = [this](const std::string& id, std::uint32_t silent_s) {
    if (server_) server_->send_timeout(id, silent_s);
  };
  sessions_ = std::make_unique<Sessions>(plane_, *neighbours_, *rtcp_, max_legs, std::move(events));
}

// Those of the configuration, and whatever else the kernel has on our interfaces (DHCP, a virtual
// address).
Result<void> ServiceImpl::set_local_addresses() {
  std::vector<IpAddress> all = kernel_->addresses();
  for (const KernelAddress& address : neighbours_->addresses()) {
    all.push_back(address.address.address);
  }
  std::vector<IpAddress> unique;
  for (const IpAddress& address : all) {
    if (std::find(unique.begin(), unique.end(), address) == unique.end()) unique.push_back(address);
  }
  if (unique.size() > kMaxLocalAddresses) {
    log_warning("media", "too many addresses on the ports; voice uses the first",
                {{"addresses", unique.size()}, {"used", kMaxLocalAddresses}});
    unique.resize(kMaxLocalAddresses);
  }
  if (auto set = plane_.set_local_addresses(unique); !set) return set;
  sessions_->set_local_addresses(std::move(unique));
  return {};
}

std::vector<std::string> ServiceImpl::port_addresses(PortId port) const {
  std::vector<std::string> out;
  for (const KernelAddress& address : neighbours_->addresses()) {
    const auto found = kernel_->egress().find(address.ifindex);
    if (found != kernel_->egress().end() && found->second.port == port) {
      out.push_back(address.address.text());
    }
  }
  return out;
}

bool ServiceImpl::poll_once() {
  std::size_t taken = plane_.poll_punted(kPacketsPerPoll, [this](const PuntedPacket& packet) {
    if (packet.rtcp) {
      sessions_->on_rtcp(*packet.rtcp, packet.source, packet.frame);
    } else if (packet.voice) {
      sessions_->on_voice(*packet.voice, packet.frame);
    } else {
      kernel_->on_punted(packet);
    }
  });
  taken += plane_.poll_events(kPacketsPerPoll,
                              [this](const FlowEvent& event) { sessions_->on_flow_event(event); });
  return taken > 0;
}

// Takes what the workers handed over. A flood is not followed to its end: the loop has other things
// to do.
void ServiceImpl::pump() {
  for (unsigned i = 0; i < kPollsPerWake; ++i) {
    if (poll_once()) continue;
    plane_.arm();
    if (!poll_once()) return;
  }
  again_ = loop_.after(Nanoseconds{0}, [this] { pump(); });
}

}  // namespace

Result<std::unique_ptr<Service>> Service::create(ipc::Loop& loop, Plane& plane, NetworkAdmin& admin,
                                                 const config::v1::Config& config,
                                                 const std::string& run_dir,
                                                 CounterRegistry& registry, Clock& clock,
                                                 const LogRing* log,
                                                 std::uint32_t config_revision) {
  auto service = std::make_unique<ServiceImpl>(loop, plane, admin, registry, log, config_revision);
  if (auto started = service->start(config, run_dir, clock); !started) return started.error();
  return std::unique_ptr<Service>(std::move(service));
}

}  // namespace junctor::dp
