// SPDX-License-Identifier: MIT
// The gateway calls itself: SIP as it is on the wire of 127.0.0.1, through the whole stack three times; the dataplane is
// played.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <map>

#include "controlplane/app/test_gateway.hpp"

namespace junctor::cp {
namespace {

using management::v1::CallTest;
using management::v1::Reply;
using management::v1::Request;
using ::testing::UnorderedElementsAre;

class LoopbackCallTest : public TestGateway {
 protected:
  LoopbackCallTest() {
    write("60");
    start();
  }
  // No trunk, no route.
  void write(const std::string& timeout_s) const {
    write_config(R"("media": {"timeout_s": )" + timeout_s + "}");
  }
  Reply begin(std::uint32_t seconds) {
    Request request;
    request.mutable_test_call()->set_loopback(true);
    request.mutable_test_call()->set_seconds(seconds);
    return ask(request);
  }
  // Asked for until it is so, or ten seconds have gone.
  template <typename IsSo>
  CallTest wait(const std::string& id, IsSo is_so) {
    const Nanoseconds end = loop_->clock().now() + Seconds{10};
    Request request;
    request.mutable_show_test_call()->set_call_id(id);
    CallTest now;
    do now = ask(request).call_test();
    while (!is_so(now) && loop_->clock().now() < end);
    return now;
  }
  std::vector<std::string> states() {
    Request request;
    request.mutable_show_calls();
    std::vector<std::string> all;
    const Reply reply = ask(request);
    for (const auto& call : reply.calls()) all.push_back(call.state());
    return all;
  }
};

TEST_F(LoopbackCallTest, GoesThroughTheGatewayAndLeavesNothing) {
  EXPECT_EQ(begin(1).error(), "junctor-dataplane is not there");
  dataplane();
  const Reply begun = begin(1);
  ASSERT_EQ(begun.error(), "");
  const std::string id = begun.call_test().call_id();
  EXPECT_EQ(begin(1).error(), "a loopback call lasts already");
  const CallTest hearing = wait(id, [](const CallTest& t) { return t.state() != "calling"; });
  ASSERT_EQ(hearing.state(), "hearing") << hearing.reason();
  EXPECT_THAT(states(), UnorderedElementsAre("hearing", "established", "echoing"));

  // Each leg's voice goes to the next one's, and back.
  ASSERT_EQ(sessions_.size(), 3u);
  std::map<std::uint32_t, std::uint32_t> remote_of;
  unsigned tones = 0, echos = 0;
  for (const auto& [name, session] : sessions_) {
    tones += session.endpoint().has_tone() ? 1 : 0;
    echos += session.endpoint().echo() ? 1 : 0;
    for (const auto& leg : session.legs()) {
      EXPECT_EQ(leg.local().ip(), std::string("\x7f\0\0\1", 4));
      EXPECT_EQ(leg.remote().ip(), std::string("\x7f\0\0\1", 4));
      remote_of[leg.local().port()] = leg.remote().port();
    }
  }
  EXPECT_EQ(tones, 1u);
  EXPECT_EQ(echos, 1u);
  ASSERT_EQ(remote_of.size(), 4u);
  for (const auto& [local, remote] : remote_of) EXPECT_EQ(remote_of[remote], local);

  const CallTest ended = wait(id, [](const CallTest& t) { return t.state() == "ended"; });
  EXPECT_EQ(ended.sip_status(), 200u);
  EXPECT_TRUE(ended.loopback());
  EXPECT_TRUE(ended.loopback_heard()) << ended.reason();
  wait(id, [this](const CallTest&) { return sessions_.empty() && states().empty(); });
  EXPECT_TRUE(sessions_.empty());
  EXPECT_TRUE(states().empty());

  Request trunks, records;
  trunks.mutable_show_trunks();
  records.mutable_show_records();
  EXPECT_EQ(ask(trunks).trunks_size(), 0);
  EXPECT_EQ(ask(records).records_size(), 0);
  EXPECT_EQ(version().listeners_waiting_size(), 0);
  EXPECT_EQ(version().mistakes_size(), 0);
}

TEST_F(LoopbackCallTest, IsNoChangeOfTheConfiguration) {
  dataplane();
  const std::string first = begin(1).call_test().call_id();
  wait(first, [](const CallTest& t) { return t.state() == "ended"; });
  write("70");
  EXPECT_TRUE(gateway_->reload());
  EXPECT_EQ(version().waiting_size(), 0) << "its listener waits for no restart";
  const Reply again = begin(1);
  ASSERT_EQ(again.error(), "");
  const CallTest ended =
      wait(again.call_test().call_id(), [](const CallTest& t) { return t.state() == "ended"; });
  EXPECT_TRUE(ended.loopback_heard()) << ended.reason();
}

TEST_F(LoopbackCallTest, NobodyElseMaySendThere) {
  dataplane();
  const Reply begun = begin(1);
  const std::string peer = begun.call_test().peer();
  wait(begun.call_test().call_id(), [](const CallTest& t) { return t.state() == "ended"; });
  const auto address = SocketAddress::parse(peer);
  ASSERT_TRUE(address) << peer;
  EXPECT_EQ(address->ip.text(), "127.0.0.1");
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_storage to{};
  const socklen_t length = address->to_sockaddr(to);
  ASSERT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&to), length), 0);
  const std::string invite =
      "INVITE sip:echo@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKa;rport\r\n"
      "From: <sip:x@127.0.0.1>;tag=1\r\nTo: <sip:echo@127.0.0.1>\r\nCall-ID: stranger\r\n"
      "CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:x@127.0.0.1:9>\r\n"
      "Content-Length: 0\r\n\r\n";
  ASSERT_EQ(send(fd, invite.data(), invite.size(), 0), static_cast<ssize_t>(invite.size()));
  version();
  std::array<char, 2048> answer{};
  ssize_t size = recv(fd, answer.data(), answer.size(), MSG_DONTWAIT);
  for (int i = 0; i < 50 && size < 0; ++i) {
    version();  // the gateway's loop is this thread's
    size = recv(fd, answer.data(), answer.size(), MSG_DONTWAIT);
  }
  ASSERT_GT(size, 0);
  EXPECT_EQ(std::string(answer.data(), 11), "SIP/2.0 403");
  close(fd);
  EXPECT_TRUE(states().empty());
}

}  // namespace
}  // namespace junctor::cp
