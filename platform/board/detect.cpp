// SPDX-License-Identifier: MIT
#include "platform/board/detect.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <sstream>
#include <tuple>

namespace junctor::board {
namespace {

// Larger is more specific; {-1, 0} does not fit.
using Fit = std::tuple<int, std::size_t>;
constexpr Fit kNoFit{-1, 0};

Fit fit_of(const v1::Match& match, const Dmi& dmi) {
  if (match.has_sys_vendor() && !RE2::FullMatch(dmi.vendor, match.sys_vendor())) return kNoFit;
  if (match.has_product_name() && !RE2::FullMatch(dmi.product, match.product_name())) return kNoFit;
  return {int{match.has_sys_vendor()} + int{match.has_product_name()},
          match.sys_vendor().size() + match.product_name().size()};
}

Fit fit_of(const v1::Board& board, const Dmi& dmi) {
  if (board.match().empty()) return {0, 0};
  Fit best = kNoFit;
  for (const v1::Match& match : board.match()) best = std::max(best, fit_of(match, dmi));
  return best;
}

const v1::Board* best_of(const std::vector<v1::Board>& boards, const Dmi& dmi) {
  const v1::Board* best = nullptr;
  Fit best_fit = kNoFit;
  for (const v1::Board& board : boards) {
    const Fit fit = fit_of(board, dmi);
    if (fit == kNoFit || fit < best_fit) continue;
    if (fit == best_fit && best->name() < board.name()) continue;
    best = &board;
    best_fit = fit;
  }
  return best;
}

}  // namespace

std::optional<std::string> kernel_word(const Host& host, std::string_view word) {
  std::istringstream words(host.read("/proc/cmdline").value_or(""));
  std::optional<std::string> value;  // the last one wins, as for the kernel
  for (std::string one; words >> one;) {
    const std::size_t equals = one.find('=');
    if (std::string_view(one).substr(0, equals) == word)
      value = equals == std::string::npos ? "" : one.substr(equals + 1);
  }
  return value;
}

Dmi dmi_of(const Host& host) {
  return {host.read("/sys/class/dmi/id/sys_vendor").value_or(""),
          host.read("/sys/class/dmi/id/product_name").value_or("")};
}

Detected detect(const Host& host, const std::vector<v1::Board>& boards) {
  Detected detected;
  if (const auto wanted = kernel_word(host, "junctor.board")) {
    const auto named = std::find_if(boards.begin(), boards.end(),
                                    [&](const v1::Board& one) { return one.name() == *wanted; });
    if (named != boards.end()) return {&*named, ""};
    detected.note = "the kernel's command line names the board " + *wanted + ", which there is not";
  }
  detected.board = best_of(boards, dmi_of(host));
  return detected;
}

}  // namespace junctor::board
