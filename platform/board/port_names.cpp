// SPDX-License-Identifier: MIT
#include "platform/board/port_names.hpp"

#include <re2/re2.h>

#include <map>

#include "platform/board/machine_file.hpp"

namespace junctor::board {
namespace {

std::string head_of(const std::string& device) { return device.substr(0, device.find(',')); }

std::string names_of(const v1::Machine& machine) {
  std::string names;
  for (const v1::MachinePort& port : machine.ports())
    names += (names.empty() ? "" : ", ") + port.name();
  return names.empty() ? "no port" : names;
}

// The port of that name, or that there is none.
Result<const v1::MachinePort*> find_port(const std::string& name,
                                         const std::optional<v1::Machine>& machine,
                                         const std::string& file) {
  const std::string none = "there is no port \"" + name + "\"";
  if (!machine) return Error{"", none + ": no ports have names here, as there is no " + file};
  for (const v1::MachinePort& port : machine->ports())
    if (port.name() == name) return &port;
  return Error{"", none + "; " + machine->board() + " has " + names_of(*machine)};
}

}  // namespace

bool is_port_name(const std::string& device) {
  return RE2::FullMatch(head_of(device), "[a-z][a-z0-9-]{0,15}");
}

Result<std::vector<std::string>> resolve_ports(config::v1::Config& config,
                                               const std::optional<v1::Machine>& machine,
                                               const std::string& file) {
  std::vector<std::string> left_out;
  std::vector<config::v1::Interface> usable;
  std::map<std::string, std::string> taken;  // device -> interface
  for (int i = 0; i < config.interfaces_size(); ++i) {
    config::v1::Interface interface = config.interfaces(i);
    const std::string where = "interfaces[" + std::to_string(i) + "].device";
    const std::string given = interface.device();
    const std::string head = head_of(given);
    if (is_port_name(given)) {
      const auto found = find_port(head, machine, file);
      if (!found) return Error{where, found.error().message};
      const v1::MachinePort& port = **found;
      if (port.state() != "ready") {
        left_out.push_back("interface " + interface.name() + " is left out: " + head + " is " +
                           port.state() + ": " + port.reason());
        continue;
      }
      interface.set_device(port.address() + given.substr(head.size()));
    }
    const auto [at, is_new] = taken.try_emplace(head_of(interface.device()), interface.name());
    if (!is_new)
      return Error{where, given + " is the device of interface " + at->second + " already"};
    usable.push_back(std::move(interface));
  }
  config.mutable_interfaces()->Assign(usable.begin(), usable.end());
  return left_out;
}

std::vector<std::string> port_mistakes(const config::v1::Config& config, const std::string& file) {
  const auto machine = read_machine(file);
  if (!machine) return {machine.error().text()};
  if (!machine->has_value()) return {};
  config::v1::Config resolved = config;
  const auto left_out = resolve_ports(resolved, *machine, file);
  return left_out ? *left_out : std::vector<std::string>{left_out.error().text()};
}

}  // namespace junctor::board
