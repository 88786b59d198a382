// SPDX-License-Identifier: MIT
#include "controlplane/routing/health.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "controlplane/routing/routing_test_kit.hpp"

namespace junctor::cp {
namespace {

// A loop whose time stands still until it is moved.
class FakeLoop final : public ipc::Loop {
 public:
  ipc::HandlePtr watch(int, std::uint8_t, std::function<void(std::uint8_t)>) override {
    JUNCTOR_ASSERT(false);
  }
  ipc::HandlePtr after(Nanoseconds delay, std::function<void()> on_time) override {
    const std::uint64_t id = ++last_;
    timers_[id] = {clock_.now() + delay, std::move(on_time)};
    return std::make_unique<Timer>(*this, id);
  }
  ipc::HandlePtr every(Nanoseconds, std::function<void()>) override { JUNCTOR_ASSERT(false); }
  void post(std::function<void()> function) override { posted_.push_back(std::move(function)); }
  void run() override {}
  void stop() override {}
  const Clock& clock() const override { return clock_; }

  void advance(Nanoseconds by) {
    const Nanoseconds end = clock_.now() + by;
    while (true) {
      for (const auto& function : std::exchange(posted_, {})) function();
      const auto next =
          std::min_element(timers_.begin(), timers_.end(),
                           [](const auto& a, const auto& b) { return a.second.at < b.second.at; });
      if (next == timers_.end() || next->second.at > end) break;
      clock_.advance(std::max(next->second.at - clock_.now(), Nanoseconds{0}));
      const auto on_time = std::move(next->second.on_time);
      timers_.erase(next);
      on_time();
    }
    clock_.advance(end - clock_.now());
  }

 private:
  struct Timer final : ipc::Handle {
    Timer(FakeLoop& l, std::uint64_t i) : loop(l), id(i) {}
    ~Timer() override { loop.timers_.erase(id); }
    FakeLoop& loop;
    std::uint64_t id;
  };
  struct Entry {
    Nanoseconds at;
    std::function<void()> on_time;
  };
  FakeClock clock_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Entry> timers_;
  std::vector<std::function<void()>> posted_;
};

// Answers each request with what the test wants, after 3 ms; or keeps it.
class FakeStack final : public Stack {
 public:
  explicit FakeStack(FakeLoop& loop) : loop_(loop) {}

  std::unique_ptr<ClientTransaction> send(
      Request request, std::function<void(const Response&)> on_response) override {
    sent.push_back(request);
    if (status == 0) {
      waiting = std::move(on_response);
    } else {
      timers_.push_back(loop_.after(Milliseconds{3}, [this, on_response] { answer(on_response); }));
    }
    return std::make_unique<Transaction>();
  }
  void send_ack(Request) override {}
  bool has_listener(std::string_view) const override { return true; }
  SocketAddress listener_address(std::string_view listener) const override {
    return *SocketAddress::parse(listener == "inside" ? "192.0.2.1:5060" : "[2001:db8::1]:5060");
  }
  bool is_listening(const Hop&) const override { return is_open; }
  void answer(const std::function<void(const Response&)>& on_response) const {
    const auto message = interop::Message::response(status, reason);
    on_response(Response{message, local, {}});
  }

  std::vector<Request> sent;
  std::function<void(const Response&)> waiting;
  std::uint16_t status = 200;  // 0: keep it waiting
  std::string reason = "OK";
  bool local = false;
  bool is_open = true;

 private:
  struct Transaction final : ClientTransaction {
    void cancel(std::string_view) override {}
  };
  FakeLoop& loop_;
  std::vector<ipc::HandlePtr> timers_;
};

class HealthTest : public testing::Test {
 protected:
  HealthTest() : config_(two_listeners()) {
    add_trunk(config_, "pbx", {"192.0.2.10:5070"}).set_options_interval_s(30);
  }
  void start() {
    ASSERT_TRUE(configure(trunks_, config_, plugins_).ok());
    health_.watch(trunks_.all());
  }
  void answer(std::uint16_t status, bool local = false) {
    stack_.status = status;
    stack_.reason = status == 200 ? "OK" : "No";
    stack_.local = local;
  }
  TrunkPeer& peer(std::size_t i = 0) { return trunks_.find("pbx")->peers()[i]; }
  std::string state(std::size_t i = 0) { return std::string(peer_state_name(peer(i).state)); }

