// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/management.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "controlplane/mgmt/configurator.hpp"
#include "controlplane/mgmt/fake_gateway.hpp"
#include "controlplane/mgmt/memory_answers.hpp"
#include "controlplane/mgmt/operating_answers.hpp"
#include "controlplane/mgmt/show_answers.hpp"
#include "platform/config/config.hpp"
#include "platform/config/test_disk.hpp"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;

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
                               plugins_, loop_->clock(), "1.2.3", Seconds{1'700'000'000}, 4});
    add_configuration_answers(answers, nullptr);
    add_operating_answers(answers, {switchboard_, trunks_, states_, loop_->clock()});
    add_memory_answers(answers, {media_, trace_, "/nowhere", [] {
                                   return MemoryShown::Now{1000, 2000, 3, 4};
                                 }});
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
  config::TestDisk disk_;
  TrunkStates states_{disk_, ""};
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

TEST_F(ManagementTest, ShowsCallsByTrunkAndNumber) {
  add_calls(12);
  struct Row {
    const char* sentence;
    std::string trunk;
    std::string number;
    int calls;
    std::string error;
  };
  const Row rows[] = {
      {"all", "", "", 12, ""},
      {"one number", "", "1000", 12, ""},
      {"a pattern", "", "_1X.", 12, ""},
      {"another number", "", "100", 0, ""},
      {"no pattern at all", "", "_[", 0, "_["},
      {"no trunk", "nowhere", "", 0, "there is no trunk nowhere"},
  };
  for (const Row& row : rows) {
    Request request;
    request.mutable_show_calls()->set_trunk(row.trunk);
    request.mutable_show_calls()->set_number(row.number);
    const Reply reply = ask(request);
    EXPECT_EQ(reply.calls_size(), row.calls) << row.sentence;
    EXPECT_TRUE(reply.error().starts_with(row.error)) << row.sentence << ": " << reply.error();
  }
}

TEST_F(ManagementTest, ClearsACallByHowItsIdBegins) {
  add_calls(12);
  const auto clear = [this](const std::string& id) {
    Request request;
    request.mutable_clear_call()->set_call_id(id);
    const Reply reply = ask(request);
    return reply.error().empty() ? "cleared " + reply.calls(0).id() : reply.error();
  };
  EXPECT_EQ(clear(""), "which call?");
  EXPECT_EQ(clear("other"), "there is no call other");
  EXPECT_EQ(clear("call"), "12 calls begin with call: call0, call1, ...");
  EXPECT_EQ(clear("call1"), "cleared call1") << "although call10 and call11 begin so";
  EXPECT_EQ(clear("call1"), "2 calls begin with call1: call10, call11");
  EXPECT_EQ(switchboard_.ids.size(), 11u);
}

TEST_F(ManagementTest, ShowsMemoryOfBothPrograms) {
  Request request;
  request.mutable_show_memory();
  const Reply both = ask(request);
  ASSERT_GE(both.memory_size(), 4);
  EXPECT_EQ(both.memory(0).program(), "junctor-control");
  EXPECT_EQ(both.memory(0).bytes(), 1000u);
  EXPECT_EQ(both.memory(0).limit_bytes(), 2000u);
  EXPECT_EQ(both.memory(1).count(), 3u);
  EXPECT_EQ(both.memory(1).limit_count(), 4u);
  const auto& last = both.memory(both.memory_size() - 1);
  EXPECT_EQ(last.program() + ": " + last.what(), "junctor-dataplane: flows");
  media_.is_there = false;
  const Reply one = ask(request);
  EXPECT_EQ(one.memory_size(), both.memory_size() - 1);
  EXPECT_EQ(one.notes(0), "the dataplane is not connected");
}

TEST_F(ManagementTest, WatchesCallsInFigures) {
  add_calls(200);
  Request request;
  request.mutable_watch_calls()->set_newest(5);
  EXPECT_EQ(ask(request).call_summary().calls(), 200u);
  EXPECT_EQ(ask(request).calls_size(), 5);
  request.mutable_watch_calls()->set_newest(1'000);
  EXPECT_EQ(ask(request).calls_size(), 100) << "it is asked each second";
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

TEST_F(ManagementTest, ShowsTheMessagesOfCallsThatFit) {
  add_calls(3);
  for (const char* id : {"call0-in", "call1-in", "call2-in"}) add_trace(id, id);
  Request request;
  request.mutable_show_trace()->set_trunk("call2");
  const Reply reply = ask(request);
  ASSERT_EQ(reply.trace_size(), 1);
  EXPECT_EQ(reply.trace(0).call_id(), "call2");
  EXPECT_EQ(reply.trace(0).sequence(), 4u);
  request.mutable_show_trace()->set_trunk("none");
  EXPECT_EQ(ask(request).trace_size(), 0);
}

TEST_F(ManagementTest, ShowsMessagesAsTheyPass) {
  Request request;
  request.mutable_show_trace()->set_after(~std::uint64_t{0});
  EXPECT_EQ(ask(request).newest(), 1u) << "where to begin";
  switchboard_.index.add_sip_call_id("call0", "call0-in", true);
  switchboard_.index.add_sip_call_id("call1", "call1-out", false);
  for (int i = 0; i < 600; ++i) {
    add_trace("call0-in", "to 0");
    add_trace("ping", "OPTIONS");
    add_trace("call1-out", "to 1");
  }
  request.mutable_show_trace()->set_after(1);
  const Reply some = ask(request);
  ASSERT_EQ(some.trace_size(), 500);
  EXPECT_EQ(some.trace(0).call_id(), "call0");
  EXPECT_EQ(some.trace(0).sequence(), 2u);
  EXPECT_EQ(some.trace(1).call_id(), "call1");
  EXPECT_EQ(some.trace(1).leg(), 1u);
  EXPECT_EQ(some.newest(), some.trace(499).sequence());

  request.mutable_show_trace()->set_after(1'501);
  request.mutable_show_trace()->set_trunk("call1");
  const Reply of_one = ask(request);
  EXPECT_EQ(of_one.trace_size(), 100) << "those of the other are passed over";
  EXPECT_EQ(of_one.newest(), 1'801u);
  request.mutable_show_trace()->set_after(1'801);
  EXPECT_EQ(ask(request).trace_size(), 0);
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
  request.mutable_show_records()->set_failed(true);
  EXPECT_EQ(ask(request).records_size(), 20) << "none was answered";
  request.mutable_show_records()->set_failed(false);
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
