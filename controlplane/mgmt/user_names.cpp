// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/user_names.hpp"

#include <pwd.h>

#include <array>
#include <cstdio>
#include <memory>

namespace junctor::cp {

std::string user_name_of(std::int64_t uid, const std::string& file) {
  if (uid < 0) return "somebody";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> users(std::fopen(file.c_str(), "re"),
                                                              &std::fclose);
  std::array<char, 4096> buffer;
  passwd entry{};
  passwd* found = nullptr;
  while (users && fgetpwent_r(users.get(), &entry, buffer.data(), buffer.size(), &found) == 0)
    if (static_cast<std::int64_t>(entry.pw_uid) == uid) return entry.pw_name;
  return "uid " + std::to_string(uid);
}

}  // namespace junctor::cp
