// SPDX-License-Identifier: MIT
// The parts together, on Sofia's loop and the loopback interface; no dataplane.
#include "controlplane/app/gateway.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "controlplane/sip/su_loop.hpp"
#include "media/v1/media.pb.h"
#include "platform/config/config.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;

// A port of the loopback that nobody uses now.
std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_storage address{};
  socklen_t length = SocketAddress{*IpAddress::parse("127.0.0.1"), 0}.to_sockaddr(address);
  JUNCTOR_ASSERT(bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0);
  JUNCTOR_ASSERT(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  close(fd);
  return SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&address)).port;
}

class GatewayTest : public testing::Test {
 protected:
  GatewayTest() {
    arguments_.config = dir_ / "gw.json";
    arguments_.run_dir = dir_ / "run";
    arguments_.state_dir = dir_ / "state";
    arguments_.plugin_dir = PLUGIN_DIR;
  }
  // One trunk, with a field more.
  void write(const std::string& trunk_field, const std::string& address = "127.0.0.1") const {
    std::ofstream(arguments_.config)
        << R"({"interfaces": [{"name": "lan", "device": "net_null0", "addresses": [")" << address
        << R"(/8"]}],
               "sip": {"listeners": [{"name": "here", "address": ")"
        << address << R"(", "port": )" << port_ << R"(, "transports": ["UDP"]}]},
               "trunks": [{"name": "pbx", "listener": "here", "options_interval_s": 0,
                           "peers": [{"address": "127.0.0.2"}])"
        << trunk_field << R"(}],
               "routes": [{"name": "all", "called": "_.", "to": ["pbx"]}]})";
  }
  void make() {
    auto config = config::load_file(arguments_.config);
    ASSERT_TRUE(config.ok()) << config.error().text();
    config::apply_defaults(*config);
    gateway_ = std::make_unique<Gateway>(*loop_, arguments_, *config);
  }
  void start() {
    make();
    const auto prepared = gateway_->prepare();
    ASSERT_TRUE(prepared.ok()) << prepared.error().text();
    const auto served = gateway_->serve();
    ASSERT_TRUE(served.ok()) << served.error().text();
  }
  Reply ask(Request request) {
    request.set_id(1);
    Reply reply;
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
  management::v1::Version show_version() {
    Request request;
    request.mutable_show_version();
    return ask(request).version();
  }
  // A dataplane comes, that does no more than say so.
  void dataplane() {
    auto listening = ipc::Server::listen(
        *loop_, arguments_.run_dir + "/media.sock", 0600, {}, [this](auto channel) {
          dataplane_ = std::move(channel);
          dataplane_->set_callbacks({[this](Bytes frame) { on_request(frame); }, {}});
        });
    ASSERT_TRUE(listening.ok()) << listening.error().text();
    server_ = std::move(*listening);
    while (!show_version().dataplane_connected()) {
    }
  }
  void on_request(Bytes frame) {
    media::v1::FromControl message;
    ASSERT_TRUE(ipc::parse_frame(frame, message));
    const media::v1::Request& request = message.request();
    media::v1::FromDataplane answer;
    answer.mutable_reply()->set_id(request.id());
    if (request.has_hello()) {
      answer.mutable_reply()->mutable_hello()->set_version(1);
      answer.mutable_reply()->mutable_hello()->set_boot_id(7);
    }
    dataplane_->send(answer);
  }
  management::v1::Trunk trunk() {
    Request request;
    request.mutable_show_trunks();
    const Reply reply = ask(request);
    return reply.trunks().empty() ? management::v1::Trunk{} : reply.trunks(0);
  }
  std::uint64_t count(const std::string& name) {
    Request request;
    request.mutable_show_counters();
    const Reply reply = ask(request);
    for (const auto& counter : reply.counters())
      if (counter.name() == name) return counter.value();
    ADD_FAILURE() << "no counter " << name;
    return 0;
  }

  ipc::TempDir dir_;
  std::uint16_t port_ = free_port();
  Arguments arguments_;
  std::unique_ptr<ipc::Loop> loop_ = make_su_loop();
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<ipc::Server> server_;
  std::unique_ptr<ipc::Channel> dataplane_;
};

