// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/user_names.hpp"

#include <pwd.h>

#include <array>
#include <cstdio>
#include <memory>

namespace junctor::cp {
namespace {

std::string name_in(const std::string& file, std::int64_t uid) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> users(std::fopen(file.c_str(), "re"),
                                                              &std::fclose);
  std::array<char, 4096> buffer;
  passwd entry{};
  passwd* found = nullptr;
  while (users && fgetpwent_r(users.get(), &entry, buffer.data(), buffer.size(), &found) == 0)
    if (static_cast<std::int64_t>(entry.pw_uid) == uid) return entry.pw_name;
  return "";
}

}  // namespace

std::string user_name_of(std::int64_t uid, const std::vector<std::string>& files) {
  if (uid < 0) return "somebody";
  for (const std::string& file : files)
    if (std::string name = name_in(file, uid); !name.empty()) return name;
  return "uid " + std::to_string(uid);
}

}  // namespace junctor::cp
