// SPDX-License-Identifier: MIT
// The login names of this machine's users, from its own files alone: whoever else would know one
// (LDAP, NIS) must not be waited for while calls are up.
//
// Threads   any. Reads local files.
// Errors    a user that no file has is named by number.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace junctor::cp {

// "root"; "uid 1234" for one that no file names, "somebody" for a uid that is none (below 0).
// An appliance has the users that log in by SSH in the second file (rootfs/units/apply-ssh).
std::string user_name_of(std::int64_t uid, const std::vector<std::string>& files = {
                                               "/etc/passwd", "/var/lib/extrausers/passwd"});

}  // namespace junctor::cp
