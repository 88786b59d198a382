// SPDX-License-Identifier: MIT
#include "platform/board/grub.hpp"

#include <re2/re2.h>

#include "platform/board/detect.hpp"
#include "platform/config/config.hpp"

namespace junctor::board {
namespace {

constexpr std::uint32_t kFastest = 115'200;  // that GRUB can set

// Blanks at the end of a text are left out by junctor-board, too.
std::string condition(const char* variable, const std::string& pattern) {
  return std::string("  if regexp '^(") + pattern + ") *$' \"$" + variable + "\"; then\n";
}

std::string kernel_arguments(const v1::Board& board) {
  std::string all;
  for (const std::string& one : board.kernel_arguments()) all += (all.empty() ? "" : " ") + one;
  return all.empty() ? "" : "  set kernel_arguments=\"" + all + "\"\n";
}

std::string settings(const v1::Board& board) {
  v1::Console console = board.console();
  config::apply_defaults(console);
  const std::string speed = std::to_string(console.speed());
  const bool can_drive =
      RE2::FullMatch(console.device(), "ttyS[0-3]") && console.speed() <= kFastest;
  return "  set console=" + console.device() + "," + speed +
         "; set console_unit=" + (can_drive ? console.device().substr(4) : "") +
         "; set console_speed=" + (can_drive ? speed : "") + "\n" + kernel_arguments(board);
}

// GRUB's shell knows no &&.
std::string lines_of(const Candidate& candidate) {
  std::string begin = "if [ -z \"$console\" ]; then  # " + candidate.board->name() + "\n";
  std::string end = "fi\n";
  if (candidate.match != nullptr && candidate.match->has_sys_vendor()) {
    begin += condition("vendor", candidate.match->sys_vendor());
    end = "  fi\n" + end;
  }
  if (candidate.match != nullptr && candidate.match->has_product_name()) {
    begin += condition("product", candidate.match->product_name());
    end = "  fi\n" + end;
  }
  return begin + settings(*candidate.board) + end;
}

}  // namespace

bool is_for_grub(const std::string& pattern) {
  static const RE2 kAlike(R"re((?:[A-Za-z0-9 !"#$%&()*+,./:;<=>?@^_|~-])re"
                          R"re(|\\[.()|*+?{}^$\[\]\\/-])re"    // \d and \< are of one alone
                          R"re(|\[\^?[A-Za-z0-9 _.,/-]+\])re"  // \ is a letter there for GRUB
                          R"re(|\{[0-9]{1,3}(?:,(?:[0-9]{1,3})?)?\})*)re");
  return pattern.find("(?") == std::string::npos && RE2::FullMatch(pattern, kAlike);
}

std::string grub_script(const std::vector<v1::Board>& boards) {
  std::string script =
      "set vendor=; set product=; set console=; set console_unit=; set console_speed=\n"
      "set kernel_arguments=\n"
      "smbios --type 1 --get-string 4 --set vendor\n"
      "smbios --type 1 --get-string 5 --set product\n";
  for (const Candidate& candidate : candidates(boards)) script += lines_of(candidate);
  v1::Board none;  // on a machine that is no board
  none.set_name("any other");
  none.mutable_console()->set_device("ttyS0");
  return script + lines_of({&none, nullptr});
}

}  // namespace junctor::board
