// SPDX-License-Identifier: MIT
// PluginLibrary: a plugin's code, its descriptor and its counters, which live as long as anyone
// uses them.
//
// Threads   the control loop's.
// Lifetime  shared by the table and every Dialect; closes the shared object and takes its counters
//           out of the registry at its end.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "platform/base/result.hpp"
#include "platform/telemetry/counter.hpp"
#include "plugins/sdk/plugin.hpp"

namespace junctor::cp {

class PluginLibrary {
 public:
  // Beside the plugin's own reasons, what is counted of each.
  enum Traffic : std::uint8_t {
    kMessagesReceived,
    kMessagesSent,
    kDescriptionsReceived,
    kDescriptionsSent,
    kFaults,
    kTrafficCount
  };
  static constexpr std::array<CounterDesc, kTrafficCount> kTraffic{{
      {"messages_received", Severity::Info, "SIP message received through the plugin"},
      {"messages_sent", Severity::Info, "SIP message sent through the plugin"},
      {"descriptions_received", Severity::Info, "session description received through the plugin"},
      {"descriptions_sent", Severity::Info, "session description sent through the plugin"},
      {"faults", Severity::Error, "the plugin gave a verdict that its descriptor does not allow"},
  }};

  // handle: of dlopen, or nullptr for a plugin that is linked in.
  PluginLibrary(const interop::Descriptor& descriptor, void* handle);
  ~PluginLibrary();
  PluginLibrary(const PluginLibrary&) = delete;
  PluginLibrary& operator=(const PluginLibrary&) = delete;

  // Opens a shared object and finds its descriptor; it is checked for its ABI only.
  static Result<std::shared_ptr<PluginLibrary>> open(const std::filesystem::path& file);
  // Makes the counters visible as "plugin.<name>"; once.
  void register_counters(CounterRegistry& registry);

  const interop::Descriptor& descriptor() const { return descriptor_; }
  CounterSet<kTrafficCount>& traffic() { return traffic_; }
  std::span<Counter> reasons() { return reasons_; }

 private:
  // Given.
  const interop::Descriptor& descriptor_;
  CounterRegistry* registry_ = nullptr;
  // Owned.
  void* handle_;
  CounterSet<kTrafficCount> traffic_{kTraffic};
  std::vector<Counter> reasons_;
};

}  // namespace junctor::cp
