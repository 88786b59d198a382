// SPDX-License-Identifier: MIT
#include "controlplane/hep/sender.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "platform/ipc/epoll_loop.hpp"

namespace junctor::cp {
namespace {

// A server on loopback that reads when it is told to.
class Server {
 public:
  explicit Server(int kind, std::uint16_t port = 0) {
    fd_ = socket(AF_INET, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    in.sin_port = htons(port);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&in), sizeof in), 0);
    EXPECT_TRUE(kind != SOCK_STREAM || listen(fd_, 4) == 0);
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &length);
    address_ = SocketAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&bound));
  }
  ~Server() {
    hang_up();
    close(fd_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const SocketAddress& address() const { return address_; }
  bool accept_one() {
    if (peer_ < 0) peer_ = accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return peer_ >= 0;
  }
  void hang_up() {
    if (peer_ >= 0) close(peer_);
    peer_ = -1;
  }
  // What is there now.
  std::string read() {
    std::string out;
    std::array<char, 65536> piece;
    ssize_t n = 0;
    while ((n = recv(peer_ >= 0 ? peer_ : fd_, piece.data(), piece.size(), 0)) > 0)
      out.append(piece.data(), static_cast<std::size_t>(n));
    return out;
  }

 private:
  int fd_ = -1;
  int peer_ = -1;
  SocketAddress address_;
};

class HepSenderTest : public testing::Test {
 protected:
  void run_until(const std::function<bool()>& is_done) {
    const auto look = loop_->every(Milliseconds{1}, [&] {
      if (is_done()) loop_->stop();
    });
    const auto patience = loop_->after(Seconds{20}, [&] {
      ADD_FAILURE() << "waited in vain";
      loop_->stop();
    });
    loop_->run();
  }
  std::uint64_t count(HepSender::Count what) const { return counts_[what].value(); }

  std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  CounterSet<HepSender::kCountCount> counts_{HepSender::kCounts};
};

TEST_F(HepSenderTest, DatagramsAreSentAtOnce) {
  Server server(SOCK_DGRAM);
  HepSender sender(*loop_, server.address(), false, counts_);
  sender.send("one");
  sender.send("two");
  EXPECT_EQ(server.read(), "onetwo");
  EXPECT_EQ(count(HepSender::kSent), 2u);
  sender.send(std::string(70'000, 'x'));
  EXPECT_EQ(count(HepSender::kLost), 1u) << "no datagram is so large";
}

TEST_F(HepSenderTest, ADatagramServerMayComeBack) {
  auto server = std::make_unique<Server>(SOCK_DGRAM);
  const SocketAddress address = server->address();
  server.reset();
  HepSender sender(*loop_, address, false, counts_);
  for (int i = 0; i < 5; ++i) sender.send("nobody");
  Server again(SOCK_DGRAM, address.port);
  sender.send("back");
  EXPECT_EQ(again.read(), "back");
}

TEST_F(HepSenderTest, AStreamKeepsTheOrder) {
  Server server(SOCK_STREAM);
  HepSender sender(*loop_, server.address(), true, counts_);
  sender.send("one");  // before it is connected
  run_until([&] { return server.accept_one() && count(HepSender::kSent) == 1; });
  sender.send("two");
  EXPECT_EQ(count(HepSender::kSent), 2u) << "what can be sent is sent at once";
  std::string heard;
  run_until([&] { return (heard += server.read()) == "onetwo"; });
  EXPECT_EQ(count(HepSender::kConnected), 1u);
}

TEST_F(HepSenderTest, WhatASlowServerDoesNotTakeIsLostAndCounted) {
  Server server(SOCK_STREAM);
  HepSender sender(*loop_, server.address(), true, counts_);
  run_until([&] { return server.accept_one() && count(HepSender::kConnected) == 1; });
  const std::string packet(10'000, 'x');
  std::uint64_t said = 0;
  for (; count(HepSender::kLost) < 3; ++said) {
    ASSERT_LT(said, 100'000u);
    sender.send(packet);
  }
  std::size_t heard = 0;
  run_until([&] {
    heard += server.read().size();
    return heard == (said - 3) * packet.size();
  });
  EXPECT_EQ(count(HepSender::kSent), said - 3);
}

TEST_F(HepSenderTest, AStreamIsMadeAnew) {
  auto server = std::make_unique<Server>(SOCK_STREAM);
  const SocketAddress address = server->address();
  HepSender sender(*loop_, address, true, counts_, Milliseconds{10});
  run_until([&] { return server->accept_one() && count(HepSender::kConnected) == 1; });
  server.reset();
  run_until([&] { return count(HepSender::kDisconnected) >= 3; });
  sender.send("kept");
  Server again(SOCK_STREAM, address.port);
  std::string heard;
  run_until([&] { return again.accept_one() && (heard += again.read()) == "kept"; });
  EXPECT_EQ(count(HepSender::kLost), 0u);
}

TEST_F(HepSenderTest, NobodyThereCostsAMegabyteAtMost) {
  auto server = std::make_unique<Server>(SOCK_STREAM);
  const SocketAddress address = server->address();
  server.reset();
  {
    HepSender sender(*loop_, address, true, counts_, Milliseconds{10});
    for (int i = 0; i < 300; ++i) sender.send(std::string(10'000, 'x'));
    EXPECT_EQ(count(HepSender::kLost), 300u - HepSender::kMaxWaiting / 10'000);
  }
  EXPECT_EQ(count(HepSender::kLost), 300u) << "what waited is lost with the sender";
}

}  // namespace
}  // namespace junctor::cp
