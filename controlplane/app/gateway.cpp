// SPDX-License-Identifier: MIT
#include "controlplane/app/gateway.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "controlplane/app/settings.hpp"
#include "controlplane/journal/record_files.hpp"
#include "controlplane/journal/record_listener.hpp"
#include "controlplane/mgmt/capture_answers.hpp"
#include "controlplane/mgmt/hardware_answers.hpp"
#include "controlplane/mgmt/log_answers.hpp"
#include "controlplane/mgmt/memory_answers.hpp"
#include "controlplane/mgmt/route_answers.hpp"
#include "controlplane/mgmt/show_answers.hpp"
#include "controlplane/mgmt/test_call_answers.hpp"
#include "platform/board/port_names.hpp"
#include "platform/config/config.hpp"
#include "platform/config/log_level.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

constexpr const char* kApplianceSocket = "/run/junctor-appliance/appliance.sock";
// The first file system of an appliance makes it (rootfs/initramfs/init).
constexpr const char* kRecoveryFile = "/run/junctor-recovery/new-password";
constexpr Nanoseconds kLateness = Milliseconds{100};
constexpr Nanoseconds kTooLate = Milliseconds{200};
// Longer than any transaction lives: 64 * T1 and more (RFC 3261, section 17), INVITE timer C.
constexpr Nanoseconds kRetireAfter = Seconds{600};
// The dataplane hears of a new address at once, of more together after this time.
constexpr Nanoseconds kTrustPause = Milliseconds{10};

Result<void> make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Error{path, error.message()};
  return {};
}

// In the lab both programs have one folder.
std::string media_socket(const Arguments& arguments) {
  return arguments.media.empty() ? arguments.run_dir + "/media.sock" : arguments.media;
}

}  // namespace

const std::array<CounterDesc, Gateway::kCountCount> Gateway::kCounts{{
    {"reloaded", Severity::Info, "a new configuration was taken"},
    {"reload_refused", Severity::Error, "a new configuration was refused, the old one stays"},
    {"loop_late", Severity::Warning, "the event loop was busy for 200 ms or more with one thing"},
    {"memory_short", Severity::Error, "memory was short, new calls were refused from then on"},
}};

Gateway::Gateway(ipc::Loop& loop, Arguments arguments, config::v1::Config config,
                 config::Store* store, const Secrets* secrets)
    : loop_(loop),
      arguments_(std::move(arguments)),
      config_(std::move(config)),
      store_(store),
      secrets_(secrets),
      counts_(kCounts),
      log_(loop_, counters_),
      gate_(memory_max(config_)),
      plugins_(counters_),
      trace_(trace_bytes(config_)),
      system_files_(arguments_.run_dir + "/system"),
      aside_(loop, "passwords"),
      disk_aside_(loop, "config-disk") {
  counters_.add("control", counts_.descriptions(), counts_.values());
  counters_.add("message_rules", MessageRules::counters().descriptions(),
                MessageRules::counters().values());
  counters_.add("ipc", ipc::counters().descriptions(), ipc::counters().values());
}

Gateway::~Gateway() { trace_.set_listener({}); }

Result<void> Gateway::check(const Arguments& arguments, const config::v1::Config& config) {
  CounterRegistry counters;
  PluginTable plugins(counters);
  if (auto loaded = plugins.load(arguments.plugin_dir); !loaded) return loaded;
  TrunkTable trunks;
  if (auto done = trunks.configure(config, plugins); !done)
    return config::locate(arguments.config, done.error());
  Router router;
  return router.configure(config, trunks);
}

Result<void> Gateway::prepare() {
  set_log_level(config::log_level_of(config_.system().log_level()));
  if (const auto loaded = plugins_.load(arguments_.plugin_dir); !loaded) {
    plugin_mistake_ = loaded.error().text();
    log_error("config", "a plugin is not there", {{"reason", plugin_mistake_}});
  }
  left_out_ = leave_out_trunks(config_, plugins_);
  for (const LeftOut& one : left_out_) log_error("config", one.sentence());
  if (auto taken = take_trunks(config_); !taken)
    return config::locate(arguments_.config, taken.error());
  if (auto made = make_folder(arguments_.run_dir); !made) return made;
  const auto folder = make_folder(arguments_.state_dir);
  trunk_states_ = std::make_unique<TrunkStates>(disk_, arguments_.state_dir);
  trunk_states_->restore(trunks_, config_, plugins_);
  auto journal = Journal::open(arguments_.state_dir + "/journal.db", counters_);
  if (!journal) {
    log_error("journal", "cannot be opened: calls will not outlive a restart",
              {{"reason", folder.ok() ? journal.error().text() : folder.error().text()}});
    journal = Journal::open(":memory:", counters_);
  }
  if (!journal) return journal.error();
  journal_ = std::move(*journal);
  if (config_.records().csv()) {
    journal_ = with_record_files(
        std::move(journal_),
        {arguments_.state_dir + "/records", std::uint64_t{config_.records().csv_max_mb()} << 20,
         config_.records().csv_keep()},
        loop_.clock(), counters_);
  }
  journal_ = with_listener(std::move(journal_), [this](const management::v1::CallRecord& record) {
    ended_calls_.add(record);
    if (hep_) hep_->on_record(record);
  });
  return {};
}

