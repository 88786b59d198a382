// SPDX-License-Identifier: MIT
// The wire asked as Sofia asks it, on a connection of loopback.
#include "controlplane/sip/wire.hpp"

#include "controlplane/sip/sofia.hpp"
#include "controlplane/sip/stack_fixture.hpp"

namespace junctor::cp {
namespace {

class WireTest : public testing::Test {
 protected:
  WireTest()
      : listening_(bound_socket({*IpAddress::parse("127.0.0.1"), 0}, SOCK_STREAM)),
        address_(address_of(listening_.get())),
        wire(65536,
             {[](const Wire::Peer&, std::string_view) { return Wire::Admission{}; },
              [](const Wire::Peer&, std::string_view, const RawVerdict&) {
                return Wire::Admission{};
              },
              [](const Wire::Peer&, std::string_view) {},
              [this](const Wire::Peer&, std::string_view text) { sent.emplace_back(text); }}) {
    wire.add_listener({"lan", address_, false, true});
    EXPECT_EQ(listen(listening_.get(), 1), 0);
    sockaddr_storage storage{};
    const socklen_t length = address_.to_sockaddr(storage);
    peer_ = ipc::UniqueFd(socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_EQ(connect(peer_.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
    ours = accept4(listening_.get(), nullptr, nullptr, SOCK_NONBLOCK);
  }
  ~WireTest() override { su_close(ours); }
  void say(const std::string& text) const {
    ASSERT_EQ(::send(peer_.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  std::string hear(Nanoseconds limit = {}) const {
    pollfd poll_on{peer_.get(), POLLIN, 0};
    poll(&poll_on, 1, static_cast<int>(limit / Milliseconds{1}));
    std::string text(1 << 22, '\0');
    const ssize_t n = recv(peer_.get(), text.data(), text.size(), MSG_DONTWAIT);
    text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return text;
  }

 private:
  ipc::UniqueFd listening_, peer_;
  SocketAddress address_;

 protected:
  std::vector<std::string> sent;
  Wire wire;
  int ours = -1;
};

const std::string kHead = "OPTIONS sip:a SIP/2.0\r\nl: 3\r\n\r\n";

TEST_F(WireTest, TheParserSeesWholeMessagesAlone) {
  say(kHead + "ab");
  EXPECT_EQ(su_getmsgsize(ours), -1);
  EXPECT_EQ(errno, EAGAIN);
  say("c" + kHead + "def" + kHead);
  ASSERT_EQ(su_getmsgsize(ours), 2 * (static_cast<issize_t>(kHead.size()) + 3));
  std::string text(200, '\0');
  su_iovec_t parts[] = {{text.data(), 10}, {text.data() + 10, text.size() - 10}};
  const issize_t n = su_vrecv(ours, parts, 2, 0, nullptr, nullptr);
  text.resize(static_cast<std::size_t>(n));
  EXPECT_EQ(text, kHead + "abc" + kHead + "def");
  EXPECT_EQ(su_getmsgsize(ours), -1);
}

TEST_F(WireTest, AMessageThatHasBegunMustEnd) {
  for (int i = 0; i < 100; ++i) wire.on_second();  // silence is no reason
  say(kHead + "abc");
  EXPECT_GT(su_getmsgsize(ours), 0);
  std::string text(200, '\0');
  su_iovec_t part[] = {{text.data(), text.size()}};
  EXPECT_GT(su_vrecv(ours, part, 1, 0, nullptr, nullptr), 0);
  say(kHead);
  EXPECT_EQ(su_getmsgsize(ours), -1);
  for (int i = 0; i < 30; ++i) wire.on_second();
  say("a");  // an octet now and then does not help
  EXPECT_EQ(su_getmsgsize(ours), -1);
  wire.on_second();
  EXPECT_EQ(su_getmsgsize(ours), 0);
}

TEST_F(WireTest, APongWaitsForTheEndOfAMessageThatIsBeingSent) {
  const int small = 4096;
  setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  const std::string large(3'000'000, 'x');
  su_iovec_t part[] = {{const_cast<char*>(large.data()), large.size()}};
  const issize_t n = su_vsend(ours, part, 1, MSG_NOSIGNAL, nullptr, 0);
  ASSERT_GT(n, 0);
  ASSERT_LT(n, static_cast<issize_t>(large.size()));
  say("\r\n\r\n");
  EXPECT_EQ(su_getmsgsize(ours), -1);
  std::string got;
  std::size_t at = static_cast<std::size_t>(n);
  while (at < large.size()) {
    got += hear();
    part[0] = {const_cast<char*>(large.data()) + at, large.size() - at};
    const issize_t more = su_vsend(ours, part, 1, MSG_NOSIGNAL, nullptr, 0);
    if (more > 0) at += static_cast<std::size_t>(more);
  }
  for (int tries = 0; got.size() < large.size() + 2 && tries < 500; ++tries) {
    got += hear(Milliseconds{10});
    wire.on_second();  // where the pong found no room at once
  }
  EXPECT_TRUE(got == large + "\r\n");
  EXPECT_EQ(sent.size(), 1u);  // its rest is no message of its own
}

}  // namespace
}  // namespace junctor::cp
