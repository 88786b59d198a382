// SPDX-License-Identifier: MIT
// The login names of this machine's users, from its own file alone: whoever else would know one
// (LDAP, NIS) must not be waited for while calls are up.
//
// Threads   any. Reads a local file.
// Errors    a user that the file has not is named by number.
#pragma once

#include <cstdint>
#include <string>

namespace junctor::cp {

// "root"; "uid 1234" for one that the file does not name, "somebody" for a uid that is none (below 0).
std::string user_name_of(std::int64_t uid, const std::string& file = "/etc/passwd");

}  // namespace junctor::cp
