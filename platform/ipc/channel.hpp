// SPDX-License-Identifier: MIT
// Channel, Server, Client: protobuf messages in frames over a Unix stream socket. The one IPC
// mechanism.
//
//   frame: length (4 octets, big endian, of what follows) | a serialized protobuf message
//
// A length above the limit, or bytes that are no such message, end the connection with a counted
// error: after it nothing in the stream can be trusted. A peer that does not read is waited for up
// to max_queue_bytes; beyond, the connection is ended (back-pressure: can_send() turns false at
// half of it).
//
// Threads   the loop's.
// Lifetime  callbacks may destroy the channel that calls them. Destroying a channel drops what is
//           still queued.
// Errors    on_closed never comes from within send() or close(), but on a later turn of the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "platform/base/bytes.hpp"
#include "platform/base/result.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"

namespace google::protobuf {
class MessageLite;
}

namespace junctor::ipc {

// What went wrong between processes, counted for the whole process.
enum Count : std::uint8_t {
  kFrameTooLarge,
  kBadMessage,
  kQueueFull,
  kMessageTooLarge,
  kConnectionEnded,
  kConnectFailed,
  kAcceptFailed,
  kCountCount
};
CounterSet<kCountCount>& counters();

struct Limits {
  std::size_t max_frame_bytes = std::size_t{16} << 20;
  std::size_t max_queue_bytes = std::size_t{64} << 20;
};

class Channel {
 public:
  struct Callbacks {
    std::function<void(Bytes frame)> on_frame;  // one whole frame, without its length
    std::function<void(const std::string& reason)> on_closed;  // once; the channel is dead after it
  };

  // Takes a connected, non-blocking stream socket.
  Channel(Loop& loop, int fd, Limits limits);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  void set_callbacks(Callbacks callbacks);
  // Queues one message. False if the channel is closed, or the message or the queue is too large
  // (then it closes).
  bool send(const google::protobuf::MessageLite& message);
  bool can_send() const;
  bool is_open() const;
  std::size_t queued_bytes() const;
  // Ends the connection because of what its peer said; on_closed tells the reason.
  void close(const std::string& reason);
  // The user of the process at the other end (SO_PEERCRED), or -1.
  std::int64_t peer_uid() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

// Reads a frame as a message; false, counted as a bad message, if it is none: then close the
// channel.
bool parse_frame(Bytes frame, google::protobuf::MessageLite& message);

// Connects once, for a program that asks a question and ends; the error says why nobody could be
// reached.
Result<std::unique_ptr<Channel>> connect_once(Loop& loop, const std::string& path, Limits limits);

// Listens on a path. A stale socket file of a dead process is replaced; one in use is an error.
class Server {
 public:
  using OnConnection = std::function<void(std::unique_ptr<Channel>)>;
  static Result<std::unique_ptr<Server>> listen(Loop& loop, const std::string& path, unsigned mode,
                                                Limits limits, OnConnection on_connection);
  virtual ~Server() = default;  // closes and removes the socket file
};

// Keeps one connection to a path, and tries again when it is lost: first at once, then with a
// growing delay of 10 ms up to 100 ms.
class Client {
 public:
  struct Callbacks {
    std::function<void()> on_connected;
    std::function<void(Bytes frame)> on_frame;
    std::function<void(const std::string& reason)> on_disconnected;
  };
  static std::unique_ptr<Client> connect(Loop& loop, std::string path, Limits limits,
                                         Callbacks callbacks);
  virtual ~Client() = default;
  virtual bool send(const google::protobuf::MessageLite& message) = 0;  // false while not connected
  virtual bool is_connected() const = 0;
  virtual bool can_send() const = 0;
  // Ends the connection because of what its peer said, and tries again as after any loss.
  virtual void disconnect(const std::string& reason) = 0;
};

// Cuts a byte stream into frames; the part of Channel that reads foreign bytes, apart for tests and
// fuzzing.
class FrameReader {
 public:
  explicit FrameReader(std::size_t max_frame_bytes) : max_(max_frame_bytes) {}
  // Takes the bytes and calls back for each whole frame; false for a length above the limit (for
  // good).
  bool push(Bytes bytes, const std::function<void(Bytes frame)>& on_frame);

 private:
  std::size_t max_;
  std::string buffer_;
  bool broken_ = false;
};

}  // namespace junctor::ipc
