// SPDX-License-Identifier: MIT
// The parts together, on Sofia's loop and the loopback interface; no dataplane.
#include "controlplane/app/gateway.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "controlplane/app/test_gateway.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;

class GatewayTest : public TestGateway {
 protected:
  // One trunk, with a field more.
  void write(const std::string& trunk_field, const std::string& address = "127.0.0.1") const {
    write_config(R"("trunks": [{"name": "pbx", "listener": "here", "options_interval_s": 0,
                           "peers": [{"address": "127.0.0.2"}])" +
                     trunk_field + R"(}],
               "routes": [{"name": "all", "called": "_.", "to": ["pbx"]}])",
                 address);
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
};

TEST_F(GatewayTest, StartsAndAnswersWithoutADataplane) {
  write("");
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_FALSE(version().version().empty());
  EXPECT_FALSE(version().dataplane_connected());
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
  port_ = free_address().port;
  write(R"(, "max_calls": 9)");
  EXPECT_TRUE(gateway_->reload());
  EXPECT_EQ(gateway_->config().sip().listeners(0).port(), before);
  EXPECT_EQ(trunk().max_calls(), 9u) << "the rest holds at once";
}

TEST_F(GatewayTest, WorksWhileAnAddressIsNotThere) {
  write("", "192.0.2.1");
  ASSERT_NO_FATAL_FAILURE(start());
  const auto mistakes = [this] {
    const management::v1::Version now = version();
    EXPECT_EQ(now.listeners_waiting_size(), now.mistakes_size());
    for (const auto& wait : now.waiting())
      EXPECT_EQ(wait.program(), "junctor-dataplane") << "it makes the address";
    return std::vector<std::string>(now.mistakes().begin(), now.mistakes().end());
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

TEST_F(GatewayTest, StartsWithoutTrunksWhosePluginIsGone) {
  const std::string gone = R"(, "plugin": "unheard_of")";
  write(gone);
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(trunk().name(), "") << "it is left out";
  management::v1::Version now = version();
  ASSERT_EQ(now.trunks_left_out_size(), 1);
  EXPECT_EQ(now.trunks_left_out(0), "pbx");
  ASSERT_GE(now.mistakes_size(), 1);
  EXPECT_EQ(now.mistakes(0),
            "trunk pbx is left out: there is no plugin 'unheard_of'; there are: generic");
  EXPECT_FALSE(gateway_->reload()) << "who changes the configuration has to correct it";
  EXPECT_EQ(version().trunks_left_out_size(), 1);
  write("");
  EXPECT_TRUE(gateway_->reload());
  EXPECT_EQ(trunk().name(), "pbx");
  now = version();
  EXPECT_EQ(now.trunks_left_out_size(), 0);
}

TEST_F(GatewayTest, StartsWithAFileThatIsNoPlugin) {
  const auto folder = std::filesystem::path(dir_ / "plugins");
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "a.so") << "no plugin";
  for (const auto& file : std::filesystem::directory_iterator(PLUGIN_DIR))
    std::filesystem::create_symlink(file.path(), folder / file.path().filename());
  arguments_.plugin_dir = folder;
  write("");
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(trunk().name(), "pbx");
  ASSERT_GE(version().mistakes_size(), 1);
  EXPECT_EQ(
      version().mistakes(0).rfind("plugins: " + folder.string() + "/a.so: cannot be opened", 0),
      0u);
  EXPECT_FALSE(Gateway::check(arguments_, gateway_->config()).ok());
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
