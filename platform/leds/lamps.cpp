// SPDX-License-Identifier: MIT
#include "platform/leds/lamps.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "platform/telemetry/log.hpp"

namespace junctor::leds {

Lamps::Lamps(const std::string& folder, const board::v1::Machine& machine) {
  for (const board::v1::MachineLed& led : machine.leds()) {
    if (led.shows() != "health" && led.shows() != "alarm") continue;
    const std::string place = folder + "/" + led.device();
    std::string most = "1";
    std::ifstream(place + "/max_brightness") >> most;
    lamps_.push_back({.file = place + "/brightness",
                      .most = most.empty() ? "1" : most,
                      .is_health = led.shows() == "health",
                      .is_lit = {}});
  }
}

void Lamps::show(const Signs& signs) {
  for (Lamp& lamp : lamps_) light(lamp, lamp.is_health ? signs.health : signs.alarm);
}

void Lamps::light(Lamp& lamp, bool is_lit) {
  if (lamp.is_lit == is_lit) return;
  const std::string text = is_lit ? lamp.most : "0";
  const int fd = ::open(lamp.file.c_str(), O_WRONLY | O_CLOEXEC | O_TRUNC);
  const bool done =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!done && !lamp.has_failed)
    log_warning("leds", "a lamp cannot be switched",
                {{"file", lamp.file}, {"reason", std::strerror(errno)}});
  if (fd >= 0) ::close(fd);
  lamp.has_failed = !done;
  if (done) lamp.is_lit = is_lit;
}

}  // namespace junctor::leds
