// SPDX-License-Identifier: MIT
// Which board a machine is: the one that the kernel's command line names (junctor.board=NAME), else
// the one whose DMI patterns fit best.
//
// Errors    a name that no board has is not followed, and said.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "board/v1/board.pb.h"
#include "platform/board/host.hpp"

namespace junctor::board {

// "junctor.board=x" -> "x"; a word without a value -> ""; nothing if it is not there.
std::optional<std::string> kernel_word(const Host& host, std::string_view word);

struct Dmi {
  std::string vendor;
  std::string product;
};
Dmi dmi_of(const Host& host);

// A board, and one way in which a machine is that board.
struct Candidate {
  const v1::Board* board = nullptr;
  const v1::Match* match = nullptr;  // none: every machine
};
// All ways of all boards, the most specific first: those that name vendor and product, then those with
// the longer patterns, then the first by name. A machine is the first one that fits; GRUB reads them in
// this order as well (grub.hpp).
std::vector<Candidate> candidates(const std::vector<v1::Board>& boards);

struct Detected {
  const v1::Board* board = nullptr;  // of those given; none if nothing fits
  std::string note;                  // what somebody should know of the choice
};
Detected detect(const Host& host, const std::vector<v1::Board>& boards);

}  // namespace junctor::board
