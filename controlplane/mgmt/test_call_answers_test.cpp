// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/test_call_answers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controlplane/b2bua/testing/no_switchboard.hpp"
#include "controlplane/dialect/dialect.hpp"
#include "platform/config/config.hpp"

namespace junctor::cp {
namespace {

using management::v1::CallTest;
using management::v1::Reply;
using management::v1::Request;
using testing::HasSubstr;

// One test call, that is heard.
class FakeSwitchboard final : public NoSwitchboard {
 public:
  Result<std::string> start_test(const TestOrder& wanted) override {
    if (is_full) return Error{"", "as many as may"};
    order = wanted;
    return std::string("t1");
  }
  std::optional<CallTest> test(std::string_view call_id) const override {
    if (call_id != "t1") return std::nullopt;
    CallTest out;
    out.set_call_id("t1");
    out.set_state(is_ended ? "ended" : "hearing");
    return out;
  }
  void end_test(std::string_view call_id) override { is_ended = call_id == "t1"; }

  std::optional<TestOrder> order;
  bool is_full = false;
  bool is_ended = false;
};

class FakeMedia final : public MediaPlane {
 public:
  void set_listener(Listener) override {}
  std::optional<std::uint16_t> allocate_port(const IpAddress&) override { return {}; }
  bool claim_port(const IpAddress&, std::uint16_t) override { return true; }
  void release_port(const IpAddress&, std::uint16_t) override {}
  void apply(media::v1::Session) override {}
  void remove(const std::string&, OnRemoved) override {}
  void get_statistics(const media::v1::GetStatistics& what, OnStatistics on_answer) override {
    ++asked;
    media::v1::Statistics out;
    media::v1::SessionStatistics& session = *out.add_sessions();
    session.set_id(what.session_ids(0));
    session.add_legs()->set_packets_received(7);
    session.mutable_heard()->set_heard_ms(140);
    on_answer(is_there ? std::optional(out) : std::nullopt);
  }
  bool is_connected() const override { return is_there; }
  bool is_there = true;
  unsigned asked = 0;
};

Result<std::unique_ptr<interop::Plugin>> create_plain(const interop::TrunkContext&) {
  return std::unique_ptr<interop::Plugin>(std::make_unique<interop::Plugin>());
}

const interop::Descriptor kPlain = {.name = "generic",
                                    .summary = "does nothing",
                                    .counters = {},
                                    .options = {},
                                    .create = create_plain};

class TestCallAnswers : public testing::Test {
 protected:
  TestCallAnswers() {
    EXPECT_TRUE(plugins_.add(kPlain).ok());
    config::v1::Config config;
    auto& listener = *config.mutable_sip()->add_listeners();
    listener.set_name("lan");
    listener.set_address("192.0.2.1");
    auto& trunk = *config.add_trunks();
    trunk.set_name("pbx");
    trunk.set_listener("lan");
    trunk.add_peers()->set_address("192.0.2.10");
    config::apply_defaults(config);
    EXPECT_TRUE(trunks_.configure(config, plugins_).ok());
    add_test_call_answers(answers_, {switchboard_, trunks_, media_, [this] { return loopback_; }});
  }
  Reply ask(const Request& request) {
    Reply out;
    answers_.answer(request, {.user = "me"}, [&](Reply reply) { out = std::move(reply); });
    return out;
  }
  static Request call(const std::string& trunk, const std::string& number,
                      const std::string& calling = "", unsigned seconds = 0) {
    Request request;
    request.mutable_test_call()->set_trunk(trunk);
    request.mutable_test_call()->set_number(number);
    request.mutable_test_call()->set_calling(calling);
    request.mutable_test_call()->set_seconds(seconds);
    return request;
  }
  static Request show(const std::string& id, bool hang_up = false) {
    Request request;
    request.mutable_show_test_call()->set_call_id(id);
    request.mutable_show_test_call()->set_hang_up(hang_up);
    return request;
  }

