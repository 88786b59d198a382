// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/logins.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "platform/config/disk.hpp"
#include "platform/config/password.hpp"
#include "platform/config/secrets.hpp"
#include "platform/config/tree.hpp"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;
using testing::HasSubstr;

constexpr const char* kAnns = "correct horse";

class LoginsTest : public testing::Test {
 protected:
  LoginsTest() {
    config::v1::Config config;
    for (const config::Words& words : std::vector<config::Words>{
             {"interface", "lan", "device", "net_null0", "address", "10.0.0.1/24"},
             {"sip", "listener", "lan", "address", "10.0.0.1"},
             {"trunk", "pbx", "listener", "lan", "peer", "10.0.0.2"},
             {"route", "all", "called", "_.", "to", "pbx"},
             {"system", "user", "ann", "role", "operator", "password", kAnns},
             {"system", "user", "old", "role", "viewer"}})
      EXPECT_FALSE(config::set(config, words));
    config::hash_all(config, {});
    auto store = config::Store::open(dir_ / "config", disk_, loop_->clock(), config);
    EXPECT_TRUE(store.ok()) << store.error().text();
    store_ = std::move(*store);
    configurator_ = std::make_unique<Configurator>(Configurator::Given{
        *loop_, *store_, [](const config::v1::Config&) -> Result<void> { return {}; },
        [](const config::v1::Config&) { return std::vector<std::string>{}; }, &aside_});
    logins_ = std::make_unique<Logins>(
        Logins::Given{*loop_, aside_, counters_,
                      [this]() -> const config::v1::Config& { return store_->running(); },
                      configurator_.get(), dir_ / "recovery"});
    add_login_answers(answers_, *logins_);
    add_configuration_answers(answers_, configurator_.get());
  }
  Reply ask(const Request& request) {
    Reply reply;
    bool is_answered = false;
    bool is_running = false;
    answers_.answer(request,
                    {.user = user_,
                     .connection = this,
                     .become = [this](std::string user) { user_ = std::move(user); },
                     .is_owner = is_owner_},
                    [&](Reply answer) {
                      reply = std::move(answer);
                      is_answered = true;
                      if (is_running) loop_->stop();
                    });
    const auto limit = loop_->after(Seconds{20}, [this] { loop_->stop(); });
    is_running = !is_answered;
    if (is_running) loop_->run();
    for (const auto& finding : reply.findings()) findings_ += finding.path() + finding.reason();
    EXPECT_TRUE(is_answered);
    return reply;
  }
  Reply login(const std::string& user, const std::string& password = {},
              const std::string& first = {}) {
    Request request;
    request.mutable_login()->set_user(user);
    request.mutable_login()->set_password(password);
    request.mutable_login()->set_new_password(first);
    return ask(request);
  }
  Reply set_password(const std::string& old_one, const std::string& new_one) {
    Request request;
    request.mutable_set_password()->set_old_password(old_one);
    request.mutable_set_password()->set_new_password(new_one);
    return ask(request);
  }
  config::v1::Role role() {
    Request request;
    request.mutable_get_config();
    return ask(request).configuration().role();
  }

  ipc::TempDir dir_;
  config::SystemDisk disk_;
  std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  CounterRegistry counters_;
  std::unique_ptr<config::Store> store_;
  Aside aside_{*loop_};
  std::unique_ptr<Configurator> configurator_;
  std::unique_ptr<Logins> logins_;
  Answers answers_{[this](const std::string& user) { return role_of(store_->running(), user); }};
  std::string user_ = "root";
  bool is_owner_ = true;
  std::string findings_;  // of all replies
};

TEST_F(LoginsTest, AConnectionMayGiveUpWhatItsPeerMayDo) {
  EXPECT_EQ(role(), config::v1::ADMIN);
  EXPECT_TRUE(login("").session().needs_password());
  Request request;
  request.mutable_get_config();
  EXPECT_EQ(ask(request).error(), "log in first");
  const Reply reply = login("ann", kAnns);
  EXPECT_EQ(reply.error(), "");
  EXPECT_EQ(reply.session().role(), config::v1::OPERATOR);
  EXPECT_EQ(user_, "ann");
  EXPECT_EQ(role(), config::v1::OPERATOR);
}

TEST_F(LoginsTest, WhatIsWrongIsNotTold) {
  login("");
  struct Row {
    const char* sentence;
    const char* user;
    const char* password;
  };
  for (const Row& row : {Row{"a wrong password", "ann", "correct hors"},
                         Row{"a user that is not there", "eve", kAnns},
                         Row{"a user without a password", "old", ""}}) {
    EXPECT_EQ(login(row.user, row.password).error(), "wrong user or password") << row.sentence;
    EXPECT_EQ(user_, "") << row.sentence;
  }
  const Nanoseconds began = loop_->clock().now();
  EXPECT_EQ(login("ann", "wrong again").error(), "wrong user or password");
  EXPECT_GE(loop_->clock().now() - began, Seconds{2}) << "the second of this user";
  EXPECT_EQ(login("ann", kAnns).error(), "");
}

