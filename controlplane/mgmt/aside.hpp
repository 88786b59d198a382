// SPDX-License-Identifier: MIT
// Aside: work that takes longer than the loop may wait (the hash of a password), one piece after the
// other.
//
//   run(work, then): work --[thread]--> then --[loop]
//
// Threads   `work` runs on a thread of its own, which begins with the first; all else is the loop's.
// Lifetime  the loop outlives it. Its end waits for the work that runs; what waits is dropped, and
//           no `then` comes any more.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "platform/ipc/loop.hpp"

namespace junctor::cp {

class Aside {
 public:
  explicit Aside(ipc::Loop& loop) : loop_(loop) {}
  ~Aside();
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;

  void run(std::function<void()> work, std::function<void()> then);

 private:
  struct Piece {
    std::function<void()> work;
    std::function<void()> then;
  };
  void turn();

  // Given.
  ipc::Loop& loop_;
  // State.
  std::mutex mutex_;  // of the two below
  std::deque<Piece> waiting_;
  bool is_over_ = false;
  std::condition_variable changed_;
  std::shared_ptr<bool> is_there_ = std::make_shared<bool>(true);  // the loop's
  // Owned.
  std::thread thread_;
};

}  // namespace junctor::cp
