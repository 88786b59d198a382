// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/answers.hpp"

#include <gtest/gtest.h>

#include "controlplane/mgmt/configurator.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;

config::v1::Config users() {
  config::v1::Config config;
  const auto add = [&config](const char* name, config::v1::Role role) {
    config.mutable_system()->add_users()->set_name(name);
    config.mutable_system()->mutable_users()->rbegin()->set_role(role);
  };
  add("ada", config::v1::ADMIN);
  add("otto", config::v1::OPERATOR);
  add("vera", config::v1::VIEWER);
  return config;
}

class AnswersTest : public testing::Test {
 protected:
  AnswersTest() {
    const auto plain = [](const Request&, const Answers::Asker& asker, Reply& reply) {
      reply.add_notes(asker.user + config::v1::Role_Name(asker.role));
    };
    answers_.add(Request::kShowVersion, config::v1::VIEWER, plain);
    answers_.add(Request::kClearCall, config::v1::OPERATOR, plain);
    answers_.add(Request::kCommit, config::v1::ADMIN, plain);
  }
  Reply ask(const Request& request, const std::string& user, bool by_password = false) {
    Reply out;
    answers_.answer(request, {.user = user, .by_password = by_password},
                    [&out](Reply reply) { out = std::move(reply); });
    return out;
  }
  config::v1::Config config_ = users();
  Answers answers_{[this](const std::string& user) { return role_of(config_, user); },
                   [this](const std::string& user) { return is_user(config_, user); }};
};

TEST_F(AnswersTest, EachRequestIsForARoleAndThoseAboveIt) {
  Request show, clear, commit;
  show.mutable_show_version();
  clear.mutable_clear_call();
  commit.mutable_commit();
  struct Row {
    const char* user;
    bool shows, clears, commits;
  };
  for (const Row& row :
       {Row{"root", true, true, true}, Row{"ada", true, true, true}, Row{"otto", true, true, false},
        Row{"vera", true, false, false}, Row{"nobody", true, false, false}}) {
    EXPECT_EQ(ask(show, row.user).error().empty(), row.shows) << row.user;
    EXPECT_EQ(ask(clear, row.user).error().empty(), row.clears) << row.user;
    EXPECT_EQ(ask(commit, row.user).error().empty(), row.commits) << row.user;
  }
  EXPECT_EQ(ask(clear, "vera").error(), "vera may not do this: that is for operators and admins");
  EXPECT_EQ(ask(commit, "otto").error(), "otto may not do this: that is for admins");
  EXPECT_EQ(ask(commit, "ada").notes(0), "adaADMIN");
}

TEST_F(AnswersTest, ARoleHoldsFromTheNextRequestOn) {
  Request clear;
  clear.mutable_clear_call();
  EXPECT_FALSE(ask(clear, "vera").error().empty());
  config_.mutable_system()->mutable_users(2)->set_role(config::v1::OPERATOR);
  EXPECT_TRUE(ask(clear, "vera").error().empty());
}

TEST_F(AnswersTest, WhoLoggedInMayDoNothingOnceTheUserIsGone) {
  Request show;
  show.mutable_show_version();
  EXPECT_EQ(ask(show, "vera", true).error(), "");
  EXPECT_EQ(ask(show, "", true).error(), "log in first");
  config_.mutable_system()->mutable_users()->RemoveLast();
  EXPECT_EQ(ask(show, "vera", true).error(), "vera is no user any more: log in first");
  EXPECT_EQ(ask(show, "vera").error(), "") << "the kernel names her";
  EXPECT_EQ(ask(show, "root", true).error(), "root is no user any more: log in first");
}

TEST_F(AnswersTest, WhatNobodyAnswersIsRefused) {
  Request unknown;
  EXPECT_EQ(ask(unknown, "root").error(), "the request asks for nothing that this version knows");
  unknown.mutable_show_memory();
  EXPECT_EQ(ask(unknown, "root").error(), "the request asks for nothing that this version knows");
}

TEST_F(AnswersTest, AClosedConnectionIsToldToAllThatHoldSomething) {
  std::vector<const void*> gone;
  answers_.add_on_closed([&gone](const void* connection) { gone.push_back(connection); });
  answers_.add_on_closed([&gone](const void* connection) { gone.push_back(connection); });
  answers_.on_closed(this);
  EXPECT_EQ(gone, (std::vector<const void*>{this, this}));
}

}  // namespace
}  // namespace junctor::cp
