// SPDX-License-Identifier: MIT
// Passwords as they are kept: yescrypt by crypt(5), which gives none back.
//
// A hash takes a fifth of a second and 16 MiB on purpose: whoever steals the file is slowed as much.
// So it is not for a thread that others wait for.
//
// Threads   any.
#pragma once

#include <string>
#include <string_view>

namespace junctor::config {

// "$y$j9T$salt$hash" and nothing that would cost more to look at.
bool is_hash(std::string_view text);

std::string hash_password(const std::string& clear);
// Whether it is the password of the hash; of clear text (a file that is edited by hand) as well. A
// password that is longer than any can be is none.
bool is_password(const std::string& clear, const std::string& kept);
// Takes as long as one that is not the password: for a user that is not there.
void spend_as_long(const std::string& clear);

}  // namespace junctor::config
