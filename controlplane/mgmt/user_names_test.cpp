// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/user_names.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {
namespace {

TEST(UserNames, OfTheFilesAlone) {
  const ipc::TempDir dir;
  const std::string file = dir / "passwd";
  std::ofstream(file) << "root:x:0:0:root:/root:/bin/bash\n"
                         "\n"
                         "night:x:1001:100:Night Shift:/home/night:/usr/bin/junctor\n"
                         "twice:x:1001:100::/:/bin/sh\n";
  const std::string more = dir / "more";
  std::ofstream(more) << "ann:x:20000:900::/:/usr/bin/junctor\nmallory:x:0:0::/:/bin/sh\n";
  struct Row {
    const char* sentence;
    std::int64_t uid;
    std::vector<std::string> files;
    std::string name;
  };
  const Row rows[] = {
      {"the first", 0, {file}, "root"},
      {"one behind an empty line; the first of two", 1001, {file}, "night"},
      {"one that the file has not", 1002, {file}, "uid 1002"},
      {"no file", 0, {file + ".none"}, "uid 0"},
      {"of the second file", 20000, {file, more}, "ann"},
      {"the first file is asked first", 0, {file, more}, "root"},
      {"of the second, without a first", 20000, {file + ".none", more}, "ann"},
      {"no uid", -1, {file}, "somebody"},
  };
  for (const Row& row : rows) EXPECT_EQ(user_name_of(row.uid, row.files), row.name) << row.sentence;
}

}  // namespace
}  // namespace junctor::cp
