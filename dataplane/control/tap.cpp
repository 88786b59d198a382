// SPDX-License-Identifier: MIT
#include "dataplane/control/tap.hpp"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "platform/telemetry/log.hpp"

extern "C" unsigned int if_nametoindex(
    const char* name);  // <net/if.h> does not go with <linux/if.h>

namespace junctor::dp {
namespace {

// Settings of a new interface, before it comes up. Without those that the system does not have, as
// one without IPv6, nothing is missed; those that it does not let us set are what the operator must
// know of.
void set_new(const std::string& name) {
  const struct {
    const char* family;
    const char* key;
    const char* value;
  } settings[] = {
      {"ipv6", "accept_dad", "0"},  // addresses can be used at once, after a restart too
      {"ipv6", "accept_ra", "0"},   // routes are the operator's, not any neighbour's
      {"ipv4", "arp_ignore", "1"},  // two ports in one network: each answers for its own addresses
      {"ipv4", "arp_announce", "2"},
      {"ipv4", "promote_secondaries", "1"},  // an address that goes takes no other with it
      {"ipv4", "arp_notify", "1"},           // another MAC address is told at once
      {"ipv6", "ndisc_notify", "1"},
  };
  std::string refused, reason;
  for (const auto& setting : settings) {
    const std::string path =
        "/proc/sys/net/" + std::string(setting.family) + "/conf/" + name + "/" + setting.key;
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) continue;
    const auto size = static_cast<ssize_t>(std::strlen(setting.value));
    if (fd < 0 || ::write(fd, setting.value, std::strlen(setting.value)) != size) {
      reason = std::strerror(errno);
      refused += (refused.empty() ? "" : " ") + std::string(setting.family) + "/" + setting.key +
                 "=" + setting.value;
    }
    if (fd >= 0) close(fd);
  }
  if (refused.empty()) return;
  log_warning("network", "settings of an interface are left as they are",
              {{"interface", name}, {"refused", refused}, {"reason", reason}});
}

}  // namespace

Result<std::unique_ptr<Tap>> Tap::open_device(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ) {
    return Error{name, "the name of a kernel interface has 1 to 15 characters"};
  }
  const int fd = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return Error{"/dev/net/tun", std::strerror(errno)};
  return std::unique_ptr<Tap>(new Tap(name, fd));
}

Result<std::unique_ptr<Tap>> Tap::open(const std::string& name) {
  Result<std::unique_ptr<Tap>> self = open_device(name);
  if (!self) return self;
  if (if_nametoindex(name.c_str()) == 0) return Error{name, "there is no such interface"};
  if (Result<void> attached = (*self)->attach(); !attached) return attached.error();
  return self;
}

Result<Tap::Made> Tap::make(const std::string& name, std::optional<std::uint32_t> owner) {
  const Result<std::unique_ptr<Tap>> self = open_device(name);
  if (!self) return self.error();
  const bool is_new = if_nametoindex(name.c_str()) == 0;
  if (Result<void> attached = (*self)->attach(); !attached) return attached.error();
  const int fd = (*self)->fd_;
  if (ioctl(fd, TUNSETPERSIST, 1) != 0 ||
      (owner && ioctl(fd, TUNSETOWNER, static_cast<unsigned long>(*owner)) != 0))
    return Error{name, std::string("cannot set up the tap: ") + std::strerror(errno)};
  if (is_new) set_new(name);
  return Made{(*self)->ifindex_, is_new};
}

Result<void> Tap::remove(const std::string& name) {
  Result<std::unique_ptr<Tap>> self = open_device(name);
  if (!self) return self.error();
  if (Result<void> attached = (*self)->attach(); !attached) return attached;
  // It goes when it is closed.
  if (ioctl((*self)->fd_, TUNSETPERSIST, 0) != 0) return Error{name, std::strerror(errno)};
  return {};
}

Result<void> Tap::attach() {
  ifreq request{};
  std::memcpy(request.ifr_name, name_.data(), name_.size());
  // Without IFF_VNET_HDR the kernel completes every checksum and segment before it hands over a
  // frame.
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (ioctl(fd_, TUNSETIFF, &request) != 0) {
    if (errno == EBUSY) {
      return Error{name_, "another process holds this interface; is junctor-dataplane running?"};
    }
    if (errno == EINVAL) return Error{name_, "an interface of this name exists, and is no tap"};
    return Error{name_, std::string("cannot take the tap: ") + std::strerror(errno)};
  }
  if (ioctl(fd_, TUNSETOFFLOAD, 0) != 0)
    return Error{name_, std::string("cannot set up the tap: ") + std::strerror(errno)};
  ifindex_ = static_cast<int>(if_nametoindex(name_.c_str()));
  return {};
}

Tap::~Tap() { close(fd_); }

std::size_t Tap::read(MutableBytes buffer) {
  const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

bool Tap::write(Bytes frame) {
  return ::write(fd_, frame.data(), frame.size()) == static_cast<ssize_t>(frame.size());
}

}  // namespace junctor::dp
