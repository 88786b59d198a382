// SPDX-License-Identifier: MIT
// Aside: work that takes longer than the loop may wait (the hash of a password, files that must be
// durable), one piece after the other.
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
#include <string>
#include <thread>
#include <utility>

#include "platform/ipc/loop.hpp"

namespace junctor::cp {

class Aside {
 public:
  // name: of the thread, as `top` shows it; at most 15 octets.
  explicit Aside(ipc::Loop& loop, std::string name = "aside")
      : loop_(loop), name_(std::move(name)) {}
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
  const std::string name_;
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
