// SPDX-License-Identifier: MIT
#include "platform/appliance/watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "management/v1/management.pb.h"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/fake_server.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::appliance {
namespace {

using management::v1::Reply;
using management::v1::Request;
using testing::ElementsAre;

// junctor-control with three interfaces, of which one port is gone and one has no link, and with three
// SIP listeners, of which one waits.
Reply answer_to(const Request& request) {
  Reply reply;
  reply.set_id(request.id());
  if (request.has_show_version()) {
    reply.mutable_version()->set_dataplane_connected(true);
    reply.mutable_version()->add_listeners_waiting("wan");
  } else if (request.has_show_ports()) {
    for (const auto& [name, is_up] : {std::pair{"lan", true}, {"wan", false}, {"old", true}}) {
      auto& port = *reply.add_ports();
      port.set_name(name);
      port.set_link_up(is_up);
    }
  } else {
    auto& config = *reply.mutable_configuration()->mutable_config();
    for (const char* name : {"lan", "wan", "dmz"}) {
      config.add_interfaces()->set_name(name);
      config.mutable_sip()->add_listeners()->set_name(name);
    }
  }
  return reply;
}

TEST(HealthWatch, CountsWhatCallsComeBy) {
  const ipc::TempDir dir;
  const auto loop = ipc::make_epoll_loop();
  const ipc::FakeServer<Request> server(
      *loop, dir / "management.sock",
      [](const Request& request, ipc::Channel& from) { from.send(answer_to(request)); });
  std::optional<Health> seen;
  const HealthWatch watch(*loop, dir / "management.sock", [&](const Health& health) {
    if (health.is_control_there) seen = health;
    if (seen) loop->stop();
  });
  const auto enough = loop->after(Seconds{10}, [&] { loop->stop(); });
  loop->run();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->open_listeners, 2);
  EXPECT_EQ(seen->linked_ports, 1);
  EXPECT_THAT(seen->broken, ElementsAre("SIP listener wan is not open", "port dmz is not there"));
  EXPECT_THAT(seen->unlinked, ElementsAre("port wan has no link"));
}

}  // namespace
}  // namespace junctor::appliance
