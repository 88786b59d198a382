// SPDX-License-Identifier: MIT
// Flusher: brings what the journal wrote from the page cache to the disk, twice a second, on a
// thread of its own with a connection of its own, because fsync may take as long as it likes.
//
// A passive checkpoint syncs the WAL, copies it into the database file and syncs that (SQLite,
// synchronous = NORMAL), and never holds up the writer.
//
// Threads   note_write() from the writer; the rest is the flusher's own thread's.
// Lifetime  the destructor flushes once more and joins the thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "controlplane/journal/database.hpp"

namespace junctor::cp {

class Flusher {
 public:
  explicit Flusher(Database database);
  ~Flusher();
  Flusher(const Flusher&) = delete;
  Flusher& operator=(const Flusher&) = delete;

  void note_write();
  // Flushes that failed, ever; the writer counts them.
  std::uint64_t failures();

 private:
  void run();

  Database database_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool written_ = false;
  bool stopping_ = false;
  std::uint64_t failures_ = 0;
  std::thread thread_;
};

}  // namespace junctor::cp
