// SPDX-License-Identifier: MIT
#include "platform/board/machine_file.hpp"

#include <filesystem>

#include "platform/board/leds.hpp"
#include "platform/config/disk.hpp"
#include "platform/config/load_message.hpp"
#include "platform/config/write_json.hpp"

namespace junctor::board {

Result<void> write_machine(Host& host, const v1::Machine& machine) {
  if (auto done = host.replace(kMachineFile, config::write_json(machine), 0644); !done) return done;
  if (has_lamps(machine)) return host.replace(kLampsMark, "", 0644);
  std::error_code none;
  std::filesystem::remove(host.path_of(kLampsMark), none);
  return {};
}

Result<std::optional<v1::Machine>> read_machine(const std::string& path) {
  const auto text = config::SystemDisk().read(path);
  if (!text) return text.error();
  if (!text->has_value()) return std::optional<v1::Machine>{};
  v1::Machine machine;
  if (auto read = config::parse_message(**text, path, machine); !read) return read.error();
  return std::optional<v1::Machine>(std::move(machine));
}

}  // namespace junctor::board
