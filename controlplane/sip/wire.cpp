// SPDX-License-Identifier: MIT
#include "controlplane/sip/wire.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>

#include "controlplane/sip/raw_message.hpp"
#include "controlplane/sip/sofia.hpp"

namespace junctor::cp {
namespace {

// Sofia's loop, and with it its sockets, belongs to one thread; so do those who watch them.
thread_local std::vector<Wire*> wires;

// A peer that begins a message has this long to end it.
constexpr unsigned kUnfinishedSeconds = 30;
constexpr std::size_t kReadBytes = 65536;

// getsockname or getpeername.
template <typename Ask>
SocketAddress address_by(Ask ask, int fd) {
  sockaddr_storage address;
  socklen_t length = sizeof address;
  if (ask(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&address));
}

struct Socket {
  Wire* wire = nullptr;
  SocketAddress local;
};

Socket find_datagram_socket(int fd) {
  for (Wire* wire : wires) {
    const SocketAddress* known = wire->datagram_socket(fd);
    if (known != nullptr) return {wire, *known};
  }
  if (wires.empty()) return {};
  const SocketAddress local = address_by(getsockname, fd);
  for (Wire* wire : wires) {
    if (wire->listener_of(local, false) == nullptr) continue;
    wire->note_datagram_socket(fd, local);
    return {wire, local};
  }
  return {};
}

Wire* find_stream(int fd) {
  for (Wire* wire : wires) {
    if (wire->has_stream(fd)) return wire;
    if (wire->datagram_socket(fd) != nullptr) return nullptr;
  }
  int type = 0;
  socklen_t length = sizeof type;
  if (wires.empty() || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 ||
      type != SOCK_STREAM) {
    return nullptr;
  }
  const SocketAddress local = address_by(getsockname, fd);
  for (Wire* wire : wires) {
    if (wire->listener_of(local, true) == nullptr) continue;
    wire->note_stream(fd, local, address_by(getpeername, fd));
    return wire;
  }
  return nullptr;
}

// The first n octets of what an iovec holds, in one piece.
std::string_view gather(const msghdr& header, std::size_t n, std::string& copy) {
  if (n <= header.msg_iov[0].iov_len)
    return {static_cast<const char*>(header.msg_iov[0].iov_base), n};
  for (std::size_t i = 0; i < header.msg_iovlen && copy.size() < n; ++i) {
    const iovec& part = header.msg_iov[i];
    copy.append(static_cast<const char*>(part.iov_base), std::min(part.iov_len, n - copy.size()));
  }
  return copy;
}

std::size_t size_of(const msghdr& header) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < header.msg_iovlen; ++i) size += header.msg_iov[i].iov_len;
  return size;
}

void scatter(const msghdr& header, std::string_view bytes) {
  for (std::size_t i = 0; i < header.msg_iovlen && !bytes.empty(); ++i) {
    const std::size_t n = std::min(header.msg_iov[i].iov_len, bytes.size());
    std::copy_n(bytes.data(), n, static_cast<char*>(header.msg_iov[i].iov_base));
    bytes.remove_prefix(n);
  }
}

// Without what Sofia's parser cannot bear in a head, and what its transports drop without a word: a
// top Via of another transport than the one that it came by.
std::string cleaned(std::string_view bytes, std::string_view transport) {
  std::string message(bytes);
  replace_nuls(message.data(), std::min(message.find("\r\n\r\n"), message.size()));
  fix_via(message.data(), message.size(), transport);
  return message;
}

}  // namespace

Wire::Wire(std::size_t max_message_bytes, Hooks hooks)
    : max_message_bytes_(max_message_bytes), hooks_(std::move(hooks)) {
  wires.push_back(this);
}

Wire::~Wire() { std::erase(wires, this); }

void Wire::add_listener(const ListenerConfig& listener) {
  if (std::ranges::find(listeners_, listener) == listeners_.end()) listeners_.push_front(listener);
}

const ListenerConfig* Wire::listener_of(const SocketAddress& local, bool stream) const {
  for (const ListenerConfig& listener : listeners_) {
    if (listener.address == local && (stream ? listener.tcp : listener.udp)) return &listener;
  }
  if (!stream) return nullptr;
  // A connection that we opened has a port of its own.
  for (const ListenerConfig& listener : listeners_) {
    if (listener.address.ip == local.ip && listener.tcp) return &listener;
  }
  return nullptr;
}

void Wire::note_stream(int fd, const SocketAddress& local, const SocketAddress& remote) {
  streams_.try_emplace(
      fd, Stream{Peer{*listener_of(local, true), Transport::Tcp, local, remote}, StreamSplitter()});
}

