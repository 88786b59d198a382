// SPDX-License-Identifier: MIT
#include "platform/appliance/power_button.hpp"

#include <fcntl.h>
#include <linux/input.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <utility>

#include "platform/appliance/files.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::appliance {
namespace {

constexpr Seconds kLook{5};

}  // namespace

bool has_power_key(const std::string& keys) {
  constexpr std::size_t kBits = 64;
  std::vector<std::uint64_t> words;
  std::istringstream in(keys);
  for (std::uint64_t word = 0; in >> std::hex >> word;) words.push_back(word);
  constexpr std::size_t kWord = KEY_POWER / kBits;
  return words.size() > kWord && (words[words.size() - 1 - kWord] >> (KEY_POWER % kBits) & 1) != 0;
}

PowerButton::PowerButton(ipc::Loop& loop, const Places& places, std::function<void()> on_press)
    : loop_(loop), places_(places), on_press_(std::move(on_press)) {
  look();
  looking_ = loop_.every(kLook, [this] { look(); });
}

PowerButton::~PowerButton() {
  for (auto& [name, device] : devices_) {
    device.watch.reset();
    close(device.fd);
  }
}

void PowerButton::look() {
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(places_.at("/sys/class/input"), error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("event") && !devices_.contains(name) &&
        has_power_key(read_file(entry.path() / "device/capabilities/key")))
      open(name);
  }
}

void PowerButton::open(const std::string& name) {
  const std::string path = places_.at("/dev/input/" + name);
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return;
  devices_[name] = {fd,
                    loop_.watch(fd, ipc::Loop::kRead, [this, name](std::uint8_t) { read(name); })};
  log_info("appliance", "a power button is listened to", {{"where", path}});
}

void PowerButton::read(const std::string& name) {
  std::array<input_event, 16> events{};
  const int fd = devices_.at(name).fd;
  const ssize_t size = ::read(fd, events.data(), sizeof events);
  if (size <= 0) {
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    // A keyboard that was pulled out.
    devices_.at(name).watch.reset();
    close(fd);
    devices_.erase(name);
    return;
  }
  const auto is_press = [](const input_event& event) {
    return event.type == EV_KEY && event.code == KEY_POWER && event.value == 1;
  };
  const auto end = events.begin() + size / static_cast<ssize_t>(sizeof(input_event));
  if (std::any_of(events.begin(), end, is_press)) on_press_();
}

}  // namespace junctor::appliance
