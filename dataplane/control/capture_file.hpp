// SPDX-License-Identifier: MIT
// CaptureFile: the thread that writes one capture. A disk may hold it up for as long as it likes:
// neither the workers nor the control thread wait for it; what it does not take in time is lost to
// the capture alone, and counted.
//
//   workers --> CaptureSource --> [ CallFilter ] --> [ pcapng, 256 KiB at a time ] --> file
//                                       `--> last second of signalling that is of no call yet
//
// A leg's Call-ID is told a moment after its INVITE was sent; what did not fit is kept for a second,
// and looked at again when the filter changes.
//
// It ends by itself at its limits: the size and the time that were asked for, and a disk that is
// nearly full. Each write ends with a block, so that the file is good wherever it ends.
//
// Threads   it starts its own; the methods are the control thread's.
// Lifetime  the destructor ends the thread and waits for it.
// Errors    what ended it is a sentence of its Status.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/control/call_filter.hpp"
#include "dataplane/core/plane.hpp"

namespace junctor::dp {

class CaptureFile {
 public:
  struct Setup {
    int fd = -1;  // is closed at the end
    std::shared_ptr<CaptureSource> source;
    std::vector<PlanePort> ports;
    std::string what;                       // a comment in the file
    std::optional<CallFilter::Words> call;  // none: everything
    std::uint64_t max_octets = 0;
    Nanoseconds max_time{0};
    Nanoseconds wall_offset{0};  // wall clock minus Plane::now()
  };
  struct Status {
    bool is_running = true;
    std::uint64_t packets = 0, octets = 0, lost = 0;
    Nanoseconds left{0};
    std::string ended_by;
  };

  explicit CaptureFile(Setup setup);
  ~CaptureFile();
  CaptureFile(const CaptureFile&) = delete;
  CaptureFile& operator=(const CaptureFile&) = delete;

  void set_call(CallFilter::Words words);
  // Ends soon, with what was copied before.
  void stop(std::string ended_by);
  bool is_running() const { return is_running_.load(std::memory_order_acquire); }
  Status status() const;

 private:
  struct Held {
    Nanoseconds time;
    std::uint32_t interface;
    bool sent;
    std::vector<std::uint8_t> frame;
  };

  void run();
  void write_header();
  void write_trailer();
  void take(const CapturedPacket& packet);
  void hold(const CapturedPacket& packet, std::uint32_t interface);
  void look_again(CallFilter::Words words);
  void write(Nanoseconds time, std::uint32_t interface, bool sent, Bytes frame);
  // Writes the buffer out.
  void flush();
  void end(std::string ended_by);
  bool has_ended() const { return !ended_by_.empty(); }
  void look_at_limits();
  std::uint64_t lost() const;

  // Given.
  const Setup setup_;
  // Between the threads.
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<CallFilter::Words> new_words_;
  std::string stop_;          // why it is to end
  std::string end_sentence_;  // why it ended
  std::atomic<bool> is_running_{true};
  std::atomic<std::uint64_t> packets_{0}, octets_{0};
  const Nanoseconds started_;
  // The thread's.
  std::optional<CallFilter> filter_;
  std::deque<Held> held_;
  std::size_t held_octets_ = 0;
  std::string buffer_;
  std::uint64_t written_ = 0;              // octets in the file
  std::vector<std::uint64_t> written_of_;  // packets, by interface
  Nanoseconds flushed_at_{0}, disk_looked_at_{0};
  std::string ended_by_;
  // Last: it uses all of the above.
  std::thread thread_;
};

// Whether there is room on a disk for a capture: 64 MB, and a tenth of the disk or 1 GB.
bool has_room(std::uint64_t free_octets, std::uint64_t all_octets);

}  // namespace junctor::dp
