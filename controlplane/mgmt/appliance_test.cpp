// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/appliance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/fake_server.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using testing::HasSubstr;

class ApplianceTest : public testing::Test {
 protected:
  Appliance::Given given() {
    return {*loop_, dir_ / "appliance.sock", [this] { return calls_; },
            [this](bool is_closed) { is_closed_ = is_closed; }, [this] { return trust_anchors_; }};
  }

  // As junctor-appliance: keeps what it is asked, answers with what the test says.
  void listen() {
    server_.emplace(*loop_, dir_ / "appliance.sock",
                    [this](const appliance::v1::Request& request, ipc::Channel& from) {
                      asked_.push_back(request);
                      appliance::v1::Reply reply = answer_;
                      reply.set_id(request.id());
                      if (!is_mute_) from.send(reply);
                    });
  }
  void turn(Nanoseconds time) {
    const auto end = loop_->after(time, [this] { loop_->stop(); });
    loop_->run();
  }
  Reply ask(const std::function<void(const Answers::OnReply&)>& question,
            Nanoseconds patience = Milliseconds{300}) {
    std::optional<Reply> reply;
    bool is_running = false;
    question([&](Reply answer) {
      reply = std::move(answer);
      if (is_running) loop_->stop();
    });
    is_running = true;
    if (!reply) turn(patience);
    EXPECT_TRUE(reply);
    return reply.value_or(Reply());
  }
  Reply show() {
    return ask([this](const auto& on_reply) { appliance_.show(on_reply); });
  }
  Reply request(const std::function<void(management::v1::RequestSystem&)>& fill) {
    management::v1::RequestSystem what;
    fill(what);
    return ask([&](const auto& on_reply) { appliance_.request(what, "ann", on_reply); });
  }
  Reply restart(bool now) {
    return request([now](auto& what) {
      what.mutable_what()->mutable_restart();
      what.set_now(now);
    });
  }

  const ipc::TempDir dir_;
  const std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  std::size_t calls_ = 0;
  bool is_closed_ = false;
  bool is_mute_ = false;
  std::vector<std::string> trust_anchors_;
  appliance::v1::Reply answer_;
  std::vector<appliance::v1::Request> asked_;
  std::optional<ipc::FakeServer<appliance::v1::Request>> server_;
  Appliance appliance_{given()};
};

TEST_F(ApplianceTest, WithoutOneEverythingIsRefused) {
  EXPECT_THAT(show().error(), HasSubstr("only on an appliance"));
  EXPECT_THAT(restart(true).error(), HasSubstr("only on an appliance"));
  calls_ = 1;
  EXPECT_THAT(restart(false).error(), HasSubstr("only on an appliance"));
  EXPECT_FALSE(is_closed_);
}

TEST_F(ApplianceTest, AnswersAndErrorsArePassedOn) {
  listen();
  answer_.mutable_system()->set_version("1.2.3");
  EXPECT_EQ(show().system().version(), "1.2.3");
  answer_.Clear();
  answer_.set_error("there is no file x\x1b[2J");
  const Reply reply =
      request([](auto& what) { what.mutable_what()->mutable_add_software()->set_source("x"); });
  EXPECT_THAT(reply.error(), HasSubstr("there is no file x"));
  EXPECT_THAT(reply.error(), testing::Not(HasSubstr("\x1b")));
  EXPECT_EQ(asked_.back().add_software().source(), "x");
}

TEST_F(ApplianceTest, WhoIsTrustedIsSaidByTheConfigurationAlone) {
  listen();
  trust_anchors_ = {"one", "two"};
  request([](auto& what) {
    what.mutable_what()->mutable_add_software()->add_trust_anchors("of who asks");
  });
  EXPECT_THAT(asked_.back().add_software().trust_anchors(), testing::ElementsAre("one", "two"));
  trust_anchors_ = {"three"};
  request([](auto& what) { what.mutable_what()->mutable_add_keys()->set_source("x"); });
  EXPECT_THAT(asked_.back().add_keys().trust_anchors(), testing::ElementsAre("three"));
}

TEST_F(ApplianceTest, ARestartWithoutCallsIsPassedOnAtOnce) {
  listen();
  EXPECT_EQ(restart(false).error(), "");
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_TRUE(asked_[0].has_restart());
}

