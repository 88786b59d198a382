// SPDX-License-Identifier: MIT
// The gateway calls itself: SIP as it is on the wire of 127.0.0.1, through the whole stack three times; the dataplane is
// played.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <map>

#include "controlplane/app/gateway.hpp"
#include "controlplane/sip/su_loop.hpp"
#include "media/v1/media.pb.h"
#include "platform/config/config.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {
namespace {

using management::v1::CallTest;
using management::v1::Reply;
using management::v1::Request;
using ::testing::UnorderedElementsAre;

// A port of 127.0.0.1 that nobody uses now.
std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_storage address{};
  socklen_t length = SocketAddress::parse("127.0.0.1:0")->to_sockaddr(address);
  JUNCTOR_ASSERT(bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0);
  JUNCTOR_ASSERT(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  close(fd);
  return SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&address)).port;
}

class LoopbackCallTest : public testing::Test {
 protected:
  LoopbackCallTest() {
    arguments_.config = dir_ / "gw.json";
    arguments_.run_dir = dir_ / "run";
    arguments_.state_dir = dir_ / "state";
    arguments_.plugin_dir = PLUGIN_DIR;
    write("60");
    auto config = config::load_file(arguments_.config);
    EXPECT_TRUE(config.ok()) << config.error().text();
    config::apply_defaults(*config);
    gateway_ = std::make_unique<Gateway>(*loop_, arguments_, *config);
    EXPECT_TRUE(gateway_->prepare().ok());
    EXPECT_TRUE(gateway_->serve().ok());
  }
  // No trunk, no route.
  void write(const std::string& timeout_s) const {
    std::ofstream(arguments_.config)
        << R"({"interfaces": [{"name": "lan", "device": "net_null0", "addresses": ["127.0.0.1/8"]}],
               "sip": {"listeners": [{"name": "here", "address": "127.0.0.1", "port": )"
        << port_ << R"(, "transports": ["UDP"]}]}, "media": {"timeout_s": )" << timeout_s << "}}";
  }
  Reply ask(Request request) {
    request.set_id(1);
    Reply reply;
    std::unique_ptr<ipc::Client> client;
    client = ipc::Client::connect(*loop_, arguments_.run_dir + "/management.sock", {},
                                  {.on_connected = [&] { client->send(request); },
                                   .on_frame =
                                       [&](Bytes frame) {
                                         EXPECT_TRUE(ipc::parse_frame(frame, reply));
                                         loop_->stop();
                                       },
                                   .on_disconnected = {}});
    const auto limit = loop_->after(Seconds{20}, [this] {
      ADD_FAILURE() << "no answer";
      loop_->stop();
    });
    loop_->run();
    return reply;
  }
  management::v1::Version version() {
    Request request;
    request.mutable_show_version();
    return ask(request).version();
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

  // A dataplane that installs whatever it is told, and hears a tone.
  void dataplane() {
    auto listening = ipc::Server::listen(
        *loop_, arguments_.run_dir + "/media.sock", 0600, {}, [this](auto channel) {
          dataplane_ = std::move(channel);
          dataplane_->set_callbacks({[this](Bytes frame) { on_request(frame); }, {}});
        });
    ASSERT_TRUE(listening.ok()) << listening.error().text();
    server_ = std::move(*listening);
    while (!version().dataplane_connected()) {
    }
  }
  void on_request(Bytes frame) {
    media::v1::FromControl message;
    ASSERT_TRUE(ipc::parse_frame(frame, message));
    const media::v1::Request& request = message.request();
    media::v1::FromDataplane answer;
    media::v1::Reply& reply = *answer.mutable_reply();
    reply.set_id(request.id());
    if (request.has_hello()) {
      reply.mutable_hello()->set_version(1);
      reply.mutable_hello()->set_boot_id(7);
    }
    for (const auto& session : request.apply().sessions()) {
      sessions[session.id()] = session;
      auto& result = *reply.add_sessions();
      result.set_id(session.id());
      result.set_generation(session.generation());
    }
    for (const std::string& id : request.remove().session_ids()) {
      sessions.erase(id);
      auto& result = *reply.add_sessions();
      result.set_id(id);
      auto& last = *result.mutable_last();
      last.add_legs();
      last.mutable_heard()->set_heard_ms(1000);
      last.mutable_heard()->set_tone_hz_x10(10040);
      last.mutable_heard()->set_tone_permille(990);
    }
    dataplane_->send(answer);
  }

  std::map<std::string, media::v1::Session> sessions;
  ipc::TempDir dir_;
  const std::uint16_t port_ = free_port();
  Arguments arguments_;
  std::unique_ptr<ipc::Loop> loop_ = make_su_loop();
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<ipc::Server> server_;
  std::unique_ptr<ipc::Channel> dataplane_;
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
  ASSERT_EQ(sessions.size(), 3u);
  std::map<std::uint32_t, std::uint32_t> remote_of;
  unsigned tones = 0, echos = 0;
  for (const auto& [name, session] : sessions) {
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
  wait(id, [this](const CallTest&) { return sessions.empty() && states().empty(); });
  EXPECT_TRUE(sessions.empty());
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
