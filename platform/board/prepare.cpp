// SPDX-License-Identifier: MIT
#include "platform/board/prepare.hpp"

#include <sstream>

#include "platform/board/cores.hpp"
#include "platform/board/detect.hpp"
#include "platform/board/leds.hpp"
#include "platform/board/lists.hpp"
#include "platform/board/memory.hpp"
#include "platform/board/ports.hpp"
#include "platform/board/watchdog.hpp"
#include "platform/config/config.hpp"

namespace junctor::board {
namespace {

void add_note(v1::Machine& machine, const std::string& note) {
  if (!note.empty()) machine.add_notes(note);
}

void add_note(v1::Machine& machine, const Result<void>& done) {
  if (!done) machine.add_notes(done.error().text());
}

// In one go: starting a program for each takes longer than loading it.
void load_modules(Host& host, const v1::Board& board, bool may_use_uio, v1::Machine& machine) {
  std::vector<std::string> modules(board.modules().begin(), board.modules().end());
  modules.insert(modules.end(), std::begin(kVfioModules), std::end(kVfioModules));
  if (may_use_uio) modules.emplace_back(kUioModule);
  std::vector<std::string> words{"modprobe", "--all", "--quiet"};
  words.insert(words.end(), modules.begin(), modules.end());
  if (host.run(words)) return;
  for (std::string name : modules) {
    const std::string module = name;
    for (char& c : name)
      if (c == '-') c = '_';
    if (!host.exists("/sys/module/" + name))
      machine.add_notes("kernel module " + module + " is not loaded");
  }
}

std::string cpu_of(const Host& host) {
  std::istringstream lines(host.read("/proc/cpuinfo").value_or(""));
  for (std::string line; std::getline(lines, line);)
    if (const std::size_t colon = line.find(": ");
        colon != std::string::npos && line.starts_with("model name"))
      return line.substr(colon + 2);
  return "";
}

void find_disks(const Host& host, v1::Machine& machine) {
  for (const std::string& name : host.list("/sys/block")) {
    const std::string folder = "/sys/block/" + name;
    constexpr std::uint64_t kSectorsPerMb = 2048;  // of 512 octets, whatever the disk's are
    const std::uint64_t size = host.read_number(folder + "/size").value_or(0) / kSectorsPerMb;
    const bool is_removable = name.starts_with("sr") || name.starts_with("fd");
    if (size == 0 || is_removable || !host.exists(folder + "/device"))
      continue;  // loop0, dm-0, ...
    v1::MachineDisk& disk = *machine.add_disks();
    disk.set_device(name);
    disk.set_model(host.read(folder + "/device/model").value_or(""));
    disk.set_size_mb(static_cast<std::uint32_t>(size));
  }
}

void describe(const Host& host, const v1::Board& board, v1::Machine& machine) {
  machine.set_board(board.name());
  machine.set_description(board.description());
  const Dmi dmi = dmi_of(host);
  machine.set_vendor(dmi.vendor);
  machine.set_product(dmi.product);
  machine.set_console(board.console().device() + " " + std::to_string(board.console().speed()));
  machine.set_cpu(cpu_of(host));
  machine.set_memory_mb(memory_mb_of(host));
  find_disks(host, machine);
}

void prepare_cores(Host& host, const v1::Board& board, v1::Machine& machine) {
  const auto online = cores_of(host.read("/sys/devices/system/cpu/online").value_or(""));
  if (online.empty()) return add_note(machine, "the cores of the machine are not known");
  CoreSplit split = split_cores(board.cores(), online);
  add_note(machine, split.note);
  *machine.mutable_cores() = std::move(split.cores);
  add_note(machine, keep_apart(host, machine.cores()));
}

void prepare_memory(Host& host, const v1::Board& board, v1::Machine& machine) {
  const std::uint32_t wanted = huge_mb_wanted(board.huge_pages(), machine.memory_mb());
  *machine.mutable_huge_pages() = reserve_huge_pages(host, wanted);
  const std::uint32_t got = machine.huge_pages().got_mb();
  if (got < wanted)
    add_note(machine, "of " + std::to_string(wanted) + " MiB of huge pages there are " +
                          std::to_string(got));
}

void prepare_watchdog(Host& host, const v1::Board& board, v1::Machine& machine) {
  *machine.mutable_watchdog() = find_watchdog(host, board.watchdog());
  if (machine.watchdog().identity().empty() && machine.watchdog().module().empty())
    return add_note(machine, "there is no watchdog");
  if (machine.watchdog().is_software())
    add_note(machine,
             "there is no watchdog of hardware: a kernel that stands still is not noticed");
  add_note(machine, feed_watchdog(host, machine.watchdog()));
}

}  // namespace

Installed installed_boards(const Host& host) {
  Installed installed;
  for (const std::string& name : host.list(kBoardsFolder)) {
    const std::string folder = std::string(kBoardsFolder) + "/" + name;
    if (!host.exists(folder + "/board.json")) continue;
    auto board = load_board(host.path_of(folder));
    if (board) {
      installed.boards.push_back(std::move(*board));
    } else {
      installed.mistakes.push_back(board.error().text());
    }
  }
  return installed;
}

Result<v1::Machine> prepare(Host& host) {
  const Installed installed = installed_boards(host);
  v1::Machine machine;
  for (const std::string& mistake : installed.mistakes) machine.add_notes(mistake);
  const Detected detected = detect(host, installed.boards);
  add_note(machine, detected.note);
  if (detected.board == nullptr) return Error{kBoardsFolder, "no board of these fits this machine"};
  v1::Board board = *detected.board;
  config::apply_defaults(board);
  const bool may_use_uio = kernel_word(host, "junctor.uio").has_value();

  describe(host, board, machine);
  prepare_memory(host, board, machine);  // first: each page that others take is one less
  load_modules(host, board, may_use_uio, machine);
  *machine.mutable_ports() = find_ports(host, board);
  bind_ports(host, *machine.mutable_ports(), may_use_uio);
  if (host.exists("/dev/vfio/vfio")) add_note(machine, host.set_mode("/dev/vfio/vfio", 0666));
  prepare_cores(host, board, machine);
  prepare_watchdog(host, board, machine);          // late: it may wait for the bus
  PreparedLeds lamps = prepare_leds(host, board);  // last: what is missing is waited for
  machine.mutable_leds()->Swap(&lamps.leds);
  for (const std::string& note : lamps.notes) add_note(machine, note);
  return machine;
}

}  // namespace junctor::board
