// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/configurator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "platform/config/disk.hpp"
#include "platform/config/tree.hpp"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using testing::HasSubstr;

config::v1::Config with(config::v1::Config config, const std::vector<config::Words>& lines) {
  for (const config::Words& words : lines) EXPECT_FALSE(config::set(config, words));
  return config;
}

config::v1::Config first() {
  return with({}, {{"interface", "lan", "device", "net_null0", "address", "10.0.0.1/24"},
                   {"sip", "listener", "lan", "address", "10.0.0.1"},
                   {"trunk", "pbx", "listener", "lan", "peer", "10.0.0.2"},
                   {"route", "all", "called", "_.", "to", "pbx"},
                   {"system", "user", "op", "role", "operator"},
                   {"system", "user", "ann", "role", "admin"}});
}

// A disk that can be made to stand still.
class SlowDisk final : public config::Disk {
 public:
  Result<std::optional<std::string>> read(const std::string& path) override {
    return disk_.read(path);
  }
  Result<void> write_whole(const std::string& path, std::string_view text) override {
    return disk_.write_whole(path, text);
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return disk_.rename(from, to);
  }
  Result<bool> exchange(const std::string& from, const std::string& to) override {
    return disk_.exchange(from, to);
  }
  Result<void> write_over(const std::string& path) override { return disk_.write_over(path); }
  Result<void> remove(const std::string& path) override { return disk_.remove(path); }
  Result<bool> exists(const std::string& path) override { return disk_.exists(path); }
  Result<void> make_directory(const std::string& path) override {
    return disk_.make_directory(path);
  }
  Result<std::vector<std::string>> list(const std::string& path) override {
    return disk_.list(path);
  }
  Result<void> sync(const std::string& path) override {
    stands_still.wait(true);
    return disk_.sync(path);
  }

  std::atomic<bool> stands_still = false;

 private:
  config::SystemDisk disk_;
};

class ConfiguratorTest : public testing::Test {
 protected:
  ConfiguratorTest() { open(first()); }
  // aside: the store's files are written by a thread of their own.
  void open(const std::optional<config::v1::Config>& initial, Aside* aside = nullptr) {
    configurator_.reset();
    auto store = config::Store::open(dir_ / "config", disk_, loop_->clock(), initial);
    ASSERT_TRUE(store.ok()) << store.error().text();
    store_ = std::move(*store);
    configurator_ = std::make_unique<Configurator>(Configurator::Given{
        *loop_,
        *store_,
        [this](const config::v1::Config& config) -> Result<void> {
          if (config.trunks(0).plugin() == refused_plugin_)
            return Error{"trunks[0].plugin", "there is no plugin " + refused_plugin_};
          return {};
        },
        [this](const config::v1::Config& config) -> std::vector<std::string> {
          applied_.push_back(config.media().dscp());
          return {"a note"};
        },
        nullptr,
        nullptr,
        {},
        aside});
  }
  // The loop runs until that is so.
  void wait_until(const std::function<bool()>& is_so) {
    const auto limit = loop_->after(Seconds{20}, [this] { loop_->stop(); });
    const auto look = loop_->every(Milliseconds{1}, [this, &is_so] {
      if (is_so()) loop_->stop();
    });
    loop_->run();
    ASSERT_TRUE(is_so());
  }
  Configurator::Asker asker(const std::string& user = "root", const void* connection = nullptr) {
    return {user, config::v1::ADMIN, connection == nullptr ? this : connection};
  }
  Reply commit(const config::v1::Config& candidate, std::uint32_t base,
               const Configurator::Asker& who, std::uint32_t confirm_s = 0, bool check = false) {
    management::v1::Commit what;
    what.set_base_revision(base);
    *what.mutable_candidate() = candidate;
    what.set_confirm_s(confirm_s);
    what.set_check_only(check);
    what.set_comment("why");
    Reply reply;
    configurator_->commit(what, who, [&reply](Reply answer) { reply = std::move(answer); });
    return reply;
  }
  config::v1::Config dscp(std::uint32_t value) const {
    return with(store_->running(), {{"media", "dscp", std::to_string(value)}});
  }

  ipc::TempDir dir_;
  SlowDisk disk_;
  std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  std::unique_ptr<config::Store> store_;
  std::unique_ptr<Configurator> configurator_;
  std::vector<std::uint32_t> applied_;
  std::string refused_plugin_ = "none";
};