void Wire::forget(int fd) {
  streams_.erase(fd);
  datagram_sockets_.erase(fd);
}

// ---- datagrams

ssize_t Wire::receive(int fd, const SocketAddress& local, msghdr& header, int flags) {
  const ssize_t n = recvmsg(fd, &header, flags);
  if (n < 0) return n;
  const Peer peer{*listener_of(local, false), Transport::Udp, local,
                  SocketAddress::from_sockaddr(static_cast<const sockaddr*>(header.msg_name))};
  std::string copy;
  const std::string_view bytes = gather(header, static_cast<std::size_t>(n), copy);
  const Admission admission = hooks_.admit(peer, bytes);
  if (admission.pass || !admission.answer.empty()) hooks_.received(peer, bytes);
  if (!admission.answer.empty()) answer(fd, peer, admission);
  if (!admission.pass) {
    errno = EAGAIN;  // as if it had never come
    return -1;
  }
  scatter(header, cleaned(bytes, "UDP"));
  return n;
}

void Wire::answer(int fd, Peer peer, const Admission& admission) {
  peer.remote = admission.answer_to;
  sockaddr_storage address;
  const socklen_t length = peer.remote.to_sockaddr(address);
  const ssize_t n =
      sendto(fd, admission.answer.data(), admission.answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
             reinterpret_cast<const sockaddr*>(&address), length);
  if (n > 0) hooks_.sent(peer, admission.answer);
}

ssize_t Wire::send(int fd, const SocketAddress& local, const msghdr& header, int flags) {
  const ssize_t n = sendmsg(fd, &header, flags);
  if (n <= 0) return n;
  std::string copy;
  hooks_.sent({*listener_of(local, false), Transport::Udp, local,
               SocketAddress::from_sockaddr(static_cast<const sockaddr*>(header.msg_name))},
              gather(header, size_of(header), copy));
  return n;
}

// ---- streams

ssize_t Wire::fill_stream(int fd) {
  Stream& stream = streams_.at(fd);
  if (stream.ready.empty() && !stream.has_ended) {
    // No more than Sofia has room for together with a message that has begun (NTATAG_MAXSIZE).
    buffer_.resize(std::min(kReadBytes, max_message_bytes_));
    const ssize_t n = recv(fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (n <= 0) return n;
    take(fd, stream, {buffer_.data(), static_cast<std::size_t>(n)});
  }
  if (!stream.ready.empty()) return static_cast<ssize_t>(stream.ready.size());
  if (stream.has_ended) return end(fd, stream);
  errno = EAGAIN;
  return -1;
}

ssize_t Wire::receive_stream(int fd, msghdr& header) {
  Stream& stream = streams_.at(fd);
  const std::size_t n = std::min(stream.ready.size(), size_of(header));
  scatter(header, std::string_view(stream.ready).substr(0, n));
  stream.ready.erase(0, n);
  return static_cast<ssize_t>(n);
}

void Wire::take(int fd, Stream& stream, std::string_view bytes) {
  if (!hooks_.admit(stream.peer, bytes).pass) return end_soon(fd, stream);
  stream.pongs += stream.splitter.feed(bytes, max_message_bytes_, [&](std::string_view message) {
    take_message(fd, stream, message);
  });
  send_pongs(fd, stream);
  if (stream.splitter.trouble().kind == RawVerdict::Kind::Pass) return;
  const std::string_view unfinished = stream.splitter.unfinished();
  stream.farewell = hooks_.admit_message(stream.peer, unfinished, stream.splitter.trouble()).answer;
  if (!stream.farewell.empty()) hooks_.received(stream.peer, unfinished);
  end_soon(fd, stream);
}

void Wire::take_message(int fd, Stream& stream, std::string_view message) {
  stream.waiting_s = 0;
  const Admission admission = hooks_.admit_message(stream.peer, message, {});
  if (admission.pass || !admission.answer.empty()) hooks_.received(stream.peer, message);
  if (!admission.answer.empty()) reply(fd, stream, admission.answer);
  if (admission.pass) stream.ready += cleaned(message, "TCP");
}

// The messages that came before are Sofia's still; then it meets the end of the stream.
void Wire::end_soon(int fd, Stream& stream) {
  stream.has_ended = true;
  if (!stream.ready.empty()) shutdown(fd, SHUT_RD);  // wakes Sofia once more
}

ssize_t Wire::end(int fd, Stream& stream) {
  if (stream.farewell.empty()) return 0;
  reply(fd, stream, stream.farewell);
  stream.farewell.clear();
  // What lies unread when a socket is closed makes a reset of it, which can overtake the answer.
  for (int i = 0; i < 16 && recv(fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT) > 0; ++i) {
  }
  return 0;
}

void Wire::reply(int fd, Stream& stream, std::string_view text) {
  if (stream.is_cut) return;
  const ssize_t n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n > 0) hooks_.sent(stream.peer, text);
  // The rest is kept by nobody.
  if (n > 0 && static_cast<std::size_t>(n) < text.size()) shutdown(fd, SHUT_RDWR);
}

