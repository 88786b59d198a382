// SPDX-License-Identifier: MIT
// HepSender: packets to a server that may be away: by UDP, or by one TCP connection that is made
// anew when it is lost.
//
//   packet --> UDP ................................ sent at once, or lost
//          --> TCP, at most 1 MiB waiting --> sent as the server takes it; what is more is lost
//
// Threads   the loop's; nothing waits.
// Errors    what is lost is counted, and costs nothing else. A server that is not there is logged
//           once, and tried again every 5 s.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "platform/base/address.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"

namespace junctor::cp {

class HepSender {
 public:
  enum Count : std::uint8_t { kSent, kLost, kConnected, kDisconnected, kCountCount };
  static const std::array<CounterDesc, kCountCount> kCounts;
  static constexpr std::size_t kMaxWaiting = std::size_t{1} << 20;

  HepSender(ipc::Loop& loop, const SocketAddress& server, bool is_tcp,
            CounterSet<kCountCount>& counts, Nanoseconds retry_after = Seconds{5});
  ~HepSender();
  HepSender(const HepSender&) = delete;
  HepSender& operator=(const HepSender&) = delete;

  void send(std::string packet);
  // Why nothing can be sent now; empty if it can, or was not tried to its end.
  const std::string& complaint() const { return complaint_; }

 private:
  enum class State : std::uint8_t { Closed, Connecting, Open };

  void open();
  void close(const std::string& reason);
  void send_datagram(const std::string& packet);
  void watch();
  void on_ready(std::uint8_t ready);
  void flush();

  // Given.
  ipc::Loop& loop_;
  const SocketAddress server_;
  const bool is_tcp_;
  CounterSet<kCountCount>& counts_;
  const Nanoseconds retry_after_;
  // State.
  State state_ = State::Closed;
  int fd_ = -1;
  std::deque<std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::size_t front_sent_ = 0;  // of the first that waits
  bool is_writing_ = false;     // the watch asks when more can be written
  std::string complaint_;
  // Owned.
  ipc::HandlePtr watch_;
  ipc::HandlePtr retry_;
};

}  // namespace junctor::cp