  Plugins plugins_;
  CounterRegistry counters_;
  FakeLoop loop_;
  FakeStack stack_{loop_};
  config::v1::Config config_;
  TrunkTable trunks_;
  Health health_{loop_, stack_, counters_};
};

TEST_F(HealthTest, KnowsNothingOfAPeerWhoseListenerIsNotOpen) {
  stack_.is_open = false;
  start();
  loop_.advance(Seconds{60});
  EXPECT_TRUE(stack_.sent.empty());
  EXPECT_EQ(state(), "unknown");
  EXPECT_EQ(peer().last_response, "listener inside is not open");
  stack_.is_open = true;
  loop_.advance(Seconds{2});
  EXPECT_EQ(state(), "up") << "soon after it was opened";
}

TEST_F(HealthTest, AsksEachPeerInItsInterval) {
  start();
  EXPECT_TRUE(stack_.sent.empty());
  EXPECT_EQ(state(), "unknown");
  loop_.advance(Seconds{3});
  ASSERT_EQ(stack_.sent.size(), 1u);
  EXPECT_EQ(state(), "up");
  EXPECT_EQ(peer().round_trip_us, 3000u);
  EXPECT_EQ(peer().last_response, "200 OK");
  loop_.advance(Seconds{300});
  EXPECT_GE(stack_.sent.size(), 9u);
  EXPECT_LE(stack_.sent.size(), 13u);
}

TEST_F(HealthTest, AsksAsRfc3261Says) {
  start();
  loop_.advance(Seconds{3});
  const Stack::Request& request = stack_.sent.at(0);
  const interop::Message& message = request.message;
  EXPECT_EQ(message.method(), "OPTIONS");
  EXPECT_EQ(message.request_uri(), "sip:192.0.2.10:5070;transport=udp");
  EXPECT_EQ(message.get("To"), "<sip:192.0.2.10:5070>");
  EXPECT_EQ(message.get("From")->substr(0, 20), "<sip:192.0.2.1>;tag=");
  EXPECT_EQ(message.get("Contact"), "<sip:192.0.2.1:5060;transport=udp>");
  EXPECT_EQ(message.get("CSeq"), "1 OPTIONS");
  EXPECT_EQ(message.get("Accept"), "application/sdp");
  EXPECT_EQ(request.hop, peer().hop);
  EXPECT_EQ(request.trunk.trunk, trunks_.find("pbx").get());
  EXPECT_NE(request.trunk.dialect, nullptr);
}

TEST_F(HealthTest, JudgesAnswers) {
  struct Row {
    const char* sentence;
    std::uint16_t status;
    bool local;
    std::string after_one, after_two;
  };
  const Row rows[] = {
      {"the normal case", 200, false, "up", "up"},
      {"knows no OPTIONS, but is there", 405, false, "up", "up"},
      {"wants a password, but is there", 401, false, "up", "up"},
      {"broken in itself, but takes calls perhaps", 500, false, "up", "up"},
      {"asks to be left alone", 503, false, "down", "down"},
      {"no answer in time", 408, true, "unknown", "down"},
      {"nothing can be sent there", 503, true, "unknown", "down"},
      {"a proxy that reaches nobody", 408, false, "unknown", "down"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    config_.mutable_trunks(0)->set_answer_timeout_s(config_.trunks(0).answer_timeout_s() + 5);
    config_.mutable_trunks(0)->mutable_peers(0)->set_port(5070 +
                                                          config_.trunks(0).answer_timeout_s());
    answer(row.status, row.local);
    start();
    stack_.sent.clear();
    while (stack_.sent.empty()) loop_.advance(Milliseconds{10});
    loop_.advance(Milliseconds{10});
    EXPECT_EQ(state(), row.after_one);
    while (stack_.sent.size() == 1) loop_.advance(Milliseconds{10});
    loop_.advance(Milliseconds{10});
    EXPECT_EQ(state(), row.after_two);
  }
}

TEST_F(HealthTest, AsksMoreOftenWhileSomethingIsMissing) {
  answer(408, true);
  start();
  loop_.advance(Seconds{2});
  const std::size_t before = stack_.sent.size();
  loop_.advance(Seconds{60});
  EXPECT_GE(stack_.sent.size() - before, 10u);
  EXPECT_EQ(state(), "down");
  answer(200);
  loop_.advance(Seconds{6});
  EXPECT_EQ(state(), "up") << "one answer is enough";
}

TEST_F(HealthTest, ALateAnswerChangesNothingOfARemovedTrunk) {
  answer(0);
  start();
  loop_.advance(Seconds{3});
  ASSERT_EQ(stack_.sent.size(), 1u);
  const std::weak_ptr<Trunk> trunk = trunks_.find("pbx");
  config_.clear_trunks();
  start();
  EXPECT_FALSE(trunk.expired()) << "kept while its OPTIONS is under way";
  answer(200);
  stack_.answer(stack_.waiting);
  loop_.advance(Seconds{100});
  EXPECT_FALSE(trunk.lock()->is_enabled()) << "the table keeps it a while, for its last calls";
  EXPECT_EQ(stack_.sent.size(), 1u) << "asked no more";
}

TEST_F(HealthTest, AReloadDoesNotDisturbTrunksThatStay) {
  start();
  loop_.advance(Seconds{3});
  add_trunk(config_, "other", {"192.0.2.20:5060"}).set_options_interval_s(3600);
  for (int i = 0; i < 10; ++i) start();
  EXPECT_EQ(state(), "up");
  loop_.advance(Seconds{3});
  EXPECT_EQ(stack_.sent.size(), 2u) << "only the new one was asked";
}

TEST_F(HealthTest, LooksForItselfWhenACallMeetsSilence) {
  start();
  loop_.advance(Seconds{3});
  answer(408, true);
  trunks_.find("pbx")->note(0, Trunk::Finding::Silent);
  EXPECT_EQ(state(), "up") << "a call's word is not enough";
  loop_.advance(Seconds{10});
  EXPECT_EQ(state(), "down");
  trunks_.find("pbx")->note(0, Trunk::Finding::Answered);
  EXPECT_EQ(state(), "up") << "but an answer is an answer";
}

TEST_F(HealthTest, WithoutOptionsCallsAloneTell) {
  config_.mutable_trunks(0)->set_options_interval_s(0);
  start();
  loop_.advance(Seconds{100});
  EXPECT_TRUE(stack_.sent.empty());
  trunks_.find("pbx")->note(0, Trunk::Finding::Silent);
  EXPECT_EQ(state(), "down");
  loop_.advance(Seconds{31});
  EXPECT_EQ(state(), "unknown") << "tried again like any other";
  EXPECT_TRUE(stack_.sent.empty());
}

TEST_F(HealthTest, DisabledTrunksAreLeftAlone) {
  config_.mutable_trunks(0)->set_enabled(false);
  start();
  loop_.advance(Seconds{100});
  EXPECT_TRUE(stack_.sent.empty());
}

}  // namespace
}  // namespace junctor::cp
