// SPDX-License-Identifier: MIT
#include "platform/board/commands.hpp"

#include <map>
#include <ostream>
#include <set>
#include <string>

#include "platform/board/board_file.hpp"
#include "platform/board/detect.hpp"
#include "platform/board/grub.hpp"
#include "platform/board/lists.hpp"
#include "platform/board/machine_file.hpp"
#include "platform/board/prepare.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::board {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kUsage =
    "usage: junctor-board check FOLDER...\n"
    "       junctor-board list modules|own|storage|watchdog|drivers FOLDER...\n"
    "       junctor-board grub FOLDER...\n"
    "       junctor-board detect [--root DIR]\n"
    "       junctor-board prepare [--root DIR]\n"
    "  check    says what is wrong with board files (FOLDER/board.json)\n"
    "  list     kernel modules, those of the boards' own, of disks or watchdogs alone, or DPDK\n"
    "           libraries that an image for these boards must carry, a line each\n"
    "  grub     a script for GRUB: on which console a machine that is one of these boards speaks\n"
    "  detect   the name of this machine's board\n"
    "  prepare  gives ports, memory and cores of this machine to the gateway, once at boot\n"
    "  --root   of a machine whose files are below DIR; nothing is run then\n";

int fail(std::ostream& err, const Error& error) {
  err << error.text() << "\n";
  return 1;
}

int wrong(std::ostream& err, const std::string& sentence) {
  err << sentence << "\n" << kUsage;
  return 2;
}

int check(const Words& folders, std::ostream& out, std::ostream& err) {
  const auto boards = load_boards(folders);
  if (!boards) return fail(err, boards.error());
  for (const v1::Board& board : *boards) out << board.name() << ": " << board.description() << "\n";
  return 0;
}

int list(const std::string& what, const Words& folders, std::ostream& out, std::ostream& err) {
  static const std::map<std::string, std::set<std::string> (*)(const std::vector<v1::Board>&)>
      kLists = {{"modules", modules_of},
                {"own", own_modules_of},
                {"storage", storage_modules_of},
                {"watchdog", watchdog_modules_of},
                {"drivers", drivers_of}};
  const auto found = kLists.find(what);
  if (found == kLists.end())
    return wrong(err, "list knows modules, own, storage, watchdog and drivers, not " + what);
  const auto boards = load_boards(folders);
  if (!boards) return fail(err, boards.error());
  for (const std::string& name : found->second(*boards)) out << name << "\n";
  return 0;
}

int grub(const Words& folders, std::ostream& out, std::ostream& err) {
  const auto boards = load_boards(folders);
  if (!boards) return fail(err, boards.error());
  out << grub_script(*boards);
  return 0;
}

int detect_board(const Host& host, std::ostream& out, std::ostream& err) {
  const Installed installed = installed_boards(host);
  for (const std::string& mistake : installed.mistakes) err << mistake << "\n";
  const Detected detected = detect(host, installed.boards);
  if (!detected.note.empty()) err << detected.note << "\n";
  if (detected.board == nullptr)
    return fail(err, {kBoardsFolder, "no board of these fits this machine"});
  out << detected.board->name() << "\n";
  return 0;
}

int prepare_machine(Host& host, std::ostream& err) {
  const auto machine = prepare(host);
  if (!machine) return fail(err, machine.error());
  for (const std::string& note : machine->notes()) log_warning("board", note);
  for (const v1::MachinePort& port : machine->ports()) {
    if (port.state() == "ready") {
      log_info("board", "port is ready",
               {{"port", port.name()}, {"address", port.address()}, {"device", port.device()}});
    } else {
      log_warning("board", "port is " + port.state(),
                  {{"port", port.name()}, {"address", port.address()}, {"reason", port.reason()}});
    }
  }
  log_info("board", "machine is prepared",
           {{"board", machine->board()},
            {"ports", machine->ports_size()},
            {"huge_pages_mb", machine->huge_pages().got_mb()},
            {"workers", machine->cores().workers_size()},
            {"watchdog", machine->watchdog().module()}});
  if (auto written = write_machine(host, *machine); !written) return fail(err, written.error());
  return 0;
}

}  // namespace

int run_command(const Words& words, std::ostream& out, std::ostream& err) {
  const std::string command = words.empty() ? "" : words[0];
  if (command == "--help") {
    out << kUsage;
    return 0;
  }
  if (command == "check" && words.size() > 1)
    return check({words.begin() + 1, words.end()}, out, err);
  if (command == "list" && words.size() > 2)
    return list(words[1], {words.begin() + 2, words.end()}, out, err);
  if (command == "grub" && words.size() > 1)
    return grub({words.begin() + 1, words.end()}, out, err);
  const bool has_root = words.size() == 3 && words[1] == "--root" && !words[2].empty();
  if ((command == "detect" || command == "prepare") && (words.size() == 1 || has_root)) {
    Host host(has_root ? words[2] : "");
    return command == "detect" ? detect_board(host, out, err) : prepare_machine(host, err);
  }
  return wrong(err, words.empty() ? "a command is missing" : "this is no command of junctor-board");
}

}  // namespace junctor::board
