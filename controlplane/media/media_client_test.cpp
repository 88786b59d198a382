// SPDX-License-Identifier: MIT
#include "controlplane/media/media_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {
namespace {

using media::v1::FromControl;
using media::v1::FromDataplane;
using media::v1::Reply;
using media::v1::Request;
using media::v1::Session;
using media::v1::SessionStatistics;

// A dataplane that does what media.proto says, over a real socket.
class FakeDataplane {
 public:
  FakeDataplane(ipc::Loop& loop, const std::string& path) {
    auto server = ipc::Server::listen(loop, path, 0600, {}, [this](auto channel) {
      channel_ = std::move(channel);
      channel_->set_callbacks({.on_frame = [this](Bytes frame) { on_frame(frame); },
                               .on_closed = [](const std::string&) {}});
    });
    EXPECT_TRUE(server.ok());
    if (server.ok()) server_ = std::move(*server);
  }

  void hang_up() { channel_.reset(); }
  void send_timeout(const std::string& id) {
    FromDataplane message;
    message.mutable_event()->mutable_media_timeout()->set_session_id(id);
    message.mutable_event()->mutable_media_timeout()->set_silent_s(60);
    channel_->send(message);
  }
  void send_rubbish() {
    media::v1::SocketAddress message;  // its first field is where a Reply would be
    message.set_ip("\xff\xff\xff\xff");
    channel_->send(message);
  }

  std::map<std::string, Session> sessions;
  std::vector<std::string> heard;             // "hello", "sync 3 last", "apply 2", "remove 1"
  std::map<std::string, std::string> refuse;  // session id, reason
  std::string fault;                          // refuses each Apply as a whole
  bool is_mute = false;
  media::v1::SetTrusted trusted;
  std::uint32_t version = 1;

 private:
  void install(const Session& session, Reply& reply) {
    auto& result = *reply.add_sessions();
    result.set_id(session.id());
    const auto reason = refuse.find(session.id());
    if (reason != refuse.end()) {
      result.set_error(reason->second);
      return;
    }
    Session& mine = sessions[session.id()];
    if (session.generation() > mine.generation()) mine = session;
    result.set_generation(mine.generation());
  }
  void on_frame(Bytes frame) {
    FromControl message;
    ASSERT_TRUE(ipc::parse_frame(frame, message));
    if (is_mute) return;
    FromDataplane answer;
    Reply& reply = *answer.mutable_reply();
    reply.set_id(message.request().id());
    handle(message.request(), reply);
    channel_->send(answer);
  }
  void handle(const Request& request, Reply& reply) {
    if (request.has_hello()) {
      heard.push_back("hello");
      reply.mutable_hello()->set_version(version);
      reply.mutable_hello()->add_local_addresses(std::string("\xc0\x00\x02\x01", 4));
    } else if (request.has_sync()) {
      heard.push_back("sync " + std::to_string(request.sync().sessions_size()) +
                      (request.sync().last() ? " last" : ""));
      for (const Session& s : request.sync().sessions()) synced_[s.id()] = s;
      for (const Session& s : request.sync().sessions()) install(s, reply);
      if (request.sync().last()) {
        std::erase_if(sessions, [this](const auto& s) { return !synced_.contains(s.first); });
        synced_.clear();
      }
    } else if (request.has_apply()) {
      heard.push_back("apply " + std::to_string(request.apply().sessions_size()));
      reply.set_error(fault);
      if (fault.empty())
        for (const Session& s : request.apply().sessions()) install(s, reply);
    } else if (request.has_remove()) {
      heard.push_back("remove " + std::to_string(request.remove().session_ids_size()));
      for (const std::string& id : request.remove().session_ids()) {
        auto& result = *reply.add_sessions();
        result.set_id(id);
        if (sessions.erase(id) > 0) {
          result.mutable_last()->set_id(id);
          result.mutable_last()->add_legs()->set_packets_received(42);
        }
      }
    } else if (request.has_get_statistics()) {
      reply.mutable_statistics()->add_ports()->set_name("lan");
    } else if (request.has_set_trusted()) {
      trusted = request.set_trusted();
    } else if (request.has_set_log_level()) {
      heard.push_back("log " + request.set_log_level().level());
    }
  }

