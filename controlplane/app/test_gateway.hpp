// SPDX-License-Identifier: MIT
// For tests: a gateway on Sofia's loop and the loopback interface, the console that asks it, and a dataplane that is
// played.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "controlplane/app/gateway.hpp"
#include "controlplane/app/loopback_line.hpp"
#include "controlplane/sip/su_loop.hpp"
#include "media/v1/media.pb.h"
#include "platform/config/config.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {

class TestGateway : public testing::Test {
 protected:
  TestGateway() {
    arguments_.config = dir_ / "gw.json";
    arguments_.run_dir = dir_ / "run";
    arguments_.state_dir = dir_ / "state";
    arguments_.plugin_dir = PLUGIN_DIR;
  }
  // The configuration: one port and one listener with this address, and more.
  void write_config(const std::string& more, const std::string& address = "127.0.0.1") const {
    std::ofstream(arguments_.config)
        << R"({"interfaces": [{"name": "lan", "device": "net_null0", "addresses": [")" << address
        << R"(/8"]}],
               "sip": {"listeners": [{"name": "here", "address": ")"
        << address << R"(", "port": )" << port_ << R"(, "transports": ["UDP"]}]},
               )"
        << more << "}";
  }
  void start() {
    auto config = config::load_file(arguments_.config);
    ASSERT_TRUE(config.ok()) << config.error().text();
    config::apply_defaults(*config);
    gateway_ = std::make_unique<Gateway>(*loop_, arguments_, *config);
    const auto prepared = gateway_->prepare();
    ASSERT_TRUE(prepared.ok()) << prepared.error().text();
    const auto served = gateway_->serve();
    ASSERT_TRUE(served.ok()) << served.error().text();
  }

  management::v1::Reply ask(management::v1::Request request) {
    request.set_id(1);
    management::v1::Reply reply;
    std::unique_ptr<ipc::Client> client;
    client = ipc::Client::connect(*loop_, arguments_.run_dir + "/management.sock", {},
                                  {.on_connected = [&] { client->send(request); },
                                   .on_frame =
                                       [&](Bytes frame) {
                                         EXPECT_TRUE(ipc::parse_frame(frame, reply));
                                         loop_->stop();
                                       },
                                   .on_disconnected = {}});
    const auto limit = loop_->after(Seconds{20}, [this] {
      ADD_FAILURE() << "no answer";
      loop_->stop();
    });
    loop_->run();
    return reply;
  }
  management::v1::Version version() {
    management::v1::Request request;
    request.mutable_show_version();
    return ask(request).version();
  }

  // A dataplane comes, that installs whatever it is told, and hears a tone.
  void dataplane() {
    auto listening = ipc::Server::listen(
        *loop_, arguments_.run_dir + "/media.sock", 0600, {}, [this](auto channel) {
          dataplane_ = std::move(channel);
          dataplane_->set_callbacks({[this](Bytes frame) { on_request(frame); }, {}});
        });
    ASSERT_TRUE(listening.ok()) << listening.error().text();
    server_ = std::move(*listening);
    while (!version().dataplane_connected()) {
    }
  }

  ipc::TempDir dir_;
  std::uint16_t port_ = free_address().port;
  Arguments arguments_;
  std::unique_ptr<ipc::Loop> loop_ = make_su_loop();
  std::unique_ptr<Gateway> gateway_;
  std::map<std::string, media::v1::Session> sessions_;  // of the dataplane

 private:
  void on_request(Bytes frame) {
    media::v1::FromControl message;
    ASSERT_TRUE(ipc::parse_frame(frame, message));
    const media::v1::Request& request = message.request();
    media::v1::FromDataplane answer;
    media::v1::Reply& reply = *answer.mutable_reply();
    reply.set_id(request.id());
    if (request.has_hello()) {
      reply.mutable_hello()->set_version(1);
      reply.mutable_hello()->set_boot_id(7);
    }
    for (const auto& session : request.apply().sessions()) {
      sessions_[session.id()] = session;
      auto& result = *reply.add_sessions();
      result.set_id(session.id());
      result.set_generation(session.generation());
    }
    for (const std::string& id : request.remove().session_ids()) {
      sessions_.erase(id);
      auto& result = *reply.add_sessions();
      result.set_id(id);
      auto& last = *result.mutable_last();
      last.add_legs();
      last.mutable_heard()->set_heard_ms(1000);
      last.mutable_heard()->set_tone_hz_x10(10040);
      last.mutable_heard()->set_tone_permille(990);
    }
    dataplane_->send(answer);
  }

  std::unique_ptr<ipc::Server> server_;
  std::unique_ptr<ipc::Channel> dataplane_;
};

}  // namespace junctor::cp
