// SPDX-License-Identifier: MIT
// Against sockets of this machine's own loopback.
#include "controlplane/log/syslog_sender.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "platform/ipc/epoll_loop.hpp"

namespace junctor::cp {
namespace {

// A socket at a free port of the loopback address, or at that one.
class Server {
 public:
  explicit Server(int type, std::uint16_t port = 0) : fd_(socket(AF_INET, type, 0)) {
    const int yes = 1;
    setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    if (type == SOCK_STREAM) {
      EXPECT_EQ(listen(fd_, 5), 0);
    }
    socklen_t length = sizeof at;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &length);
    port_ = ntohs(at.sin_port);
    const timeval limit{5, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~Server() {
    hang_up();
    close(fd_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return port_; }
  void accept_one() { peer_ = accept(fd_, nullptr, nullptr); }
  void hang_up() {
    if (peer_ >= 0) close(std::exchange(peer_, -1));
  }
  std::string receive() const {
    std::array<char, 65536> text{};
    const ssize_t n = recv(peer_ >= 0 ? peer_ : fd_, text.data(), text.size(), 0);
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }

 private:
  int fd_;
  int peer_ = -1;
  std::uint16_t port_ = 0;
};

class SyslogSenderTest : public testing::Test {
 protected:
  SyslogTarget target(std::uint16_t port, bool is_tcp) const {
    return {{*IpAddress::parse("127.0.0.1"), port}, is_tcp, LogLevel::Info};
  }
  std::unique_ptr<SyslogSender> sender(const SyslogTarget& to, std::uint64_t after = 1) {
    return std::make_unique<SyslogSender>(
        *loop_, ring_, to, SyslogNames{"gw", "1", "junctor-control"}, after, counts_);
  }
  void log(const std::string& text, LogLevel level = LogLevel::Info) {
    ring_.add("junctor-control", {Seconds{1}, level, "test", text});
  }
  void run(Nanoseconds time = Milliseconds{50}) {
    const auto end = loop_->after(time, [this] { loop_->stop(); });
    loop_->run();
  }
  std::uint64_t count(SyslogSender::Count what) const { return counts_[what].value(); }

  std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  LogRing ring_{10, 1 << 20};
  SyslogSender::Counts counts_{SyslogSender::kCounts};
};

TEST_F(SyslogSenderTest, SendsADatagramALine) {
  const Server server(SOCK_DGRAM);
  log("before");
  const auto one = sender(target(server.port(), false));
  log("detail", LogLevel::Debug);
  log("after");
  one->send();
  EXPECT_TRUE(server.receive().ends_with(" test - before"));
  EXPECT_TRUE(server.receive().ends_with(" test - after")) << "what is below the level is not sent";
  EXPECT_EQ(count(SyslogSender::kSent), 2u);
  EXPECT_EQ(count(SyslogSender::kLost), 0u);
}

TEST_F(SyslogSenderTest, BeginsAfterALine) {
  const Server server(SOCK_DGRAM);
  log("before");
  const auto one = sender(target(server.port(), false), ring_.newest());
  log("after");
  one->send();
  EXPECT_TRUE(server.receive().ends_with("after"));
}

TEST_F(SyslogSenderTest, CountsOctetsOnAStream) {
  Server server(SOCK_STREAM);
  log("one");
  log("two");
  const auto one = sender(target(server.port(), true));
  run();
  server.accept_one();
  run();
  const std::string text = server.receive();
  const std::string first = "<134>1 1970-01-01T00:00:01.000000Z gw junctor-control 1 test - one";
  const std::string size = std::to_string(first.size());
  EXPECT_EQ(text, size + " " + first + size + " " + first.substr(0, first.size() - 3) + "two");
  EXPECT_EQ(count(SyslogSender::kConnected), 1u);
}

TEST_F(SyslogSenderTest, ComesBackAndCountsWhatIsLost) {
  std::uint16_t port = 0;
  std::unique_ptr<SyslogSender> one;
  {
    Server server(SOCK_STREAM);
    port = server.port();
    one = sender(target(port, true));
    run();
    server.accept_one();
    log("one");
    one->send();
    run();
    EXPECT_TRUE(server.receive().ends_with("one"));
  }
  run();  // hears of the hang-up
  EXPECT_EQ(count(SyslogSender::kFailed), 1u);
  for (int i = 0; i < 15; ++i) log("line " + std::to_string(i));  // the ring has 10
  one->send();
  Server server(SOCK_STREAM, port);
  run(Milliseconds{1'200});
  server.accept_one();
  run();
  const std::string text = server.receive();
  EXPECT_NE(text.find("line 14"), std::string::npos);
  EXPECT_EQ(text.find("line 4 "), std::string::npos);
  EXPECT_GE(count(SyslogSender::kLost), 5u);
  EXPECT_EQ(count(SyslogSender::kConnected), 2u);
}

TEST_F(SyslogSenderTest, NobodyAtThePortStopsNothing) {
  std::uint16_t port = 0;
  { port = Server(SOCK_DGRAM).port(); }
  const auto one = sender(target(port, false));
  for (int i = 0; i < 5; ++i) {
    log("line");
    one->send();
    run(Milliseconds{5});
  }
  EXPECT_GE(count(SyslogSender::kLost), 1u) << "ICMP told so";
}

}  // namespace
}  // namespace junctor::cp
