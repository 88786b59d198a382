// SPDX-License-Identifier: MIT
// Wire: the sockets of Sofia-SIP as seen from outside: every datagram and stream before the parser
// has them, and every message as it leaves.
//
//   socket --recvmsg--> [Wire: stranger? not SIP? trace] --> Sofia's parser
//   socket <--sendmsg-- [Wire: trace]                    <-- Sofia's transports
//
// Sofia reads and writes its sockets by su_vrecv() and su_vsend() only; wire.cpp defines both, and
// the dynamic linker prefers a program's own definition to a library's. What is dropped here costs
// no parsing and no memory of Sofia's.
//
// Threads   that of the stack; sockets of other threads are left alone.
// Lifetime  announced while it lives.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>
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
    // Whether the parser may see this datagram, or the next bytes of this stream.
    std::function<Admission(const Peer& peer, std::string_view bytes)> admit;
    // One whole message.
    std::function<void(const Peer& peer, std::string_view message)> received;
    std::function<void(const Peer& peer, std::string_view message)> sent;
  };
  Wire(const std::vector<ListenerConfig>& listeners, std::size_t max_message_bytes, Hooks hooks);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // What Sofia's calls turn to, for a socket that is ours.
  ssize_t receive(int fd, const SocketAddress& local, bool stream, msghdr& header, int flags);
  ssize_t send(int fd, const SocketAddress& local, bool stream, const msghdr& header, int flags);

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
    SocketAddress remote;
    StreamSplitter splitter;
  };
  ssize_t receive_datagram(int fd, const Peer& peer, msghdr& header, std::size_t n);
  ssize_t receive_stream(int fd, const Peer& peer, msghdr& header, std::size_t n);
  void answer(int fd, Peer peer, const Admission& admission);

  // Given.
  std::vector<ListenerConfig> listeners_;
  std::size_t max_message_bytes_;
  Hooks hooks_;
  // State. By descriptor; one that was closed and opened again shows by its peer.
  std::unordered_map<int, Stream> streams_;
  std::unordered_map<int, SocketAddress> datagram_sockets_;
};

}  // namespace junctor::cp
