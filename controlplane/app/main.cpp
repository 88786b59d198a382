// SPDX-License-Identifier: MIT
// junctor-control: arguments, configuration, limits, one loop, a gateway; nothing else happens
// here.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "controlplane/app/arguments.hpp"
#include "controlplane/app/gateway.hpp"
#include "controlplane/app/process.hpp"
#include "controlplane/app/secrets.hpp"
#include "controlplane/app/settings.hpp"
#include "controlplane/sip/su_loop.hpp"
#include "platform/config/config.hpp"
#include "platform/config/folder_lock.hpp"
#include "platform/config/secrets.hpp"
#include "platform/config/store.hpp"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/telemetry/log.hpp"
#include "platform/telemetry/service.hpp"

namespace junctor::cp {
namespace {

int fail(const Error& error) {
  log_error("control", "cannot go on", {{"reason", error.text()}});
  return 1;
}

// Start, signals, end. READY=1 means that the console is answered: systemd may start who asks there. Calls
// come as soon as the dataplane is there and the listeners are open, which nobody's start has to wait for.
class Program {
 public:
  Program(ipc::Loop& loop, Gateway& gateway) : loop_(loop), gateway_(gateway) {}

  void start() {
    const auto served = gateway_.serve();
    if (!served) return stop(fail(served.error()));
    is_serving_ = true;
    log_info("control", "ready",
             {{"calls_resumed", gateway_.calls_resumed()},
              {"trunks", gateway_.config().trunks_size()},
              {"routes", gateway_.config().routes_size()}});
    tell_ready();
    if (watchdog_interval() > Nanoseconds{0})
      timer_ = loop_.every(watchdog_interval(), notify_watchdog);
  }
  void on_signal(int signal) {
    if (signal != SIGHUP) {
      log_info("control", "stops; established calls are kept", {{"signal", signal}});
      notify_stopping();
      return stop(0);
    }
    if (!is_serving_) return;
    notify_reloading();
    gateway_.reload();
    tell_ready();
  }
  int exit_code() const { return exit_code_; }

 private:
  void tell_ready() const {
    notify_ready("joins " + std::to_string(gateway_.config().trunks_size()) + " trunks");
  }
  void stop(int exit_code) {
    exit_code_ = exit_code;
    loop_.stop();
  }

  ipc::Loop& loop_;
  Gateway& gateway_;
  ipc::HandlePtr timer_;
  bool is_serving_ = false;
  int exit_code_ = 0;
};

// kept: as it lies on the disk.
int run(const Arguments& arguments, const config::v1::Config& kept, config::Store* store,
        const Secrets& secrets) {
  if (!secrets.mistake().empty())
    log_error("config", "there is no key for secrets", {{"reason", secrets.mistake()}});
  std::vector<std::string> notes;
  const config::v1::Config config = secrets.for_use(kept, notes);
  for (const std::string& note : notes) log_error("config", note);
  const auto limited = set_limits(memory_max(config));
  if (!limited) return fail(limited.error());
  const auto loop = make_su_loop();
  Gateway gateway(*loop, arguments, config, store, &secrets);
  Program program(*loop, gateway);
  // Before there is any other thread, so that signals come to the loop only.
  const auto signals =
      ipc::on_signals(*loop, [&program](int signal) { program.on_signal(signal); });
  if (const auto prepared = gateway.prepare(); !prepared) return fail(prepared.error());
  loop->post([&program] { program.start(); });
  loop->run();
  return program.exit_code();
}

// With a folder: its revisions are kept, and changed at the console.
int run_store(const Arguments& arguments) {
  config::SystemDisk disk;
  const SystemClock clock;
  const auto lock = config::FolderLock::take(arguments.config);
  if (!lock) return fail(lock.error());
  const Secrets secrets(arguments.state_dir);
  std::optional<config::v1::Config> initial;
  if (!arguments.factory.empty()) {
    auto factory = config::load_file(arguments.factory);
    if (!factory) return fail(factory.error());
    initial = std::move(*factory);
  }
  auto store = config::Store::open(arguments.config, disk, clock, initial, secrets.sealer());
  if (!store) return fail(store.error());
  for (const std::string& note : (*store)->notes()) log_warning("config", note);
  // What nobody confirmed while nobody ran.
  const auto returned = (*store)->return_if_due();
  if (!returned) return fail(returned.error());
  const config::v1::Config& config = *returned ? (**returned).config : (*store)->running();
  return run(arguments, config, store->get(), secrets);
}

int main(int argc, char** argv) {
  const auto arguments = parse_arguments(argc, argv);
  if (!arguments || arguments->help) {
    if (!arguments) std::fprintf(stderr, "%s\n", arguments.error().text().c_str());
    std::fputs(usage(), arguments ? stdout : stderr);
    return arguments ? 0 : 2;
  }
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(arguments->config, ignored);
  if (is_folder && !arguments->check) return run_store(*arguments);
  auto config = config::load_file(arguments->config);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().text().c_str());
    return 1;
  }
  if (!arguments->check) {
    if (config::has_clear_secret(*config))
      log_warning("config", "the file holds secrets in clear text; a folder keeps them sealed",
                  {{"file", arguments->config}});
    return run(*arguments, *config, nullptr, Secrets(arguments->state_dir));
  }
  config::apply_defaults(*config);
  const auto checked = Gateway::check(*arguments, *config);
  if (!checked) std::fprintf(stderr, "%s\n", checked.error().text().c_str());
  return checked ? 0 : 1;
}

}  // namespace
}  // namespace junctor::cp

int main(int argc, char** argv) { return junctor::cp::main(argc, argv); }
