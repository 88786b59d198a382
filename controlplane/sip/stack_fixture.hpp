// SPDX-License-Identifier: MIT
// StackTest: a Stack on loopback and raw sockets as its peers. For the tests of this folder.
#pragma once

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/dialect/dialect.hpp"
#include "controlplane/sip/stack.hpp"
#include "controlplane/sip/su_loop.hpp"
#include "controlplane/sip/trace.hpp"
#include "platform/ipc/unix_socket.hpp"

namespace junctor::cp {

// A socket bound to a free port of that address.
inline ipc::UniqueFd bound_socket(const SocketAddress& address, int type) {
  sockaddr_storage storage{};
  const socklen_t length = address.to_sockaddr(storage);
  ipc::UniqueFd fd(socket(storage.ss_family, type | SOCK_CLOEXEC, 0));
  const int one = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), length) != 0) return {};
  return fd;
}

inline SocketAddress address_of(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length);
  return SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&storage));
}

// A port that is free for UDP and TCP now.
inline SocketAddress free_address(const std::string& ip) {
  for (int i = 0; i < 50; ++i) {
    const ipc::UniqueFd udp = bound_socket({*IpAddress::parse(ip), 0}, SOCK_DGRAM);
    const SocketAddress address = address_of(udp.get());
    if (bound_socket(address, SOCK_STREAM)) return address;
  }
  return {};
}

inline std::string header_of(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t from = at + name.size() + 4;
  return text.substr(from, text.find("\r\n", from) - from);
}

inline std::string cat(std::initializer_list<std::string> lines, const std::string& body = {}) {
  std::string text;
  for (const std::string& line : lines) {
    if (!line.empty()) text += line + "\r\n";
  }
  return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// A SIP host of the test's own.
class UdpPeer {
 public:
  explicit UdpPeer(const std::string& ip = "127.0.0.1")
      : fd_(bound_socket({*IpAddress::parse(ip), 0}, SOCK_DGRAM)),
        address_(address_of(fd_.get())) {}
  int fd() const { return fd_.get(); }
  const SocketAddress& address() const { return address_; }
  std::string host() const { return address_.ip.uri_text() + ":" + std::to_string(address_.port); }
  void close() { fd_.reset(); }

  void send(const SocketAddress& to, const std::string& text) const {
    sockaddr_storage storage{};
    const socklen_t length = to.to_sockaddr(storage);
    ASSERT_EQ(sendto(fd_.get(), text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&storage),
                     length),
              static_cast<ssize_t>(text.size()));
  }
  // What is there, or "".
  std::string take() const {
    std::string text(65536, '\0');
    const ssize_t n = recv(fd_.get(), text.data(), text.size(), MSG_DONTWAIT);
    text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return text;
  }
  // A sound request; extra lines come before Content-Length.
  std::string request(const std::string& method, int cseq, const std::string& extra = {},
                      const std::string& body = {},
                      const std::string& branch = "z9hG4bKpeer1") const {
    return cat({method + " sip:100@gw.example.com SIP/2.0",
                "Via: SIP/2.0/UDP " + host() + ";branch=" + branch, "Max-Forwards: 70",
                "From: \"A\" <sip:a@peer.example.com>;tag=theirs", "To: <sip:100@gw.example.com>",
                "Call-ID: call1@peer", "CSeq: " + std::to_string(cseq) + " " + method,
                "Contact: <sip:a@" + host() + ">", extra},
               body);
  }

 private:
  ipc::UniqueFd fd_;
  SocketAddress address_;
};

class StackTest : public testing::Test {
 protected:
  StackTest() : loop(make_su_loop()) {}

