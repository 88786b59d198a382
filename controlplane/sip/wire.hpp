// SPDX-License-Identifier: MIT
// Wire: the sockets of Sofia-SIP as seen from outside: every datagram and stream before the parser
// has them, and every message as it leaves.
//
//   datagram --recvmsg--> [stranger? not SIP? trace]     --> Sofia's parser
//   stream   --recv-----> [whole messages, pings; trace] --> Sofia's parser, several at once
//   socket   <--sendmsg-- [trace]                        <-- Sofia's transports
//
// Sofia asks its sockets by su_getmsgsize(), reads and writes by su_vrecv() and su_vsend(), and
// closes by su_close(), only; wire.cpp defines all four, and the dynamic linker prefers a program's
// own definition to a library's. What is dropped here costs no parsing and no memory of Sofia's.
// Of a stream Sofia sees whole messages alone: where one ends is decided once, here. (Of what is 8
// octets or less Sofia would take empty lines by recv() itself; no message is that short.)
//
// Threads   that of the stack; sockets of other threads are left alone.
// Lifetime  announced while it lives.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controlplane/sip/stack.hpp"
#include "controlplane/sip/stream_splitter.hpp"

namespace junctor::cp {

class Wire {
 public:
  struct Peer {
    const ListenerConfig& listener;
    Transport transport;
    SocketAddress local;
    SocketAddress remote;
  };
  struct Admission {
    bool pass = true;
    std::string answer;  // to be sent at once; with a datagram only
    SocketAddress answer_to;
  };
  struct Hooks {
    // Whether the parser may see this datagram, or the next bytes of this stream may be read.
    std::function<Admission(const Peer& peer, std::string_view bytes)> admit;
    // Whether the parser may see this message of a stream. With trouble it is one that broke the
    // stream, as far as it came.
    std::function<Admission(const Peer& peer, std::string_view message, const RawVerdict& trouble)>
        admit_message;
    // One whole message.
    std::function<void(const Peer& peer, std::string_view message)> received;
    std::function<void(const Peer& peer, std::string_view message)> sent;
  };
  Wire(std::size_t max_message_bytes, Hooks hooks);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Before a socket of it is opened. The newest of an address is the one that has it.
  void add_listener(const ListenerConfig& listener);

  // Each second: ends streams on which a message was begun and not ended, and sends pongs that had
  // no room.
  void on_second();

  // What Sofia's calls turn to, for a socket that is ours.
  ssize_t receive(int fd, const SocketAddress& local, msghdr& header, int flags);
  ssize_t send(int fd, const SocketAddress& local, const msghdr& header, int flags);
  // Of a stream: how much is there for the parser; 0 at its end, -1 with EAGAIN where nothing is.
  ssize_t fill_stream(int fd);
  ssize_t receive_stream(int fd, msghdr& header);
  ssize_t send_stream(int fd, const msghdr& header, int flags);

  bool has_stream(int fd) const { return streams_.contains(fd); }
  void note_stream(int fd, const SocketAddress& local, const SocketAddress& remote);
  void forget(int fd);
  // A socket of a UDP listener stays open as long as its stack; asking the kernel for its address
  // with each message would cost as much as the message.
  const SocketAddress* datagram_socket(int fd) const {
    const auto found = datagram_sockets_.find(fd);
    return found == datagram_sockets_.end() ? nullptr : &found->second;
  }
  void note_datagram_socket(int fd, const SocketAddress& local) { datagram_sockets_[fd] = local; }

  // The listener that a socket bound to that address belongs to, or nullptr.
  const ListenerConfig* listener_of(const SocketAddress& local, bool stream) const;

 private:
  struct Stream {
    Peer peer;
    StreamSplitter splitter;
    std::string ready = {};     // whole messages for the parser
    std::string farewell = {};  // the answer to what broke it
    bool has_ended = false;     // nothing more is read
    bool is_cut = false;        // the last message was sent in part; its rest is Sofia's to send
    std::size_t pongs = 0;      // that are owed
    unsigned waiting_s = 0;     // for the end of a message
  };
  void answer(int fd, Peer peer, const Admission& admission);
  void take(int fd, Stream& stream, std::string_view bytes);
  void take_message(int fd, Stream& stream, std::string_view message);
  static void end_soon(int fd, Stream& stream);
  ssize_t end(int fd, Stream& stream);
  void reply(int fd, Stream& stream, std::string_view text);
  static void send_pongs(int fd, Stream& stream);

  // Given.
  std::size_t max_message_bytes_;
  Hooks hooks_;
  // State.
  std::deque<ListenerConfig> listeners_;  // peers refer to them
  // By descriptor, until it is closed.
  std::unordered_map<int, Stream> streams_;
  std::unordered_map<int, SocketAddress> datagram_sockets_;
  std::vector<char> buffer_;
};

}  // namespace junctor::cp