TEST_F(LoginsTest, WhoWasAtTheBootLoaderChoosesThePasswordOfAdminOnceMore) {
  user_ = "";
  EXPECT_EQ(login("admin", "", "the first one").error(), "");
  user_ = "";
  EXPECT_THAT(login("admin", "", "another one").error(), HasSubstr("without admin"));
  std::ofstream(dir_ / "recovery").flush();
  EXPECT_TRUE(login("").session().needs_password());
  is_owner_ = false;
  EXPECT_THAT(login("admin", "", "another one").error(), HasSubstr("without admin"))
      << "by the console of the machine alone";
  is_owner_ = true;
  EXPECT_EQ(login("admin", "", "another one").error(), "");
  EXPECT_FALSE(std::filesystem::exists(dir_ / "recovery"));
  user_ = "";
  EXPECT_FALSE(login("").session().needs_password());
  EXPECT_THAT(login("admin", "", "a third one").error(), HasSubstr("without admin")) << "once";
  EXPECT_EQ(login("admin", "another one").error(), "");
  EXPECT_NE(login("admin", "the first one").error(), "");
}

TEST_F(LoginsTest, WhatWasAskedForAtTheBootLoaderEndsByItself) {
  user_ = "";
  EXPECT_EQ(login("admin", "", "the first one").error(), "");
  std::ofstream(dir_ / "recovery").flush();
  CounterRegistry counters;
  const Logins started(Logins::Given{
      *loop_, aside_, counters, [this]() -> const config::v1::Config& { return store_->running(); },
      configurator_.get(), dir_ / "recovery", Milliseconds{100}});
  EXPECT_TRUE(login("").session().needs_password());
  const auto later = loop_->after(Milliseconds{300}, [this] { loop_->stop(); });
  loop_->run();
  EXPECT_FALSE(std::filesystem::exists(dir_ / "recovery"));
  EXPECT_FALSE(login("").session().needs_password());
  EXPECT_THAT(login("admin", "", "another one").error(), HasSubstr("without admin"));
  EXPECT_EQ(login("admin", "the first one").error(), "");
}

TEST_F(LoginsTest, TheFirstLoginSetsThePasswordOfAdmin) {
  is_owner_ = false;
  EXPECT_FALSE(login("").session().needs_password());
  EXPECT_THAT(login("admin", "", "choose me well").error(), HasSubstr("at the console"));
  is_owner_ = true;
  EXPECT_TRUE(login("").session().needs_password());
  EXPECT_THAT(login("ann", "", "choose me well").error(), HasSubstr("at the console"));
  EXPECT_THAT(login("admin", "", "short").error(), HasSubstr("at least 8"));
  const Reply reply = login("admin", "", "choose me well");
  EXPECT_EQ(reply.error(), "") << findings_;
  EXPECT_EQ(user_, "admin");
  EXPECT_EQ(role(), config::v1::ADMIN);
  EXPECT_EQ(store_->revisions().front().user, "admin");
  EXPECT_TRUE(
      config::is_password("choose me well", store_->running().system().users(2).password()));
  EXPECT_THAT(login("admin", "", "and once more").error(), HasSubstr("at the console"));
  EXPECT_FALSE(login("").session().needs_password());
}

TEST_F(LoginsTest, EverybodySetsOnesOwnPassword) {
  EXPECT_THAT(set_password("", "another one").error(), HasSubstr("root is no user"));
  user_ = "ann";
  EXPECT_EQ(set_password("wrong", "another one").error(), "the old password is wrong");
  EXPECT_THAT(set_password(kAnns, "short").error(), HasSubstr("at least 8"));
  EXPECT_EQ(set_password(kAnns, "another one").error(), "");
  EXPECT_EQ(role(), config::v1::OPERATOR);
  EXPECT_EQ(store_->revisions().front().comment, "password of ann");
  login("");
  EXPECT_EQ(login("ann", "another one").error(), "");
  user_ = "old";
  EXPECT_EQ(set_password("", "my first one").error(), "") << "there was none";
}

TEST_F(LoginsTest, NoPasswordConfirmsACommitThatWaits) {
  ASSERT_TRUE(store_->commit(store_->running(), "root", "", Seconds{60}).ok());
  EXPECT_THAT(login("admin", "", "choose me well").error(), HasSubstr("waits to be confirmed"));
  user_ = "old";
  EXPECT_THAT(set_password("", "my first one").error(), HasSubstr("waits to be confirmed"));
  EXPECT_TRUE(store_->pending());
}

TEST_F(LoginsTest, ACommitHashesAsideAndKeepsWhatDidNotChange) {
  Request request;
  management::v1::Commit& what = *request.mutable_commit();
  what.set_base_revision(1);
  *what.mutable_candidate() = store_->running();
  ASSERT_FALSE(
      config::set(*what.mutable_candidate(), {"system", "user", "old", "password", "of the old"}));
  ASSERT_FALSE(
      config::set(*what.mutable_candidate(), {"system", "user", "ann", "password", kAnns}));
  const std::string before = store_->running().system().users(0).password();
  EXPECT_EQ(ask(request).error(), "");
  EXPECT_EQ(store_->number(), 2U);
  EXPECT_EQ(store_->running().system().users(0).password(), before);
  EXPECT_TRUE(config::is_password("of the old", store_->running().system().users(1).password()));
  what.set_base_revision(2);
  what.mutable_candidate()->mutable_system()->mutable_users(1)->set_password("short");
  const Reply reply = ask(request);
  ASSERT_EQ(reply.findings_size(), 1);
  EXPECT_EQ(reply.findings(0).path(), "system.users[1].password");
  EXPECT_THAT(reply.findings(0).reason(), testing::Not(HasSubstr("short")));
}

TEST_F(LoginsTest, WhoIsNoAdminSeesNoHash) {
  user_ = "ann";
  Request request;
  request.mutable_get_config();
  EXPECT_EQ(ask(request).configuration().config().system().users(0).password(), config::kMask);
}

}  // namespace
}  // namespace junctor::cp
