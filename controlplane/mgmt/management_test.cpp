// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/management.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "controlplane/mgmt/configurator.hpp"
#include "controlplane/mgmt/show_answers.hpp"
#include "platform/config/config.hpp"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;

class FakeSwitchboard final : public Switchboard {
 public:
  void set_settings(const Settings&) override {}
  std::uint32_t resume() override { return 0; }
  void on_request(std::unique_ptr<ServerTransaction>) override {}
  void on_stray_ack(const interop::Message&, void*) override {}
  void on_stray_answer(const interop::Message&) override {}
  Result<std::string> start_test(const TestOrder&) override { return Error{"", "none"}; }
  std::optional<management::v1::CallTest> test(std::string_view) const override { return {}; }
  void end_test(std::string_view) override {}
  DialogPeers& dialog_peers() override { return dialog_peers_; }
  std::uint32_t calls() const override { return static_cast<std::uint32_t>(ids.size()); }
  std::vector<management::v1::Call> show(std::string_view call_id) const override {
    std::vector<management::v1::Call> out;
    for (const std::string& id : ids) {
      if (!call_id.empty() && id != call_id) continue;
      out.emplace_back().set_id(id);
      out.back().set_called("1000");
    }
    return out;
  }
  std::vector<std::string> sip_call_ids(std::string_view call_id) const override {
    return {std::string(call_id) + "-in", std::string(call_id) + "-out"};
  }
  std::vector<std::string> last_calls(std::uint32_t how_many) const override {
    return {ids.begin(), ids.begin() + std::min<std::ptrdiff_t>(how_many, std::ssize(ids))};
  }
  std::vector<std::string> ids;

 private:
  SystemClock clock_;
  DialogPeers dialog_peers_{clock_};
};

// Answers on a later turn of the loop, as the real one does.
class FakeMedia final : public MediaPlane {
 public:
  explicit FakeMedia(ipc::Loop& loop) : loop_(loop) {}
  void set_listener(Listener) override {}
  std::optional<std::uint16_t> allocate_port(const IpAddress&) override { return {}; }
  bool claim_port(const IpAddress&, std::uint16_t) override { return true; }
  void release_port(const IpAddress&, std::uint16_t) override {}
  void apply(media::v1::Session) override {}
  void remove(const std::string&, OnRemoved) override {}
  void get_statistics(const media::v1::GetStatistics& what, OnStatistics on_answer) override {
    most_at_once = std::max(most_at_once, what.session_ids_size());
    loop_.post([this, what, on_answer] {
      if (!is_there) return on_answer(std::nullopt);
      media::v1::Statistics statistics;
      for (const auto& id : what.session_ids()) statistics.add_sessions()->set_id(id);
      if (what.ports()) statistics.add_ports()->set_name("lan");
      if (what.workers()) statistics.add_workers()->set_core(1);
      if (what.counters()) {
        statistics.add_counters()->set_name("rtp_relay.wrong_source");
        statistics.add_counters()->set_name("rtp_relay.relayed");
        statistics.mutable_counters(1)->set_value(9);
      }
      on_answer(statistics);
    });
  }
  bool is_connected() const override { return is_there; }
  bool is_there = true;
  int most_at_once = 0;

 private:
  ipc::Loop& loop_;
};

constexpr std::array<CounterDesc, 2> kCounts{
    {{"seen", Severity::Info, "something was seen"}, {"never", Severity::Error, "it was not"}}};

