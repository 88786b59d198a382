// SPDX-License-Identifier: MIT
// junctor-dataplane: configuration, packet side, control side, one loop; nothing else happens here.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "dataplane/app/arguments.hpp"
#include "dataplane/app/board_use.hpp"
#include "dataplane/app/packet_side.hpp"
#include "dataplane/control/network_client.hpp"
#include "dataplane/control/service.hpp"
#include "platform/config/config.hpp"
#include "platform/config/log_level.hpp"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/telemetry/log.hpp"
#include "platform/telemetry/log_ring.hpp"
#include "platform/telemetry/service.hpp"

namespace junctor::dp {
namespace {

int fail(const Error& error) {
  log_error("dataplane", error.message, {{"where", error.where}});
  return 1;
}

// The newest lines, for control to be told when it is there. Threads may log to the last.
LogRing& kept_lines() {
  static auto* const ring = new LogRing(500, std::size_t{256} << 10);
  return *ring;
}

// It is the workers that carry voice: a loop of control that turns does not stand for them.
ipc::HandlePtr feed_watchdog(ipc::Loop& loop, PacketPlane& plane) {
  const Nanoseconds interval = watchdog_interval();
  if (interval <= Nanoseconds{0}) return nullptr;
  return loop.every(interval, [&plane] {
    if (plane.workers_turn()) return notify_watchdog();
    log_error("dataplane", "a worker stands still");
  });
}

// Who changes the kernel's network: junctor-network, or this process.
Result<std::unique_ptr<NetworkAdmin>> network_admin(ipc::Loop& loop, const std::string& socket) {
  if (socket.empty()) return own_network_admin();
  return std::unique_ptr<NetworkAdmin>(std::make_unique<NetworkClient>(loop, socket));
}

int run(const config::v1::Config& config, std::uint32_t revision, const Arguments& arguments) {
  const std::string& run_dir = arguments.run_dir;
  // Before DPDK starts threads of its own, so that signals come to the loop only.
  const auto loop = ipc::make_epoll_loop();
  const auto signals = ipc::on_signals(*loop, [&loop](int signal) {
    if (signal == SIGHUP) return log_info("dataplane", "ports and cores are read at a start only");
    log_info("dataplane", "stops", {{"signal", signal}});
    notify_stopping();
    loop->stop();
  });
  std::error_code error;
  std::filesystem::create_directories(run_dir, error);
  if (error) return fail({run_dir, error.message()});

  auto packets = PacketSide::start(config, run_dir);
  if (!packets) return fail(packets.error());
  PacketPlane& plane = (*packets)->plane();
  SystemClock clock;
  const auto admin = network_admin(*loop, arguments.network);
  if (!admin) return fail(admin.error());
  auto service = Service::create(*loop, plane, **admin, config, run_dir, plane.counters(), clock,
                                 &kept_lines(), revision);
  if (!service) return fail(service.error());

  log_info("dataplane", "ready",
           {{"ports", plane.ports().size()}, {"workers", plane.workers().size()}});
  notify_ready("relays voice");
  const auto watchdog = feed_watchdog(*loop, plane);
  loop->run();
  return 0;
}

int main(int argc, char** argv) {
  const auto arguments = parse_arguments(argc, argv);
  if (!arguments || arguments->help) {
    if (!arguments) std::fprintf(stderr, "%s\n", arguments.error().text().c_str());
    std::fputs(usage(), arguments ? stdout : stderr);
    return arguments ? 0 : 2;
  }
  // First: should a commit come between the two, the older number makes control say so once more.
  const std::uint32_t revision = config::revision_of_file(arguments->config);
  auto config = config::load_file(arguments->config);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().text().c_str());
    return 1;
  }
  config::apply_defaults(*config);
  auto checked = use_board(*config, arguments->board);
  if (checked) checked = PacketSide::check(*config);
  if (!checked) {
    const Error error = config::locate(arguments->config, checked.error());
    std::fprintf(stderr, "%s\n", error.text().c_str());
    return 1;
  }
  if (arguments->check) return 0;
  set_log_level(config::log_level_of(config->system().log_level()));
  set_log_listener([](const LogLine& line) { kept_lines().add("", line); });
  return run(*config, revision, *arguments);
}

}  // namespace
}  // namespace junctor::dp

int main(int argc, char** argv) { return junctor::dp::main(argc, argv); }