TEST_F(ConfiguratorTest, KeepsThenApplies) {
  const Reply reply = commit(dscp(10), 1, asker("ann"));
  EXPECT_EQ(reply.error(), "");
  EXPECT_EQ(reply.configuration().revision().number(), 2u);
  EXPECT_EQ(reply.configuration().revision().user(), "ann");
  EXPECT_EQ(reply.notes(0), "a note");
  EXPECT_EQ(applied_, std::vector<std::uint32_t>{10});
  Reply revisions;
  configurator_->show_revisions(revisions);
  ASSERT_EQ(revisions.revisions_size(), 2);
  EXPECT_EQ(revisions.revisions(0).comment(), "why");
  EXPECT_FALSE(revisions.configuration().has_pending());
  Reply old;
  management::v1::GetConfig what;
  what.set_revision(1);
  configurator_->get(what, asker(), old);
  EXPECT_FALSE(old.configuration().config().media().has_dscp());
}

TEST_F(ConfiguratorTest, RefusesAndLeavesWhatHolds) {
  const int other = 0;
  EXPECT_THAT(commit(dscp(10), 7, asker()).error(), HasSubstr("is gone"));
  const Reply wrong = commit(with(first(), {{"route", "all", "to", "nowhere"}}), 1, asker());
  ASSERT_EQ(wrong.findings_size(), 1);
  EXPECT_EQ(config::text_of({wrong.findings(0).words().begin(), wrong.findings(0).words().end()}),
            "route all to nowhere");
  const Reply plugin = commit(with(first(), {{"trunk", "pbx", "plugin", "none"}}), 1, asker());
  ASSERT_EQ(plugin.findings_size(), 1);
  EXPECT_EQ(plugin.findings(0).reason(), "there is no plugin none");
  EXPECT_EQ(commit(dscp(10), 1, asker(), 0, true).error(), "");
  Reply locked;
  configurator_->lock({}, asker("ann", &other), locked);
  EXPECT_EQ(locked.error(), "");
  EXPECT_THAT(commit(dscp(10), 1, asker()).error(), HasSubstr("ann configures exclusively"));
  EXPECT_TRUE(applied_.empty());
  EXPECT_EQ(store_->number(), 1u);
  configurator_->on_closed(&other);
  EXPECT_EQ(commit(dscp(10), 1, asker()).error(), "");
}

TEST_F(ConfiguratorTest, JoinsTwoEditorsOrSaysWhatIsAtOdds) {
  const config::v1::Config mine = with(first(), {{"trunk", "pbx", "max-calls", "5"}});
  ASSERT_EQ(commit(dscp(10), 1, asker("ann")).error(), "");
  const Reply joined = commit(mine, 1, asker());
  EXPECT_EQ(joined.error(), "");
  EXPECT_EQ(joined.configuration().config().media().dscp(), 10u);
  EXPECT_EQ(joined.configuration().config().trunks(0).max_calls(), 5u);
  EXPECT_THAT(commit(with(first(), {{"media", "dscp", "11"}}), 1, asker()).error(),
              HasSubstr("another commit changed the same: media dscp (revision 2, ann)"));
  // Of several commits the one that brought what holds there.
  for (const char* user : {"bob", "eve"})
    ASSERT_EQ(commit(with(store_->running(),
                          {{"media", "dscp", user == std::string("bob") ? "12" : "13"}}),
                     store_->number(), asker(user))
                  .error(),
              "");
  ASSERT_EQ(commit(with(store_->running(), {{"trunk", "pbx", "max-calls", "6"}}), store_->number(),
                   asker("joe"))
                .error(),
            "");
  EXPECT_THAT(commit(with(first(), {{"media", "dscp", "11"}}), 1, asker()).error(),
              HasSubstr("media dscp (revision 5, eve)"));
}

