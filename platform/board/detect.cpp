// SPDX-License-Identifier: MIT
#include "platform/board/detect.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <sstream>
#include <tuple>

namespace junctor::board {
namespace {

bool fits(const v1::Match& match, const Dmi& dmi) {
  return (!match.has_sys_vendor() || RE2::FullMatch(dmi.vendor, match.sys_vendor())) &&
         (!match.has_product_name() || RE2::FullMatch(dmi.product, match.product_name()));
}

// Larger is more specific.
std::tuple<int, std::size_t> specificity(const v1::Match* match) {
  if (match == nullptr) return {0, 0};
  return {int{match->has_sys_vendor()} + int{match->has_product_name()},
          match->sys_vendor().size() + match->product_name().size()};
}

bool is_before(const Candidate& a, const Candidate& b) {
  const auto of_a = specificity(a.match);
  const auto of_b = specificity(b.match);
  return of_a != of_b ? of_a > of_b : a.board->name() < b.board->name();
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

std::vector<Candidate> candidates(const std::vector<v1::Board>& boards) {
  std::vector<Candidate> found;
  for (const v1::Board& board : boards) {
    if (board.match().empty()) found.push_back({&board, nullptr});
    for (const v1::Match& match : board.match()) found.push_back({&board, &match});
  }
  std::stable_sort(found.begin(), found.end(), is_before);
  return found;
}

Detected detect(const Host& host, const std::vector<v1::Board>& boards) {
  Detected detected;
  if (const auto wanted = kernel_word(host, "junctor.board")) {
    const auto named = std::find_if(boards.begin(), boards.end(),
                                    [&](const v1::Board& one) { return one.name() == *wanted; });
    if (named != boards.end()) return {&*named, ""};
    detected.note = "the kernel's command line names the board " + *wanted + ", which there is not";
  }
  const Dmi dmi = dmi_of(host);
  for (const Candidate& candidate : candidates(boards)) {
    if (candidate.match != nullptr && !fits(*candidate.match, dmi)) continue;
    detected.board = candidate.board;
    break;
  }
  return detected;
}

}  // namespace junctor::board
