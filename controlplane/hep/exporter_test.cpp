// SPDX-License-Identifier: MIT
#include "controlplane/hep/exporter.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/base/bytes.hpp"
#include "platform/ipc/epoll_loop.hpp"

namespace junctor::cp {
namespace {

class HepExporterTest : public testing::Test {
 protected:
  HepExporterTest() {
    fd_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_storage storage{};
    SocketAddress{*IpAddress::parse("127.0.0.1"), 0}.to_sockaddr(storage);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&storage), sizeof(sockaddr_in)), 0);
    socklen_t length = sizeof storage;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&storage), &length);
    config_.set_address("127.0.0.1");
    config_.set_port(SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&storage)).port);
    config_.set_transport(config::v1::UDP);
    config_.set_capture_id(7);
    config_.set_quality_reports(true);
  }
  ~HepExporterTest() override { close(fd_); }
  HepExporterTest(const HepExporterTest&) = delete;
  HepExporterTest& operator=(const HepExporterTest&) = delete;

  std::string heard() {
    std::array<char, 65536> piece;
    const ssize_t n = recv(fd_, piece.data(), piece.size(), 0);
    return n > 0 ? std::string(piece.data(), static_cast<std::size_t>(n)) : "";
  }
  static TraceEntry message(bool sent) {
    TraceEntry entry;
    entry.sent = sent;
    entry.local = *SocketAddress::parse("192.0.2.1:5060");
    entry.hop = {"lan", Transport::Udp, *SocketAddress::parse("192.0.2.9:5070")};
    entry.call_id = "b";
    entry.text = "OPTIONS";
    return entry;
  }
  static management::v1::CallRecord call() {
    management::v1::CallRecord record;
    record.set_id("c1");
    record.add_sip_call_ids("a");
    for (int leg = 0; leg < 2; ++leg) {
      auto& media = *record.add_media();
      media.mutable_local()->set_ip(std::string("\xc0\0\2\1", 4));
      media.mutable_remote()->set_ip(std::string("\xc0\0\2\x9", 4));
    }
    return record;
  }

  std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  CounterRegistry registry_;
  HepExporter exporter_{*loop_, registry_, [](std::string_view id) {
                          return id == "b" ? std::string("a") : std::string(id);
                        }};
  config::v1::Hep config_;
  int fd_ = -1;
};

bool holds(const std::string& packet, std::string_view chunk) {
  return packet.find(chunk) != std::string::npos;
}

TEST_F(HepExporterTest, MessagesGoFromSenderToReceiver) {
  exporter_.set(config_, "gw");
  exporter_.on_message(message(true));
  const std::string sent = heard();
  EXPECT_TRUE(holds(sent, std::string_view("\0\3\0\xa\xc0\0\2\1", 8))) << "from us";
  EXPECT_TRUE(holds(sent, std::string_view("\0\x11\0\7a", 5))) << "as part of the call";
  exporter_.on_message(message(false));
  EXPECT_TRUE(holds(heard(), std::string_view("\0\3\0\xa\xc0\0\2\x9", 8))) << "from the peer";
}

TEST_F(HepExporterTest, BothLegsOfACallAreReported) {
  exporter_.set(config_, "gw");
  exporter_.on_record(call());
  for (int leg = 0; leg < 2; ++leg) {
    const std::string report = heard();
    EXPECT_TRUE(holds(report, std::string_view("\0\xb\0\7\x23", 5))) << leg;
    EXPECT_TRUE(holds(report, "VQSessionReport: CallTerm\r\n")) << leg;
    EXPECT_TRUE(holds(report, std::string_view("\0\x11\0\7a", 5))) << leg;
  }
  EXPECT_EQ(heard(), "");
}

TEST_F(HepExporterTest, SendsWhatIsWantedOnly) {
  exporter_.on_message(message(true));
  EXPECT_EQ(heard(), "") << "nothing is configured";
  config_.set_quality_reports(false);
  exporter_.set(config_, "gw");
  exporter_.on_record(call());
  EXPECT_EQ(heard(), "") << "no reports are wanted";
  config_.set_password("secret");
  exporter_.set(config_, "gw");
  exporter_.on_message(message(true));
  EXPECT_TRUE(holds(heard(), "secret")) << "a password of the same server";
  exporter_.set({}, "gw");
  exporter_.on_message(message(true));
  EXPECT_EQ(heard(), "") << "it was taken away";
}

}  // namespace
}  // namespace junctor::cp
