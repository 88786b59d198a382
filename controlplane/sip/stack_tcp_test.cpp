// SPDX-License-Identifier: MIT
#include "controlplane/sip/stack_fixture.hpp"

namespace junctor::cp {
namespace {

using interop::Message;
using testing::StartsWith;

// A connection of the test's own to the gateway, or from it.
class TcpPeer {
 public:
  explicit TcpPeer(const SocketAddress& to)
      : fd_(socket(to.ip.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM, 0)) {
    sockaddr_storage storage{};
    const socklen_t length = to.to_sockaddr(storage);
    EXPECT_EQ(connect(fd_.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
  }
  explicit TcpPeer(ipc::UniqueFd fd) : fd_(std::move(fd)) {}
  void send(const std::string& text) {
    ASSERT_EQ(::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  SocketAddress address() const { return address_of(fd_.get()); }
  // The next whole message without body, or "".
  std::string take() {
    read();
    const std::size_t end = rest_.find("\r\n\r\n");
    if (end == std::string::npos) return {};
    std::string message = rest_.substr(0, end + 4);
    rest_.erase(0, end + 4);
    return message;
  }
  bool has_ended() {
    read();
    return ended_;
  }
  // All that has come and was not taken.
  const std::string& look() {
    read();
    return rest_;
  }
  void forget() { rest_.clear(); }

 private:
  void read() {
    char buffer[65536];
    const ssize_t n = recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (n > 0) rest_.append(buffer, static_cast<std::size_t>(n));
    ended_ = n == 0;
  }

  ipc::UniqueFd fd_;
  std::string rest_;
  bool ended_ = false;
};

class StackTcpTest : public StackTest {
 protected:
  std::string receive_tcp(TcpPeer& peer) {
    std::string text;
    run_until([&] { return !(text = peer.take()).empty(); });
    return text;
  }
  static std::string options(const std::string& host, int cseq) {
    return cat({"OPTIONS sip:100@gw SIP/2.0",
                "Via: SIP/2.0/TCP " + host + ";branch=z9hG4bK" + std::to_string(cseq),
                "Max-Forwards: 70", "From: <sip:a@b>;tag=1", "To: <sip:100@gw>", "Call-ID: tcp",
                "CSeq: " + std::to_string(cseq) + " OPTIONS"});
  }
};

TEST_F(StackTcpTest, MessagesMayComeInPiecesAndTogether) {
  start();
  on_request = [](std::unique_ptr<ServerTransaction> t) {
    EXPECT_EQ(t->hop().transport, Transport::Tcp);
    EXPECT_EQ(t->hop().listener, "lan");
    t->respond(Message::response(200, "OK"), "x");
  };
  TcpPeer peer(gateway);
  const std::string host = peer.address().text();
  const std::string first = options(host, 1);
  for (std::size_t at = 0; at < first.size(); at += 40) {
    peer.send(first.substr(at, 40));
    run_for(Milliseconds{1});
  }
  EXPECT_EQ(header_of(receive_tcp(peer), "CSeq"), "1 OPTIONS");
  const std::string fourth = options(host, 4);
  peer.send("\r\n\r\n" + options(host, 2) + options(host, 3) + fourth.substr(0, 30));
  EXPECT_EQ(header_of(receive_tcp(peer), "CSeq"), "2 OPTIONS");
  EXPECT_EQ(header_of(receive_tcp(peer), "CSeq"), "3 OPTIONS");
  peer.send(fourth.substr(30));
  EXPECT_EQ(header_of(receive_tcp(peer), "CSeq"), "4 OPTIONS");
  const std::string ids[] = {"tcp"};
  const auto found = trace.find(ids);
  ASSERT_EQ(found.size(), 8u);  // each whole, though they came in pieces
  EXPECT_EQ(found[0]->text, first);
  EXPECT_EQ(found[0]->hop.transport, Transport::Tcp);
  EXPECT_EQ(found[0]->hop.peer, peer.address());
}

TEST_F(StackTcpTest, TheAnswerGoesBackByTheConnectionWhateverTheViaSays) {
  start();
  on_request = [](std::unique_ptr<ServerTransaction> t) {
    t->respond(Message::response(486, ""), "x");
  };
  TcpPeer peer(gateway);
  int cseq = 0;
  for (const char* transport : {"UDP", "tcp", "TLS"}) {
    SCOPED_TRACE(transport);
    std::string invite = cat({"INVITE sip:100@gw SIP/2.0",
                              "Via: SIP/2.0/" + std::string(transport) +
                                  " 192.0.2.9:5060;branch=z9hG4bKv" + std::to_string(++cseq),
                              "Max-Forwards: 70", "From: <sip:a@b>;tag=1", "To: <sip:100@gw>",
                              "Call-ID: via" + std::to_string(cseq), "CSeq: 1 INVITE",
                              "Contact: <sip:a@192.0.2.9>"});
    peer.send(invite.substr(0, 40));
    run_for(Milliseconds{2});
    peer.send(invite.substr(40));
    EXPECT_THAT(receive_tcp(peer), StartsWith("SIP/2.0 100 "));
    EXPECT_THAT(receive_tcp(peer), StartsWith("SIP/2.0 486 "));
  }
  EXPECT_EQ(counted("malformed"), 0u);
}

struct BrokenRow {
  const char* sentence;
  std::string head, wants;  // what the answer begins with; "": none
};
TEST_F(StackTcpTest, AMessageWhoseEndNobodyKnowsIsAnsweredAndTheConnectionEnds) {
  config.max_message_bytes = 4096;
  start();
  on_request = [](std::unique_ptr<ServerTransaction> t) {
    t->respond(Message::response(200, "OK"), "x");
  };
  const std::string fields =
      "Via: SIP/2.0/TCP h;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
      "Call-ID: broken\r\nCSeq: 9 OPTIONS\r\n";
  const std::string request = "OPTIONS sip:100@gw SIP/2.0\r\n" + fields;
  const BrokenRow rows[] = {
      {"no Content-Length", request + "\r\n", "SIP/2.0 400 Missing Content-Length"},
      {"and what looks like a body", request + "\r\nv=0\r\n", "SIP/2.0 400 Missing Content-Length"},
      {"one that is none", request + "Content-Length: x\r\n\r\n", "SIP/2.0 400 Bad Content-Length"},
      {"larger than max_message_bytes", request + "Content-Length: 5000\r\n\r\n", "SIP/2.0 413 "},
      {"a head larger than that", request + "X: " + std::string(9000, 'x'), "SIP/2.0 413 "},
      {"a response has no answer", "SIP/2.0 200 OK\r\n" + fields + "\r\n", ""},
      {"nor has what is no SIP", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", ""},
  };
  for (const BrokenRow& row : rows) {
    SCOPED_TRACE(row.sentence);
    TcpPeer peer(gateway);
    // What came before is answered first, on the same connection.
    peer.send(options(peer.address().text(), 1) + row.head);
    EXPECT_THAT(receive_tcp(peer), StartsWith("SIP/2.0 200 "));
    if (!row.wants.empty()) {
      const std::string answer = receive_tcp(peer);
      EXPECT_THAT(answer, StartsWith(row.wants));
      EXPECT_EQ(header_of(answer, "CSeq"), "9 OPTIONS");
    }
    EXPECT_TRUE(run_until([&] { return peer.has_ended(); }));
  }
  EXPECT_EQ(counted("malformed"), 4u);
  EXPECT_EQ(counted("too_large"), 2u);
  EXPECT_EQ(counted("not_sip"), 1u);
}

TEST_F(StackTcpTest, AMalformedRequestIsRefusedAndTheConnectionGoesOn) {
  start();
  on_request = [](std::unique_ptr<ServerTransaction> t) {
    t->respond(Message::response(200, "OK"), "x");
  };
  TcpPeer peer(gateway);
  std::string bad = options(peer.address().text(), 1);
  bad.replace(bad.find("SIP/2.0\r\n"), 7, "SIP/7.0");
  peer.send(bad + options(peer.address().text(), 2));
  EXPECT_THAT(receive_tcp(peer), StartsWith("SIP/2.0 505 "));
  EXPECT_EQ(header_of(receive_tcp(peer), "CSeq"), "2 OPTIONS");
}

// RFC 5626, 5.4.
TEST_F(StackTcpTest, APingIsAnsweredWithAPong) {
  start();
  on_request = [](std::unique_ptr<ServerTransaction> t) {
    t->respond(Message::response(200, "OK"), "x");
  };
  TcpPeer peer(gateway);
  const std::string host = peer.address().text();
  const auto hears = [&](const std::string& wanted) {
    run_until([&] { return peer.look().size() >= wanted.size(); }, Seconds{2});
    run_for(Milliseconds{5});
    EXPECT_EQ(peer.look(), wanted);
    peer.forget();
  };
  peer.send("\r\n\r\n");  // before anything else
  hears("\r\n");
  peer.send("\r\n");
  run_for(Milliseconds{2});
  peer.send("\r\n");
  hears("\r\n");
  peer.send("\r\n\r\n\r\n\r\n\r\n\r\n");
  hears("\r\n\r\n\r\n");
  peer.send("\r\n");
  hears("");
  // Between two messages, in one segment with them.
  peer.send(options(host, 1) + "\r\n\r\n" + options(host, 2));
  EXPECT_THAT(receive_tcp(peer), StartsWith("\r\nSIP/2.0 200 "));
  EXPECT_THAT(receive_tcp(peer), StartsWith("SIP/2.0 200 "));
}

TEST_F(StackTcpTest, RequestsGoOverAConnectionOfOurs) {
  start();
  const ipc::UniqueFd server = bound_socket({*IpAddress::parse("127.0.0.1"), 0}, SOCK_STREAM);
  ASSERT_EQ(listen(server.get(), 5), 0);
  const SocketAddress address = address_of(server.get());
  std::vector<int> heard;
  const auto held = stack->send(request_to(address, "INVITE", Transport::Tcp),
                                [&](const Response& r) { heard.push_back(r.message.status()); });
  int fd = -1;
  ASSERT_TRUE(run_until(
      [&] { return (fd = accept4(server.get(), nullptr, nullptr, SOCK_NONBLOCK)) >= 0; }));
  TcpPeer peer{ipc::UniqueFd(fd)};
  const std::string invite = receive_tcp(peer);
  ASSERT_THAT(invite, StartsWith("INVITE "));
  EXPECT_THAT(header_of(invite, "Via"), StartsWith("SIP/2.0/TCP " + gateway.text()));
  peer.send(answer_to(invite, "180 Ringing", "b"));
  ASSERT_TRUE(run_until([&] { return heard.size() == 1; }));
  held->cancel({});
  const std::string cancel = receive_tcp(peer);
  ASSERT_THAT(cancel, StartsWith("CANCEL "));
  peer.send(answer_to(cancel, "200 OK", "b") + answer_to(invite, "487 Request Terminated", "b"));
  EXPECT_THAT(receive_tcp(peer), StartsWith("ACK "));
  EXPECT_EQ(heard, (std::vector<int>{180, 487}));
}

TEST_F(StackTcpTest, ARetransmitted2xxIsHeardOverTcpToo) {
  start();
  const ipc::UniqueFd server = bound_socket({*IpAddress::parse("127.0.0.1"), 0}, SOCK_STREAM);
  ASSERT_EQ(listen(server.get(), 5), 0);
  std::vector<int> heard;
  const auto held = stack->send(request_to(address_of(server.get()), "INVITE", Transport::Tcp),
                                [&](const Response& r) { heard.push_back(r.message.status()); });
  int fd = -1;
  ASSERT_TRUE(run_until(
      [&] { return (fd = accept4(server.get(), nullptr, nullptr, SOCK_NONBLOCK)) >= 0; }));
  TcpPeer peer{ipc::UniqueFd(fd)};
  const std::string ok = answer_to(receive_tcp(peer), "200 OK", "b");
  peer.send(ok + ok);
  EXPECT_TRUE(run_until([&] { return heard.size() == 2; }));
}

TEST_F(StackTcpTest, AStrangersConnectionIsClosedWhenItAsksTooMuch) {
  config.stranger_requests_per_second = 1;
  start();
  is_stranger = true;
  TcpPeer peer(gateway);
  peer.send(options(peer.address().text(), 1));
  EXPECT_THAT(receive_tcp(peer), StartsWith("SIP/2.0 403 "));
  peer.send(options(peer.address().text(), 2));
  EXPECT_TRUE(run_until([&] { return peer.has_ended(); }));
  EXPECT_EQ(counted("stranger_dropped"), 1u);
}

TEST_F(StackTcpTest, AConnectionThatEndsTakesNothingWithIt) {
  start();
  std::unique_ptr<ServerTransaction> held;
  on_request = [&](std::unique_ptr<ServerTransaction> t) { held = std::move(t); };
  {
    TcpPeer peer(gateway);
    peer.send(options(peer.address().text(), 1));
    ASSERT_TRUE(run_until([&] { return held != nullptr; }));
  }
  run_for(Milliseconds{5});
  held->respond(Message::response(200, "OK"), "x");  // to nobody
  run_for(Milliseconds{5});
  held.reset();
  UdpPeer other;
  on_request = [](std::unique_ptr<ServerTransaction> t) {
    t->respond(Message::response(200, "OK"), "x");
  };
  other.send(gateway, other.request("OPTIONS", 1));
  EXPECT_THAT(receive(other), StartsWith("SIP/2.0 200 "));
}

// ---- large and IPv6

TEST_F(StackTest, EightKilobytesOverUdpPassBothWays) {
  start();
  UdpPeer peer;
  std::string extra;
  for (int i = 0; i < 9; ++i) {
    extra += "Via: SIP/2.0/UDP 198.51.100." + std::to_string(i) + ";branch=z9hG4bK" +
             std::to_string(i) + "\r\n";
  }
  for (int i = 0; i < 8; ++i)
    extra += "Record-Route: <sip:192.0.2." + std::to_string(i) + ";lr>\r\n";
  extra += "X-Long: " + std::string(3000, 'x');
  const std::string body(4500, 'b');
  std::unique_ptr<ServerTransaction> held;
  on_request = [&](std::unique_ptr<ServerTransaction> t) { held = std::move(t); };
  peer.send(gateway, peer.request("INVITE", 1, extra + "\r\nContent-Type: text/plain", body));
  EXPECT_THAT(receive(peer), StartsWith("SIP/2.0 100 "));
  ASSERT_TRUE(held);
  EXPECT_EQ(held->request().get_all("Via").size(), 10u);
  EXPECT_EQ(held->request().body(), body);
  Message ok = Message::response(200, "OK");
  ok.set_body("text/plain", body);
  held->respond(std::move(ok), "x");
  const std::string answer = receive(peer);
  EXPECT_THAT(answer, testing::EndsWith(body));
  const auto values = [](const std::string& text, const std::string& name) {
    std::vector<std::string> all;
    const std::string mark = "\r\n" + name + ": ";
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += mark.size())
      all.push_back(text.substr(at + mark.size(), text.find("\r\n", at + 2) - at - mark.size()));
    return all;
  };
  const auto vias = values(answer, "Via");
  ASSERT_EQ(vias.size(), 10u);
  for (std::size_t i = 0; i < 9; ++i)
    EXPECT_THAT(vias[i + 1], StartsWith("SIP/2.0/UDP 198.51.100." + std::to_string(i)));
  const auto routes = values(answer, "Record-Route");
  ASSERT_EQ(routes.size(), 8u);
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_EQ(routes[i], "<sip:192.0.2." + std::to_string(i) + ";lr>");
  // And out: no change to TCP.
  Stack::Request request = request_to(peer.address(), "INVITE");
  request.message.add("X-Long", std::string(3000, 'x'));
  request.message.set_body("text/plain", body);
  const auto sent = stack->send(std::move(request), nullptr);
  EXPECT_THAT(receive(peer), testing::AllOf(StartsWith("INVITE "), testing::EndsWith(body)));
}

TEST_F(StackTest, SpeaksIpv6) {
  start("::1");
  UdpPeer peer("::1");
  on_request = [](std::unique_ptr<ServerTransaction> t) {
    t->respond(Message::response(200, "OK"), "x");
  };
  peer.send(gateway, peer.request("OPTIONS", 1));
  EXPECT_THAT(receive(peer), StartsWith("SIP/2.0 200 "));
  EXPECT_EQ(last_source, peer.address());
  std::vector<int> heard;
  const auto held = stack->send(request_to(peer.address(), "OPTIONS"),
                                [&](const Response& r) { heard.push_back(r.message.status()); });
  const std::string options = receive(peer);
  EXPECT_THAT(header_of(options, "Via"), StartsWith("SIP/2.0/UDP " + gateway.text()));
  peer.send(gateway, answer_to(options, "200 OK", "b"));
  EXPECT_TRUE(run_until([&] { return heard == std::vector<int>{200}; }));
}

}  // namespace
}  // namespace junctor::cp
