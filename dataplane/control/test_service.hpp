// SPDX-License-Identifier: MIT
// The whole service on a real Unix socket and the real kernel, and a junctor-control that asks it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/control/service.hpp"
#include "dataplane/control/test_network.hpp"
#include "dataplane/control/test_session.hpp"
#include "platform/ipc/channel.hpp"

namespace junctor::dp {

// A junctor-control that asks one thing at a time.
class Control {
 public:
  Control(ipc::Loop& loop, const std::string& path) : loop_(loop) {
    client_ =
        ipc::Client::connect(loop, path, {},
                             {[this] { ++connections; }, [this](Bytes frame) { on_frame(frame); },
                              [this](const std::string&) { ++losses; }});
    EXPECT_TRUE(run_until(loop_, [this] { return connections > 0; }));
  }

  api::Reply ask(api::Request request) {
    if (request.id() == 0) request.set_id(++last_id_);
    return ask_raw(request);
  }
  api::Reply ask_raw(const api::Request& request) {
    api::FromControl message;
    *message.mutable_request() = request;
    replies_.clear();
    EXPECT_TRUE(client_->send(message));
    EXPECT_TRUE(run_until(loop_, [this] { return !replies_.empty(); }));
    return replies_.empty() ? api::Reply{} : replies_.front();
  }
  api::Reply hello(unsigned version = 1) {
    api::Request request;
    request.mutable_hello()->set_version(version);
    return ask(request);
  }
  api::Reply apply(const std::vector<api::Session>& sessions) {
    api::Request request;
    request.mutable_apply();
    for (const api::Session& s : sessions) *request.mutable_apply()->add_sessions() = s;
    return ask(request);
  }
  api::Reply sync(const std::vector<api::Session>& sessions, bool last = true) {
    api::Request request;
    request.mutable_sync()->set_last(last);
    for (const api::Session& s : sessions) *request.mutable_sync()->add_sessions() = s;
    return ask(request);
  }

  std::vector<api::Event> events;
  unsigned connections = 0, losses = 0;
  std::unique_ptr<ipc::Client> client_;

 private:
  void on_frame(Bytes frame) {
    api::FromDataplane message;
    ASSERT_TRUE(message.ParseFromArray(frame.data(), static_cast<int>(frame.size())));
    if (message.has_reply()) replies_.push_back(message.reply());
    if (message.has_event()) events.push_back(message.event());
  }

  ipc::Loop& loop_;
  std::uint64_t last_id_ = 0;
  std::vector<api::Reply> replies_;
};

// The plane alone is a fake.
class ServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!enter_empty_network()) FAIL() << "needs a network namespace";
    if (access("/dev/net/tun", R_OK | W_OK) != 0) FAIL() << "needs /dev/net/tun";
    auto own = own_network_admin();
    ASSERT_TRUE(own) << own.error().text();
    admin = std::move(*own);
    char folder[] = "/tmp/junctor-service-XXXXXX";
    ASSERT_NE(mkdtemp(folder), nullptr);
    run_dir = folder;
    PlanePort port;
    port.id = PortId{1};
    port.name = "lan";
    port.device = "net_fake0";
    port.mac = {2, 0, 0, 0, 0, 1};
    plane.port_list = {port};
    config::v1::Interface& p = *config.add_interfaces();
    p.set_name("lan");
    p.set_mtu(1500);
    p.add_addresses("192.0.2.1/24");
    p.add_addresses("198.51.100.1/24");
    config::v1::KernelRoute& route = *p.add_routes();
    route.set_destination("10.0.0.0/8");
    route.set_gateway("192.0.2.254");
    config.mutable_dataplane()->set_max_legs(4);
    start();
  }
  void TearDown() override {
    service.reset();
    if (!run_dir.empty()) std::filesystem::remove_all(run_dir);
  }
  void start() {
    auto created = Service::create(*loop, plane, *admin, config, run_dir, registry, clock);
    ASSERT_TRUE(created) << created.error().text();
    service = std::move(*created);
  }
  std::string socket() const { return run_dir + "/media.sock"; }
  std::uint64_t counter(const std::string& name) const {
    for (const auto& row : registry.rows()) {
      if (row.name == name) return row.value;
    }
    ADD_FAILURE() << "no counter " << name;
    return 0;
  }

  FakeClock clock;
  FakePlane plane{clock};
  std::unique_ptr<ipc::Loop> loop = ipc::make_epoll_loop();
  std::unique_ptr<NetworkAdmin> admin;
  CounterRegistry registry;
  config::v1::Config config;
  std::string run_dir;
  std::unique_ptr<Service> service;
};

}  // namespace junctor::dp