TEST_F(ApplianceTest, ARestartWaitsUntilTheCallsHaveEndedAndRefusesNewOnes) {
  listen();
  calls_ = 2;
  EXPECT_THAT(restart(false).notes(0), HasSubstr("2 calls have ended"));
  EXPECT_TRUE(is_closed_);
  EXPECT_TRUE(appliance_.is_closed());
  EXPECT_THAT(show().notes(0), HasSubstr("2 calls have ended"));
  turn(Milliseconds{700});
  EXPECT_EQ(asked_.size(), 1U) << "the question alone";
  calls_ = 0;
  turn(Milliseconds{700});
  ASSERT_EQ(asked_.size(), 2U);
  EXPECT_TRUE(asked_[1].has_restart());
}

TEST_F(ApplianceTest, NowDoesNotWait) {
  listen();
  calls_ = 2;
  EXPECT_EQ(restart(true).error(), "");
  EXPECT_EQ(asked_.size(), 1U);
  EXPECT_FALSE(is_closed_);
}

TEST_F(ApplianceTest, ARestartThatWaitsIsTakenBack) {
  listen();
  const auto cancel = [](auto& what) { what.set_cancel(true); };
  EXPECT_EQ(request(cancel).error(), "no restart waits");
  calls_ = 1;
  restart(false);
  EXPECT_EQ(request(cancel).error(), "");
  EXPECT_FALSE(is_closed_);
  calls_ = 0;
  turn(Milliseconds{700});
  EXPECT_TRUE(asked_.empty());
}

TEST_F(ApplianceTest, ARestartThatFailsLetsCallsInAgain) {
  listen();
  calls_ = 1;
  restart(false);
  answer_.set_error("cannot");
  calls_ = 0;
  turn(Milliseconds{700});
  EXPECT_FALSE(is_closed_);
  EXPECT_FALSE(appliance_.is_closed());
}

TEST_F(ApplianceTest, ARestartThatIsBeingDoneIsNotTakenBack) {
  listen();
  is_mute_ = true;
  calls_ = 1;
  restart(false);
  calls_ = 0;
  turn(Milliseconds{700});
  const Reply reply = request([](auto& what) { what.set_cancel(true); });
  EXPECT_THAT(reply.error(), HasSubstr("it is being done"));
  calls_ = 1;  // of the health gate
  EXPECT_THAT(restart(false).error(), HasSubstr("it is being done"));
  EXPECT_TRUE(is_closed_);
}

TEST_F(ApplianceTest, OneThatIsSilentIsNotAskedWithoutEnd) {
  listen();
  is_mute_ = true;
  const auto nobody_waits = [](const Reply&) {};
  for (int i = 0; i < 4; ++i) appliance_.show(nobody_waits);
  EXPECT_THAT(show().error(), HasSubstr("has not answered what was asked before"));
  management::v1::RequestSystem what;
  what.mutable_what()->mutable_rollback();
  for (int i = 0; i < 2; ++i) appliance_.request(what, "ann", nobody_waits);
  EXPECT_THAT(request([&](auto& asked) { asked = what; }).error(),
              HasSubstr("has not answered what was asked before"));
  turn(Milliseconds{100});
  EXPECT_EQ(asked_.size(), 6U);
}

TEST_F(ApplianceTest, WhatIsNoRequestIsNotPassedOn) {
  listen();
  EXPECT_NE(request([](auto&) {}).error(), "");
  EXPECT_NE(request([](auto& what) { what.mutable_what()->mutable_show(); }).error(), "");
  EXPECT_TRUE(asked_.empty());
}

TEST_F(ApplianceTest, OneThatDoesNotAnswerIsNotWaitedForForever) {
  listen();
  is_mute_ = true;
  Appliance::Given given = ApplianceTest::given();
  given.patience = Milliseconds{20};
  Appliance asker(std::move(given));
  const Reply shown = ask([&](const auto& on_reply) { asker.show(on_reply); });
  EXPECT_EQ(shown.error(), "junctor-appliance does not answer");
  management::v1::RequestSystem what;
  what.mutable_what()->mutable_revoke_key();
  const Reply reply = ask([&](const auto& on_reply) { asker.request(what, "ann", on_reply); });
  EXPECT_THAT(reply.error(), HasSubstr("it may do it nevertheless"));
}

}  // namespace
}  // namespace junctor::cp