TEST_F(ConfiguratorTest, ReturnsByItselfUnlessConfirmed) {
  ASSERT_EQ(commit(dscp(10), 1, asker(), 1).error(), "");
  EXPECT_THAT(commit(dscp(11), 2, asker(), 1).error(), testing::Not(""));
  const auto limit = loop_->after(Seconds{20}, [this] { loop_->stop(); });
  const auto look = loop_->every(Milliseconds{5}, [this] {
    if (applied_.size() == 2) loop_->stop();
  });
  loop_->run();
  EXPECT_EQ(applied_, (std::vector<std::uint32_t>{10, 0}));
  EXPECT_EQ(store_->number(), 3u);
  Reply none;
  configurator_->confirm(asker(), [&](Reply answer) { none = std::move(answer); });
  EXPECT_THAT(none.error(), HasSubstr("no commit waits"));
  ASSERT_EQ(commit(dscp(12), 3, asker(), 60).error(), "");
  Reply waiting;
  configurator_->show_revisions(waiting);
  EXPECT_EQ(waiting.configuration().pending().revision(), 4u);
  EXPECT_EQ(waiting.configuration().pending().return_to(), 3u);
  EXPECT_EQ(waiting.revisions(0).return_to(), 3u);
  EXPECT_GT(waiting.revisions(0).left_s(), 50u);
  EXPECT_EQ(waiting.revisions(1).return_to(), 0u);
  Reply confirmed;
  configurator_->confirm(asker("ann"), [&](Reply answer) { confirmed = std::move(answer); });
  EXPECT_EQ(confirmed.error(), "");
  EXPECT_FALSE(store_->pending());
}

TEST_F(ConfiguratorTest, MakesNoRevisionOfACommitWithoutAChange) {
  const Reply same = commit(first(), 1, asker());
  EXPECT_EQ(same.error(), "");
  EXPECT_TRUE(same.configuration().is_unchanged());
  EXPECT_EQ(same.configuration().revision().number(), 1u);
  EXPECT_EQ(store_->number(), 1u);
  EXPECT_TRUE(applied_.empty());
  EXPECT_TRUE(commit(first(), 1, asker(), 60).configuration().is_unchanged());
  EXPECT_FALSE(store_->pending()) << "there is nothing to return from";
  ASSERT_EQ(commit(dscp(10), 1, asker(), 60).error(), "");
  const Reply confirms = commit(dscp(10), 2, asker("ann"));
  EXPECT_FALSE(confirms.configuration().is_unchanged());
  EXPECT_THAT(confirms.notes(0), HasSubstr("revision 2, which waited to be confirmed"));
  EXPECT_FALSE(store_->pending());
  EXPECT_EQ(store_->number(), 2u);
  EXPECT_EQ(store_->revisions().at(0).confirmed_by, "ann");
}

TEST_F(ConfiguratorTest, ACommitSaysWhoConfirmedTheOneBefore) {
  ASSERT_EQ(commit(dscp(10), 1, asker(), 60).error(), "");
  ASSERT_EQ(commit(dscp(11), 2, asker("ann")).error(), "");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(store_->revisions().at(0).confirmed_by, "");
    EXPECT_EQ(store_->revisions().at(1).confirmed_by, "ann");
    open({});  // the same is on the disk
  }
}

TEST_F(ConfiguratorTest, TheLoopGoesOnWhileTheDiskStandsStill) {
  Aside aside(*loop_);
  open({}, &aside);
  std::vector<std::string> answers;
  const auto send = [&](const config::v1::Config& candidate, const std::string& name) {
    management::v1::Commit what;
    what.set_base_revision(1);
    *what.mutable_candidate() = candidate;
    configurator_->commit(what, asker(), [&answers, name](const Reply& reply) {
      answers.push_back(name + ": " + (reply.error().empty() ? "holds" : reply.error()));
    });
  };
  disk_.stands_still = true;
  send(dscp(10), "dscp");
  send(with(first(), {{"trunk", "pbx", "max-calls", "5"}}), "another");
  send(dscp(11), "at odds");
  int turns = 0;
  wait_until([&turns] { return ++turns > 20; });  // within the time of a test
  EXPECT_TRUE(answers.empty()) << "what is not durable is not answered";
  EXPECT_TRUE(applied_.empty()) << "nor does it hold";
  EXPECT_EQ(store_->number(), 1u);
  disk_.stands_still = false;
  disk_.stands_still.notify_all();
  wait_until([&answers] { return answers.size() == 3; });
  EXPECT_EQ(answers[0], "dscp: holds");
  EXPECT_EQ(answers[1], "another: holds");
  EXPECT_THAT(answers[2], HasSubstr("another commit changed the same: media dscp"));
  EXPECT_EQ(applied_, (std::vector<std::uint32_t>{10, 10}));
  EXPECT_EQ(store_->running().trunks(0).max_calls(), 5u);
}

}  // namespace
}  // namespace junctor::cp
