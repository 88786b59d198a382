// SPDX-License-Identifier: MIT
// Tap: one kernel interface whose wire is this process (/dev/net/tun).
//
// The interface is persistent: its addresses, routes and the sockets bound to them live on when the
// process ends, and the next one takes it up again, or removes it. Making and removing one takes
// CAP_NET_ADMIN; its owner may hold it without.
//
// Threads   the loop's.
// Errors    open() says why; reading and writing never wait.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "platform/base/bytes.hpp"
#include "platform/base/result.hpp"

namespace junctor::dp {

class Tap {
 public:
  struct Made {
    int ifindex = 0;
    bool is_new = false;  // it was not there
  };
  // Sees to it that there is one. owner: the user who may open() it; none: any with CAP_NET_ADMIN.
  static Result<Made> make(const std::string& name, std::optional<std::uint32_t> owner);
  // Holds one that was made.
  static Result<std::unique_ptr<Tap>> open(const std::string& name);
  // Takes the interface away; not one that a process holds, nor one that is no tap.
  static Result<void> remove(const std::string& name);
  ~Tap();
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  int fd() const { return fd_; }
  int ifindex() const { return ifindex_; }
  const std::string& name() const { return name_; }

  // The next frame that the kernel sends; its length, 0 if there is none.
  std::size_t read(MutableBytes buffer);
  // Hands a frame to the kernel; false if it does not take it.
  bool write(Bytes frame);

 private:
  Tap(std::string name, int fd) : name_(std::move(name)), fd_(fd) {}
  static Result<std::unique_ptr<Tap>> open_device(const std::string& name);
  Result<void> attach();

  std::string name_;
  int fd_;
  int ifindex_ = 0;
};

}  // namespace junctor::dp
