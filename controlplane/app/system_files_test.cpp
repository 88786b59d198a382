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

// Made by openssl req -x509, for the name x.
constexpr const char* kCertificate =
    "MIIBbTCCAROgAwIBAgIUckPx5UG1uWotHS4K442XRMlGv8owCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBeDAe"
    "Fw0yNjExMjIxMTAyMTlaFw0zNjExMTkxMTAyMTlaMAwxCjAIBgNVBAMMAXgwWTATBgcqhkjOPQIBBggqhkjO"
    "PQMBBwNCAARexGKcCkvbcnGZ+tXKzBglj338c7rLp7l5hiv350YOn2QTrS7lxsFya+oYPR4KtufDU6g4zW94"
    "xqyDfRN1bY9po1MwUTAdBgNVHQ4EFgQUQTxO4H3fhSRbbuZ2Q1K1rzDXymgwHwYDVR0jBBgwFoAUQTxO4H3f"
    "hSRbbuZ2Q1K1rzDXymgwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAJI0uUSwHb0y/iKo9h"
    "fMiXT/ym9T6ZUy6GCs+bNTNqqQIhAKOJFyB7uEvFGLrRl0wson7K+BCSCQ3YULa+v5BnI56k";

TEST(SystemFiles, TrustAnchorsAreThoseOfTheConfiguration) {
  EXPECT_TRUE(trust_anchors(system_of({})).empty());
  const auto anchors =
      trust_anchors(system_of({{"system", "trust-anchor", "company", "certificate", kCertificate},
                               {"system", "trust-anchor", "branch", "certificate", kCertificate}}));
  ASSERT_EQ(anchors.size(), 2U);
  EXPECT_TRUE(anchors[1].starts_with("-----BEGIN CERTIFICATE-----\n"));

  config::v1::Config config;
  const auto mistake =
      config::set(config, {"system", "trust-anchor", "company", "certificate", "MIIB"});
  ASSERT_TRUE(mistake);
  EXPECT_NE(mistake->reason.find("is no certificate"), std::string::npos) << mistake->reason;
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
  EXPECT_EQ(count, 5) << "nothing is left over but the mark";
  // The mark is made for a change, and only then.
  const std::string mark = dir / "run/system/changed";
  EXPECT_TRUE(std::filesystem::remove(mark));
  files.write(system_of({{"system", "name", "other"}}));
  EXPECT_FALSE(std::filesystem::exists(mark));
  files.write(system_of({{"system", "name", "third"}}));
  EXPECT_TRUE(std::filesystem::exists(mark));
}

}  // namespace
}  // namespace junctor::cp
