// SPDX-License-Identifier: MIT
#include "platform/cli/log_commands.hpp"

#include <gtest/gtest.h>
#include <poll.h>

namespace junctor::cli {
namespace {

using management::v1::Reply;
using management::v1::Request;

TEST(LogText, IsALineOfTheLog) {
  management::v1::LogLine line;
  line.set_unix_us(1'700'000'000'042'999);
  line.set_program("junctor-control");
  line.set_level("warning");
  line.set_text("trunk: peer is down trunk=pbx");
  EXPECT_EQ(log_text(line), "2023-11-14 22:13:20.042 warning trunk: peer is down trunk=pbx");
  line.set_program("junctor-dataplane");
  EXPECT_EQ(log_text(line),
            "2023-11-14 22:13:20.042 warning junctor-dataplane trunk: peer is down trunk=pbx");
}

// A gateway whose log has so many lines.
struct Gateway {
  Result<Reply> ask(const Request& request) const {
    if (!is_there) return Error{"", "away"};
    Reply reply;
    reply.set_newest(lines);
    for (std::uint64_t i = request.show_log().after() + 1; i <= lines; ++i) {
      reply.add_log()->set_sequence(i);
      reply.mutable_log()->rbegin()->set_text("line " + std::to_string(i));
    }
    return reply;
  }
  std::uint64_t lines = 5;
  bool is_there = true;
};

class LogMonitorTest : public testing::Test {
 protected:
  // After the next tick of the monitor.
  std::vector<std::string> next() {
    pollfd fd{monitor_.fd(), POLLIN, 0};
    EXPECT_EQ(poll(&fd, 1, 5'000), 1);
    return monitor_.notices();
  }
  static bool ends_with(const std::string& text, const std::string& end) {
    return text.ends_with(end);
  }
  Gateway gateway_;
  GatewayLink link_{[this](Request request) { return gateway_.ask(request); }, [] { return 0; }};
  LogMonitor monitor_{link_};
};

TEST_F(LogMonitorTest, ShowsWhatIsLoggedFromNowOn) {
  EXPECT_EQ(monitor_.fd(), -1);
  ASSERT_TRUE(monitor_.start());
  EXPECT_TRUE(next().empty()) << "what was before is not shown";
  gateway_.lines = 7;
  auto lines = next();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(ends_with(lines[0], "line 6"));
  gateway_.lines = 107;
  lines = next();
  ASSERT_EQ(lines.size(), 21u) << "an operator reads so much and no more";
  EXPECT_EQ(lines[0], "% 80 lines are left out");
  EXPECT_TRUE(ends_with(lines[20], "line 107"));
  monitor_.stop();
  EXPECT_EQ(monitor_.fd(), -1);
  EXPECT_TRUE(monitor_.notices().empty());
}

TEST_F(LogMonitorTest, GoesOnAfterARestart) {
  ASSERT_TRUE(monitor_.start());
  gateway_.is_there = false;
  EXPECT_TRUE(next().empty());
  gateway_.is_there = true;
  gateway_.lines = 3;
  EXPECT_EQ(next(), std::vector<std::string>{"% the log begins anew"});
  EXPECT_EQ(next().size(), 2u);
}

}  // namespace
}  // namespace junctor::cli
