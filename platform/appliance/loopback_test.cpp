// SPDX-License-Identifier: MIT
#include "platform/appliance/loopback.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <vector>

#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/fake_server.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::appliance {
namespace {

using management::v1::CallTest;
using management::v1::Reply;
using management::v1::Request;

CallTest state(const std::string& name, const std::string& reason = "", bool is_answered = false,
               bool is_heard = false) {
  CallTest out;
  out.set_call_id("t1");
  out.set_state(name);
  out.set_reason(reason);
  if (is_answered) out.set_answered_after_ms(3);
  out.set_loopback_heard(is_heard);
  return out;
}

// junctor-control, which answers one after another of what it is given.
class LoopbackTest : public testing::Test {
 protected:
  void serve() {
    server_.emplace(*loop_, path_,
                    [this](const Request& request, ipc::Channel& from) { answer(request, from); });
    run_until([this] { return server_->connections() > 0; });
  }
  void answer(const Request& request, ipc::Channel& from) {
    asked.push_back(request);
    if (is_mute) return;
    Reply reply;
    reply.set_id(request.id());
    if (!error.empty()) {
      reply.set_error(error);
    } else {
      *reply.mutable_call_test() = states.front();
      if (states.size() > 1) states.erase(states.begin());
    }
    from.send(reply);
  }
  void run_until(const std::function<bool()>& is_so) {
    for (int i = 0; i < 500 && !is_so(); ++i) {
      const auto moment = loop_->after(Milliseconds{2}, [this] { loop_->stop(); });
      loop_->run();
    }
    EXPECT_TRUE(is_so());
  }
  // One look, and its answer.
  void look() {
    const std::size_t before = asked.size();
    loopback_->look();
    run_until([&] { return asked.size() > before; });
    const auto moment = loop_->after(Milliseconds{10}, [this] { loop_->stop(); });
    loop_->run();
  }

  const ipc::TempDir dir_;
  const std::string path_ = dir_ / "management";
  const std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  std::optional<ipc::FakeServer<Request>> server_;
  FakeClock clock_;
  std::unique_ptr<Loopback> loopback_ =
      std::make_unique<Loopback>(*loop_, clock_, path_, Loopback::kLongestPause);
  std::vector<Request> asked;
  std::vector<CallTest> states{state("calling"), state("hearing", "OK", true),
                               state("ended", "it was heard for its time", true, true)};
  std::string error;
  bool is_mute = false;
};

TEST_F(LoopbackTest, IsHeardOnceItEndedWell) {
  serve();
  look();
  ASSERT_TRUE(asked[0].has_test_call());
  EXPECT_TRUE(asked[0].test_call().loopback());
  EXPECT_EQ(asked[0].test_call().seconds(), 2u);
  look();
  EXPECT_EQ(asked[1].show_test_call().call_id(), "t1");
  EXPECT_FALSE(loopback_->is_heard()) << "it lasts still";
  look();
  EXPECT_TRUE(loopback_->is_heard());
  loopback_->look();
  EXPECT_EQ(asked.size(), 3u) << "no other is made";
  loopback_->forget();
  EXPECT_FALSE(loopback_->is_heard());
  look();
  EXPECT_TRUE(asked[3].has_test_call()) << "but anew";
}

TEST_F(LoopbackTest, SaysWhyItWasNotHeardAndTriesAgain) {
  const struct {
    CallTest end;
    std::string error;
    const char* trouble;
  } rows[] = {
      {state("ended", "no port is left for voice"), "", "no port is left for voice"},
      {state("ended", "it was heard for its time", true), "", "its own tone did not come back"},
      {{}, "junctor-dataplane is not there", "junctor-dataplane is not there"}};
  serve();
  for (const auto& row : rows) {
    states = {row.end};
    error = row.error;
    look();
    EXPECT_FALSE(loopback_->is_heard()) << row.trouble;
    EXPECT_EQ(loopback_->trouble(), row.trouble);
    clock_.advance(Loopback::kLongestPause);
  }
  error.clear();
  states = {state("ended", "", true, true)};
  look();
  EXPECT_TRUE(asked.back().has_test_call());
  EXPECT_TRUE(loopback_->is_heard());
}

TEST_F(LoopbackTest, CallsLessAndLessOftenWhereNoVoiceWorks) {
  const struct {
    Seconds longest;
    std::vector<int> at;  // seconds of ten minutes; each call fails at once
  } rows[] = {
      {Loopback::kLongestPause, {0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363, 423, 483, 543}},
      {Seconds{2}, {0, 1, 3, 5, 7, 9}},
  };
  serve();
  error = "no port is left for voice";
  for (const auto& row : rows) {
    server_->close_connections();
    loopback_ = std::make_unique<Loopback>(*loop_, clock_, path_, row.longest);
    run_until([this] { return server_->connections() > 0; });
    std::vector<int> at;
    for (int second = 0; second < 600 && at.size() < row.at.size(); ++second) {
      const std::size_t before = asked.size();
      loopback_->look();
      // What was asked is answered before the next look; what was not asked cannot be waited for.
      if (second == row.at[at.size()]) run_until([&] { return asked.size() > before; });
      const auto moment = loop_->after(Milliseconds{1}, [this] { loop_->stop(); });
      loop_->run();
      if (asked.size() > before) at.push_back(second);
      clock_.advance(Seconds{1});
    }
    EXPECT_EQ(at, row.at);
  }
  // A minute that begins anew does not wait for what was before.
  loopback_->forget();
  look();
  EXPECT_TRUE(asked.back().has_test_call());
}

TEST_F(LoopbackTest, AControlThatIsNotThereIsNoAnswer) {
  loopback_->look();
  EXPECT_EQ(loopback_->trouble(), "junctor-control does not answer");
  serve();
  is_mute = true;
  clock_.advance(Loopback::kFirstPause);
  look();
  loopback_->look();
  EXPECT_EQ(asked.size(), 1u) << "its answer is waited for";
  server_->close_connections();
  run_until([this] { return loopback_->trouble() == "junctor-control was away"; });
  EXPECT_FALSE(loopback_->is_heard());
}

}  // namespace
}  // namespace junctor::appliance
