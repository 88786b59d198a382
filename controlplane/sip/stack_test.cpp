// SPDX-License-Identifier: MIT
#include "controlplane/sip/stack.hpp"

#include "controlplane/sip/stack_fixture.hpp"

namespace junctor::cp {
namespace {

using interop::Message;
using testing::HasSubstr;
using testing::StartsWith;

Message ok_with_sdp() {
  Message ok = Message::response(200, "OK");
  ok.add("Contact", "<sip:gw@127.0.0.1>");
  ok.set_body("application/sdp", "v=0\r\n");
  return ok;
}

TEST_F(StackTest, AnswersAnInviteAndHearsItsAck) {
  start();
  UdpPeer peer;
  std::unique_ptr<ServerTransaction> held;
  std::vector<std::string> acks;
  on_request = [&](std::unique_ptr<ServerTransaction> t) {
    held = std::move(t);
    ServerTransaction::Callbacks callbacks;
    callbacks.on_ack = [&](const Message& ack) { acks.push_back(ack.method()); };
    held->set_callbacks(std::move(callbacks));
  };
  peer.send(gateway,
            peer.request("INVITE", 1, "Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\nX-Any:  a b "));
  EXPECT_THAT(receive(peer), StartsWith("SIP/2.0 100 "));
  ASSERT_TRUE(held);
  EXPECT_EQ(held->trunk(), this);
  EXPECT_EQ(held->hop(), hop_to(peer.address()));
  EXPECT_EQ(held->request().get("x-any"), "a b");
  held->respond(Message::response(180, ""), "ours");
  const std::string ringing = receive(peer);
  EXPECT_THAT(ringing, StartsWith("SIP/2.0 180 Ringing"));
  EXPECT_FALSE(held->is_answered());
  held->respond(ok_with_sdp(), "ours");
  EXPECT_TRUE(held->is_answered());
  const std::string ok = receive(peer);
  EXPECT_THAT(ok, StartsWith("SIP/2.0 200 OK\r\n"));
  EXPECT_EQ(header_of(ok, "To"), "<sip:100@gw.example.com>;tag=ours");
  EXPECT_EQ(header_of(ok, "Record-Route"), "<sip:p1;lr>, <sip:p2;lr>");
  EXPECT_THAT(ok, testing::EndsWith("\r\n\r\nv=0\r\n"));
  // Not acknowledged: it comes again.
  EXPECT_EQ(receive(peer), ok);
  std::string ack = peer.request("ACK", 1, {}, {}, "z9hG4bKother");
  ack.replace(ack.find("To: <sip:100@gw.example.com>"), 28,
              "To: <sip:100@gw.example.com>;tag=ours");
  peer.send(gateway, ack);
  EXPECT_TRUE(run_until([&] { return !acks.empty(); }));
  EXPECT_EQ(acks, std::vector<std::string>{"ACK"});
  peer.send(gateway, ack);  // again: nobody waits for it
  EXPECT_TRUE(run_until([&] { return !stray_acks.empty(); }));
  EXPECT_EQ(counted("stray_ack"), 1u);
}

TEST_F(StackTest, RetransmitsARefusalUntilItsAckWithoutAskingAnybody) {
  start();
  UdpPeer peer;
  int requests = 0;
  on_request = [&](std::unique_ptr<ServerTransaction> t) {
    ++requests;
    t->respond(Message::response(486, ""), "ours");
  };
  const std::string invite = peer.request("INVITE", 1);
  peer.send(gateway, invite);
  EXPECT_THAT(receive(peer), StartsWith("SIP/2.0 100 "));
  const std::string busy = receive(peer);
  EXPECT_THAT(busy, StartsWith("SIP/2.0 486 Busy Here"));
  peer.send(gateway, invite);
  EXPECT_EQ(receive(peer), busy);
  std::string ack = peer.request("ACK", 1);
  ack.replace(ack.find("To: <sip:100@gw.example.com>"), 28,
              "To: <sip:100@gw.example.com>;tag=ours");
  peer.send(gateway, ack);
  run_for(Milliseconds{1100});
  EXPECT_EQ(peer.take(), "");
  EXPECT_EQ(requests, 1);
  EXPECT_TRUE(stray_acks.empty());
}

TEST_F(StackTest, AnswersCancelAndLeaves487ToTheCall) {
  start();
  UdpPeer peer;
  std::unique_ptr<ServerTransaction> held;
  on_request = [&](std::unique_ptr<ServerTransaction> t) {
    held = std::move(t);
    ServerTransaction::Callbacks callbacks;
    callbacks.on_cancel = [&](const Message& cancel) {
      EXPECT_EQ(cancel.get("Reason"), "Q.850;cause=16");
      held->respond(Message::response(487, ""), "ours");
      held.reset();  // within its own callback
    };
    held->set_callbacks(std::move(callbacks));
  };
  peer.send(gateway, peer.request("INVITE", 1));
  EXPECT_THAT(receive(peer), StartsWith("SIP/2.0 100 "));
  peer.send(gateway, peer.request("CANCEL", 1, "Reason: Q.850;cause=16"));
  const std::string first = receive(peer);
  EXPECT_THAT(first, StartsWith("SIP/2.0 200 "));
  EXPECT_THAT(header_of(first, "CSeq"), "1 CANCEL");
  EXPECT_THAT(receive(peer), StartsWith("SIP/2.0 487 Request Terminated"));
  EXPECT_FALSE(held);
}

TEST_F(StackTest, ATransactionThatIsForgottenAnswers500) {
  start();
  UdpPeer peer;
  on_request = [](std::unique_ptr<ServerTransaction>) {};
  peer.send(gateway, peer.request("MESSAGE", 1));
  EXPECT_THAT(receive(peer), StartsWith("SIP/2.0 500 "));
}

TEST_F(StackTest, A2xxIsRetransmittedEvenIfItsTransactionIsForgotten) {
  start();
  UdpPeer peer;
  on_request = [](std::unique_ptr<ServerTransaction> t) { t->respond(ok_with_sdp(), "ours"); };
  peer.send(gateway, peer.request("INVITE", 1));
  EXPECT_THAT(receive(peer), StartsWith("SIP/2.0 100 "));
  const std::string ok = receive(peer);
  EXPECT_EQ(receive(peer), ok);
}

struct CheckRow {
  const char* sentence;
  std::string method, extra;
  std::string wants;  // beginning of the answer; "": none, and it comes up
};

TEST_F(StackTest, ChecksRequestsBeforeAnybodySeesThem) {
  start();
  config.stranger_requests_per_second = 10;
  const CheckRow rows[] = {
      {"a sound OPTIONS comes up", "OPTIONS", "", ""},
      {"an unknown method comes up", "FROBNICATE", "", ""},
      {"an extension that we do not have is named", "INVITE", "Require: 100rel, x-foo",
       "SIP/2.0 420 "},
      {"one for proxies as well", "OPTIONS", "Proxy-Require: x-foo", "SIP/2.0 420 "},
      {"two Call-IDs are one too many", "OPTIONS", "Call-ID: other", "SIP/2.0 400 "},
      {"a CANCEL without its request has nothing to cancel", "CANCEL", "", "SIP/2.0 481 "},
  };
  int cseq = 0;
  for (const CheckRow& row : rows) {
    SCOPED_TRACE(row.sentence);
    UdpPeer peer;
    ++cseq;
    int requests = 0;
    on_request = [&](std::unique_ptr<ServerTransaction> t) {
      ++requests;
      t->respond(Message::response(200, "OK"), "ours");
    };
    peer.send(gateway,
              peer.request(row.method, cseq, row.extra, {}, "z9hG4bK" + std::to_string(cseq)));
    const std::string answer = receive(peer);
    EXPECT_THAT(answer, StartsWith(row.wants.empty() ? "SIP/2.0 200 " : row.wants));
    EXPECT_EQ(requests, row.wants.empty() ? 1 : 0);
    if (row.wants == "SIP/2.0 420 ") {
      EXPECT_THAT(header_of(answer, "Unsupported"), HasSubstr("x-foo"));
    }
  }
}

TEST_F(StackTest, MergedRequestsGet482) {
  start();
  UdpPeer peer;
  std::vector<std::unique_ptr<ServerTransaction>> held;
  on_request = [&](std::unique_ptr<ServerTransaction> t) { held.push_back(std::move(t)); };
  peer.send(gateway, peer.request("MESSAGE", 1, {}, {}, "z9hG4bKone"));
  ASSERT_TRUE(run_until([&] { return !held.empty(); }));
  peer.send(gateway, peer.request("MESSAGE", 1, {}, {}, "z9hG4bKtwo"));
  EXPECT_THAT(receive(peer), StartsWith("SIP/2.0 482 "));
  EXPECT_EQ(held.size(), 1u);
}

TEST_F(StackTest, ARequestOfOursThatComesBackIsALoop) {
  start();
  UdpPeer peer;
  on_request = [](std::unique_ptr<ServerTransaction> t) {
    t->respond(Message::response(200, "OK"), "x");
  };
  const auto held = stack->send(request_to(peer.address(), "INVITE"), nullptr);
  std::string back = receive(peer);
  ASSERT_THAT(back, StartsWith("INVITE "));
  // A proxy in between adds its Via and returns it.
  back.insert(back.find("\r\n") + 2,
              "Via: SIP/2.0/UDP " + peer.host() + ";branch=z9hG4bKproxy\r\n");
  peer.send(gateway, back);
  EXPECT_THAT(receive(peer), StartsWith("SIP/2.0 482 Loop"));
  // Changed on the way: a spiral, which may pass.
  std::string spiral = back;
  spiral.replace(spiral.find("sip:200@"), 8, "sip:300@");
  spiral.replace(spiral.find("z9hG4bKproxy"), 12, "z9hG4bKagain");
  peer.send(gateway, spiral);
  EXPECT_THAT(receive(peer), StartsWith("SIP/2.0 100 "));
}

TEST_F(StackTest, StrangersGetAFewRefusalsThenSilence) {
  config.stranger_requests_per_second = 3;
  start();
  is_stranger = true;
  UdpPeer peer;
  for (int i = 0; i < 8; ++i) {
    peer.send(gateway, peer.request("OPTIONS", i + 1, {}, {}, "z9hG4bK" + std::to_string(i)));
  }
  for (int i = 0; i < 3; ++i) EXPECT_THAT(receive(peer), StartsWith("SIP/2.0 403 "));
  EXPECT_TRUE(run_until([&] { return counted("stranger_dropped") == 5; }));
  EXPECT_EQ(peer.take(), "");
  EXPECT_EQ(counted("stranger_refused"), 3u);
}

TEST_F(StackTest, DropsWhatCannotBeSip) {
  start();
  UdpPeer peer;
  peer.send(gateway, std::string("\0\1\0\0stun-like-binding", 20));
  peer.send(gateway, std::string("\xff\xff\xff\xff"));
  peer.send(gateway, "\r\n\r\n");
  EXPECT_TRUE(run_until([&] { return counted("not_sip") == 2; }));
  EXPECT_EQ(counted("received"), 0u);
}

TEST_F(StackTest, EverythingOnTheWireIsInTheTrace) {
  start();
  UdpPeer peer;
  on_request = [](std::unique_ptr<ServerTransaction> t) { t->respond(ok_with_sdp(), "ours"); };
  const std::string invite = peer.request("INVITE", 1, "Content-Type: application/sdp", "v=0\r\n");
  peer.send(gateway, invite);
  receive(peer);
  const std::string ok = receive(peer);
  const std::string ids[] = {"call1@peer"};
  const auto found = trace.find(ids);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0]->summary, "INVITE sdp");
  EXPECT_EQ(found[0]->text, invite);
  EXPECT_FALSE(found[0]->sent);
  EXPECT_EQ(found[0]->hop, hop_to(peer.address()));
  EXPECT_EQ(found[0]->local, gateway);
  EXPECT_EQ(found[1]->summary, "100 Trying (INVITE)");
  EXPECT_EQ(found[2]->summary, "200 OK (INVITE) sdp");
  EXPECT_EQ(found[2]->text, ok);
  EXPECT_TRUE(found[2]->sent);
}

}  // namespace
}  // namespace junctor::cp
