// SPDX-License-Identifier: MIT
#include "controlplane/sip/listeners.hpp"

#include <set>

#include "controlplane/sip/stack_fixture.hpp"

namespace junctor::cp {
namespace {

ListenerConfig listener(const std::string& name, const std::string& address, bool tcp = true) {
  return {name, *SocketAddress::parse(address), true, tcp};
}

// A machine that has some addresses.
class ListenersTest : public testing::Test {
 protected:
  Listeners make(std::vector<ListenerConfig> wanted) {
    return Listeners(
        *loop_, wanted,
        [this](const ListenerConfig& one, Transport transport) -> Result<void> {
          const std::string socket =
              one.address.text() + "/" + std::string(transport_name(transport));
          if (!addresses_.contains(one.address.ip.text()) || taken_.contains(socket))
            return Error{"", "cannot listen on " + socket};
          opened_.push_back(socket);
          return {};
        },
        [this] { ++told_; });
  }
  void pass(Nanoseconds time) {
    const auto end = loop_->after(time, [this] { loop_->stop(); });
    loop_->run();
  }

  std::unique_ptr<ipc::Loop> loop_ = make_su_loop();
  std::set<std::string> addresses_ = {"192.0.2.1"};
  std::set<std::string> taken_;
  std::vector<std::string> opened_;
  int told_ = 0;
};

TEST_F(ListenersTest, OneThatCannotBeOpenedKeepsNoOtherOneWaiting) {
  Listeners listeners =
      make({listener("dead", "192.0.2.9:5060"), listener("lan", "192.0.2.1:5060")});
  EXPECT_EQ(listeners.waiting().size(), 2u);
  EXPECT_EQ(listeners.waiting()[0].reason, "waits for junctor-dataplane");
  EXPECT_TRUE(opened_.empty()) << "before listen()";
  listeners.listen();
  EXPECT_EQ(opened_, (std::vector<std::string>{"192.0.2.1:5060/udp", "192.0.2.1:5060/tcp"}));
  EXPECT_EQ(told_, 1);
  EXPECT_EQ(listeners.waiting(),
            (std::vector<Stack::Waiting>{{"dead", "cannot listen on 192.0.2.9:5060/udp"}}));
  EXPECT_TRUE(listeners.is_open({"lan", Transport::Udp, {}}));
  EXPECT_FALSE(listeners.is_open({"dead", Transport::Udp, {}}));
  EXPECT_FALSE(listeners.is_open({"nobody", Transport::Udp, {}}));
}

TEST_F(ListenersTest, AreTriedUntilTheAddressIsThere) {
  Listeners listeners = make({listener("lan", "192.0.2.9:5060")});
  listeners.listen();
  pass(Milliseconds{150});
  EXPECT_TRUE(opened_.empty());
  addresses_.insert("192.0.2.9");
  taken_.insert("192.0.2.9:5060/tcp");
  pass(Milliseconds{150});
  EXPECT_TRUE(listeners.is_open({"lan", Transport::Udp, {}}));
  EXPECT_FALSE(listeners.is_open({"lan", Transport::Tcp, {}}));
  EXPECT_EQ(listeners.waiting()[0].reason, "cannot listen on 192.0.2.9:5060/tcp");
  taken_.clear();
  pass(Milliseconds{250});
  EXPECT_TRUE(listeners.waiting().empty());
  EXPECT_EQ(opened_.size(), 2u) << "each once";
}

TEST_F(ListenersTest, WhatHasNoSocketIsChangedAtOnce) {
  const ListenerConfig lan = listener("lan", "192.0.2.1:5060");
  struct Row {
    const char* sentence;
    std::vector<ListenerConfig> wanted;
    bool may;
    std::vector<std::string> waiting;
  };
  const Row rows[] = {
      {"the digit that was wrong", {lan, listener("wan", "192.0.2.1:5070")}, true, {}},
      {"still wrong", {lan, listener("wan", "192.0.2.8:5060")}, true, {"wan"}},
      {"taken away", {lan}, true, {}},
      {"one more", {lan, listener("third", "192.0.2.1:5080")}, true, {}},
      {"in another order", {listener("wan", "192.0.2.1:5070"), lan}, true, {}},
      {"one that is open changes", {listener("lan", "192.0.2.1:5061")}, false, {}},
      {"one that is open has a transport less",
       {listener("lan", "192.0.2.1:5060", false)},
       false,
       {}},
      {"one that is open goes", {listener("wan", "192.0.2.1:5070")}, false, {}},
  };
  for (const Row& row : rows) {
    Listeners listeners = make({lan, listener("wan", "192.0.2.9:5060")});
    listeners.listen();
    EXPECT_EQ(listeners.may_set(row.wanted), row.may) << row.sentence;
    if (!row.may) continue;
    listeners.set(row.wanted);
    std::vector<std::string> waiting;
    for (const Stack::Waiting& one : listeners.waiting()) waiting.push_back(one.listener);
    EXPECT_EQ(waiting, row.waiting) << row.sentence;
    EXPECT_NE(listeners.find("wan"), nullptr) << row.sentence << ": a call may still name it";
    EXPECT_TRUE(listeners.is_open({"lan", Transport::Tcp, {}})) << row.sentence;
  }
}

TEST_F(ListenersTest, OneThatComesBackIsAsItIsConfiguredThen) {
  Listeners listeners = make({listener("wan", "192.0.2.9:5060")});
  listeners.listen();
  listeners.set({});
  EXPECT_TRUE(listeners.waiting().empty());
  listeners.set({listener("wan", "192.0.2.1:5060")});
  EXPECT_TRUE(listeners.is_open({"wan", Transport::Udp, {}}));
  EXPECT_EQ(listeners.find("wan")->address.text(), "192.0.2.1:5060");
}

TEST(TryAddress, SaysWhyNot) {
  struct Row {
    const char* sentence;
    std::string address;
    Transport transport;
    std::string reason;
  };
  const UdpPeer peer;
  const Row rows[] = {
      {"free", free_address("127.0.0.1").text(), Transport::Tcp, ""},
      {"nobody's address", "192.0.2.1:5060", Transport::Udp,
       "cannot listen on 192.0.2.1:5060 (udp): Cannot assign requested address"},
      {"taken", peer.address().text(), Transport::Udp,
       "cannot listen on " + peer.address().text() + " (udp): Address already in use"},
  };
  for (const Row& row : rows) {
    const auto possible = try_address(*SocketAddress::parse(row.address), row.transport);
    EXPECT_EQ(possible ? "" : possible.error().message, row.reason) << row.sentence;
  }
}

// The stack with its listener closed, then opened.
class EarlyRequestTest : public StackTest {};

TEST_F(EarlyRequestTest, AByeWaitsForItsListenerAllElseFails) {
  may_listen = false;
  start();
  const UdpPeer peer;
  std::vector<std::uint16_t> answers;
  const auto note = [&answers](const Response& r) { answers.push_back(r.message.status()); };
  const auto options = stack->send(request_to(peer.address(), "OPTIONS"), note);
  EXPECT_TRUE(run_until([&] { return !answers.empty(); }));
  EXPECT_EQ(answers, std::vector<std::uint16_t>{503});
  stack->send_ack(request_to(peer.address(), "ACK"));
  stack->send(request_to(peer.address(), "BYE"), nullptr);
  run_for(Milliseconds{20});
  EXPECT_EQ(peer.take(), "");
  stack->listen();
  EXPECT_EQ(receive(peer).rfind("BYE ", 0), 0u);
}

}  // namespace
}  // namespace junctor::cp
