// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/hardware_answers.hpp"

#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <utility>

#include "platform/board/machine_file.hpp"

namespace junctor::cp {
namespace {

using management::v1::Hardware;
using management::v1::Reply;
using management::v1::Request;

// Of /proc nothing is seen from the sandbox of the service.
void add_kernels_view(const std::string& state_dir, Hardware& hardware) {
  struct sysinfo memory {};
  if (::sysinfo(&memory) == 0)
    hardware.set_memory_mb(
        static_cast<std::uint32_t>((std::uint64_t{memory.totalram} * memory.mem_unit) >> 20));
  if (const long cores = ::sysconf(_SC_NPROCESSORS_ONLN); cores > 0)
    hardware.set_cores(static_cast<std::uint32_t>(cores));
  struct statvfs disk {};
  if (::statvfs(state_dir.c_str(), &disk) != 0) return;
  hardware.set_disk_bytes(std::uint64_t{disk.f_blocks} * disk.f_frsize);
  hardware.set_disk_free_bytes(std::uint64_t{disk.f_bavail} * disk.f_frsize);
}

// By its name, or by its address, with or without the domain.
bool is_device_of(const std::string& device, const board::v1::MachinePort& port) {
  const std::string head = device.substr(0, device.find(','));
  return head == port.name() ||
         (!port.address().empty() && (head == port.address() || "0000:" + head == port.address()));
}

void add_uses(const config::v1::Config& config, Hardware& hardware) {
  for (const auto& port : hardware.machine().ports())
    for (const auto& interface : config.interfaces())
      if (is_device_of(interface.device(), port)) {
        management::v1::PortUse& use = *hardware.add_uses();
        use.set_port(port.name());
        use.set_interface(interface.name());
      }
}

void show_hardware(const HardwareShown& shown, Reply& reply) {
  Hardware& hardware = *reply.mutable_hardware();
  add_kernels_view(shown.state_dir, hardware);
  auto machine = board::read_machine(shown.machine_file);
  if (!machine) return reply.add_notes(machine.error().text());
  if (!machine->has_value())
    return reply.add_notes("nothing is known of this machine: junctor-board prepare did not run");
  *hardware.mutable_machine() = std::move(**machine);
  add_uses(shown.config, hardware);
}

}  // namespace

void add_hardware_answers(Answers& answers, HardwareShown shown) {
  answers.add(Request::kShowHardware, config::v1::VIEWER,
              [shown = std::move(shown)](const Request&, const Answers::Asker&, Reply& reply) {
                show_hardware(shown, reply);
              });
}

}  // namespace junctor::cp
