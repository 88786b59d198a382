// SPDX-License-Identifier: MIT
#include "controlplane/app/system_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "platform/config/config.hpp"
#include "platform/config/tree.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {
namespace {

config::v1::System system_of(const std::vector<config::Words>& lines) {
  config::v1::Config config;
  for (const config::Words& words : lines) EXPECT_FALSE(config::set(config, words));
  config::apply_defaults(config);
  return config.system();
}

TEST(SystemFiles, SayWhatTheConfigurationSays) {
  const std::string first = "# Written by junctor-control from its configuration.\n";
  struct Row {
    const char* sentence;
    std::vector<config::Words> lines;
    const char* file;
    std::string text;
  };
  const config::Words ann{"system", "user", "ann", "role", "ADMIN"};
  const config::Words key_of_ann{"system", "user", "ann", "ssh-key", "ssh-ed25519 AAAA ann@desk"};
  for (const Row& row : std::vector<Row>{
           {"a name of its own", {}, "hostname", "junctor\n"},
           {"no host has an underscore", {{"system", "name", "gw_1_"}}, "hostname", "gw-1\n"},
           {"no server", {}, "resolv.conf", first},
           {"servers in order",
            {{"system", "dns", "server", "[", "192.0.2.2", "2001:db8::1", "]"},
             {"system", "dns", "search", "[", "a.example", "example", "]"}},
            "resolv.conf",
            first + "nameserver 192.0.2.2\nnameserver 2001:db8::1\nsearch a.example example\n"},
           {"no time", {}, "timesyncd.conf", first + "[Time]\nNTP=\n"},
           {"time",
            {{"system", "ntp", "server", "[", "ntp.example", "192.0.2.3", "]"}},
            "timesyncd.conf",
            first + "[Time]\nNTP=ntp.example 192.0.2.3\n"},
           {"no SSH", {{"system", "user", "ann", "role", "ADMIN"}}, "ssh", first},
           {"keys alone do not open it", {ann, key_of_ann}, "ssh", first},
           {"SSH",
            {ann, key_of_ann, {"system", "ssh", "enabled", "true"}},
            "ssh",
            first + "port 22\nkey ann ssh-ed25519 AAAA ann@desk\n"},
           {"SSH at one address",
            {{"system", "ssh", "enabled", "true"},
             {"system", "ssh", "port", "2222"},
             {"system", "ssh", "address", "192.0.2.1"}},
            "ssh",
            first + "port 2222\naddress 192.0.2.1\n"}})
    EXPECT_EQ(system_files(system_of(row.lines)).at(row.file), row.text) << row.sentence;
}

TEST(SystemFiles, AreReplacedOnlyWhenTheyChange) {
  const ipc::TempDir dir;
  const SystemFiles files(dir / "run/system");
  files.write(system_of({}));
  const std::string path = dir / "run/system/hostname";
  const auto past = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::filesystem::last_write_time(path, past);
  files.write(system_of({{"system", "dns", "server", "192.0.2.2"}}));
  EXPECT_EQ(std::filesystem::last_write_time(path), past);
  files.write(system_of({{"system", "name", "other"}}));
  EXPECT_NE(std::filesystem::last_write_time(path), past);
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir / "run/system"))
    count += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(count, 4) << "nothing is left over";
}

}  // namespace
}  // namespace junctor::cp