Result<void> Gateway::take_trunks(const config::v1::Config& config) {
  TrunkTable trunks = trunks_;
  if (auto done = trunks.configure(config, plugins_); !done) return done;
  Router router;
  if (auto done = router.configure(config, trunks); !done) return done;
  auto rules = MessageRules::make(config);
  if (!rules) return rules.error();
  std::swap(trunks_, trunks);
  std::swap(router_, router);
  trunks_.set_message_rules(*rules);
  retire(trunks.all());
  return {};
}

void Gateway::retire(std::vector<TrunkPtr> trunks) {
  for (TrunkPtr& trunk : trunks)
    if (trunks_.find(trunk->name()) != trunk)
      retired_.emplace_back(loop_.clock().now() + kRetireAfter, std::move(trunk));
}

Result<void> Gateway::open_stack() {
  Result<StackConfig> config = stack_config(config_);
  if (!config) return config.error();
  Stack::Callbacks callbacks;
  callbacks.find_trunk = [this](std::string_view listener, const SocketAddress& source) {
    if (loopback_ && loopback_->has(listener)) return loopback_->find(source);
    if (const TrunkPtr trunk = trunks_.find_by_source(listener, source); trunk)
      return TrunkOf{trunk.get(), &trunk->dialect(), false};
    if (!switchboard_) return TrunkOf{};
    const TrunkPtr trunk = switchboard_->dialog_peers().find(std::string(listener), source.ip);
    return trunk ? TrunkOf{trunk.get(), &trunk->dialect(), true} : TrunkOf{};
  };
  callbacks.on_request = [this](std::unique_ptr<ServerTransaction> transaction) {
    switchboard_->on_request(std::move(transaction));
  };
  callbacks.on_stray_answer = [this](const interop::Message& answer) {
    switchboard_->on_stray_answer(answer);
  };
  callbacks.on_stray_ack = [this](const interop::Message& ack, void* trunk) {
    switchboard_->on_stray_ack(ack, trunk);
  };
  auto stack = Stack::create(loop_, *config, counters_, trace_, std::move(callbacks));
  if (!stack) return stack.error();
  stack_ = std::move(*stack);
  return {};
}

Result<void> Gateway::serve() {
  // In one turn of the loop: the dataplane must not be told what should be before every call of
  // the journal is there again, and no request may come before there is a switchboard.
  if (auto opened = open_stack(); !opened) return opened;
  media_ = std::make_unique<MediaClient>(loop_, media_socket(arguments_), port_range(config_),
                                         counters_);
  media_->set_on_log([this](const auto& line) { log_.add_from_dataplane(line); },
                     [this] { return log_.debug_of_dataplane(); });
  log_.set_on_debug([this](const auto& what) { media_->set_debug(what); });
  switchboard_ = Switchboard::create(
      {loop_, *stack_, *media_, *journal_, trunks_, router_, counters_}, settings_of(config_));
  loopback_ = std::make_unique<LoopbackLine>(
      LoopbackLine::Given{*stack_, *media_, *switchboard_, plugins_, [this] { set_listeners(); }});
  switchboard_->dialog_peers().set_on_change([this] { trust_soon(); });
  // Calls of before are gone on with at once; new ones want the dataplane to have been there.
  if (!journal_->load().empty()) stack_->listen();
  calls_resumed_ = switchboard_->resume();
  trunk_states_->follow(trunks_);
  clearing_ = std::make_unique<Clearing>(loop_, *switchboard_);
  health_ = std::make_unique<Health>(loop_, *stack_, counters_);
  make_monitoring();
  make_restarts();
  appliance_ = std::make_unique<Appliance>(Appliance::Given{
      loop_, kApplianceSocket, [this] { return switchboard_->calls(); },
      [this](bool) { set_limits(); }, [this] { return trust_anchors(config_.system()); }});
  apply_settings();
  make_configurator();
  logins_ = std::make_unique<Logins>(Logins::Given{
      loop_, aside_, counters_, [this]() -> const config::v1::Config& { return config_; },
      configurator_.get(), kRecoveryFile});
  auto management =
      Management::listen(loop_, arguments_.run_dir + "/management.sock", make_answers(), counters_);
  if (!management) return management.error();
  management_ = std::move(*management);
  watch_process();
  return {};
}