  std::unique_ptr<ipc::Server> server_;
  std::unique_ptr<ipc::Channel> channel_;
  std::map<std::string, Session> synced_;
};

class MediaClientTest : public testing::Test {
 protected:
  void start_dataplane() { dataplane = std::make_unique<FakeDataplane>(*loop, path); }
  void start_client(Nanoseconds answer_time = Seconds{20}) {
    client =
        std::make_unique<MediaClient>(*loop, path, PortRange{10000, 10003}, counters, answer_time);
    client->set_listener(
        {.on_refused = [this](const std::string& id,
                              const std::string& reason) { told.push_back(id + ": " + reason); },
         .on_timeout =
             [this](const std::string& id, std::uint32_t silent_s) {
               told.push_back(id + " silent " + std::to_string(silent_s));
             }});
  }
  void start() {
    start_dataplane();
    start_client();
    ASSERT_TRUE(turn_until([this] { return client->is_connected() && synced(1); }));
    // The answer to the Sync has come once a later one has: no request is under way any more.
    bool is_answered = false;
    client->get_statistics({}, [&is_answered](auto) { is_answered = true; });
    ASSERT_TRUE(turn_until([&is_answered] { return is_answered; }));
    dataplane->heard.clear();
  }
  bool synced(int times) const {
    return std::count_if(dataplane->heard.begin(), dataplane->heard.end(),
                         [](const auto& line) { return line.ends_with("last"); }) >= times;
  }
  // Turns the loop until it is so; false after a time that no machine should need.
  bool turn_until(const std::function<bool()>& is_so) {
    bool ok = true;
    const auto limit = loop->after(Seconds{20}, [&] {
      ok = false;
      loop->stop();
    });
    const auto check = loop->every(Milliseconds{1}, [&] {
      if (is_so()) loop->stop();
    });
    if (!is_so()) loop->run();
    return ok;
  }
  std::uint64_t count(const std::string& name) const {
    for (const auto& row : counters.rows())
      if (row.name == "media." + name) return row.value;
    return ~0ull;
  }
  static Session session(const std::string& id) {
    Session s;
    s.set_id(id);
    s.add_legs()->set_ssrc(1);
    return s;
  }
  MediaPlane::OnRemoved note_removal(const std::string& id) {
    return [this, id](const std::optional<SessionStatistics>& last) {
      told.push_back(id + " removed " +
                     (last ? std::to_string(last->legs(0).packets_received()) : "unheard"));
    };
  }
  using Lines = std::vector<std::string>;

