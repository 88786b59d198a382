// SPDX-License-Identifier: MIT
// junctor-network: one loop and one NetworkServer; nothing else happens here.
#include <pwd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "dataplane/control/network_server.hpp"
#include "platform/ipc/service_loop.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::dp {
namespace {

constexpr const char* kUsage =
    "usage: junctor-network [--run-dir DIR] [--user USER]\n"
    "  --run-dir DIR   where network.sock is made (/run/junctor-network)\n"
    "  --user USER     who may ask, and whose the interfaces are (junctor-dataplane)\n";

int fail(const Error& error) {
  log_error("network", error.message, {{"where", error.where}});
  return 1;
}

int main(int argc, char** argv) {
  std::string run_dir = "/run/junctor-network";
  std::string user = "junctor-dataplane";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool is_known = word == "--run-dir" || word == "--user";
    if (!is_known || i + 1 == argc) {
      std::fputs(kUsage, word == "--help" ? stdout : stderr);
      return word == "--help" ? 0 : 2;
    }
    (word == "--run-dir" ? run_dir : user) = argv[++i];
  }
  const passwd* who = getpwnam(user.c_str());
  if (who == nullptr) return fail({user, "there is no such user"});
  ipc::ServiceLoop main_loop;
  std::error_code error;
  std::filesystem::create_directories(run_dir, error);
  const auto admin = own_network_admin(who->pw_uid);
  if (!admin) return fail(admin.error());
  const auto server =
      NetworkServer::listen(main_loop.loop(), run_dir + "/network.sock", who->pw_uid, **admin);
  if (!server) return fail(server.error());
  main_loop.run("arranges the interfaces of the ports");
  return 0;
}

}  // namespace
}  // namespace junctor::dp

int main(int argc, char** argv) { return junctor::dp::main(argc, argv); }
