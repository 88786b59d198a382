// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/restarts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/config/config.hpp"
#include "platform/ipc/epoll_loop.hpp"

namespace junctor::cp {
namespace {

using config::v1::Config;
using testing::HasSubstr;

Config with(std::uint32_t max_legs, std::uint32_t strangers) {
  Config config;
  config.mutable_dataplane()->set_max_legs(max_legs);
  config.mutable_sip()->set_stranger_requests_per_second(strangers);
  config::apply_defaults(config);
  return config;
}

class RestartsTest : public testing::Test {
 protected:
  Restarts make(bool is_supervised = true, bool has_revisions = true) {
    Restarts::Given given{*loop_, {}, {}, [this] { return is_there_; }, is_supervised};
    if (has_revisions)
      given.load = [this](std::uint32_t revision) -> Result<Config> {
        if (revision > revisions_.size()) return Error{"", "is not kept"};
        return revisions_[revision - 1];
      };
    given.ask_dataplane = [this](media::v1::Request request, Requests::OnDone on_done) {
      EXPECT_TRUE(request.has_restart());
      ++restarts_;
      on_done(answer_ ? &*answer_ : nullptr);
    };
    return Restarts(std::move(given), revisions_[0]);
  }
  static std::vector<std::string> waiting(const Restarts& restarts) {
    std::vector<std::string> all;
    for (const auto& wait : restarts.waiting()) all.push_back(text_of(wait));
    return all;
  }
  management::v1::Reply ask(Restarts& restarts, management::v1::Program program) {
    management::v1::Reply reply;
    restarts.restart(program, "ann", [&reply](auto answer) { reply = std::move(answer); });
    return reply;
  }

  std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  std::vector<Config> revisions_ = {with(100, 10), with(200, 20)};
  std::optional<media::v1::Reply> answer_;
  bool is_there_ = true;
  int restarts_ = 0;  // of the dataplane
};

const std::string kForControl =
    "sip.stranger_requests_per_second waits for a restart of junctor-control (request system "
    "restart "
    "control)";
const std::string kForDataplane =
    "dataplane waits for a restart of junctor-dataplane (request system restart dataplane)";

TEST_F(RestartsTest, SaysWhatWaitsUntilTheProgramIsStartedAgain) {
  Restarts restarts = make();
  restarts.on_dataplane(1, true);
  EXPECT_TRUE(restarts.waiting().empty());
  restarts.set_wanted(revisions_[1]);
  EXPECT_EQ(waiting(restarts), (std::vector<std::string>{kForDataplane, kForControl}));
  restarts.on_dataplane(1, false);
  EXPECT_EQ(restarts.waiting().size(), 2u) << "a connection alone changes nothing";
  restarts.on_dataplane(2, true);
  EXPECT_EQ(waiting(restarts), std::vector<std::string>{kForControl});
  restarts.set_wanted(revisions_[0]);
  EXPECT_EQ(waiting(restarts), std::vector<std::string>{kForDataplane}) << "it was taken back";
}

TEST_F(RestartsTest, ADataplaneOlderThanThisProgramIsKnownByItsRevision) {
  revisions_ = {with(200, 20), with(100, 20)};  // this program started with the first
  Restarts restarts = make();
  restarts.on_dataplane(2, true);
  EXPECT_EQ(waiting(restarts), std::vector<std::string>{kForDataplane});
}

TEST_F(RestartsTest, WithoutRevisionsADataplaneHasWhatWasThereAtItsStart) {
  Restarts restarts = make(true, false);
  restarts.on_dataplane(0, true);
  restarts.set_wanted(with(200, 10));
  EXPECT_EQ(waiting(restarts), std::vector<std::string>{kForDataplane});
  restarts.on_dataplane(0, false);
  EXPECT_EQ(waiting(restarts), std::vector<std::string>{kForDataplane});
  restarts.on_dataplane(0, true);
  EXPECT_TRUE(restarts.waiting().empty());
}

TEST_F(RestartsTest, EndsOnlyWhereSomethingStartsItAgain) {
  Restarts alone = make(false);
  EXPECT_THAT(ask(alone, management::v1::PROGRAM_CONTROL).error(),
              HasSubstr("nothing would start it again"));
  EXPECT_NE(ask(alone, management::v1::PROGRAM_UNSPECIFIED).error(), "");
  Restarts restarts = make();
  const auto reply = ask(restarts, management::v1::PROGRAM_CONTROL);
  EXPECT_EQ(reply.error(), "");
  EXPECT_THAT(reply.notes(0), HasSubstr("junctor-control ends now"));
  const auto limit = loop_->after(Seconds{20}, [] { FAIL() << "it did not end"; });
  loop_->run();  // until it ends
}

TEST_F(RestartsTest, PassesOnWhatTheDataplaneSays) {
  Restarts restarts = make(false);
  EXPECT_EQ(ask(restarts, management::v1::PROGRAM_DATAPLANE).error(),
            "the dataplane does not answer");
  answer_.emplace().set_error("not now");
  EXPECT_EQ(ask(restarts, management::v1::PROGRAM_DATAPLANE).error(), "not now");
  answer_.emplace();
  EXPECT_THAT(ask(restarts, management::v1::PROGRAM_DATAPLANE).notes(0),
              HasSubstr("junctor-dataplane ends now"));
}

TEST_F(RestartsTest, ADataplaneThatIsNotThereYetIsStartedAgainIfItHasReadAnOlderConfiguration) {
  Restarts restarts = make();
  answer_.emplace();
  const auto ask_too_early = [&] {
    is_there_ = false;
    restarts_ = 0;
    const auto reply = ask(restarts, management::v1::PROGRAM_DATAPLANE);
    EXPECT_EQ(reply.error(), "");
    EXPECT_THAT(reply.notes(0), HasSubstr("is not there"));
    EXPECT_EQ(restarts_, 0);
    is_there_ = true;
  };
  restarts.set_wanted(revisions_[1]);
  ask_too_early();
  restarts.on_dataplane(1, true);
  EXPECT_EQ(restarts_, 1) << "it had read the revision before";
  restarts.on_dataplane(1, true);
  EXPECT_EQ(restarts_, 1) << "once";

  ask_too_early();
  restarts.on_dataplane(2, true);
  EXPECT_EQ(restarts_, 0) << "it has just started, with what holds";

  ask_too_early();
  restarts.on_dataplane(2, false);
  EXPECT_EQ(restarts_, 1) << "it runs since before";
}

TEST_F(RestartsTest, ALateRestartThatIsNotAnsweredFollowsWithTheNextConnection) {
  Restarts restarts = make();
  restarts.set_wanted(revisions_[1]);
  is_there_ = false;
  ask(restarts, management::v1::PROGRAM_DATAPLANE);
  EXPECT_THAT(ask(restarts, management::v1::PROGRAM_CONTROL).notes(0), HasSubstr("It forgets"));
  is_there_ = true;
  restarts.on_dataplane(1, true);
  EXPECT_EQ(restarts_, 1) << "without an answer";
  answer_.emplace();
  restarts.on_dataplane(1, false);
  EXPECT_EQ(restarts_, 2);
  restarts.on_dataplane(1, false);
  EXPECT_EQ(restarts_, 2);
}

}  // namespace
}  // namespace junctor::cp
