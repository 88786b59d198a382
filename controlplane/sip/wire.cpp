// SPDX-License-Identifier: MIT
#include "controlplane/sip/wire.hpp"

#include <algorithm>
#include <cerrno>

#include "controlplane/sip/raw_message.hpp"
#include "controlplane/sip/sofia.hpp"

namespace junctor::cp {
namespace {

// Sofia's loop, and with it its sockets, belongs to one thread; so do those who watch them.
thread_local std::vector<Wire*> wires;

struct Socket {
  Wire* wire = nullptr;
  SocketAddress local;
};

Socket find_socket(int fd, bool stream) {
  if (wires.empty()) return {};
  for (Wire* wire : wires) {
    const SocketAddress* known = stream ? nullptr : wire->datagram_socket(fd);
    if (known != nullptr) return {wire, *known};
  }
  sockaddr_storage address;
  socklen_t length = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  const SocketAddress local = SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&address));
  for (Wire* wire : wires) {
    if (wire->listener_of(local, stream) == nullptr) continue;
    if (!stream) wire->note_datagram_socket(fd, local);
    return {wire, local};
  }
  return {};
}

SocketAddress peer_of(int fd) {
  sockaddr_storage address;
  socklen_t length = sizeof address;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&address));
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

void scatter(const msghdr& header, std::string_view bytes) {
  for (std::size_t i = 0; i < header.msg_iovlen && !bytes.empty(); ++i) {
    const std::size_t n = std::min(header.msg_iov[i].iov_len, bytes.size());
    std::copy_n(bytes.data(), n, static_cast<char*>(header.msg_iov[i].iov_base));
    bytes.remove_prefix(n);
  }
}

// What Sofia's parser cannot bear in a head.
void clean(msghdr& header, std::string_view bytes) {
  std::string datagram(bytes);
  replace_nuls(datagram.data(), std::min(datagram.find("\r\n\r\n"), datagram.size()));
  fix_via(datagram.data(), datagram.size(), "UDP");
  scatter(header, datagram);
}

bool starts_message(std::string_view bytes) {
  if (bytes.starts_with("SIP/2.0 ")) return true;
  const std::string_view line = bytes.substr(0, bytes.find('\r'));
  return line.ends_with(" SIP/2.0");
}

}  // namespace

Wire::Wire(const std::vector<ListenerConfig>& listeners, std::size_t max_message_bytes, Hooks hooks)
    : listeners_(listeners), max_message_bytes_(max_message_bytes), hooks_(std::move(hooks)) {
  wires.push_back(this);
}

Wire::~Wire() { std::erase(wires, this); }

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

ssize_t Wire::receive(int fd, const SocketAddress& local, bool stream, msghdr& header, int flags) {
  const ssize_t n = recvmsg(fd, &header, flags);
  if (n < 0) return n;
  const ListenerConfig& listener = *listener_of(local, stream);
  if (stream) {
    const Peer peer{listener, Transport::Tcp, local, peer_of(fd)};
    return receive_stream(fd, peer, header, static_cast<std::size_t>(n));
  }
  const Peer peer{listener, Transport::Udp, local,
                  SocketAddress::from_sockaddr(static_cast<const sockaddr*>(header.msg_name))};
  return receive_datagram(fd, peer, header, static_cast<std::size_t>(n));
}

ssize_t Wire::receive_datagram(int fd, const Peer& peer, msghdr& header, std::size_t n) {
  std::string copy;
  const std::string_view bytes = gather(header, n, copy);
  const Admission admission = hooks_.admit(peer, bytes);
  if (admission.pass || !admission.answer.empty()) hooks_.received(peer, bytes);
  if (!admission.answer.empty()) answer(fd, peer, admission);
  if (!admission.pass) {
    errno = EAGAIN;  // as if it had never come
    return -1;
  }
  clean(header, bytes);
  return static_cast<ssize_t>(n);
}

ssize_t Wire::receive_stream(int fd, const Peer& peer, msghdr& header, std::size_t n) {
  std::string copy;
  const std::string_view bytes = gather(header, n, copy);
  if (n == 0 || !hooks_.admit(peer, bytes).pass) {
    streams_.erase(fd);
    return 0;  // as if the peer had closed it
  }
  Stream& stream = streams_[fd];
  if (stream.remote != peer.remote) stream = Stream{peer.remote, {}};
  const std::string kept = stream.splitter.feed(
      bytes, max_message_bytes_, [&](std::string_view message) { hooks_.received(peer, message); });
  if (kept.empty()) return static_cast<ssize_t>(n);  // a keep-alive, which Sofia answers
  scatter(header, kept);
  return static_cast<ssize_t>(kept.size());
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

ssize_t Wire::send(int fd, const SocketAddress& local, bool stream, const msghdr& header,
                   int flags) {
  const ssize_t n = sendmsg(fd, &header, flags);
  if (n <= 0) return n;
  std::size_t whole = 0;
  for (std::size_t i = 0; i < header.msg_iovlen; ++i) whole += header.msg_iov[i].iov_len;
  std::string copy;
  const std::string_view bytes = gather(header, whole, copy);
  // The rest of a message that a full socket cut is no message of its own.
  if (stream && !starts_message(bytes)) return n;
  const Peer peer{*listener_of(local, stream), stream ? Transport::Tcp : Transport::Udp, local,
                  header.msg_name != nullptr
                      ? SocketAddress::from_sockaddr(static_cast<const sockaddr*>(header.msg_name))
                      : peer_of(fd)};
  hooks_.sent(peer, bytes);
  return n;
}

}  // namespace junctor::cp

extern "C" {

issize_t su_vrecv(su_socket_t s, su_iovec_t iov[], isize_t iovlen, int flags, su_sockaddr_t* su,
                  socklen_t* sulen) {
  msghdr header{};
  header.msg_name = su;
  header.msg_namelen = su != nullptr && sulen != nullptr ? *sulen : 0;
  header.msg_iov = reinterpret_cast<iovec*>(iov);
  header.msg_iovlen = static_cast<std::size_t>(iovlen);
  const bool stream = su == nullptr;
  const auto socket = junctor::cp::find_socket(s, stream);
  const ssize_t n = socket.wire != nullptr
                        ? socket.wire->receive(s, socket.local, stream, header, flags)
                        : recvmsg(s, &header, flags);
  if (su != nullptr && sulen != nullptr) *sulen = header.msg_namelen;
  return static_cast<issize_t>(n);
}

issize_t su_vsend(su_socket_t s, su_iovec_t const iov[], isize_t iovlen, int flags,
                  su_sockaddr_t const* su, socklen_t sulen) {
  msghdr header{};
  header.msg_name = const_cast<su_sockaddr_t*>(su);
  header.msg_namelen = sulen;
  header.msg_iov = reinterpret_cast<iovec*>(const_cast<su_iovec_t*>(iov));
  header.msg_iovlen = static_cast<std::size_t>(iovlen);
  const bool stream = su == nullptr;
  const auto socket = junctor::cp::find_socket(s, stream);
  return static_cast<issize_t>(socket.wire != nullptr
                                   ? socket.wire->send(s, socket.local, stream, header, flags)
                                   : sendmsg(s, &header, flags));
}

}  // extern "C"
