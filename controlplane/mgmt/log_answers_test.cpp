// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/log_answers.hpp"

#include <gtest/gtest.h>

#include "platform/ipc/epoll_loop.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;

class LogAnswersTest : public testing::Test {
 protected:
  LogAnswersTest() { add_log_answers(answers_, log_); }
  Reply ask(const Request& request, const std::string& user = "otto") {
    Reply out;
    answers_.answer(request, {.user = user}, [&out](Reply reply) { out = std::move(reply); });
    return out;
  }
  std::vector<std::string> texts(const management::v1::ShowLog& what) {
    Request request;
    *request.mutable_show_log() = what;
    std::vector<std::string> out;
    const Reply reply = ask(request);
    for (const auto& line : reply.log()) out.push_back(line.text());
    return out;
  }

  std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  CounterRegistry counters_;
  LogCenter log_{*loop_, counters_};
  Answers answers_{[](const std::string& user) {
    return user == "vera" ? config::v1::VIEWER : config::v1::OPERATOR;
  }};
};

using Texts = std::vector<std::string>;

TEST_F(LogAnswersTest, ShowsTheNewestThatFitOldestFirst) {
  log_info("trunk", "one");
  log_warning("trunk", "Two", {{"peer", "pbx"}});
  log_error("port", "three");
  management::v1::ShowLog what;
  EXPECT_EQ(texts(what), (Texts{"trunk: one", "trunk: Two peer=pbx", "port: three"}));
  what.set_last(2);
  EXPECT_EQ(texts(what), (Texts{"trunk: Two peer=pbx", "port: three"}));
  what.set_level("warning");
  what.set_contains("trunk: tWO");
  EXPECT_EQ(texts(what), Texts{"trunk: Two peer=pbx"});
  what.set_contains("nothing");
  EXPECT_EQ(texts(what), Texts{});
  Request request;
  request.mutable_show_log()->set_level("fatal");
  EXPECT_EQ(ask(request).error(), "there is no level fatal");
}

TEST_F(LogAnswersTest, ShowsWhatCameAfterALine) {
  Request request;
  request.mutable_show_log()->set_after(~std::uint64_t{0});
  for (const char* text : {"one", "two", "three"}) log_info("trunk", text);
  const Reply begin = ask(request);
  EXPECT_EQ(begin.newest(), 4u);
  EXPECT_EQ(begin.log_size(), 0);
  request.mutable_show_log()->set_after(2);
  const Reply reply = ask(request);
  ASSERT_EQ(reply.log_size(), 2);
  EXPECT_EQ(reply.log(0).sequence(), 3u);
  EXPECT_EQ(reply.log(0).program(), "junctor-control");
  EXPECT_EQ(reply.log(0).level(), "info");
  EXPECT_EQ(reply.newest(), 4u);
}

TEST_F(LogAnswersTest, DebugIsForOperators) {
  Request request;
  request.mutable_set_debug()->set_category("sip");
  request.mutable_set_debug()->set_seconds(60);
  EXPECT_EQ(ask(request, "vera").error(), "vera may not do this: that is for operators and admins");
  const Reply done = ask(request);
  ASSERT_EQ(done.debug_size(), 1) << done.error();
  EXPECT_EQ(done.debug(0).category(), "sip");
  EXPECT_EQ(done.debug(0).left_s(), 60u);
  EXPECT_EQ(done.debug(0).user(), "otto");
  Request show;
  show.mutable_show_debug();
  EXPECT_EQ(ask(show, "vera").debug_size(), 1);
  request.mutable_set_debug()->set_category("nothing");
  EXPECT_EQ(ask(request).error(), "no part of the gateway logs as nothing");
  request.mutable_set_debug()->set_category("sip");
  request.mutable_set_debug()->set_seconds(0);
  EXPECT_EQ(ask(request).debug_size(), 0);
}

}  // namespace
}  // namespace junctor::cp
