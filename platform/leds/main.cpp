// SPDX-License-Identifier: MIT
// junctor-leds: one loop, what is asked, and the lamps; nothing else happens here.
#include <cstdio>
#include <string>
#include <string_view>

#include "platform/appliance/watch.hpp"
#include "platform/board/leds.hpp"
#include "platform/board/machine_file.hpp"
#include "platform/ipc/service_loop.hpp"
#include "platform/leds/lamps.hpp"
#include "platform/leds/minute_watch.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::leds {
namespace {

constexpr const char* kUsage =
    "usage: junctor-leds [--leave]\n"
    "  switches the lamps of the machine's board as the gateway is, until it is ended\n"
    "  --leave   as nobody knows: HEALTH dark, ALARM lit\n";
constexpr const char* kManagement = "/run/junctor/management.sock";

void run(Lamps& lamps) {
  ipc::ServiceLoop main_loop;
  ipc::Loop& loop = main_loop.loop();
  Panel panel;
  std::string told;
  const auto show = [&] {
    lamps.show(panel.signs());
    if (panel.text() == told) return;
    told = panel.text();
    log_info("leds", told.empty() ? "all is well" : "somebody should look at this",
             {{"health", panel.signs().health ? "lit" : "dark"}, {"why", told}});
  };
  const appliance::HealthWatch seconds(loop, kManagement, [&](const appliance::Health& health) {
    panel.look(health);
    show();
  });
  const MinuteWatch minutes(loop, kManagement, [&](std::vector<std::string> troubles) {
    panel.know(std::move(troubles));
    show();
  });
  show();
  main_loop.run("switches lamps");
}

int main(int argc, char** argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (argc > 2 || (argc == 2 && word != "--leave")) {
    std::fputs(kUsage, word == "--help" ? stdout : stderr);
    return word == "--help" ? 0 : 2;
  }
  const auto machine = board::read_machine(board::kMachineFile);
  if (!machine) {
    log_error("leds", machine.error().message, {{"where", machine.error().where}});
    return 1;
  }
  Lamps lamps(board::kLedsFolder, machine->value_or(board::v1::Machine{}));
  if (word != "--leave") run(lamps);
  lamps.show({});
  return 0;
}

}  // namespace
}  // namespace junctor::leds

int main(int argc, char** argv) { return junctor::leds::main(argc, argv); }
