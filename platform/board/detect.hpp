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

struct Detected {
  const v1::Board* board = nullptr;  // of those given; none if nothing fits
  std::string note;                  // what somebody should know of the choice
};
// Of two that fit: the one that names vendor and product, then the one with the longer patterns,
// then the first by name.
Detected detect(const Host& host, const std::vector<v1::Board>& boards);

}  // namespace junctor::board
