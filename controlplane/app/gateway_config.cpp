// SPDX-License-Identifier: MIT
// Gateway: a new configuration, from the console or a file; what of it holds at once, and what else is
// to be said of it.
#include <algorithm>
#include <sstream>
#include <utility>

#include "controlplane/app/gateway.hpp"
#include "controlplane/app/settings.hpp"
#include "controlplane/mgmt/reload.hpp"
#include "platform/board/port_names.hpp"
#include "platform/config/config.hpp"
#include "platform/config/notes.hpp"
#include "platform/telemetry/log.hpp"
#include "platform/telemetry/service.hpp"

namespace junctor::cp {
namespace {

// The newest revision that began as a file without a number; 0: there is none.
std::uint32_t newest_by_hand(config::Store& store) {
  const std::vector<config::Revision> all = store.revisions();
  const auto found = std::ranges::find_if(
      all, [](const config::Revision& one) { return one.user == "file" || one.user == "factory"; });
  return found == all.end() ? 0 : found->number;
}

}  // namespace

Result<std::vector<std::string>> Gateway::take(const config::v1::Config& wanted,
                                               std::vector<LeftOut> left_out) {
  config::v1::Config running = config_;
  // Listeners wait for a restart only where one that is open changes.
  const auto listeners = stack_config(wanted);
  if (listeners && stack_->may_set_listeners(loopback_->with_own(listeners->listeners)))
    *running.mutable_sip()->mutable_listeners() = wanted.sip().listeners();
  Reload plan = plan_reload(running, wanted);
  if (auto taken = take_trunks(plan.config); !taken) {
    const bool waits = !plan.for_control.empty();
    return Error{taken.error().where, taken.error().message + (waits ? " before a restart" : "")};
  }
  config_ = std::move(plan.config);
  left_out_ = std::move(left_out);
  set_listeners();
  apply_settings();
  trunk_states_->follow(trunks_);
  restarts_->set_wanted(wanted);
  std::vector<std::string> notes = mistakes();
  for (std::string& note : config::notes_of(wanted)) notes.push_back(std::move(note));
  for (std::string& mistake : board::port_mistakes(wanted, arguments_.board))
    notes.push_back(std::move(mistake));
  for (const management::v1::RestartWait& wait : restarts_->waiting())
    notes.push_back(text_of(wait));
  return notes;
}

void Gateway::set_listeners() {
  if (const auto stack = stack_config(config_); stack)
    stack_->set_listeners(loopback_->with_own(stack->listeners));
  restarts_->set_listeners(config_);
}

void Gateway::make_restarts() {
  Restarts::Given given{loop_,
                        {},
                        [this](media::v1::Request request, Requests::OnDone on_done) {
                          media_->ask(std::move(request), std::move(on_done));
                        },
                        [this] { return media_->is_connected(); },
                        is_supervised()};
  if (store_ != nullptr)
    given.load = [this](std::uint32_t revision) {
      return store_->load(revision != 0 ? revision : newest_by_hand(*store_));
    };
  restarts_ = std::make_unique<Restarts>(std::move(given), config_);
  media_->set_on_revision([this](std::uint32_t revision, bool is_new_start) {
    restarts_->on_dataplane(revision, is_new_start);
    stack_->listen();
  });
}

std::vector<std::string> Gateway::mistakes() const {
  std::vector<std::string> all;
  if (store_ != nullptr && !store_->damage().empty()) all.push_back(store_->damage());
  if (!plugin_mistake_.empty()) all.push_back("plugins: " + plugin_mistake_);
  for (const LeftOut& one : left_out_) all.push_back(one.sentence());
  for (const Stack::Waiting& one : stack_->waiting())
    all.push_back("sip listener " + one.listener + ": " + one.reason);
  if (!metrics_server_->complaint().empty())
    all.push_back("monitoring prometheus: cannot listen: " + metrics_server_->complaint());
  if (const std::string why = hep_->complaint(); !why.empty())
    all.push_back("monitoring hep: nothing can be sent: " + why);
  for (const std::string& why : log_.complaints())
    all.push_back("system syslog: nothing can be sent: " + why);
  return all;
}

void Gateway::make_configurator() {
  if (store_ == nullptr) return;
  configurator_ = std::make_unique<Configurator>(Configurator::Given{
      loop_, *store_,
      [this](const config::v1::Config& config) -> Result<void> {
        TrunkTable trunks;
        if (auto done = trunks.configure(config, plugins_); !done) return done;
        Router router;
        return router.configure(config, trunks);
      },
      [this](const config::v1::Config& config) -> std::vector<std::string> {
        std::vector<std::string> off;
        config::v1::Config used = for_use(config, off);
        // What is returned to was good once, maybe with another version.
        std::vector<LeftOut> left_out = leave_out_trunks(used, plugins_);
        auto notes = take(used, std::move(left_out));
        if (notes) {
          notes->insert(notes->end(), off.begin(), off.end());
          return *notes;
        }
        log_error("config", "cannot take effect", {{"reason", notes.error().text()}});
        return {"cannot take effect before a restart: " + notes.error().text()};
      },
      &aside_, secrets_ == nullptr ? nullptr : secrets_->key(),
      [this](const std::string& user, bool force) {
        return release_removed(trunks_, *switchboard_, *clearing_, user, force);
      },
      &disk_aside_});
}

config::v1::Config Gateway::for_use(const config::v1::Config& kept,
                                    std::vector<std::string>& notes) const {
  if (secrets_ != nullptr) return secrets_->for_use(kept, notes);
  config::v1::Config config = kept;
  config::apply_defaults(config);
  return config;
}

bool Gateway::reload() {
  if (store_ != nullptr) {
    log_warning("config", "a folder's configuration is changed at the console; nothing is read");
    return false;
  }
  const auto refuse = [this](const Error& error) {
    counts_[kReloadRefused].add();
    log_error("config", "new configuration refused, the old one stays");
    std::istringstream findings(error.text());  // a line each
    for (std::string line; std::getline(findings, line);)
      log_error("config", "finding", {{"reason", line}});
    return false;
  };
  Result<config::v1::Config> wanted = config::load_file(arguments_.config);
  if (!wanted) return refuse(wanted.error());
  std::vector<std::string> off;
  const auto notes = take(for_use(*wanted, off));
  if (!notes) return refuse(config::locate(arguments_.config, notes.error()));
  counts_[kReloaded].add();
  log_info("config", "new configuration taken",
           {{"trunks", config_.trunks_size()}, {"routes", config_.routes_size()}});
  for (const std::string& note : *notes) log_warning("config", note);
  for (const std::string& note : off) log_warning("config", note);
  return true;
}

}  // namespace junctor::cp