  CounterRegistry plugin_counters_;
  PluginTable plugins_{plugin_counters_};
  TrunkTable trunks_;
  Result<TrunkPtr> loopback_ = Error{"", "junctor-dataplane is not there"};
  FakeSwitchboard switchboard_;
  FakeMedia media_;
  config::v1::Role role_ = config::v1::OPERATOR;
  Answers answers_{[this](const std::string&) { return role_; }};
};

TEST_F(TestCallAnswers, ALoopbackCallIsForNobodyElse) {
  Request request;
  request.mutable_test_call()->set_loopback(true);
  request.mutable_test_call()->set_seconds(2);
  EXPECT_EQ(ask(request).error(), "junctor-dataplane is not there");
  EXPECT_FALSE(switchboard_.order);
  loopback_ = trunks_.find("pbx");
  EXPECT_EQ(ask(request).error(), "");
  ASSERT_TRUE(switchboard_.order);
  EXPECT_EQ(switchboard_.order->trunk, trunks_.find("pbx"));
  EXPECT_EQ(switchboard_.order->number, "relay");
  EXPECT_EQ(switchboard_.order->seconds, Seconds{2});
  request.mutable_test_call()->set_seconds(61);
  EXPECT_THAT(ask(request).error(), HasSubstr("1 to 60 seconds"));
}

TEST_F(TestCallAnswers, BeginsOne) {
  EXPECT_EQ(ask(call("pbx", "+49-89.4711", "100", 60)).call_test().call_id(), "t1");
  ASSERT_TRUE(switchboard_.order);
  EXPECT_EQ(switchboard_.order->trunk->name(), "pbx");
  EXPECT_EQ(switchboard_.order->number, "+49-89.4711");
  EXPECT_EQ(switchboard_.order->calling, "100");
  EXPECT_EQ(switchboard_.order->seconds, Seconds{60});
  ask(call("pbx", "1000"));
  EXPECT_EQ(switchboard_.order->calling, "junctor");
  EXPECT_EQ(switchboard_.order->seconds, Seconds{5});
}

TEST_F(TestCallAnswers, RefusesWhatIsNoCall) {
  const struct {
    const char* sentence;
    Request request;
    const char* error;
  } rows[] = {
      {"no such trunk", call("pbx2", "1000"), "no trunk pbx2"},
      {"no number", call("pbx", ""), "is no number"},
      {"a URI", call("pbx", "1000@10.0.0.1"), "is no number"},
      {"a header of its own", call("pbx", "1000>\r\nX: y"), "is no number"},
      {"a very long number", call("pbx", std::string(65, '1')), "is no number"},
      {"a bad caller", call("pbx", "1000", "a b"), "is no number"},
      {"for too long", call("pbx", "1000", "", 61), "1 to 60"},
      {"an unknown call", show("t2"), "no test call t2"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(ask(row.request).error(), HasSubstr(row.error)) << row.sentence;
    EXPECT_FALSE(switchboard_.order) << row.sentence;
  }
  switchboard_.is_full = true;
  EXPECT_EQ(ask(call("pbx", "1000")).error(), "as many as may");
}

TEST_F(TestCallAnswers, TellsWhatIsHeard) {
  const Reply reply = ask(show("t1"));
  EXPECT_EQ(reply.call_test().state(), "hearing");
  EXPECT_EQ(reply.call_test().media().packets_received(), 7u);
  EXPECT_EQ(reply.call_test().heard().heard_ms(), 140u);
  media_.is_there = false;
  EXPECT_FALSE(ask(show("t1")).call_test().has_heard()) << "the dataplane is away";
  EXPECT_EQ(ask(show("t1", true)).call_test().state(), "ended");
  EXPECT_EQ(media_.asked, 2u);
}

TEST_F(TestCallAnswers, IsForOperators) {
  role_ = config::v1::VIEWER;
  EXPECT_NE(ask(call("pbx", "1000")).error(), "");
  EXPECT_NE(ask(show("t1", true)).error(), "");
  EXPECT_FALSE(switchboard_.is_ended);
}

}  // namespace
}  // namespace junctor::cp
