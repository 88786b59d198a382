// SPDX-License-Identifier: MIT
// GatewayLanguage: what may be typed at the console of a gateway.
//
//   operational     show ..., configure, ...           asked of junctor-control as they are typed
//   configuration   set, delete, ..., show, commit     on a candidate of this session's own
//
// Between them what holds and its revisions are junctor-control's; the candidate is nobody else's,
// and is joined with what others committed when it is committed (management/v1, Commit).
//
// Threads   the session's.
// Lifetime  what is given outlives it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "management/v1/management.pb.h"
#include "platform/base/result.hpp"
#include "platform/cli/command_table.hpp"
#include "platform/cli/commands.hpp"
#include "platform/cli/export_folder.hpp"
#include "platform/cli/log_commands.hpp"
#include "platform/config/tree.hpp"
#include "platform/console/language.hpp"

namespace junctor::cli {

class GatewayLanguage final : public console::Language {
 public:
  struct Given {
    GatewayLink gateway;
    std::string name;                       // before the prompt, unless the gateway has one
    console::Settings* settings = nullptr;  // of the session; none if there is no terminal
    ExportFolder files = ExportFolder{};
  };
  explicit GatewayLanguage(Given given);

  std::string prompt() const override;
  console::Completion complete(Words words) const override;
  console::Completion complete_view(Words words, Words view) const override;
  console::Outcome run(const console::Command& command, console::Sink& out) override;
  bool may_keep(std::string_view line) const override;
  // What the running configuration calls the gateway, for the prompt.
  void take_name(const config::v1::Config& running);
  // What a shell is told of it: how to start it, and the commands.
  std::string usage() const;
  int watch_fd() const override { return monitor_.fd(); }
  std::vector<std::string> on_watch() override { return monitor_.notices(); }

 private:
  using Command = console::Command;
  using Outcome = console::Outcome;
  using Sink = console::Sink;
  using Edit = config::MaybeMistake (*)(config::v1::Config& config, const config::Words& words);

  std::vector<CommandRow> operational_rows();
  std::vector<CommandRow> configuration_rows();
  CommandRow edit_row(std::string_view pattern, std::string_view help, Edit edit, config::For what);
  CommandRow move_row(std::string_view pattern, std::string_view help, Edit edit,
                      std::vector<std::string> ways);
  config::Hints hints() const;
  std::vector<config::Candidate> port_candidates() const;
  config::Hints plugin_hints() const;  // plugin_options.cpp
  std::optional<Outcome> wrong_option(const config::v1::Config& before, Words words) const;
  console::Completion complete_move(Words rest, const std::vector<std::string>& ways) const;
  const CommandTable& table() const { return is_configuring_ ? configuration_ : operational_; }

  // operational.cpp
  Outcome show_configuration(const Command& command, Sink& out);
  Outcome show_revisions(const Command& command, Sink& out);
  static void write_pending(const management::v1::Configuration& now, Sink& out);
  Outcome configure(bool is_exclusive, Sink& out);

  // setup.cpp
  Outcome set_up(Sink& out);
  std::string first_port() const;
  void take_ports(Sink& out);

  // moving.cpp
  std::vector<CommandRow> moving_rows();
  Outcome enter(const Command& command);
  Outcome go_up(const Command& command, Sink& out);
  Outcome go_back(const Command& command, Sink& out);
  Outcome run_at_top(const Command& command, Sink& out);
  console::Completion complete_at_top(Words rest);
  Outcome leave(Sink& out);
  Outcome run_operational(const Command& command, Sink& out);

  // configuring.cpp
  Outcome change(Edit edit, const Command& command);
  Outcome show_candidate(const Command& command, Sink& out);
  Outcome compare(const Command& command, Sink& out);
  Outcome commit(const Command& command, Sink& out);
  Outcome hold_lock(Sink& out);
  Outcome rollback(const Command& command, Sink& out);
  Outcome update(const Command& command, Sink& out);  // update.cpp
  Outcome save(const Command& command, Sink& out);
  Outcome load(const Command& command, Sink& out);
  Outcome write(const Command& command, Sink& out);
  Result<management::v1::Reply> get_config(std::uint32_t revision) const;
  bool is_changed() const;
  // What of a configuration is at the place.
  config::v1::Config part_of(const config::v1::Config& config, const config::Words& place) const;
  config::Words below_path(Words words) const;

  // Given.
  Given given_;
  // Owned.
  LogMonitor monitor_;
  CommandTable operational_, configuration_;
  // State.
  std::string name_;  // of the gateway that runs
  // State: of configuring.
  bool is_configuring_ = false;
  bool is_exclusive_ = false;
  unsigned locked_on_ = 0;  // the connection that holds the lock, by its number
  bool may_leave_ = false;  // was asked to leave with changes, and told so
  std::uint32_t base_revision_ = 0;
  config::v1::Config base_, candidate_;
  config::Words path_;                    // of `edit`
  std::vector<config::Words> came_from_;  // where it was before, the last one last
};

}  // namespace junctor::cli
