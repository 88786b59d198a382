// SPDX-License-Identifier: MIT
// Signals: SIGINT and SIGWINCH as something that can be asked and waited for.
//
// The handlers set flags and write one octet into a pipe, nothing else.
//
// Threads   one object a process at a time; asked on its thread.
// Lifetime  the handlers of before return with its end.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstddef>
#include <cstdint>

namespace junctor::console {

class Signals {
 public:
  // `in` is where is typed; -1 for nowhere.
  explicit Signals(int in);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int fd() const { return pipe_[0]; }  // can be read after a signal, until clear_fd()
  void clear_fd() const;

  bool is_interrupted() const;
  void clear_interrupt();
  // read(2) of what is typed, counted before a SIGINT can be handled.
  ssize_t read_typed(char* octets, std::size_t most);
  // How many octets were read so; and how many had been typed at the last SIGINT, those that were
  // still to be read among them.
  std::uint64_t read_so_far() const;
  std::uint64_t typed_at_interrupt() const;

  bool take_resize();

 private:
  int pipe_[2] = {-1, -1};
  struct sigaction before_int_ {};
  struct sigaction before_winch_ {};
};

}  // namespace junctor::console
