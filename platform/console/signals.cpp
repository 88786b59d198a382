// SPDX-License-Identifier: MIT
#include "platform/console/signals.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "platform/base/assert.hpp"

namespace junctor::console {
namespace {

// What a handler may touch: lock-free atomics.
std::atomic<int> wake_fd{-1};
std::atomic<int> typed_fd{-1};
std::atomic<bool> was_interrupted{false};
std::atomic<bool> was_resized{false};
std::atomic<std::uint64_t> octets_read{0};
std::atomic<std::uint64_t> octets_at_interrupt{0};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

void on_signal(int number) {
  const int kept = errno;
  if (number == SIGINT) {
    int waiting = 0;
    if (ioctl(typed_fd.load(), FIONREAD, &waiting) != 0) waiting = 0;
    octets_at_interrupt = octets_read.load() + static_cast<unsigned>(waiting);
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

Signals::Signals(int in) {
  JUNCTOR_ASSERT(wake_fd == -1);
  JUNCTOR_ASSERT(pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) == 0);
  wake_fd = pipe_[1];
  typed_fd = in;
  octets_read = 0;
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
std::uint64_t Signals::read_so_far() const { return octets_read; }

ssize_t Signals::read_typed(char* octets, std::size_t most) {
  sigset_t interrupt;
  sigset_t before;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_BLOCK, &interrupt, &before);
  const ssize_t got = read(typed_fd, octets, most);
  if (got > 0) octets_read += static_cast<std::uint64_t>(got);
  const int kept = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = kept;
  return got;
}

std::uint64_t Signals::typed_at_interrupt() const { return octets_at_interrupt; }
bool Signals::take_resize() { return was_resized.exchange(false); }

}  // namespace junctor::console
