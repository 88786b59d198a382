// SPDX-License-Identifier: MIT
#include "platform/console/signals.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "platform/base/assert.hpp"

namespace junctor::console {
namespace {

// What a handler may touch: lock-free atomics.
std::atomic<int> wake_fd{-1};
std::atomic<bool> was_interrupted{false};
std::atomic<bool> was_resized{false};
std::atomic<std::uint64_t> octets_read{0};
std::atomic<std::uint64_t> octets_at_interrupt{0};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

void on_signal(int number) {
  const int kept = errno;
  if (number == SIGINT) {
    octets_at_interrupt = octets_read.load();
    was_interrupted = true;
  } else {
    was_resized = true;
  }
  const char octet = 0;
  // A full pipe wakes as well as one octet more.
  [[maybe_unused]] const ssize_t written = write(wake_fd.load(), &octet, 1);
  errno = kept;
}

}  // namespace

Signals::Signals() {
  JUNCTOR_ASSERT(wake_fd == -1);
  JUNCTOR_ASSERT(pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) == 0);
  wake_fd = pipe_[1];
  was_interrupted = false;
  was_resized = false;
  struct sigaction action {};
  action.sa_handler = on_signal;  // without SA_RESTART: what waits is woken
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &before_int_);
  sigaction(SIGWINCH, &action, &before_winch_);
}

Signals::~Signals() {
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGWINCH, &before_winch_, nullptr);
  wake_fd = -1;
  close(pipe_[0]);
  close(pipe_[1]);
}

void Signals::clear_fd() const {
  std::array<char, 64> octets{};
  while (read(pipe_[0], octets.data(), octets.size()) > 0) {
  }
}

bool Signals::is_interrupted() const { return was_interrupted; }
void Signals::clear_interrupt() { was_interrupted = false; }
void Signals::set_read(std::uint64_t octets) { octets_read = octets; }
std::uint64_t Signals::read_at_interrupt() const { return octets_at_interrupt; }
bool Signals::take_resize() { return was_resized.exchange(false); }

}  // namespace junctor::console