// RFC 5626, 5.4; not in the midst of a message (4.4.1).
void Wire::send_pongs(int fd, Stream& stream) {
  if (stream.pongs == 0 || stream.is_cut) return;
  std::string pongs;
  for (std::size_t i = 0; i < stream.pongs; ++i) pongs += "\r\n";
  const ssize_t n = ::send(fd, pongs.data(), pongs.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n > 0) stream.pongs -= (static_cast<std::size_t>(n) + 1) / 2;
}

ssize_t Wire::send_stream(int fd, const msghdr& header, int flags) {
  const ssize_t n = sendmsg(fd, &header, flags);
  if (n <= 0) return n;
  Stream& stream = streams_.at(fd);
  std::string copy;
  const std::string_view bytes = gather(header, size_of(header), copy);
  // The rest of a message that a full socket cut is no message of its own.
  if (!stream.is_cut) hooks_.sent(stream.peer, bytes);
  stream.is_cut = static_cast<std::size_t>(n) < bytes.size();
  send_pongs(fd, stream);
  return n;
}

void Wire::on_second() {
  for (auto& [fd, stream] : streams_) {
    send_pongs(fd, stream);  // for which there was no room
    const bool is_waiting = !stream.splitter.unfinished().empty() && !stream.has_ended;
    if (!is_waiting) {
      stream.waiting_s = 0;
    } else if (++stream.waiting_s > kUnfinishedSeconds) {
      stream.has_ended = true;
      shutdown(fd, SHUT_RD);
    }
  }
}

}  // namespace junctor::cp

extern "C" {

issize_t su_getmsgsize(su_socket_t s) {
  if (junctor::cp::Wire* wire = junctor::cp::find_stream(s)) {
    return static_cast<issize_t>(wire->fill_stream(s));
  }
  int n = 0;
  return ioctl(s, FIONREAD, &n) == 0 ? n : -1;
}

issize_t su_vrecv(su_socket_t s, su_iovec_t iov[], isize_t iovlen, int flags, su_sockaddr_t* su,
                  socklen_t* sulen) {
  msghdr header{};
  header.msg_name = su;
  header.msg_namelen = su != nullptr && sulen != nullptr ? *sulen : 0;
  header.msg_iov = reinterpret_cast<iovec*>(iov);
  header.msg_iovlen = static_cast<std::size_t>(iovlen);
  if (su == nullptr) {
    junctor::cp::Wire* wire = junctor::cp::find_stream(s);
    return static_cast<issize_t>(wire != nullptr ? wire->receive_stream(s, header)
                                                 : recvmsg(s, &header, flags));
  }
  const auto socket = junctor::cp::find_datagram_socket(s);
  const ssize_t n = socket.wire != nullptr ? socket.wire->receive(s, socket.local, header, flags)
                                           : recvmsg(s, &header, flags);
  if (sulen != nullptr) *sulen = header.msg_namelen;
  return static_cast<issize_t>(n);
}

issize_t su_vsend(su_socket_t s, su_iovec_t const iov[], isize_t iovlen, int flags,
                  su_sockaddr_t const* su, socklen_t sulen) {
  msghdr header{};
  header.msg_name = const_cast<su_sockaddr_t*>(su);
  header.msg_namelen = sulen;
  header.msg_iov = reinterpret_cast<iovec*>(const_cast<su_iovec_t*>(iov));
  header.msg_iovlen = static_cast<std::size_t>(iovlen);
  if (su == nullptr) {
    junctor::cp::Wire* wire = junctor::cp::find_stream(s);
    return static_cast<issize_t>(wire != nullptr ? wire->send_stream(s, header, flags)
                                                 : sendmsg(s, &header, flags));
  }
  const auto socket = junctor::cp::find_datagram_socket(s);
  return static_cast<issize_t>(socket.wire != nullptr
                                   ? socket.wire->send(s, socket.local, header, flags)
                                   : sendmsg(s, &header, flags));
}

int su_close(su_socket_t s) {
  for (junctor::cp::Wire* wire : junctor::cp::wires) wire->forget(s);
  return close(s);
}

}  // extern "C"