class ManagementTest : public testing::Test {
 protected:
  ManagementTest() {
    counters_.add("test", counts_.descriptions(), counts_.values());
    counts_[0].add(3);
    auto journal = Journal::open(":memory:", journal_counters_);
    EXPECT_TRUE(journal.ok());
    journal_ = std::move(*journal);
    Answers answers([](const std::string&) { return config::v1::ADMIN; });
    add_show_answers(answers, {switchboard_, trunks_, media_, *journal_, trace_, counters_,
                               plugins_, "1.2.3", Seconds{1'700'000'000}, 4});
    add_configuration_answers(answers, nullptr);
    auto management = Management::listen(*loop_, path_, std::move(answers), counters_);
    EXPECT_TRUE(management.ok());
    management_ = std::move(*management);
    connect();
  }

  void connect() {
    client_ = ipc::Client::connect(
        *loop_, path_, {},
        {.on_connected = [this] { loop_->stop(); },
         .on_frame =
             [this](Bytes frame) {
               replies_.emplace_back();
               ASSERT_TRUE(ipc::parse_frame(frame, replies_.back()));
               if (!replies_.back().more()) loop_->stop();
             },
         .on_disconnected = [this](const std::string&) { ++disconnects_, loop_->stop(); }});
    run();
  }
  void run() {
    const auto limit = loop_->after(Seconds{20}, [this] {
      ADD_FAILURE() << "no answer";
      loop_->stop();
    });
    loop_->run();
  }
  // All pieces of the answer to one request, together.
  Reply ask(Request request) {
    replies_.clear();
    request.set_id(++last_id_);
    EXPECT_TRUE(client_->send(request));
    run();
    Reply whole;
    for (const Reply& piece : replies_) {
      EXPECT_EQ(piece.id(), last_id_);
      EXPECT_EQ(piece.more(), &piece != &replies_.back());
      EXPECT_LE(piece.ByteSizeLong(), 400'000u);
      whole.MergeFrom(piece);
    }
    return whole;
  }
  Reply show_calls(const std::string& id) {
    Request request;
    request.mutable_show_calls()->set_call_id(id);
    return ask(request);
  }
  void add_calls(int count) {
    for (int i = 0; i < count; ++i) switchboard_.ids.push_back("call" + std::to_string(i));
  }
  void add_trace(const std::string& sip_call_id, const std::string& text) {
    TraceEntry entry;
    entry.call_id = sip_call_id;
    entry.text = text;
    entry.wall = std::chrono::microseconds{123};
    entry.hop.peer = *SocketAddress::parse("192.0.2.9:5060");
    trace_.add(std::move(entry));
  }

  ipc::TempDir dir_;
  std::string path_ = dir_ / "management.sock";
  std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  FakeSwitchboard switchboard_;
  TrunkTable trunks_;
  FakeMedia media_{*loop_};
  CounterRegistry journal_counters_;
  std::unique_ptr<Journal> journal_;
  Trace trace_{1 << 20};
  CounterRegistry counters_;
  PluginTable plugins_{counters_};
  CounterSet<2> counts_{kCounts};
  std::unique_ptr<Management> management_;
  std::unique_ptr<ipc::Client> client_;
  std::vector<Reply> replies_;
  std::uint64_t last_id_ = 0;
  int disconnects_ = 0;
};

TEST_F(ManagementTest, IsForOwnerAndGroupOnly) {
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0660u);
}

TEST_F(ManagementTest, ShowsCalls) {
  EXPECT_EQ(show_calls("").calls_size(), 0);
  add_calls(3);
  EXPECT_EQ(show_calls("").calls_size(), 3);
  EXPECT_EQ(show_calls("call1").calls(0).id(), "call1");
  EXPECT_EQ(show_calls("other").error(), "there is no call other");
}

TEST_F(ManagementTest, CutsLongAnswersIntoPieces) {
  add_calls(2'500);
  const Reply whole = show_calls("");
  EXPECT_EQ(replies_.size(), 3u);
  ASSERT_EQ(whole.calls_size(), 2'500);
  EXPECT_EQ(whole.calls(2'499).id(), "call2499");
}

TEST_F(ManagementTest, AsksForMediaSomeSessionsAtATime) {
  add_calls(1'200);
  Request request;
  request.mutable_show_media();
  const Reply whole = ask(request);
  ASSERT_EQ(whole.media_size(), 1'200);
  EXPECT_EQ(whole.media(0).id(), "call0");
  EXPECT_EQ(whole.calls_size(), 1'200) << "the legs' trunks";
  EXPECT_EQ(media_.most_at_once, 500);
  request.mutable_show_media()->set_call_id("call7");
  EXPECT_EQ(ask(request).media(0).id(), "call7");
  request.mutable_show_media()->set_call_id("other");
  EXPECT_EQ(ask(request).error(), "there is no call other");
}

TEST_F(ManagementTest, SaysThatTheDataplaneIsAway) {
  media_.is_there = false;
  add_calls(1);
  Request ports, media, counters, version;
  ports.mutable_show_ports();
  media.mutable_show_media();
  counters.mutable_show_counters();
  version.mutable_show_version();
  EXPECT_EQ(ask(ports).error(), "the dataplane is not connected");
  EXPECT_EQ(ask(media).error(), "the dataplane is not connected");
  EXPECT_EQ(ask(counters).counters_size(), 3) << "our own are shown all the same";
  EXPECT_FALSE(ask(version).version().dataplane_connected());
}

TEST_F(ManagementTest, ShowsPortsCountersAndVersion) {
  Request request;
  request.mutable_show_ports();
  const Reply ports = ask(request);
  EXPECT_EQ(ports.ports(0).name(), "lan");
  EXPECT_EQ(ports.workers(0).core(), 1u);

  request.mutable_show_counters();
  EXPECT_EQ(ask(request).counters_size(), 5);
  request.mutable_show_counters()->set_nonzero(true);
  const Reply counters = ask(request);
  ASSERT_EQ(counters.counters_size(), 2);
  EXPECT_EQ(counters.counters(0).name(), "test.seen");
  EXPECT_EQ(counters.counters(0).value(), 3u);
  EXPECT_EQ(counters.counters(0).severity(), "info");
  EXPECT_EQ(counters.counters(0).sentence(), "something was seen");
  EXPECT_EQ(counters.counters(1).name(), "rtp_relay.relayed");

  request.mutable_show_version();
  const Reply version = ask(request);
  EXPECT_EQ(version.version().version(), "1.2.3");
  EXPECT_TRUE(version.version().dataplane_connected());
  EXPECT_EQ(version.version().started_unix_ms(), 1'700'000'000'000u);
  EXPECT_EQ(version.version().calls_resumed(), 4u);
}

TEST_F(ManagementTest, ShowsTheMessagesOfACall) {
  add_calls(2);
  add_trace("call0-in", "INVITE in");
  add_trace("other", "OPTIONS");
  add_trace("call0-out", "INVITE out");
  add_trace("call1-in", "INVITE in");
  Request request;
  request.mutable_show_trace()->set_call_id("call0");
  const Reply one = ask(request);
  ASSERT_EQ(one.trace_size(), 2);
  EXPECT_EQ(one.trace(0).text(), "INVITE in");
  EXPECT_EQ(one.trace(0).leg(), 0u);
  EXPECT_EQ(one.trace(0).time_unix_us(), 123u);
  EXPECT_EQ(one.trace(0).remote(), "192.0.2.9:5060");
  EXPECT_EQ(one.trace(1).text(), "INVITE out");
  EXPECT_EQ(one.trace(1).leg(), 1u);
  EXPECT_EQ(one.trace(1).call_id(), "call0");

  request.mutable_show_trace()->clear_call_id();
  EXPECT_EQ(ask(request).trace_size(), 2) << "the last call";
  request.mutable_show_trace()->set_last(2);
  EXPECT_EQ(ask(request).trace_size(), 3);
  request.mutable_show_trace()->set_call_id("gone");
  EXPECT_EQ(ask(request).error(), "nothing is kept of a call gone");
}

TEST_F(ManagementTest, ShowsRecordsTheNewestFirst) {
  for (std::uint64_t i = 0; i < 30; ++i) {
    management::v1::CallRecord record;
    record.set_id(std::to_string(i));
    record.set_ended_unix_ms(i);
    journal_->finish(record);
  }
  Request request;
  request.mutable_show_records();
  const Reply some = ask(request);
  ASSERT_EQ(some.records_size(), 20);
  EXPECT_EQ(some.records(0).id(), "29");
  request.mutable_show_records()->set_last(3);
  EXPECT_EQ(ask(request).records_size(), 3);
}

TEST_F(ManagementTest, ShowsTrunks) {
  Request request;
  request.mutable_show_trunks();
  EXPECT_EQ(ask(request).trunks_size(), 0);
  request.mutable_show_trunks()->set_name("pbx");
  EXPECT_EQ(ask(request).error(), "there is no trunk pbx");
}

TEST_F(ManagementTest, AnswersSeveralRequestsInTheirOrder) {
  add_calls(1);
  Request slow, quick;
  slow.set_id(70);
  slow.mutable_show_media();
  quick.set_id(71);
  quick.mutable_show_version();
  client_->send(slow);
  client_->send(quick);
  while (replies_.size() < 2 && !HasFailure()) run();
  ASSERT_EQ(replies_.size(), 2u);
  EXPECT_EQ(replies_[0].id(), 70u);
  EXPECT_EQ(replies_[1].id(), 71u);
}

TEST_F(ManagementTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(ask({}).error(), "the request asks for nothing that this version knows");
  media::v1::HelloReply rubbish;  // bytes, where a Request has a message
  rubbish.add_local_addresses("\xff\xff\xff\xff");
  client_->send(rubbish);
  run();
  EXPECT_EQ(disconnects_, 1) << "what is no request ends the connection";
  run();  // connects again
  EXPECT_EQ(show_calls("").calls_size(), 0);
}

TEST_F(ManagementTest, ASlowClientStallsNobody) {
  for (int i = 0; i < 20; ++i) {
    const std::string id = "call" + std::to_string(i);
    switchboard_.ids.push_back(id);
    for (int n = 0; n < 10; ++n) add_trace(id + "-in", std::string(4'000, 'x'));
  }
  // Asks again and again, and never reads.
  auto slow_loop = ipc::make_epoll_loop();
  std::unique_ptr<ipc::Client> slow;
  slow = ipc::Client::connect(
      *slow_loop, path_, {},
      {.on_connected = [&] { slow_loop->stop(); }, .on_frame = {}, .on_disconnected = {}});
  slow_loop->run();
  Request request;
  request.mutable_show_trace()->set_last(1'000);
  for (int i = 0; i < 15; ++i) slow->send(request);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(show_calls("").calls_size(), 20);
  const Reply read = ask(request);
  EXPECT_EQ(read.trace_size(), 200) << "the same for one who reads";
}

TEST_F(ManagementTest, LetsEveryNewcomerInAndEndsWhoDidNothingForLongest) {
  std::vector<std::unique_ptr<ipc::Channel>> idle;
  std::vector<bool> is_closed(40);
  for (std::size_t i = 0; i < is_closed.size(); ++i) {
    auto channel = ipc::connect_once(*loop_, path_, {});
    ASSERT_TRUE(channel.ok()) << channel.error().text();
    (*channel)->set_callbacks({.on_frame = {}, .on_closed = [&is_closed, i](const std::string&) {
                                 is_closed[i] = true;
                               }});
    idle.push_back(std::move(*channel));
    // The connection that is in use stays, although it is the oldest.
    EXPECT_EQ(show_calls("").error(), "") << "after " << i + 1 << " idle ones";
  }
  // 32 at once: the one in use, and the last 31 of the 40. Their ends are heard some turns later.
  for (int turns = 0; turns < 100 && !is_closed[8]; ++turns) show_calls("");
  for (std::size_t i = 0; i < is_closed.size(); ++i) EXPECT_EQ(is_closed[i], i < 9) << i;
  EXPECT_EQ(disconnects_, 0);
  Request request;
  request.mutable_show_counters();
  const Reply reply = ask(request);
  const auto displaced = std::ranges::find_if(
      reply.counters(), [](const auto& counter) { return counter.name() == "mgmt.displaced"; });
  ASSERT_NE(displaced, reply.counters().end());
  EXPECT_EQ(displaced->value(), 9u);
}

}  // namespace
}  // namespace junctor::cp
