// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/show_answers.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "controlplane/mgmt/management_fixture.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;

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

}  // namespace
}  // namespace junctor::cp
