// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/aside.hpp"

#include <pthread.h>

#include <utility>

namespace junctor::cp {

Aside::~Aside() {
  *is_there_ = false;
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Aside::run(std::function<void()> work, std::function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(work), std::move(then)});
  }
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { turn(); });
    pthread_setname_np(thread_.native_handle(), name_.c_str());
  }
  changed_.notify_one();
}

void Aside::turn() {
  for (;;) {
    Piece piece;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return is_over_ || !waiting_.empty(); });
      if (is_over_) return;
      piece = std::move(waiting_.front());
      waiting_.pop_front();
    }
    piece.work();
    piece.work = nullptr;  // what both hold is let go of by the loop
    loop_.post([then = std::move(piece.then), is_there = is_there_] {
      if (*is_there) then();
    });
  }
}

}  // namespace junctor::cp
