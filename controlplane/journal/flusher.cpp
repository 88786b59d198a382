// SPDX-License-Identifier: MIT
#include "controlplane/journal/flusher.hpp"

#include <csignal>

#include "platform/base/clock.hpp"

namespace junctor::cp {
namespace {
constexpr Milliseconds kInterval{500};
// A WAL longer than this (in pages of 4 KiB) is begun anew, for which writers wait a moment.
constexpr int kLongWalPages = 16'384;
}  // namespace

Flusher::Flusher(Database database) : database_(std::move(database)) {
  // Signals are the loop's: none may be taken by this thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Flusher::~Flusher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Flusher::note_write() {
  const std::lock_guard lock(mutex_);
  written_ = true;
}

std::uint64_t Flusher::failures() {
  const std::lock_guard lock(mutex_);
  return failures_;
}

void Flusher::run() {
  std::unique_lock lock(mutex_);
  bool is_last = false;
  while (!is_last) {
    wake_.wait_for(lock, kInterval, [this] { return stopping_; });
    is_last = stopping_;
    if (!written_) continue;
    written_ = false;
    lock.unlock();
    int pages = 0;
    int copied = 0;
    int code = sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                         &pages, &copied);
    if (code == SQLITE_OK && pages > kLongWalPages)
      code = sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_RESTART,
                                       nullptr, nullptr);
    lock.lock();
    if (code != SQLITE_OK && code != SQLITE_BUSY) ++failures_;
  }
}

}  // namespace junctor::cp
