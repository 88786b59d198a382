// SPDX-License-Identifier: MIT
#include "platform/cli/link.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "platform/ipc/channel.hpp"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/fake_server.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cli {
namespace {

using management::v1::Reply;
using management::v1::Request;

// Whose operator has typed ^C so often when it is asked for the n-th time.
class Typist final : public console::Sink {
 public:
  void write(std::string_view) override {}
  void redraw(std::string_view) override {}
  bool is_interrupted() override { return false; }
  unsigned interrupts() override { return ++asked_ > calm ? 1 : 0; }
  Event wait(int, std::chrono::milliseconds, bool) override { return Event::Gone; }
  char take_key() override { return 0; }
  std::optional<std::string> ask(std::string_view, bool) override { return std::nullopt; }
  std::size_t width() const override { return 80; }
  bool is_terminal() const override { return true; }

  unsigned calm = 1'000'000;

 private:
  unsigned asked_ = 0;
};

// A junctor-control that hangs as long as it is told to, and then answers all that was asked.
class LinkTest : public testing::Test {
 protected:
  LinkTest() { gateway_ = link_.gateway(); }
  void take(const Request& request, ipc::Channel& from) {
    waiting_.push_back(request);
    ++questions_;
    if (!hangs_) answer(from);
  }
  // Each call is named by what was asked.
  void answer(ipc::Channel& channel) {
    for (const Request& request : waiting_) {
      Reply reply;
      reply.set_id(request.id());
      reply.add_calls()->set_id(request.show_calls().call_id());
      channel.send(reply);
    }
    waiting_.clear();
  }
  static Request calls(const std::string& id) {
    Request request;
    request.mutable_show_calls()->set_call_id(id);
    return request;
  }
  template <typename Does>
  static std::chrono::milliseconds time_of(const Does& does) {
    const auto began = std::chrono::steady_clock::now();
    does();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 began);
  }

  ipc::TempDir dir_;
  std::string path_ = dir_ / "management.sock";
  std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  ipc::FakeServer<Request> server_{
      *loop_, path_, [this](const Request& request, ipc::Channel& from) { take(request, from); }};
  std::vector<Request> waiting_;
  int questions_ = 0;
  bool hangs_ = false;
  Typist typist_;
  Link link_{*loop_, path_};
  GatewayLink gateway_;
};

TEST_F(LinkTest, AnInterruptEndsTheWaitAtOnce) {
  hangs_ = true;
  typist_.calm = 3;
  gateway_.listen_to(&typist_);
  Request commit;  // would be waited for for two minutes
  commit.mutable_commit();
  const auto took = time_of([&] {
    const auto reply = gateway_.ask(commit);
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().text(), "interrupted: junctor-control has not answered yet");
    EXPECT_TRUE(may_be_done(reply.error()));
  });
  EXPECT_LT(took.count(), 2000);
}

TEST_F(LinkTest, ALateAnswerIsNotThatOfTheNextQuestion) {
  hangs_ = true;
  typist_.calm = 3;
  gateway_.listen_to(&typist_);
  EXPECT_FALSE(gateway_.ask(calls("late")).ok());
  hangs_ = false;  // what waits is answered with the next
  const auto reply = gateway_.ask(calls("next"));
  ASSERT_TRUE(reply.ok()) << reply.error().text();
  ASSERT_EQ(reply->calls_size(), 1);
  EXPECT_EQ(reply->calls(0).id(), "next");
  EXPECT_EQ(gateway_.made(), 1U) << "who has logged in stays so, and what is locked is it still";
}

TEST_F(LinkTest, AHintIsGivenUpSoonAndNotAskedForAgainAtOnce) {
  hangs_ = true;
  EXPECT_LT(time_of([&] { EXPECT_FALSE(gateway_.hint(calls("a")).ok()); }).count(), 3000);
  const auto again = time_of([&] {
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(gateway_.hint(calls("b")).ok());
  });
  EXPECT_LT(again.count(), 500);
  EXPECT_EQ(questions_, 1);
  hangs_ = false;
  EXPECT_TRUE(gateway_.ask(calls("c")).ok());
  EXPECT_TRUE(gateway_.hint(calls("d")).ok()) << "it answers again";
}

TEST_F(LinkTest, KnowsWhenALoginIsGone) {
  Request login;
  login.mutable_login()->set_user("ann");
  EXPECT_TRUE(gateway_.ask(calls("a")).ok());
  EXPECT_FALSE(gateway_.is_logged_out()) << "nobody had to log in";
  EXPECT_TRUE(gateway_.ask(login).ok());
  EXPECT_TRUE(gateway_.ask(calls("b")).ok());
  EXPECT_FALSE(gateway_.is_logged_out());
  server_.close_connections();  // junctor-control ends, and is there again
  EXPECT_TRUE(gateway_.ask(calls("c")).ok());
  EXPECT_TRUE(gateway_.is_logged_out());
  EXPECT_TRUE(gateway_.ask(login).ok());
  EXPECT_FALSE(gateway_.is_logged_out()) << "who logs in anew";
  EXPECT_EQ(link_.user(), "ann");
}

TEST_F(LinkTest, AWaitBeforeThereIsAConsoleCanBeEnded) {
  hangs_ = true;
  int asked = 0;
  link_.set_is_enough([&asked] { return ++asked > 3; });
  Request login;
  login.mutable_login()->set_user("ann");
  const auto took = time_of([&] {
    const auto reply = gateway_.ask(login);
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().where, kInterrupted);
  });
  EXPECT_LT(took.count(), 2000);
}

}  // namespace
}  // namespace junctor::cli
