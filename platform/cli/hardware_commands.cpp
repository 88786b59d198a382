// SPDX-License-Identifier: MIT
// What the gateway runs on: board, ports, cores, memory, disks.
#include <functional>

#include "platform/cli/commands.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/table.hpp"
#include "platform/cli/units.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {
namespace {

using board::v1::Machine;
using board::v1::MachinePort;
using console::Outcome;
using console::Sink;
using management::v1::Hardware;

std::string mb_text(std::uint32_t mb) { return octets_text(std::uint64_t{mb} << 20); }

// "0,2"
std::string list_text(const google::protobuf::RepeatedField<std::uint32_t>& numbers) {
  std::string text;
  for (const std::uint32_t number : numbers)
    text += (text.empty() ? "" : ",") + std::to_string(number);
  return text;
}

std::string cores_text(const Hardware& hardware) {
  const auto& cores = hardware.machine().cores();
  std::string text = std::to_string(hardware.cores());
  if (cores.workers().empty()) return text;
  text += ": voice on " + list_text(cores.workers());
  if (cores.separate()) return text + " alone, the rest on " + list_text(cores.system());
  return text + ", shared with the rest";
}

std::string memory_text(const Hardware& hardware) {
  const auto& pages = hardware.machine().huge_pages();
  std::string text = mb_text(hardware.memory_mb());
  if (pages.wanted_mb() > 0) text += ", in huge pages " + mb_text(pages.got_mb());
  if (pages.got_mb() < pages.wanted_mb())
    text += " of the " + mb_text(pages.wanted_mb()) + " wanted";
  return text;
}

std::string watchdog_text(const Machine& machine) {
  const auto& watchdog = machine.watchdog();
  if (watchdog.module().empty() && watchdog.identity().empty()) return "";
  std::string text = watchdog.module();
  if (!watchdog.identity().empty())
    text += (text.empty() ? "" : " ") + ("(" + watchdog.identity() + ")");
  return text + ", " + std::to_string(watchdog.timeout_s()) + " s";
}

std::string disks_text(const Machine& machine) {
  std::string text;
  for (const auto& disk : machine.disks())
    text += (text.empty() ? "" : "; ") + disk.device() +
            (disk.model().empty() ? "" : " " + disk.model()) + " " + mb_text(disk.size_mb());
  return text;
}

std::string summary(const Hardware& hardware, std::size_t width) {
  const Machine& machine = hardware.machine();
  Table table({{"WHAT"}, {"IS"}});
  const auto add = [&table](const char* what, const std::string& is) {
    if (!is.empty()) table.add({what, is});
  };
  add("board",
      machine.board() + (machine.description().empty() ? "" : " (" + machine.description() + ")"));
  add("machine", machine.vendor() + (machine.product().empty() ? "" : " " + machine.product()));
  add("processor", machine.cpu());
  add("cores", cores_text(hardware));
  add("memory", memory_text(hardware));
  add("disks", disks_text(machine));
  add("state",
      octets_text(hardware.disk_free_bytes()) + " free of " + octets_text(hardware.disk_bytes()));
  add("watchdog", watchdog_text(machine));
  add("console", machine.console());
  for (const auto& led : machine.leds()) add("led", led.name() + " shows " + led.shows());
  return table.text("", width);
}

std::string ports_text(const Hardware& hardware, std::size_t width) {
  Table table({{"PORT"},
               {"STATE"},
               {"INTERFACE"},
               {"ADDRESS"},
               {"DEVICE"},
               {"DRIVER"},
               {"GROUP", Align::Right},
               {"NOTE"}});
  for (const MachinePort& port : hardware.machine().ports()) {
    std::string interface;
    for (const auto& use : hardware.uses())
      if (use.port() == port.name()) interface = use.interface();
    table.add({port.name(), port.state(), interface, port.address(), port.device(), port.driver(),
               port.iommu_group(), port.reason().empty() ? port.note() : port.reason()});
  }
  return table.text("there is no port\n", width);
}

}  // namespace

std::vector<CommandRow> hardware_commands(const GatewayLink& link) {
  return {{"show hardware", "board, ports, cores, memory, disks, watchdog",
           [&link](const console::Command& command, Sink& out) {
             management::v1::Request request;
             request.mutable_show_hardware();
             const auto reply = link.ask(request);
             if (!reply) return Outcome::failed(reply.error().text());
             const Hardware& hardware = reply->hardware();
             if (command.is_json) {
               out.write(to_json(hardware));
               return Outcome{};
             }
             out.write(summary(hardware, out.width()));
             if (hardware.has_machine()) out.write("\n" + ports_text(hardware, out.width()));
             for (const std::string& note : hardware.machine().notes())
               out.write("! " + escape(note) + "\n");
             for (const std::string& note : reply->notes()) out.write("! " + escape(note) + "\n");
             return Outcome{};
           }}};
}

}  // namespace junctor::cli
