// SPDX-License-Identifier: MIT
// Wide: 128 bits, for a product of two 64-bit numbers that is shifted back at once.
#pragma once

namespace junctor::dp {

// NOLINTNEXTLINE(modernize-use-using): __extension__ takes no alias declaration
__extension__ typedef unsigned __int128 Wide;

}  // namespace junctor::dp