TEST_F(GatewayTest, StartsAndAnswersWithoutADataplane) {
  write("");
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_FALSE(show_version().version().empty());
  EXPECT_FALSE(show_version().dataplane_connected());
  EXPECT_EQ(trunk().name(), "pbx");
  EXPECT_TRUE(std::filesystem::exists(arguments_.state_dir + "/journal.db"));
}

TEST_F(GatewayTest, TakesAGoodConfigurationAndRefusesABadOne) {
  write("");
  ASSERT_NO_FATAL_FAILURE(start());
  write(R"(, "max_calls": 7)");
  EXPECT_TRUE(gateway_->reload());
  EXPECT_EQ(trunk().max_calls(), 7u);

  const std::string bad[] = {R"(, "max_calls": "many")", R"(, "colour": "red")",
                             R"(, "plugin": "unheard_of")"};
  for (const std::string& field : bad) {
    SCOPED_TRACE(field);
    write(field);
    EXPECT_FALSE(gateway_->reload());
    EXPECT_EQ(trunk().max_calls(), 7u) << "the old one stays";
  }
  std::filesystem::remove(arguments_.config);
  EXPECT_FALSE(gateway_->reload());
  EXPECT_EQ(count("control.reloaded"), 1u);
  EXPECT_EQ(count("control.reload_refused"), 4u);
}

TEST_F(GatewayTest, KeepsItsOpenListenersUntilARestart) {
  write("");
  ASSERT_NO_FATAL_FAILURE(start());
  dataplane();
  const std::uint16_t before = port_;
  port_ = free_port();
  write(R"(, "max_calls": 9)");
  EXPECT_TRUE(gateway_->reload());
  EXPECT_EQ(gateway_->config().sip().listeners(0).port(), before);
  EXPECT_EQ(trunk().max_calls(), 9u) << "the rest holds at once";
}

TEST_F(GatewayTest, WorksWhileAnAddressIsNotThere) {
  write("", "192.0.2.1");
  ASSERT_NO_FATAL_FAILURE(start());
  const auto mistakes = [this] {
    const management::v1::Version version = show_version();
    EXPECT_EQ(version.listeners_waiting_size(), version.mistakes_size());
    for (const auto& wait : version.waiting())
      EXPECT_EQ(wait.program(), "junctor-dataplane") << "it makes the address";
    return std::vector<std::string>(version.mistakes().begin(), version.mistakes().end());
  };
  using Sentences = std::vector<std::string>;
  EXPECT_EQ(mistakes(), Sentences{"sip listener here: waits for junctor-dataplane"});
  dataplane();
  EXPECT_EQ(mistakes(),
            Sentences{"sip listener here: cannot listen on 192.0.2.1:" + std::to_string(port_) +
                      " (udp): Cannot assign requested address"});
  write("", "127.0.0.1");
  EXPECT_TRUE(gateway_->reload());
  EXPECT_EQ(mistakes(), Sentences{});
  EXPECT_EQ(gateway_->config().sip().listeners(0).address(), "127.0.0.1");
}

TEST_F(GatewayTest, WorksWithoutAPlaceForTheJournal) {
  write("");
  arguments_.state_dir = "/proc/nowhere";
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(trunk().name(), "pbx");
}

TEST_F(GatewayTest, ChecksWhatTheSchemaCannotKnow) {
  struct Row {
    const char* sentence;
    std::string field;
    std::string finding;  // behind the file's name
  };
  const Row rows[] = {
      {"a plugin that is not there", ",\n\"plugin\": \"unheard_of\"",
       ":5: trunks[0].plugin: there is no plugin 'unheard_of'"},
      {"an option that the plugin has not", ",\n\n\"plugin_options\": {\n\"colour\": \"red\"}",
       ":7: trunks[0].plugin_options[\"colour\"]: plugin 'generic' has no such option"},
  };
  for (const Row& row : rows) {
    write(row.field);
    auto config = config::load_file(arguments_.config);
    ASSERT_TRUE(config.ok()) << row.sentence;
    config::apply_defaults(*config);
    const auto checked = Gateway::check(arguments_, *config);
    ASSERT_FALSE(checked.ok()) << row.sentence;
    EXPECT_EQ(checked.error().text().rfind(arguments_.config + row.finding, 0), 0u)
        << checked.error().text();
  }
}

}  // namespace
}  // namespace junctor::cp
