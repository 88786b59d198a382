// SPDX-License-Identifier: MIT
// Gateway: the parts of junctor-control, put together and started in their order.
//
//   prepare()    plugins, trunks, routes, journal
//   serve()      dataplane, resumed calls, health, management; then, each as soon as it can: the dataplane
//                is there --> listeners --> calls
//   reload()     the file again: what can hold at once does, the rest waits for a restart
//
// Whoever has to repair a configuration gets in as soon as this program runs, whatever else does not.
//
// Threads   the control loop's.
// Lifetime  its end keeps established calls: they are in the journal, and the dataplane goes on.
// Errors    a configuration that is not good is refused as a whole, and the running one stays. A start goes without the
//           trunks whose plugin is gone (left_out.hpp).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/v1/config.pb.h"
#include "controlplane/app/arguments.hpp"
#include "controlplane/app/left_out.hpp"
#include "controlplane/app/loopback_line.hpp"
#include "controlplane/app/process.hpp"
#include "controlplane/app/release.hpp"
#include "controlplane/app/secrets.hpp"
#include "controlplane/app/system_files.hpp"
#include "controlplane/b2bua/switchboard.hpp"
#include "controlplane/dialect/dialect.hpp"
#include "controlplane/hep/exporter.hpp"
#include "controlplane/journal/journal.hpp"
#include "controlplane/log/log_center.hpp"
#include "controlplane/media/media_client.hpp"
#include "controlplane/metrics/metrics_server.hpp"
#include "controlplane/mgmt/appliance.hpp"
#include "controlplane/mgmt/aside.hpp"
#include "controlplane/mgmt/configurator.hpp"
#include "controlplane/mgmt/logins.hpp"
#include "controlplane/mgmt/management.hpp"
#include "controlplane/mgmt/operating_answers.hpp"
#include "controlplane/mgmt/restarts.hpp"
#include "controlplane/mgmt/trunk_states.hpp"
#include "controlplane/routing/health.hpp"
#include "controlplane/routing/router.hpp"
#include "controlplane/routing/trunk.hpp"
#include "controlplane/sip/stack.hpp"
#include "controlplane/sip/trace.hpp"
#include "platform/base/result.hpp"
#include "platform/config/disk.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"

namespace junctor::cp {

class Gateway {
 public:
  // store: none if the configuration is a file that is edited by hand. secrets: none if nothing in
  // the configuration is sealed.
  Gateway(ipc::Loop& loop, Arguments arguments, config::v1::Config config,
          config::Store* store = nullptr, const Secrets* secrets = nullptr);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // What --check looks at as well: plugins with their options, trunks, routes.
  static Result<void> check(const Arguments& arguments, const config::v1::Config& config);

  Result<void> prepare();
  Result<void> serve();
  // Whether the new configuration was taken.
  bool reload();

  std::uint32_t calls_resumed() const { return calls_resumed_; }
  const config::v1::Config& config() const { return config_; }

 private:
  enum Count : std::uint8_t { kReloaded, kReloadRefused, kLoopLate, kMemoryShort, kCountCount };
  static const std::array<CounterDesc, kCountCount> kCounts;

  Result<void> open_stack();
  void set_listeners();
  Result<void> take_trunks(const config::v1::Config& config);
  // Makes a configuration (with defaults) hold, as far as it can without a restart; what waits for
  // one is told. left_out: what it was freed of.
  Result<std::vector<std::string>> take(const config::v1::Config& wanted,
                                        std::vector<LeftOut> left_out = {});
  void make_configurator();
  void make_restarts();
  void set_limits();
  // What of the configuration does not work now, a sentence each.
  std::vector<std::string> mistakes() const;
  // Of a configuration as it is kept.
  config::v1::Config for_use(const config::v1::Config& kept, std::vector<std::string>& notes) const;
  Answers make_answers();
  void apply_settings();
  void set_trusted();
  void trust_soon();
  void on_trust_due();
  void retire(std::vector<TrunkPtr> trunks);
  void make_monitoring();
  void watch_process();
  void on_second();

  // Given.
  ipc::Loop& loop_;
  const Arguments arguments_;
  const Release release_ = read_release();
  config::v1::Config config_;  // that holds now, with defaults, and without what is left out
  config::Store* store_;
  const Secrets* secrets_;
  // Owned, in the order of their making.
  CounterRegistry counters_;
  CounterSet<kCountCount> counts_;
  LogCenter log_;
  MemoryGate gate_;
  PluginTable plugins_;
  TrunkTable trunks_;
  config::SystemDisk disk_;
  std::unique_ptr<TrunkStates> trunk_states_;
  Router router_;
  // Trunks of before, for as long as a transaction may still speak their dialect.
  std::vector<std::pair<Nanoseconds, TrunkPtr>> retired_;
  CallStatistics ended_calls_;
  std::unique_ptr<Journal> journal_;
  Trace trace_;
  std::unique_ptr<Stack> stack_;
  std::unique_ptr<MediaClient> media_;
  std::unique_ptr<Switchboard> switchboard_;
  std::unique_ptr<LoopbackLine> loopback_;
  std::unique_ptr<Clearing> clearing_;
  std::unique_ptr<Health> health_;
  SystemFiles system_files_;
  Aside aside_;
  Aside disk_aside_;
  std::unique_ptr<Configurator> configurator_;
  std::unique_ptr<Restarts> restarts_;
  std::unique_ptr<Appliance> appliance_;
  std::unique_ptr<Logins> logins_;
  std::unique_ptr<Management> management_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<MetricsServer> metrics_server_;
  std::unique_ptr<HepExporter> hep_;
  ipc::HandlePtr every_second_;
  ipc::HandlePtr lateness_;
  ipc::HandlePtr trust_pause_;
  bool trust_is_due_ = false;
  Nanoseconds due_{0};  // when the loop should look at the clock next
  std::uint32_t calls_resumed_ = 0;
  std::vector<LeftOut> left_out_;
  std::string plugin_mistake_;  // why a file of theirs is no plugin; or empty
};

}  // namespace junctor::cp
