// SPDX-License-Identifier: MIT
#include "platform/board/board_file.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>

#include "platform/board/grub.hpp"
#include "platform/config/findings.hpp"
#include "platform/config/load_message.hpp"

namespace junctor::board {
namespace {

using config::at_index;
using config::Findings;

constexpr std::array<std::uint32_t, 8> kSpeeds{9600,   19200,  38400,  57600,
                                               115200, 230400, 460800, 921600};

void check_port(const v1::Port& port, const std::string& path, Findings& findings) {
  const int ways =
      int{port.has_address()} + int{port.has_slot()} + int{port.has_any() && port.any()};
  if (ways != 1) findings.add(path, "needs one of address, slot and any");
  if (port.any() && port.has_name())
    findings.add(path + ".name", "the ports of any are port1, port2, ...");
  if (!port.any() && !port.has_name()) findings.add(path + ".name", "is required");
  if (port.has_function() && !port.has_slot())
    findings.add(path + ".function", "belongs to a slot");
}

void check_ports(const v1::Board& board, Findings& findings) {
  std::map<std::string, std::string> places;
  for (int i = 0; i < board.ports_size(); ++i) {
    const v1::Port& port = board.ports(i);
    const std::string path = findings.element("ports", i);
    check_port(port, path, findings);
    const std::string place = port.any()           ? "any"
                              : port.has_address() ? "address " + port.address()
                                                   : "slot " + port.slot() + " function " +
                                                         std::to_string(port.function());
    const auto [at, is_new] = places.try_emplace(place, path);
    if (!is_new) findings.add(path, place + " is " + at->second + " already");
  }
}

void check_cores(const v1::Cores& cores, Findings& findings) {
  if (cores.workers_size() == 0 && cores.system_size() > 0)
    findings.add("cores.workers", "is required where the cores of the system are named");
  for (int i = 0; i < cores.workers_size(); ++i)
    if (std::count(cores.system().begin(), cores.system().end(), cores.workers(i)) > 0)
      findings.add(at_index("cores.workers", i), "is a core of the system, too");
}

void check_huge_pages(const v1::HugePages& pages, Findings& findings) {
  if (pages.has_mb() && (pages.has_percent() || pages.has_min_mb() || pages.has_max_mb()))
    findings.add("huge_pages.mb", "leaves no share of the memory to be chosen");
  if (pages.has_min_mb() && pages.has_max_mb() && pages.min_mb() > pages.max_mb())
    findings.add("huge_pages.min_mb", "is more than max_mb");
}

// Twice in one list is the schema's business; here it is a module of one list in the other.
void check_modules(const v1::Board& board, Findings& findings) {
  for (int i = 0; i < board.watchdog().modules_size(); ++i)
    if (std::count(board.modules().begin(), board.modules().end(), board.watchdog().modules(i)) > 0)
      findings.add(findings.element("watchdog.modules", i),
                   "is in modules as well, where it is loaded whether it is needed or not");
  const bool has_net =
      std::any_of(board.drivers().begin(), board.drivers().end(),
                  [](const std::string& name) { return name.starts_with("net_"); });
  if (!has_net && board.drivers_size() > 0)
    findings.add("drivers", "has no driver of a network card (net_...)");
}

// By the kernel at the start, and by GRUB before it.
void check_match(const v1::Match& match, const std::string& path, Findings& findings) {
  if (!match.has_sys_vendor() && !match.has_product_name())
    findings.add(path, "names nothing; leave match out for every machine");
  const auto check = [&](const char* name, const std::string& pattern) {
    if (!is_for_grub(pattern))
      findings.add(path + "." + name,
                   "GRUB reads " + config::quote(pattern) + " otherwise; both know " + kForGrub);
  };
  check("sys_vendor", match.sys_vendor());
  check("product_name", match.product_name());
}

// What the slot itself tells its kernel: another slot's root, or none, would be one word away.
void check_kernel_arguments(const v1::Board& board, Findings& findings) {
  static const RE2 kOwn("(console|root|ro|rw|init|rdinit|panic|(junctor|rauc)\\..*)(=.*)?");
  for (int i = 0; i < board.kernel_arguments_size(); ++i)
    if (RE2::FullMatch(board.kernel_arguments(i), kOwn))
      findings.add(findings.element("kernel_arguments", i),
                   config::quote(board.kernel_arguments(i)) + " is the image's to say");
}

void check_board(const v1::Board& board, const std::string& folder, Findings& findings) {
  if (board.has_name() && !folder.empty() && board.name() != folder)
    findings.add("name", config::quote(board.name()) + " is not the name of its folder, " + folder);
  check_ports(board, findings);
  check_cores(board.cores(), findings);
  check_huge_pages(board.huge_pages(), findings);
  check_modules(board, findings);
  check_kernel_arguments(board, findings);
  if (board.console().has_speed() &&
      std::find(kSpeeds.begin(), kSpeeds.end(), board.console().speed()) == kSpeeds.end())
    findings.add("console.speed", "is no speed of serial lines");
  for (int i = 0; i < board.telephony_size(); ++i)
    if (board.telephony(i).has_id() == board.telephony(i).has_address())
      findings.add(findings.element("telephony", i), "needs one of id and address");
  for (int i = 0; i < board.match_size(); ++i)
    check_match(board.match(i), findings.element("match", i), findings);
}

void add_line(std::string& lines, const std::string& line) {
  lines += (lines.empty() ? "" : "\n") + line;
}

}  // namespace

Result<v1::Board> load_board(const std::string& folder) {
  std::string path = folder;
  std::string name;
  if (std::error_code none; !std::filesystem::is_regular_file(folder, none)) {
    const auto absolute = std::filesystem::weakly_canonical(folder, none);
    name = absolute.filename().string();
    path = (std::filesystem::path(folder) / "board.json").string();
  }
  v1::Board board;
  const auto rules = [&board, &name](Findings& findings) { check_board(board, name, findings); };
  if (auto loaded = config::load_message(path, board, rules); !loaded) return loaded.error();
  return board;
}

Result<std::vector<v1::Board>> load_boards(const std::vector<std::string>& folders) {
  std::vector<v1::Board> boards;
  std::string mistakes;
  std::map<std::string, std::string> names;     // name -> folder
  std::map<std::string, std::string> machines;  // what is matched -> board
  for (const std::string& folder : folders) {
    auto board = load_board(folder);
    if (!board) {
      add_line(mistakes, board.error().text());
      continue;
    }
    const auto [named, is_new] = names.try_emplace(board->name(), folder);
    if (!is_new)
      add_line(mistakes, folder + ": name: is the name of " + named->second + " already");
    std::set<std::string> own;
    if (board->match().empty()) own.insert("every machine");
    for (const v1::Match& match : board->match())
      own.insert("machines of \"" + match.sys_vendor() + "\" \"" + match.product_name() + "\"");
    for (const std::string& machine : own) {
      const auto [taken, is_first] = machines.try_emplace(machine, board->name());
      if (!is_first && is_new)
        add_line(mistakes, folder + ": match: " + machine + " are those of " + taken->second);
    }
    boards.push_back(std::move(*board));
  }
  if (!mistakes.empty()) return Error{"", mistakes};
  return boards;
}

}  // namespace junctor::board
