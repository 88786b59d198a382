// SPDX-License-Identifier: MIT
// junctor-udp-load: RTP over a kernel socket, as load for relays behind a veth pair.
//
//   junctor-udp-load send TARGETS LOCAL-PORT PPS SECONDS    TARGETS: a file with a "IP:PORT" a line
//   junctor-udp-load sink LOCAL-PORT                        binds the port (no ICMP errors), ends
//   with its input
//
// send: one RTP stream (172 octets) a target, in turn, all from one local port, paced in batches of
// up to 64; prints how many were sent as one line of JSON. What arrived is read off the receiving
// interface's counters. Stops by itself.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "platform/base/address.hpp"
#include "platform/base/bytes.hpp"

namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kPacket = 172;

struct Stream {
  sockaddr_storage to;
  socklen_t length;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
};

int bind_port(const char* text, junctor::Family family) {
  const bool v6 = family == junctor::Family::V6;
  const int fd = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
  const int size = 8 << 20;
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  const junctor::SocketAddress local{*junctor::IpAddress::parse(v6 ? "::" : "0.0.0.0"),
                                     static_cast<std::uint16_t>(std::strtol(text, nullptr, 10))};
  sockaddr_storage storage;
  const socklen_t length = local.to_sockaddr(storage);
  return ::bind(fd, reinterpret_cast<sockaddr*>(&storage), length) == 0 ? fd : -1;
}

std::vector<Stream> read_targets(const char* path) {
  std::vector<Stream> streams;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto address = junctor::SocketAddress::parse(line);
    if (!address) continue;
    Stream s{};
    s.length = address->to_sockaddr(s.to);
    streams.push_back(s);
  }
  return streams;
}

// Fills one batch with the next packets of the streams, in turn.
class Batch {
 public:
  explicit Batch(std::vector<Stream>& streams) : streams_(streams), packets_(kBatch * kPacket) {}

  int send(int fd, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) fill(i);
    return std::max(0, ::sendmmsg(fd, messages_, static_cast<unsigned>(n), 0));
  }

 private:
  void fill(std::size_t i) {
    Stream& s = streams_[next_];
    next_ = (next_ + 1) % streams_.size();
    std::uint8_t* p = &packets_[i * kPacket];
    p[0] = 0x80;
    junctor::store_be16(p + 2, s.sequence++);
    junctor::store_be32(p + 4, s.timestamp);
    s.timestamp += 160;
    junctor::store_be32(p + 8, static_cast<std::uint32_t>(next_ + 1));
    vectors_[i] = {p, kPacket};
    messages_[i] = {};
    messages_[i].msg_hdr.msg_name = &s.to;
    messages_[i].msg_hdr.msg_namelen = s.length;
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }

  std::vector<Stream>& streams_;
  std::vector<std::uint8_t> packets_;
  mmsghdr messages_[kBatch];
  iovec vectors_[kBatch];
  std::size_t next_ = 0;
};

int send_load(char** argv) {
  std::vector<Stream> streams = read_targets(argv[2]);
  if (streams.empty()) return 2;
  const auto family =
      junctor::SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&streams[0].to))
          .ip.family();
  const int fd = bind_port(argv[3], family);
  const double rate = std::strtod(argv[4], nullptr);
  const double seconds = std::min(std::strtod(argv[5], nullptr), 120.0);
  if (fd < 0 || rate <= 0 || seconds <= 0) return 2;
  Batch batch(streams);
  std::uint64_t sent = 0;
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    const double elapsed =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (elapsed >= seconds) break;
    const auto due = static_cast<std::uint64_t>(elapsed * rate);
    if (due <= sent) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
      continue;
    }
    sent += static_cast<std::uint64_t>(batch.send(fd, std::min<std::uint64_t>(due - sent, kBatch)));
  }
  std::printf("{\"sent\": %lu, \"seconds\": %.3f}\n", sent, seconds);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "send" && argc == 6) return send_load(argv);
  if (what == "sink" && argc == 3) {
    const int fd = bind_port(argv[2], junctor::Family::V4);
    char c;
    std::puts("ready");
    std::fflush(stdout);
    while (fd >= 0 && ::read(STDIN_FILENO, &c, 1) > 0) {
    }
    return fd < 0 ? 1 : 0;
  }
  std::fprintf(stderr,
               "usage: junctor-udp-load send TARGETS LOCAL-PORT PPS SECONDS | sink LOCAL-PORT\n");
  return 2;
}
