// SPDX-License-Identifier: MIT
#include "platform/appliance/machine_clock.hpp"

#include <fcntl.h>
#include <linux/rtc.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <string>
#include <system_error>

#include "platform/telemetry/log.hpp"

namespace junctor::appliance {
namespace {

constexpr Seconds kEnd{4102444800};  // 2100-01-01; the clocks of some mainboards know no century

// rtc(4): the fields are those of struct tm. A machine without such a clock, or with a broken one, has
// the time until it is switched off.
void set_battery_clock(Seconds at, const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return log_warning("appliance", "there is no clock with a battery");
  const std::time_t seconds = at.count();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  rtc_time time{};
  time.tm_sec = utc.tm_sec;
  time.tm_min = utc.tm_min;
  time.tm_hour = utc.tm_hour;
  time.tm_mday = utc.tm_mday;
  time.tm_mon = utc.tm_mon;
  time.tm_year = utc.tm_year;
  const bool is_set = ioctl(fd, RTC_SET_TIME, &time) == 0;
  const int error = errno;
  close(fd);
  if (!is_set)
    log_warning("appliance", "the clock with the battery cannot be set",
                {{"reason", std::generic_category().message(error)}});
}

}  // namespace

Result<void> check_time(Seconds at, const Places& places) {
  struct stat made {};
  if (stat(places.at("/usr/lib/clock-epoch").c_str(), &made) == 0 &&
      at.count() < made.st_mtim.tv_sec)
    return Error{"", "a time before the date of this version cannot be true"};
  if (at >= kEnd) return Error{"", "a time after the year 2099 cannot be kept by every clock"};
  return {};
}

Result<void> note_time(Seconds at, const Places& places) {
  std::error_code error;
  std::filesystem::remove(places.at("/run/systemd/timesync/synchronized"), error);
  const std::string known = places.at("/var/lib/systemd/timesync/clock");
  if (!std::filesystem::exists(known, error)) return {};
  const std::array<timespec, 2> times{{{at.count(), 0}, {at.count(), 0}}};
  if (utimensat(AT_FDCWD, known.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
    return Error{known, "cannot be set: " + std::generic_category().message(errno)};
  return {};
}

Result<void> set_machine_clock(Seconds at, const Places& places) {
  if (auto good = check_time(at, places); !good) return good;
  const timespec time{at.count(), 0};
  if (clock_settime(CLOCK_REALTIME, &time) != 0)
    return Error{"the kernel's clock", "cannot be set: " + std::generic_category().message(errno)};
  set_battery_clock(at, places.at("/dev/rtc0"));
  return note_time(at, places);
}

}  // namespace junctor::appliance
