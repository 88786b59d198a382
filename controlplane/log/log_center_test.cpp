// SPDX-License-Identifier: MIT
#include "controlplane/log/log_center.hpp"

#include <gtest/gtest.h>

#include "platform/ipc/epoll_loop.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

class LogCenterTest : public testing::Test {
 protected:
  ~LogCenterTest() override { set_log_level(LogLevel::Info); }
  void run(Nanoseconds time) {
    const auto end = loop_->after(time, [this] { loop_->stop(); });
    loop_->run();
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    center_.ring().visit_after(0, [&out](const LogRing::Entry& entry) {
      out.push_back(entry.program + " " + entry.line.category + " " + entry.line.text);
      return true;
    });
    return out;
  }

  std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  CounterRegistry counters_;
  LogCenter center_{*loop_, counters_};
};

TEST_F(LogCenterTest, KeepsLinesOfBothPrograms) {
  log_warning("trunk", "peer is down", {{"trunk", "pbx"}});
  media::v1::LogLine line;
  line.set_level("error");
  line.set_category("port");
  line.set_text("link is down");
  center_.add_from_dataplane(line);
  EXPECT_EQ(texts(), (std::vector<std::string>{"junctor-control trunk peer is down trunk=pbx",
                                               "junctor-dataplane port link is down"}));
}

TEST_F(LogCenterTest, RefusesWhatDoesNotEndOrIsNotThere) {
  EXPECT_FALSE(center_.set_debug("nothing", 60, "ada"));
  EXPECT_FALSE(center_.set_debug("sip", 3601, "ada"));
  EXPECT_TRUE(center_.debug().list().empty());
}

TEST_F(LogCenterTest, DebugEndsByItselfHereAndThere) {
  set_log_level(LogLevel::Warning);
  std::vector<media::v1::SetDebug> told;
  center_.set_on_debug([&told](const media::v1::SetDebug& what) { told.push_back(what); });
  ASSERT_TRUE(center_.set_debug("sip", 1, "ada"));
  EXPECT_TRUE(is_logged(LogLevel::Debug));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].categories(0), "sip");
  EXPECT_EQ(told[0].seconds(), 1u);
  EXPECT_EQ(center_.debug_of_dataplane().seconds(), 1u) << "also for one that comes later";
  run(Milliseconds{1'100});
  EXPECT_FALSE(is_logged(LogLevel::Info)) << "the level holds again";
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[1].categories_size(), 0);
  EXPECT_EQ(told[1].seconds(), 0u);
}

TEST_F(LogCenterTest, DebugIsEndedByHand) {
  set_log_level(LogLevel::Warning);
  ASSERT_TRUE(center_.set_debug("sip", 60, "ada"));
  ASSERT_TRUE(center_.set_debug("", 60, "ada"));
  EXPECT_TRUE(center_.debug_of_dataplane().all());
  ASSERT_TRUE(center_.set_debug("", 0, "ada"));
  EXPECT_TRUE(center_.debug().list().empty());
  EXPECT_FALSE(is_logged(LogLevel::Info));
}

}  // namespace
}  // namespace junctor::cp