Answers Gateway::make_answers() {
  Answers answers([this](const std::string& user) { return role_of(config_, user); },
                  [this](const std::string& user) { return is_user(config_, user); });
  add_show_answers(answers, {*switchboard_, trunks_, *media_, *journal_, trace_, counters_,
                             plugins_, loop_.clock(), release_.version, loop_.clock().wall(),
                             calls_resumed_, [this](management::v1::Version& version) {
                               version.set_program(release_.program);
                               version.set_build(release_.build);
                               for (auto& wait : restarts_->waiting())
                                 *version.add_waiting() = std::move(wait);
                               for (std::string& mistake : mistakes())
                                 version.add_mistakes(std::move(mistake));
                               for (const LeftOut& one : left_out_)
                                 version.add_trunks_left_out(one.trunk);
                               for (Stack::Waiting& one : stack_->waiting())
                                 version.add_listeners_waiting(std::move(one.listener));
                             }});
  add_restart_answers(answers, *restarts_);
  add_configuration_answers(answers, configurator_.get());
  add_test_call_answers(answers,
                        {*switchboard_, trunks_, *media_, [this] { return loopback_->open(); }});
  add_login_answers(answers, *logins_);
  add_route_answers(answers, trunks_, router_);
  add_operating_answers(answers, {*switchboard_, trunks_, *trunk_states_, loop_.clock()});
  add_memory_answers(answers, {*media_, trace_, arguments_.state_dir, [this] {
                                 return MemoryShown::Now{memory_in_use(), memory_max(config_),
                                                         switchboard_->calls(),
                                                         config_.sip().max_calls()};
                               }});
  add_capture_answers(answers, {loop_, *switchboard_, arguments_.state_dir + "/captures",
                                [this](media::v1::Request request, CaptureGiven::OnReply on_reply) {
                                  media_->ask(std::move(request), std::move(on_reply));
                                },
                                [this] { return listener_ports(config_); }});
  add_log_answers(answers, log_);
  add_hardware_answers(answers, {arguments_.board, arguments_.state_dir, config_});
  add_appliance_answers(answers, *appliance_);
  return answers;
}

void Gateway::apply_settings() {
  set_log_level(config::log_level_of(config_.system().log_level()));
  media_->set_log_level(config::log_level_of(config_.system().log_level()));
  log_.set_servers(config_.system());
  set_limits();
  media_->set_port_range(port_range(config_));
  set_trusted();
  health_->watch(trunks_.all());
  metrics_server_->set(config_.monitoring().prometheus());
  hep_->set(config_.monitoring().hep(), config_.system().name());
  system_files_.write(config_.system());
}

// No new call while memory is short, or the machine waits for the last one to restart.
void Gateway::set_limits() {
  Switchboard::Settings settings = settings_of(config_);
  if (gate_.is_closed()) settings.max_calls = 0;
  settings.takes_calls = !appliance_->is_closed();
  switchboard_->set_settings(settings);
}

void Gateway::make_monitoring() {
  metrics_ = std::make_unique<Metrics>(Metrics::Given{*switchboard_, trunks_, *media_, counters_,
                                                      ended_calls_, config_, store_,
                                                      release_.version, loop_.clock().wall()});
  metrics_server_ = std::make_unique<MetricsServer>(loop_, *metrics_);
  hep_ = std::make_unique<HepExporter>(loop_, counters_, [this](std::string_view sip_call_id) {
    return switchboard_->correlation_id(sip_call_id);
  });
  trace_.set_listener([this](const TraceEntry& entry) { hep_->on_message(entry); });
}

void Gateway::set_trusted() {
  media_->set_trusted(trusted_of(config_, trunks_, switchboard_->dialog_peers()));
}

void Gateway::trust_soon() {
  trust_is_due_ = true;
  if (!trust_pause_) on_trust_due();
}

void Gateway::on_trust_due() {
  trust_pause_.reset();
  if (!std::exchange(trust_is_due_, false)) return;
  set_trusted();
  trust_pause_ = loop_.after(kTrustPause, [this] { on_trust_due(); });
}

void Gateway::watch_process() {
  every_second_ = loop_.every(Seconds{1}, [this] { on_second(); });
  due_ = loop_.clock().now() + kLateness;
  lateness_ = loop_.every(kLateness, [this] {
    const Nanoseconds now = loop_.clock().now();
    const Nanoseconds late = now - due_;
    due_ = now + kLateness;
    if (late < kTooLate) return;
    counts_[kLoopLate].add();
    log_warning("control", "event loop was late", {{"ms", late / Milliseconds{1}}});
  });
}

void Gateway::on_second() {
  const Nanoseconds now = loop_.clock().now();
  std::erase_if(retired_, [now](const auto& one) { return one.first <= now; });
  switchboard_->dialog_peers().expire();
  trunk_states_->follow(trunks_);  // calls of removed trunks end
  const std::uint64_t in_use = memory_in_use();
  if (!gate_.update(in_use)) return;
  if (gate_.is_closed()) {
    counts_[kMemoryShort].add();
    log_error("control", "memory is short: new calls are refused", {{"mb", in_use >> 20}});
  } else {
    log_info("control", "memory is there again: calls are taken", {{"mb", in_use >> 20}});
  }
  set_limits();
}

}  // namespace junctor::cp
