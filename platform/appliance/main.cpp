// SPDX-License-Identifier: MIT
// junctor-appliance: one loop and one Service; or the clock, once.
#include <pwd.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "platform/appliance/machine_clock.hpp"
#include "platform/appliance/service.hpp"
#include "platform/ipc/service_loop.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::appliance {
namespace {

constexpr const char* kUsage =
    "usage: junctor-appliance [--run-dir DIR] [--management FILE]\n"
    "  --run-dir DIR       where its socket is made (/run/junctor-appliance)\n"
    "  --management FILE   the management socket (/run/junctor/management.sock)\n"
    "  --set-clock SECONDS sets the clock of the machine (since 1970), and ends\n";

int set_clock(std::string_view text) {
  std::int64_t at = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), at);
  if (error != std::errc{} || end != text.data() + text.size()) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (const auto done = set_machine_clock(Seconds{at}, {}); !done) {
    log_error("appliance", done.error().message, {{"where", done.error().where}});
    return 1;
  }
  log_warning("appliance", "the clock was set by hand");
  return 0;
}

int main(int argc, char** argv) {
  std::string run_dir = "/run/junctor-appliance";
  std::string management = "/run/junctor/management.sock";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool is_known = word == "--run-dir" || word == "--management" || word == "--set-clock";
    if (!is_known || i + 1 == argc) {
      std::fputs(kUsage, word == "--help" ? stdout : stderr);
      return word == "--help" ? 0 : 2;
    }
    if (word == "--set-clock") return set_clock(argv[i + 1]);
    (word == "--run-dir" ? run_dir : management) = argv[++i];
  }
  ipc::ServiceLoop main_loop;
  std::error_code error;
  std::filesystem::create_directories(run_dir, error);
  const passwd* user = getpwnam("junctor");
  const std::int64_t uid = user == nullptr ? geteuid() : user->pw_uid;
  auto service = Service::start(main_loop.loop(), {.places = {},
                                                   .socket_path = run_dir + "/appliance.sock",
                                                   .management_path = management,
                                                   .user = uid});
  if (!service) {
    log_error("appliance", service.error().message, {{"where", service.error().where}});
    return 1;
  }
  main_loop.run("watches the gateway's health");
  return 0;
}

}  // namespace
}  // namespace junctor::appliance

int main(int argc, char** argv) { return junctor::appliance::main(argc, argv); }
