// SPDX-License-Identifier: MIT
#include "dataplane/app/board_use.hpp"

#include <algorithm>

#include "dataplane/core/flow.hpp"
#include "dataplane/io/cpu.hpp"
#include "platform/board/machine_file.hpp"
#include "platform/board/port_names.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::dp {

Result<void> use_board(config::v1::Config& config, const std::string& file) {
  const auto machine = board::read_machine(file);
  if (!machine) return machine.error();
  const auto left_out = board::resolve_ports(config, *machine, file);
  if (!left_out) return left_out.error();
  for (const std::string& sentence : *left_out) log_error("port", sentence);
  auto& workers = *config.mutable_dataplane()->mutable_worker_cores();
  if (!workers.empty() || !machine->has_value()) return {};
  // As far as this process may use them, and there are tables for workers; else one is chosen.
  const std::vector<unsigned> allowed = allowed_cores();
  for (const std::uint32_t core : (*machine)->cores().workers())
    if (std::binary_search(allowed.begin(), allowed.end(), core) &&
        workers.size() < static_cast<int>(FlowSlot::kMaxWorkers))
      workers.Add(core);
  return {};
}

}  // namespace junctor::dp
