// SPDX-License-Identifier: MIT
// Dialect: one trunk's instance of an interop plugin, with the counting of its verdicts.
// PluginTable: the plugins that there are, opened from a directory of shared objects.
//
// Around the plugin stand the operator's message rules (message_rules.hpp).
//
//   lib/junctor/plugins/*.so --> PluginTable --create(trunk)--> Dialect --> receive, send,
//   receive_sdp, send_sdp
//
// Threads   the control loop's.
// Lifetime  a Dialect holds its shared object open, beyond the table if need be. The
//           CounterRegistry outlives both.
// Errors    a shared object that is no plugin of this ABI, an option that is unknown or does not
//           fit: a Result for the operator. A plugin that breaks its contract: its verdict is put
//           right and counted (faults).
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/dialect/message_rules.hpp"
#include "platform/base/result.hpp"
#include "platform/telemetry/counter.hpp"
#include "plugins/sdk/plugin.hpp"

namespace junctor::cp {

class PluginLibrary;  // a plugin that was opened or built in: its descriptor and counters

class Dialect {
 public:
  Dialect(std::shared_ptr<PluginLibrary> library, std::unique_ptr<interop::Plugin> plugin);
  ~Dialect();

  // "generic".
  std::string_view plugin_name() const;

  // For messages from now on, those of calls that are up among them.
  void set_rules(MessageRules rules) { rules_ = std::move(rules); }

  // What rules and plugin decide about a message or description, counted. With Refuse the status is
  // 400..699.
  interop::Verdict receive(interop::Message& message);
  interop::Verdict send(interop::Message& message);
  interop::Verdict receive_sdp(interop::Sdp& sdp, interop::SdpRole role);
  interop::Verdict send_sdp(interop::Sdp& sdp, interop::SdpRole role);

 private:
  interop::Verdict count(interop::Verdict verdict, std::size_t traffic);

  // Owned. The instance goes before the code that it runs in.
  std::shared_ptr<PluginLibrary> library_;
  std::unique_ptr<interop::Plugin> plugin_;
  MessageRules rules_;
};

class PluginTable {
 public:
  // Counters of each plugin appear as "plugin.<name>.<counter>".
  explicit PluginTable(CounterRegistry& counters);
  ~PluginTable();
  PluginTable(PluginTable&&) noexcept;
  PluginTable& operator=(PluginTable&&) = delete;

  // Opens every *.so of the directory, in the order of their names. The error is that of the first that
  // is no sound plugin; the others are there all the same.
  Result<void> load(const std::filesystem::path& directory);
  // Adds one that is linked in; the descriptor outlives everything.
  Result<void> add(const interop::Descriptor& descriptor);

  // The plugin of that name, or nullptr.
  const interop::Descriptor* find(std::string_view name) const;
  // All of them, in the order they came.
  std::vector<const interop::Descriptor*> all() const;

  // An instance for one trunk. Options left out get their defaults. Errors name the trunk, the
  // option and what is known.
  Result<std::unique_ptr<Dialect>> create(std::string_view plugin,
                                          interop::TrunkContext trunk) const;

 private:
  Result<void> add_library(std::shared_ptr<PluginLibrary> library, const std::string& where);

  // Given.
  CounterRegistry& counters_;
  // Owned.
  std::vector<std::shared_ptr<PluginLibrary>> libraries_;
};

}  // namespace junctor::cp
