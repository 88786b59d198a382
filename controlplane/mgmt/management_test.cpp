// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/management.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "controlplane/mgmt/management_fixture.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;

TEST_F(ManagementTest, IsForOwnerAndGroupOnly) {
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0660u);
}

TEST_F(ManagementTest, CutsLongAnswersIntoPieces) {
  add_calls(2'500);
  const Reply whole = show_calls("");
  EXPECT_EQ(replies_.size(), 3u);
  ASSERT_EQ(whole.calls_size(), 2'500);
  EXPECT_EQ(whole.calls(2'499).id(), "call2499");
}

TEST_F(ManagementTest, AnswersSeveralRequestsInTheirOrder) {
  add_calls(1);
  Request slow, quick;
  slow.set_id(70);
  slow.mutable_show_media();
  quick.set_id(71);
  quick.mutable_show_version();
  client_->send(slow);
  client_->send(quick);
  while (replies_.size() < 2 && !HasFailure()) run();
  ASSERT_EQ(replies_.size(), 2u);
  EXPECT_EQ(replies_[0].id(), 70u);
  EXPECT_EQ(replies_[1].id(), 71u);
}

TEST_F(ManagementTest, WhatAnotherProgramAnswersIsOvertaken) {
  Request slow, quick;
  slow.mutable_show_system();
  quick.mutable_show_version();
  std::uint64_t id = 69;
  const auto send = [this, &id](Request& request) {
    request.set_id(++id);
    client_->send(request);
  };
  const auto ids = [this] {
    std::vector<std::uint64_t> all;
    for (const Reply& reply : replies_) all.push_back(reply.id());
    return all;
  };
  using Ids = std::vector<std::uint64_t>;
  send(slow);
  send(quick);
  run();
  EXPECT_EQ(ids(), Ids{71});
  ASSERT_EQ(system_asked_.size(), 1u);
  system_asked_[0]({});
  run();
  EXPECT_EQ(ids(), (Ids{71, 70}));
}

TEST_F(ManagementTest, AnOvertakenAnswerIsNotMixedWithAnother) {
  add_calls(2'500);
  Request slow, large;
  slow.set_id(70);
  slow.mutable_show_system();
  large.set_id(71);
  large.mutable_show_calls();
  client_->send(slow);
  client_->send(large);
  for (int turns = 0; turns < 1000 && replies_.empty(); ++turns) {
    const auto a_turn = loop_->after(Nanoseconds{0}, [this] { loop_->stop(); });
    loop_->run();
  }
  ASSERT_EQ(replies_.size(), 1u) << "of three pieces";
  system_asked_.at(0)({});
  run();
  run();
  std::vector<std::uint64_t> ids;
  for (const Reply& reply : replies_) ids.push_back(reply.id());
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{71, 71, 71, 70}));
}

TEST_F(ManagementTest, SixteenRequestsMayWait) {
  Request slow;
  slow.mutable_show_media();  // the dataplane's answer comes later
  for (int i = 0; i < 17; ++i) {
    slow.set_id(70);
    client_->send(slow);
  }
  while (replies_.size() < 17 && !HasFailure()) run();
  EXPECT_EQ(disconnects_, 0);
}

TEST_F(ManagementTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(ask({}).error(), "the request asks for nothing that this version knows");
  media::v1::HelloReply rubbish;  // bytes, where a Request has a message
  rubbish.add_local_addresses("\xff\xff\xff\xff");
  client_->send(rubbish);
  run();
  EXPECT_EQ(disconnects_, 1) << "what is no request ends the connection";
  run();  // connects again
  EXPECT_EQ(show_calls("").calls_size(), 0);
}

TEST_F(ManagementTest, ASlowClientStallsNobody) {
  for (int i = 0; i < 20; ++i) {
    const std::string id = "call" + std::to_string(i);
    switchboard_.ids.push_back(id);
    for (int n = 0; n < 10; ++n) add_trace(id + "-in", std::string(4'000, 'x'));
  }
  // Asks again and again, and never reads.
  auto slow_loop = ipc::make_epoll_loop();
  std::unique_ptr<ipc::Client> slow;
  slow = ipc::Client::connect(
      *slow_loop, path_, {},
      {.on_connected = [&] { slow_loop->stop(); }, .on_frame = {}, .on_disconnected = {}});
  slow_loop->run();
  Request request;
  request.mutable_show_trace()->set_last(1'000);
  for (int i = 0; i < 15; ++i) slow->send(request);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(show_calls("").calls_size(), 20);
  const Reply read = ask(request);
  EXPECT_EQ(read.trace_size(), 200) << "the same for one who reads";
}

TEST_F(ManagementTest, LetsEveryNewcomerInAndEndsWhoDidNothingForLongest) {
  std::vector<std::unique_ptr<ipc::Channel>> idle;
  std::vector<bool> is_closed(40);
  for (std::size_t i = 0; i < is_closed.size(); ++i) {
    auto channel = ipc::connect_once(*loop_, path_, {});
    ASSERT_TRUE(channel.ok()) << channel.error().text();
    (*channel)->set_callbacks({.on_frame = {}, .on_closed = [&is_closed, i](const std::string&) {
                                 is_closed[i] = true;
                               }});
    idle.push_back(std::move(*channel));
    // The connection that is in use stays, although it is the oldest.
    EXPECT_EQ(show_calls("").error(), "") << "after " << i + 1 << " idle ones";
  }
  // 32 at once: the one in use, and the last 31 of the 40. Their ends are heard some turns later.
  for (int turns = 0; turns < 100 && !is_closed[8]; ++turns) show_calls("");
  for (std::size_t i = 0; i < is_closed.size(); ++i) EXPECT_EQ(is_closed[i], i < 9) << i;
  EXPECT_EQ(disconnects_, 0);
  Request request;
  request.mutable_show_counters();
  const Reply reply = ask(request);
  const auto displaced = std::ranges::find_if(
      reply.counters(), [](const auto& counter) { return counter.name() == "mgmt.displaced"; });
  ASSERT_NE(displaced, reply.counters().end());
  EXPECT_EQ(displaced->value(), 9u);
}

}  // namespace
}  // namespace junctor::cp
