// SPDX-License-Identifier: MIT
#include "platform/telemetry/service.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace junctor {
namespace {

// A datagram socket in the place of systemd's.
class Systemd {
 public:
  Systemd() : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = "@junctor-test-" + std::to_string(getpid());
    std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);  // abstract: leading NUL
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), length), 0);
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Systemd() {
    unsetenv("NOTIFY_SOCKET");
    close(fd_);
  }
  std::string heard() {
    char buffer[512];
    const ssize_t n = recv(fd_, buffer, sizeof buffer, 0);
    return n < 0 ? "" : std::string(buffer, static_cast<std::size_t>(n));
  }

 private:
  int fd_;
};

TEST(Service, TellsSystemd) {
  Systemd systemd;
  notify_ready("2 trunks\nup");
  EXPECT_EQ(systemd.heard(), "READY=1\nSTATUS=2 trunks\\nup");
  notify_reloading();
  EXPECT_EQ(systemd.heard().rfind("RELOADING=1\nMONOTONIC_USEC=", 0), 0U);
  notify_watchdog();
  EXPECT_EQ(systemd.heard(), "WATCHDOG=1");
  notify_stopping();
  EXPECT_EQ(systemd.heard(), "STOPPING=1");
}

TEST(Service, WatchdogIsFedFourTimesAsOften) {
  EXPECT_EQ(watchdog_interval(), Nanoseconds{0}) << "nobody waits";
  setenv("WATCHDOG_USEC", "3000000", 1);
  EXPECT_EQ(watchdog_interval(), Milliseconds{750});
  unsetenv("WATCHDOG_USEC");
}

TEST(Service, IsQuietWithoutSystemd) {
  unsetenv("NOTIFY_SOCKET");
  notify_ready("alone");
  notify_stopping();
}

}  // namespace
}  // namespace junctor
