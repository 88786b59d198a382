// SPDX-License-Identifier: MIT
// Signals: SIGINT and SIGWINCH as something that can be asked and waited for.
//
// The handlers set flags and write one octet into a pipe, nothing else.
//
// Threads   one object a process at a time; asked on its thread.
// Lifetime  the handlers of before return with its end.
#pragma once

#include <csignal>
#include <cstdint>

namespace junctor::console {

class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int fd() const { return pipe_[0]; }  // can be read after a signal, until clear_fd()
  void clear_fd() const;

  bool is_interrupted() const;
  void clear_interrupt();
  // Says how many octets were read of the terminal so far, and how many there were at the last
  // SIGINT: what was typed before it is void.
  void set_read(std::uint64_t octets);
  std::uint64_t read_at_interrupt() const;

  bool take_resize();

 private:
  int pipe_[2] = {-1, -1};
  struct sigaction before_int_ {};
  struct sigaction before_winch_ {};
};

}  // namespace junctor::console