  ipc::TempDir dir;
  std::string path = dir / "media.sock";
  std::unique_ptr<ipc::Loop> loop = ipc::make_epoll_loop();
  CounterRegistry counters;
  std::unique_ptr<FakeDataplane> dataplane;
  std::unique_ptr<MediaClient> client;
  Lines told;
};

TEST_F(MediaClientTest, TellsTheFirstChangeAtOnceAndThoseOfATurnTogether) {
  start();
  for (int i = 0; i < 100; ++i) client->apply(session("call" + std::to_string(i)));
  client->apply(session("call7"));
  ASSERT_TRUE(turn_until([this] { return dataplane->sessions.size() == 100; }));
  EXPECT_EQ(dataplane->heard, (Lines{"apply 1", "apply 99"}));
  EXPECT_EQ(client->local_addresses(), std::vector{*IpAddress::parse("192.0.2.1")});
}

TEST_F(MediaClientTest, BringsTheLastStatistics) {
  start();
  client->apply(session("a"));
  client->apply(session("b"));
  ASSERT_TRUE(turn_until([this] { return dataplane->sessions.size() == 2; }));
  client->remove("a", note_removal("a"));
  client->remove("b", {});
  client->remove("unknown", note_removal("unknown"));
  EXPECT_TRUE(told.empty()) << "never from within the call";
  ASSERT_TRUE(turn_until([this] { return told.size() == 2; }));
  EXPECT_EQ(told, (Lines{"a removed 42", "unknown removed unheard"}));
  EXPECT_TRUE(dataplane->sessions.empty());
}

TEST_F(MediaClientTest, SaysEverythingAgainToADataplaneThatStarts) {
  start_client();
  for (int i = 0; i < 1200; ++i) client->apply(session("call" + std::to_string(i)));
  client->remove("call0", note_removal("call0"));
  ASSERT_TRUE(turn_until([this] { return told.size() == 1; }));
  EXPECT_EQ(told, Lines{"call0 removed unheard"});
  start_dataplane();
  ASSERT_TRUE(turn_until([this] { return synced(1); }));
  EXPECT_EQ(dataplane->heard, (Lines{"hello", "sync 500", "sync 500", "sync 199 last"}));
  EXPECT_EQ(dataplane->sessions.size(), 1199u);

  dataplane.reset();
  ASSERT_TRUE(turn_until([this] { return !client->is_connected(); }));
  client->remove("call1", {});
  client->apply(session("new"));
  start_dataplane();
  ASSERT_TRUE(turn_until([this] { return synced(1); }));
  EXPECT_EQ(dataplane->sessions.size(), 1199u);
  EXPECT_FALSE(dataplane->sessions.contains("call1"));
  EXPECT_TRUE(dataplane->sessions.contains("new"));
}

TEST_F(MediaClientTest, ALostConnectionAnswersWhoWaits) {
  start();
  client->apply(session("a"));
  ASSERT_TRUE(turn_until([this] { return dataplane->sessions.size() == 1; }));
  dataplane->is_mute = true;
  client->remove("a", note_removal("a"));
  media::v1::GetStatistics what;
  what.set_ports(true);
  client->get_statistics(what, [this](const auto& s) { told.push_back(s ? "ports" : "nothing"); });
  ASSERT_TRUE(turn_until([] { return true; }));
  dataplane->hang_up();
  ASSERT_TRUE(turn_until([this] { return told.size() == 2; }));
  EXPECT_EQ(told, (Lines{"nothing", "a removed unheard"}));
}

TEST_F(MediaClientTest, SilenceCountsAsLoss) {
  start_dataplane();
  start_client(Milliseconds{80});
  ASSERT_TRUE(turn_until([this] { return synced(1); }));
  dataplane->is_mute = true;
  client->apply(session("a"));
  client->remove("b", note_removal("b"));
  ASSERT_TRUE(turn_until([this] { return told.size() == 1 && count("no_answer") >= 1; }));
  EXPECT_EQ(told, Lines{"b removed unheard"});
  dataplane->is_mute = false;
  ASSERT_TRUE(turn_until([this] { return dataplane->sessions.contains("a"); }))
      << "connected again, and told";
}

TEST_F(MediaClientTest, TellsWhatIsRefused) {
  start();
  dataplane->refuse["bad"] = "local address 192.0.2.9 is not of this host";
  client->apply(session("good"));
  client->apply(session("bad"));
  ASSERT_TRUE(turn_until([this] { return told.size() == 1; }));
  EXPECT_EQ(told, Lines{"bad: local address 192.0.2.9 is not of this host"});
  EXPECT_TRUE(dataplane->sessions.contains("good"));
  EXPECT_EQ(count("refused"), 1u);

  dataplane->fault = "no memory";
  client->apply(session("good"));
  ASSERT_TRUE(turn_until([this] { return told.size() == 2; }));
  EXPECT_EQ(told.back(), "good: no memory");
}

TEST_F(MediaClientTest, PassesTimeoutsOfItsOwnSessionsOn) {
  start();
  client->apply(session("a"));
  ASSERT_TRUE(turn_until([this] { return dataplane->sessions.size() == 1; }));
  dataplane->send_timeout("of another time");
  dataplane->send_timeout("a");
  ASSERT_TRUE(turn_until([this] { return !told.empty(); }));
  EXPECT_EQ(told, Lines{"a silent 60"});
}

TEST_F(MediaClientTest, ReplacesASessionWithAGenerationFromTheFuture) {
  start();
  Session old = session("a");
  old.set_generation(1ull << 62);
  old.set_timeout_s(1);
  dataplane->sessions["a"] = old;
  Session now = session("a");
  now.set_timeout_s(2);
  client->apply(now);
  ASSERT_TRUE(turn_until([this] { return dataplane->sessions["a"].timeout_s() == 2; }));
}

TEST_F(MediaClientTest, TellsWhoIsTrustedOnceForEachConnectionAndChange) {
  start();
  client->set_trusted(
      {{*IpAddress::parse("192.0.2.7"), *IpAddress::parse("2001:db8::7")}, {5060}, 10});
  ASSERT_TRUE(turn_until([this] { return dataplane->trusted.addresses_size() == 2; }));
  const auto& addresses = dataplane->trusted.addresses();
  EXPECT_EQ(std::count(addresses.begin(), addresses.end(), std::string("\xc0\x00\x02\x07", 4)), 1);
  EXPECT_EQ(std::max(addresses[0].size(), addresses[1].size()), 16u);
  EXPECT_EQ(dataplane->trusted.signalling_ports(0), 5060u);
  EXPECT_EQ(dataplane->trusted.stranger_packets_per_second(), 10u);
  dataplane->trusted.Clear();
  dataplane->hang_up();
  ASSERT_TRUE(turn_until([this] { return dataplane->trusted.addresses_size() == 2; }));
}

TEST_F(MediaClientTest, TellsTheLogLevelOnceForEachConnectionAndChange) {
  start();
  const auto levels = [this] {
    std::vector<std::string> said = dataplane->heard;
    std::erase_if(said, [](const std::string& one) { return !one.starts_with("log "); });
    return said;
  };
  client->set_log_level(LogLevel::Warning);
  client->set_log_level(LogLevel::Warning);
  client->set_log_level(LogLevel::Debug);
  ASSERT_TRUE(turn_until([&] { return levels().size() == 2; }));
  EXPECT_EQ(levels(), (Lines{"log warning", "log debug"}));
  dataplane->hang_up();
  ASSERT_TRUE(turn_until([&] { return levels().size() == 3; }));
  EXPECT_EQ(levels().back(), "log debug");
}

TEST_F(MediaClientTest, GivesStatisticsOrNothing) {
  media::v1::GetStatistics what;
  what.set_ports(true);
  const auto note = [this](const std::optional<media::v1::Statistics>& s) {
    told.push_back(s ? s->ports(0).name() : "nothing");
  };
  start_client();
  client->get_statistics(what, note);
  EXPECT_TRUE(told.empty()) << "never from within the call";
  ASSERT_TRUE(turn_until([this] { return told.size() == 1; }));
  start_dataplane();
  ASSERT_TRUE(turn_until([this] { return client->is_connected(); }));
  client->get_statistics(what, note);
  ASSERT_TRUE(turn_until([this] { return told.size() == 2; }));
  EXPECT_EQ(told, (Lines{"nothing", "lan"}));
}

TEST_F(MediaClientTest, LeavesADataplaneThatSpeaksNonsense) {
  start();
  dataplane->send_rubbish();
  ASSERT_TRUE(turn_until([this] { return count("bad_reply") == 1; }));
  ASSERT_TRUE(turn_until([this] { return synced(1); })) << "and connects again";
}

TEST_F(MediaClientTest, DoesNotWorkWithAnotherVersion) {
  start_dataplane();
  dataplane->version = 2;
  start_client();
  ASSERT_TRUE(turn_until([this] { return count("bad_reply") >= 1; }));
  EXPECT_FALSE(client->is_connected());
}

TEST_F(MediaClientTest, MayEndWhileOthersWait) {
  start();
  client->apply(session("a"));
  client->remove("b", note_removal("b"));
  client.reset();
  ASSERT_TRUE(turn_until([] { return true; }));
  EXPECT_TRUE(told.empty());
  EXPECT_TRUE(counters.rows().empty()) << "its counters went with it";
}

}  // namespace
}  // namespace junctor::cp