  void start(const std::string& ip = "127.0.0.1") {
    gateway = free_address(ip);
    config.listeners = {{"lan", gateway, true, true}};
    Stack::Callbacks callbacks;
    callbacks.find_trunk = [this](std::string_view, const SocketAddress& source) {
      return is_stranger ? TrunkOf{} : (last_source = source, TrunkOf{this, dialect.get()});
    };
    callbacks.on_request = [this](std::unique_ptr<ServerTransaction> t) {
      if (on_request) on_request(std::move(t));
    };
    callbacks.on_stray_ack = [this](const interop::Message& ack, void* trunk) {
      EXPECT_EQ(trunk, this);
      stray_acks.push_back(ack);
    };
    auto made = Stack::create(*loop, config, counters, trace, std::move(callbacks));
    ASSERT_TRUE(made.ok()) << made.error().text();
    stack = std::move(*made);
    if (may_listen) stack->listen();
  }

  // Runs the loop until it is so, or for two seconds (far longer than anything here takes).
  bool run_until(const std::function<bool()>& is_so, Nanoseconds limit = Seconds{5}) {
    bool timed_out = false;
    const auto guard = loop->after(limit, [&] {
      timed_out = true;
      loop->stop();
    });
    const auto look = loop->every(Milliseconds{1}, [&] {
      if (is_so()) loop->stop();
    });
    loop->run();
    return !timed_out;
  }
  void run_for(Nanoseconds time) {
    const auto end = loop->after(time, [this] { loop->stop(); });
    loop->run();
  }
  std::string receive(const UdpPeer& peer, Nanoseconds limit = Seconds{5}) {
    std::string text;
    run_until([&] { return !(text = peer.take()).empty(); }, limit);
    return text;
  }
  std::uint64_t counted(const std::string& name) const {
    for (const auto& row : counters.rows()) {
      if (row.name == "sip." + name) return row.value;
    }
    ADD_FAILURE() << "no counter " << name;
    return 0;
  }
  Hop hop_to(const SocketAddress& peer, Transport transport = Transport::Udp) const {
    return Hop{"lan", transport, peer};
  }
  Stack::Request request_to(const SocketAddress& peer, const std::string& method,
                            Transport transport = Transport::Udp) {
    interop::Message m = interop::Message::request(method, "sip:200@" + peer.text());
    m.add("From", "<sip:gw@" + gateway.text() + ">;tag=ours");
    m.add("To", "<sip:200@" + peer.text() + ">");
    m.add("Call-ID", "out1@gw");
    m.add("CSeq", "7 " + method);
    m.add("Contact", "<sip:gw@" + gateway.text() + ">");
    return {std::move(m), hop_to(peer, transport), TrunkOf{this, dialect.get()}, {}, {}};
  }

  std::unique_ptr<ipc::Loop> loop;
  CounterRegistry counters;
  Trace trace{10'000'000};
  StackConfig config;
  SocketAddress gateway;
  bool may_listen = true;
  SocketAddress last_source;
  bool is_stranger = false;
  std::unique_ptr<Dialect> dialect;
  std::function<void(std::unique_ptr<ServerTransaction>)> on_request;
  std::vector<interop::Message> stray_acks;
  std::unique_ptr<Stack> stack;
};

// What a peer answers to a request.
inline std::string answer_to(const std::string& request, const std::string& status,
                             const std::string& to_tag, const std::string& extra = {},
                             const std::string& body = {}) {
  std::string vias;
  for (std::size_t at = request.find("\r\nVia: "); at != std::string::npos;
       at = request.find("\r\nVia: ", at + 1)) {
    vias += request.substr(at + 2, request.find("\r\n", at + 2) - at);
  }
  if (vias.size() >= 2) vias.resize(vias.size() - 2);
  std::string to = header_of(request, "To");
  if (to.find("tag=") == std::string::npos && !to_tag.empty()) to += ";tag=" + to_tag;
  return cat(
      {"SIP/2.0 " + status, vias, "From: " + header_of(request, "From"), "To: " + to,
       "Call-ID: " + header_of(request, "Call-ID"), "CSeq: " + header_of(request, "CSeq"), extra},
      body);
}

}  // namespace junctor::cp
