// SPDX-License-Identifier: MIT
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "platform/base/assert.hpp"
#include "platform/ipc/epoll_loop.hpp"

namespace junctor::ipc {
namespace {

class Signals final : public Handle {
 public:
  Signals(Loop& loop, std::function<void(int)> on_signal) : on_signal_(std::move(on_signal)) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    JUNCTOR_ASSERT(fd_ >= 0);
    watch_ = loop.watch(fd_, Loop::kRead, [this](std::uint8_t) { read_one(); });
  }
  ~Signals() override {
    watch_.reset();
    close(fd_);
  }

 private:
  // One a turn: the callback may destroy this.
  void read_one() {
    signalfd_siginfo info{};
    if (read(fd_, &info, sizeof info) != sizeof info) return;
    const auto on_signal = on_signal_;
    on_signal(static_cast<int>(info.ssi_signo));
  }

  // Given.
  std::function<void(int)> on_signal_;
  // Owned.
  int fd_ = -1;
  HandlePtr watch_;
};

}  // namespace

HandlePtr on_signals(Loop& loop, std::function<void(int signal)> on_signal) {
  return std::make_unique<Signals>(loop, std::move(on_signal));
}

}  // namespace junctor::ipc
