// SPDX-License-Identifier: MIT
#include "platform/leds/minute_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "management/v1/management.pb.h"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/fake_server.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::leds {
namespace {

using management::v1::Reply;
using management::v1::Request;
using testing::ElementsAre;

// junctor-control with one note of its hardware; its system: full, or none.
class MinuteWatchTest : public testing::Test {
 protected:
  void answer(const Request& request, ipc::Channel& from) const {
    Reply reply;
    reply.set_id(request.id());
    if (request.has_show_hardware()) {
      reply.mutable_hardware()->mutable_machine()->add_notes("there is no watchdog");
    } else if (is_appliance) {
      reply.mutable_system()->mutable_data()->set_is_missing(true);
    } else {
      reply.set_error("this machine is no appliance");
    }
    from.send(reply);
  }
  // Until both answers came.
  void run() {
    MinuteWatch watch(*loop_, path_, [this](std::vector<std::string> now) {
      troubles = std::move(now);
      ++times;
    });
    for (int i = 0; i < 500 && times < 2; ++i) {
      const auto moment = loop_->after(Milliseconds{2}, [this] { loop_->stop(); });
      loop_->run();
    }
    EXPECT_EQ(times, 2);
  }

  ipc::TempDir dir_;
  const std::string path_ = dir_ / "management.sock";
  std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  const ipc::FakeServer<Request> server_{
      *loop_, path_, [this](const Request& request, ipc::Channel& from) { answer(request, from); }};
  bool is_appliance = true;
  std::vector<std::string> troubles;
  int times = 0;
};

TEST_F(MinuteWatchTest, TellsOfSystemAndHardware) {
  run();
  EXPECT_THAT(troubles, ElementsAre("the data partition is missing", "there is no watchdog"));
}

TEST_F(MinuteWatchTest, TellsOfTheHardwareWhereThereIsNoAppliance) {
  is_appliance = false;
  run();
  EXPECT_THAT(troubles, ElementsAre("there is no watchdog"));
}

}  // namespace
}  // namespace junctor::leds
