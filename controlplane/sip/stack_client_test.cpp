// SPDX-License-Identifier: MIT
// Requests of ours, by a peer on loopback that answers as it is told.
#include "controlplane/sip/stack_fixture.hpp"

namespace junctor::cp {
namespace {

using interop::Message;
using testing::StartsWith;

std::string via_of(const std::string& text) { return header_of(text, "Via"); }
std::string branch_of(const std::string& text) {
  const std::string via = via_of(text);
  const std::size_t at = via.find("branch=") + 7;
  return via.substr(at, via.find_first_of("; ", at) - at);
}

TEST_F(StackTest, SendsAnInviteAndAcknowledgesTheAnswer) {
  start();
  UdpPeer peer;
  std::vector<std::string> heard;
  std::string contact;
  Stack::Request invite = request_to(peer.address(), "INVITE");
  invite.message.set_body("application/sdp", "v=0\r\n");
  const auto held = stack->send(std::move(invite), [&](const Response& r) {
    heard.push_back(std::to_string(r.message.status()) + (r.local ? " local" : ""));
    contact = std::string(r.message.get("Contact").value_or(""));
  });
  const std::string sent = receive(peer);
  ASSERT_THAT(sent, StartsWith("INVITE sip:200@" + peer.address().text() + " SIP/2.0\r\n"));
  EXPECT_THAT(via_of(sent), StartsWith("SIP/2.0/UDP " + gateway.text() + ";"));
  EXPECT_EQ(header_of(sent, "Max-Forwards"), "70");
  EXPECT_EQ(header_of(sent, "Content-Length"), "5");
  peer.send(gateway, answer_to(sent, "100 Trying", ""));
  peer.send(gateway, answer_to(sent, "180 Ringing", "b1"));
  ASSERT_TRUE(run_until([&] { return heard.size() == 1; }));
  const std::string ok = answer_to(sent, "200 OK", "b1", "Contact: <sip:b@" + peer.host() + ">");
  peer.send(gateway, ok);
  ASSERT_TRUE(run_until([&] { return heard.size() == 2; }));
  EXPECT_EQ(contact, "<sip:b@" + peer.host() + ">");
  peer.send(gateway, ok);  // retransmitted: heard again, so that the dialog sends its ACK again
  ASSERT_TRUE(run_until([&] { return heard.size() == 3; }));
  peer.send(gateway, answer_to(sent, "200 OK", "b2"));  // another branch answered as well
  ASSERT_TRUE(run_until([&] { return heard.size() == 4; }));
  EXPECT_EQ(heard, (std::vector<std::string>{"180", "200", "200", "200"}));
  Stack::Request ack = request_to(peer.address(), "ACK");
  ack.message.set("CSeq", "7 ACK");
  stack->send_ack(std::move(ack));
  const std::string got = receive(peer);
  EXPECT_THAT(got, StartsWith("ACK "));
  EXPECT_NE(branch_of(got), branch_of(sent));
}

TEST_F(StackTest, CancelsAfterTheFirstProvisionalResponse) {
  start();
  UdpPeer peer;
  std::vector<std::string> heard;
  const auto held = stack->send(request_to(peer.address(), "INVITE"), [&](const Response& r) {
    heard.push_back(std::to_string(r.message.status()) + (r.local ? " local" : ""));
  });
  const std::string invite = receive(peer);
  held->cancel("SIP;cause=200;text=\"Call completed elsewhere\"");
  const std::string next = receive(peer);  // a retransmission, no CANCEL yet
  EXPECT_EQ(next, invite);
  peer.send(gateway, answer_to(invite, "100 Trying", ""));
  const std::string cancel = receive(peer);
  ASSERT_THAT(cancel, StartsWith("CANCEL "));
  EXPECT_EQ(via_of(cancel), via_of(invite));
  EXPECT_EQ(header_of(cancel, "CSeq"), "7 CANCEL");
  EXPECT_EQ(header_of(cancel, "Reason"), "SIP;cause=200;text=\"Call completed elsewhere\"");
  peer.send(gateway, answer_to(cancel, "200 OK", "b1"));
  peer.send(gateway, answer_to(invite, "487 Request Terminated", "b1"));
  const std::string ack = receive(peer);
  EXPECT_THAT(ack, StartsWith("ACK "));
  EXPECT_EQ(branch_of(ack), branch_of(invite));
  EXPECT_EQ(heard, std::vector<std::string>{"487"});
}

TEST_F(StackTest, AnAnswerThatNobodyWantsIsAcknowledgedAndEnded) {
  start();
  UdpPeer peer;
  auto held = stack->send(request_to(peer.address(), "INVITE"), [](const Response&) {});
  const std::string invite = receive(peer);
  peer.send(gateway, answer_to(invite, "180 Ringing", "b1"));
  run_for(Milliseconds{20});
  held.reset();
  const std::string cancel = receive(peer);
  EXPECT_THAT(cancel, StartsWith("CANCEL "));
  peer.send(gateway, answer_to(invite, "200 OK", "b1",
                               "Contact: <sip:b@" + peer.host() + ";x=1>\r\nRecord-Route: <sip:" +
                                   peer.host() + ";lr;n=2>, <sip:" + peer.host() + ";lr;n=1>"));
  const std::string ack = receive(peer);
  ASSERT_THAT(ack, StartsWith("ACK sip:b@" + peer.host() + ";x=1 SIP/2.0"));
  EXPECT_EQ(header_of(ack, "CSeq"), "7 ACK");
  EXPECT_LT(ack.find(";n=1>"), ack.find(";n=2>"));
  const std::string bye = receive(peer);
  EXPECT_THAT(bye, StartsWith("BYE sip:b@" + peer.host() + ";x=1 SIP/2.0"));
  EXPECT_EQ(header_of(bye, "CSeq"), "8 BYE");
  EXPECT_EQ(header_of(bye, "To"), "<sip:200@" + peer.address().text() + ">;tag=b1");
  EXPECT_EQ(counted("late_answer"), 1u);
}

TEST_F(StackTest, WithoutResponseInTimeItFailsAndALateAnswerIsEnded) {
  start();
  UdpPeer peer;
  std::vector<std::string> heard;
  Stack::Request request = request_to(peer.address(), "INVITE");
  request.response_timeout = Milliseconds{100};
  const auto held = stack->send(std::move(request), [&](const Response& r) {
    heard.push_back(std::to_string(r.message.status()) + (r.local ? " local" : ""));
    EXPECT_EQ(r.message.method(), "INVITE");
  });
  const std::string invite = receive(peer);
  ASSERT_TRUE(run_until([&] { return !heard.empty(); }));
  EXPECT_EQ(heard, std::vector<std::string>{"408 local"});
  peer.send(gateway, answer_to(invite, "200 OK", "b1", "Contact: <sip:b@" + peer.host() + ">"));
  EXPECT_THAT(receive(peer), StartsWith("ACK "));
  EXPECT_THAT(receive(peer), StartsWith("BYE "));
  EXPECT_EQ(heard.size(), 1u);
}

TEST_F(StackTest, ALateRingingAfterATimeoutIsCancelled) {
  start();
  UdpPeer peer;
  bool failed = false;
  Stack::Request request = request_to(peer.address(), "INVITE");
  request.response_timeout = Milliseconds{50};
  const auto held = stack->send(std::move(request), [&](const Response&) { failed = true; });
  const std::string invite = receive(peer);
  ASSERT_TRUE(run_until([&] { return failed; }));
  peer.send(gateway, answer_to(invite, "180 Ringing", "b1"));
  const std::string cancel = receive(peer);
  EXPECT_THAT(cancel, StartsWith("CANCEL "));
  EXPECT_EQ(branch_of(cancel), branch_of(invite));
}

TEST_F(StackTest, AFinalAnswerThatTakesTooLongIsCancelled) {
  start();
  UdpPeer peer;
  std::vector<std::string> heard;
  Stack::Request request = request_to(peer.address(), "INVITE");
  request.final_timeout = Milliseconds{100};
  const auto held = stack->send(std::move(request), [&](const Response& r) {
    heard.push_back(std::to_string(r.message.status()) + (r.local ? " local" : ""));
  });
  const std::string invite = receive(peer);
  peer.send(gateway, answer_to(invite, "180 Ringing", "b1"));
  EXPECT_THAT(receive(peer), StartsWith("CANCEL "));
  EXPECT_TRUE(run_until([&] { return heard.size() == 2; }));
  EXPECT_EQ(heard, (std::vector<std::string>{"180", "408 local"}));
}

struct DeadRow {
  const char* sentence;
  Transport transport;
  const char* method;
};
TEST_F(StackTest, ADestinationThatRefusesFailsAtOnce) {
  start();
  const DeadRow rows[] = {
      {"UDP: ICMP port unreachable", Transport::Udp, "INVITE"},
      {"UDP, OPTIONS", Transport::Udp, "OPTIONS"},
      {"TCP: connection refused", Transport::Tcp, "INVITE"},
  };
  for (const DeadRow& row : rows) {
    SCOPED_TRACE(row.sentence);
    const SocketAddress nobody = free_address("127.0.0.1");
    std::vector<std::string> heard;
    const auto held =
        stack->send(request_to(nobody, row.method, row.transport), [&](const Response& r) {
          heard.push_back(std::to_string(r.message.status()) + (r.local ? " local" : ""));
        });
    EXPECT_TRUE(heard.empty());
    EXPECT_TRUE(run_until([&] { return !heard.empty(); }, Seconds{3}));
    EXPECT_EQ(heard, std::vector<std::string>{"503 local"});
  }
}

TEST_F(StackTest, AMessageThatWouldForgeALineIsNotSent) {
  start();
  UdpPeer peer;
  std::vector<std::string> heard;
  Stack::Request request = request_to(peer.address(), "OPTIONS");
  request.message.set_request_uri("sip:a@b SIP/2.0\r\nX-Evil: 1");
  const auto held = stack->send(std::move(request), [&](const Response& r) {
    heard.push_back(std::to_string(r.message.status()));
  });
  EXPECT_TRUE(run_until([&] { return !heard.empty(); }));
  EXPECT_EQ(heard, std::vector<std::string>{"503"});
  EXPECT_EQ(peer.take(), "");
  EXPECT_EQ(counted("bad_output"), 1u);
}

}  // namespace
}  // namespace junctor::cp
