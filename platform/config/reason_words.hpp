// SPDX-License-Identifier: MIT
// The reason of a finding, for somebody who types words instead of writing JSON.
//
//   "3000 is not above port_min"                    ->  "3000 is not above port-min"
//   "\"g711\" is not in media.codec_profiles"       ->  "\"g711\" is not in media codec-profile"
//
// Threads   pure function.
#pragma once

#include <string>
#include <string_view>

namespace junctor::config {

// Names of fields as the console has them; what is quoted, and what is no field, stays as it is.
std::string reason_in_words(std::string_view reason);

}  // namespace junctor::config
