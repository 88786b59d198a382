// SPDX-License-Identifier: MIT
// What goes beside the messages: what one side may see of the other, the dataplane's session, the journal, records.
#include <gtest/gtest.h>

#include "controlplane/b2bua/call.hpp"
#include "controlplane/b2bua/testing/world.hpp"
#include "controlplane/sdp/parser.hpp"
#include "plugins/sdk/test_kit.hpp"

namespace junctor::cp {
namespace {

using interop::text_of;
using testing::World;

constexpr std::string_view kUp = R"(> a INVITE sdp:uae
    < b INVITE sdp:uae
    > b 200 INVITE sdp:ue
    < b ACK
    < a 200 INVITE sdp:ue
    > a ACK
)";

TEST(Topology, OfOneSideIsNotSeenOnTheOther) {
  World world;
  ASSERT_EQ(world.play(kUp), "");
  const std::string to_b = text_of(world.last_sent('b', "INVITE"));
  for (const char* secret : {"192.0.2.10", "call-1", "secret-a", "o=peer"}) {
    EXPECT_EQ(to_b.find(secret), std::string::npos) << secret << " in\n" << to_b;
  }
  const std::string to_a = text_of(world.last_response('a', "INVITE"));
  for (const char* secret : {"192.0.2.20", "secret-b", "o=peer", "tag=tb"}) {
    EXPECT_EQ(to_a.find(secret), std::string::npos) << secret << " in\n" << to_a;
  }
  const auto invite = world.last_sent('b', "INVITE");
  EXPECT_EQ(invite.request_uri(), "sip:100@192.0.2.20");
  EXPECT_TRUE(invite.get("From")->starts_with("\"Alice\" <sip:300@192.0.2.1>;tag="));
  EXPECT_EQ(*invite.get("To"), "<sip:100@192.0.2.20>");
  EXPECT_EQ(*invite.get("Contact"), "<sip:300@192.0.2.1:5060>");
  EXPECT_EQ(*invite.get("Max-Forwards"), "69");
}

TEST(Media, IsWhatBothSidesAgreed) {
  World world;
  ASSERT_EQ(world.play(kUp), "");
  ASSERT_EQ(world.media.sessions.size(), 1u);
  const auto before = world.session();
  ASSERT_EQ(before.legs_size(), 2);
  EXPECT_EQ(before.id(), world.board->show("").front().id());
  EXPECT_FALSE(before.on_hold());
  EXPECT_EQ(before.timeout_s(), 60u);
  EXPECT_EQ(before.legs(0).remote().port(), 4000u);
  EXPECT_NE(before.legs(0).local().port(), before.legs(1).local().port());
  EXPECT_NE(before.legs(0).ssrc(), before.legs(1).ssrc());
  EXPECT_EQ(before.legs(0).payload_types_size(), 2);
  EXPECT_EQ(before.legs(0).dscp(), 46u);
  EXPECT_TRUE(before.legs(0).receive() && before.legs(0).send());

  ASSERT_EQ(world.play(R"(> a INVITE sdp:ue,sendonly
      < b INVITE sdp:ue,sendonly
      > b 200 INVITE sdp:ue,recvonly
      < b ACK
      < a 200 INVITE sdp:ue,recvonly
      > a ACK
  )"),
            "");
  const auto held = world.session();
  EXPECT_TRUE(held.on_hold());
  EXPECT_EQ(held.timeout_s(), 3600u);
  EXPECT_TRUE(held.legs(0).receive()) << "music of the one that holds";
  EXPECT_FALSE(held.legs(0).send());
  EXPECT_TRUE(held.legs(1).send());
  EXPECT_EQ(held.legs(0).learn(), before.legs(0).learn()) << "it is where it was";

  ASSERT_EQ(world.play(R"(> a INVITE sdp:ue,sendonly,port=5000
      < a 200 INVITE sdp:ue,recvonly
      > a ACK
  )"),
            "");
  EXPECT_EQ(world.session().legs(0).remote().port(), 5000u);
  EXPECT_EQ(world.session().legs(0).learn(), before.legs(0).learn() + 1) << "it has moved";
  EXPECT_EQ(world.session().legs(0).ssrc(), before.legs(0).ssrc());
}

TEST(Media, StartsWithEarlyVoice) {
  World world;
  ASSERT_EQ(world.play(R"(> a INVITE sdp:u
      < b INVITE sdp:u
      > b 180 INVITE
      < a 180 INVITE
  )"),
            "");
  EXPECT_TRUE(world.media.sessions.empty());
  ASSERT_EQ(world.play("> b 183 INVITE sdp:u\n< a 183 INVITE sdp:u"), "");
  ASSERT_EQ(world.media.sessions.size(), 1u);
  EXPECT_EQ(world.session().legs_size(), 2);
}

TEST(Media, IsToldBeforeTheAnswerLeaves) {
  World world;
  ASSERT_EQ(world.play(kUp), "");
  EXPECT_EQ(world.sessions_at_answer, 1u);
}

TEST(Record, SaysHowACallEnded) {
  struct Row {
    const char* sentence;
    const char* script;
    const char* says;  // status ended_by trunk_in>trunk_out
  };
  const Row rows[] = {
      {"the caller hung up", "> a INVITE sdp:u\n> b 200 INVITE sdp:u\n> a ACK\n> a BYE",
       "200 caller pbx>carrier"},
      {"the callee hung up", "> a INVITE sdp:u\n> b 200 INVITE sdp:u\n> a ACK\n> b BYE",
       "200 callee pbx>carrier"},
      {"no voice", "> a INVITE sdp:u\n> b 200 INVITE sdp:u\n> a ACK\n> media timeout",
       "200 gateway pbx>carrier"},
      {"busy", "> a INVITE sdp:u\n> b 486 INVITE", "486 callee pbx>carrier"},
      {"given up", "> a INVITE sdp:u\n> a CANCEL", "487 caller pbx>carrier"},
      {"no route", "> a INVITE sdp:u to=999", "404 gateway pbx>"},
  };
  for (const Row& row : rows) {
    World world;
    static_cast<void>(world.play(row.script));
    ASSERT_EQ(world.journal.finished.size(), 1u) << row.sentence;
    const auto& record = world.journal.finished.front();
    EXPECT_EQ(std::to_string(record.sip_status()) + " " + record.ended_by() + " " +
                  record.trunk_in() + ">" + record.trunk_out(),
              row.says)
        << row.sentence;
    EXPECT_FALSE(record.reason().empty()) << row.sentence;
    EXPECT_EQ(record.answered_unix_ms() != 0, record.sip_status() == 200) << row.sentence;
    EXPECT_EQ(record.media_size(), record.sip_status() == 200 ? 2 : 0) << row.sentence;
    EXPECT_EQ(record.calling(), "300");
  }
}

TEST(Resume, GoesOnWithoutAMessage) {
  World world;
  ASSERT_EQ(world.play(kUp), "");
  ASSERT_EQ(world.play("> a INFO dtmf\n< b INFO body\n> b 200 INFO\n< a 200 INFO"), "");
  const auto session = world.session();
  const auto ports = world.media.ports;
  const std::string& id = session.id();
  world.restart();
  EXPECT_TRUE(world.take_output().empty());
  EXPECT_EQ(world.board->calls(), 1u);
  EXPECT_EQ(world.media.ports, ports);
  ASSERT_EQ(world.media.sessions.size(), 1u);
  EXPECT_EQ(world.session().SerializeAsString(), session.SerializeAsString())
      << "not one bit of it changed";
  EXPECT_EQ(world.board->sip_call_ids(id).size(), 2u);
  EXPECT_EQ(world.play(R"(> a INFO cseq=2 dtmf
      < a 500 INFO
      > a INVITE cseq=10 sdp:ue,sendonly
      < b INVITE sdp:ue,sendonly
      > b 200 INVITE sdp:ue,recvonly
      < b ACK
      < a 200 INVITE sdp:ue,recvonly
      > a ACK
  )"),
            "");
  EXPECT_EQ(*world.last_sent('b', "INVITE").get("CSeq"), "67 INVITE")
      << "well after the INVITE and the INFO";
  EXPECT_EQ(world.play("> b BYE cseq=5\n< b 200 BYE\n< a BYE\n> a 200 BYE"), "");
  ASSERT_EQ(world.journal.finished.size(), 1u);
  EXPECT_TRUE(world.journal.finished.front().resumed());
  EXPECT_EQ(world.journal.finished.front().ended_by(), "callee");
  EXPECT_EQ(world.leftovers(), "");
}

std::uint64_t version_of(const interop::Message& message) {
  const SdpResult parsed = parse_sdp(message.body());
  const auto* sdp = std::get_if<interop::Sdp>(&parsed);
  return sdp == nullptr ? 0 : sdp->origin_version;
}

constexpr std::string_view kHolds = "> a INVITE sdp:ue,inactive\n< b INVITE sdp:ue,inactive";

TEST(Resume, UsesNoNumberTwice) {
  World world;
  ASSERT_EQ(world.play(kUp), "");
  const auto before = world.journal.calls;
  ASSERT_EQ(world.play(kHolds), "");
  const auto first = world.last_sent('b', "INVITE");
  world.journal.calls = before;  // the crash came before the rest was written
  world.restart();
  ASSERT_EQ(world.play("> a INVITE cseq=9 sdp:ue,sendonly\n< b INVITE sdp:ue,sendonly"), "");
  const auto second = world.last_sent('b', "INVITE");
  EXPECT_GT(cseq_of(second), cseq_of(first));
  EXPECT_GT(version_of(second), version_of(first));
}

TEST(Resume, FindsWhatWasSentWrittenDown) {
  World world;
  ASSERT_EQ(world.play(kUp), "");
  ASSERT_EQ(world.play(kHolds), "");
  const auto first = world.last_sent('b', "INVITE");
  world.journal.calls = world.journal_at_send;
  world.restart();
  ASSERT_EQ(world.play("> a INVITE cseq=9 sdp:ue,sendonly\n< b INVITE sdp:ue,sendonly"), "");
  EXPECT_EQ(cseq_of(world.last_sent('b', "INVITE")), cseq_of(first) + kResumeStep + 1);
}

TEST(Resume, GoesOnFromWhatIsInForce) {
  for (const char* end : {"", "> b 488 INVITE\n< a 488 INVITE"}) {
    World world;
    ASSERT_EQ(world.play(kUp), "");
    ASSERT_EQ(world.play(std::string("> a INVITE sdp:a\n< b INVITE sdp:a\n") + end), "");
    world.restart();
    EXPECT_EQ(world.board->calls(), 1u) << "other codecs, open or refused: " << end;
  }
}

TEST(Resume, AcknowledgesWhatWasAskedBefore) {
  World world;
  ASSERT_EQ(world.play(kUp), "");
  ASSERT_EQ(world.play(kHolds), "");
  const auto invite = world.last_sent('b', "INVITE");
  world.restart();
  auto answer = interop::Message::response(200, "OK");
  for (const char* name : {"From", "To", "Call-ID", "CSeq"}) {
    answer.add(name, std::string(*invite.get(name)));
  }
  using Lines = std::vector<std::string>;
  world.board->on_stray_answer(answer);
  EXPECT_EQ(world.take_output(), (Lines{"b ACK", "b INVITE sdp:ue"})) << "and back to what was";
  ASSERT_FALSE(world.acks.empty());
  EXPECT_EQ(cseq_of(world.acks.back()), cseq_of(invite));
  EXPECT_EQ(tag_of(world.acks.back(), "To"), "tb");
  world.board->on_stray_answer(answer);
  EXPECT_EQ(world.take_output(), Lines{"b ACK"}) << "repeated";
  answer.set("To", "<sip:100@192.0.2.20>;tag=other");
  world.board->on_stray_answer(answer);
  answer.set("Call-ID", "nobody's");
  world.board->on_stray_answer(answer);
  EXPECT_TRUE(world.take_output().empty());
  EXPECT_EQ(world.play("> b 200 INVITE sdp:ue\n< b ACK\n> a BYE cseq=9\n< a 200 BYE\n< b BYE\n"
                       "> b 200 BYE"),
            "");
  EXPECT_EQ(world.leftovers(), "");
}

TEST(Resume, SetsAsideWhatCannotBeRead) {
  World world;
  world.journal.calls["x"] = "nonsense";
  world.restart();
  EXPECT_EQ(world.board->calls(), 0u);
  EXPECT_TRUE(world.journal.calls.empty());
  EXPECT_EQ(world.counter("journal_unreadable"), 1u);
}

// The trunk of that name out of the configuration, with the routes to it, or under another name.
std::function<void(config::v1::Config&)> rename(const std::string& from, const std::string& to) {
  return [=](config::v1::Config& config) {
    for (int i = config.trunks_size() - 1; i >= 0; --i) {
      if (config.trunks(i).name() != from) continue;
      if (to.empty()) config.mutable_trunks()->DeleteSubrange(i, 1);
      if (!to.empty()) config.mutable_trunks(i)->set_name(to);
    }
    config.clear_routes();
    auto& route = *config.add_routes();
    route.set_called("_X.");
    route.add_to("spare");
  };
}

TEST(Resume, GoesOnAtAListenerOfAnotherName) {
  World world;
  ASSERT_EQ(world.play(kUp), "");
  ASSERT_EQ(world.play("> a INFO dtmf\n< b INFO body\n> b 200 INFO\n< a 200 INFO"), "");
  world.restart([](config::v1::Config& config) {
    config.mutable_sip()->mutable_listeners(0)->set_name("inside");
    for (config::v1::Trunk& trunk : *config.mutable_trunks()) trunk.set_listener("inside");
  });
  EXPECT_EQ(world.board->calls(), 1u);
  EXPECT_EQ(world.play(R"(> a INVITE cseq=10 sdp:ue,sendonly
      < b INVITE sdp:ue,sendonly
      > b 200 INVITE sdp:ue,recvonly
      < b ACK
      < a 200 INVITE sdp:ue,recvonly
      > a ACK
  )"),
            "");
  EXPECT_EQ(world.play("> b BYE cseq=5\n< b 200 BYE\n< a BYE\n> a 200 BYE"), "");
  EXPECT_EQ(world.leftovers(), "");
}

TEST(Resume, EndsWhatCannotGoOn) {
  struct Row {
    const char* sentence;
    const char* trunk;
    const char* new_name;
  };
  const Row rows[] = {{"the callee's trunk was removed", "carrier", ""},
                      {"the caller's trunk was removed", "pbx", ""},
                      {"the callee's trunk has another name", "carrier", "other"}};
  for (const Row& row : rows) {
    World world;
    ASSERT_EQ(world.play(kUp), "");
    world.restart(rename(row.trunk, row.new_name));
    EXPECT_EQ(world.take_output(), (std::vector<std::string>{"a BYE", "b BYE"})) << row.sentence;
    EXPECT_EQ(cseq_of(world.last_sent('b', "BYE")), 1 + kResumeStep + 1);
    EXPECT_EQ(tag_of(world.last_sent('a', "BYE"), "To"), "ta");
    EXPECT_TRUE(world.last_sent('a', "BYE").has("Reason"));
    EXPECT_EQ(world.board->calls(), 0u);
    EXPECT_EQ(world.counter("calls_lost"), 1u);
    EXPECT_TRUE(world.media.sessions.empty()) << "the dataplane is told of none";
    ASSERT_EQ(world.journal.finished.size(), 1u) << row.sentence;
    const auto& record = world.journal.finished.front();
    EXPECT_EQ(record.ended_by() + " " + record.trunk_in() + ">" + record.trunk_out(),
              "gateway pbx>carrier");
    EXPECT_NE(record.reason().find(row.trunk), std::string::npos) << record.reason();
    EXPECT_TRUE(record.answered_unix_ms() != 0 && record.ended_unix_ms() != 0);
    EXPECT_EQ(world.board->sip_call_ids(record.id()).size(), 2u);
    EXPECT_EQ(world.leftovers(), "") << row.sentence;
  }
}

TEST(Resume, EndsWhatWasEnding) {
  struct Row {
    const char* sentence;
    const char* script;
    bool is_at_answer;  // killed with the last response sent, or the last request
    std::vector<std::string> sends;
    const char* by;
  };
  const Row rows[] = {
      {"the caller was told that it has hung up, the callee not",
       "> a BYE",
       true,
       {"b BYE"},
       "caller"},
      {"the callee was told as well", "> a BYE", false, {"b BYE"}, "caller"},
      {"the callee hung up", "> b BYE", true, {"a BYE"}, "callee"},
      {"the gateway ends it", "> media timeout", false, {"a BYE", "b BYE"}, "gateway"},
  };
  for (const Row& row : rows) {
    World world;
    ASSERT_EQ(world.play(kUp), "");
    static_cast<void>(world.play(row.script));
    ASSERT_EQ(world.journal.finished.size(), 1u);
    const auto record = world.journal.finished.front();
    world.journal.finished.clear();
    world.journal.calls = row.is_at_answer ? world.journal_at_answer : world.journal_at_send;
    ASSERT_EQ(world.journal.calls.size(), 1u);
    world.restart();
    EXPECT_EQ(world.take_output(), row.sends) << row.sentence;
    EXPECT_EQ(world.board->calls(), 0u) << row.sentence;
    EXPECT_EQ(world.counter("calls_ended_late"), 1u);
    ASSERT_EQ(world.journal.finished.size(), 1u) << row.sentence;
    const auto& late = world.journal.finished.front();
    EXPECT_EQ(late.ended_by(), row.by) << row.sentence;
    EXPECT_EQ(late.reason(), record.reason());
    EXPECT_EQ(late.ended_unix_ms(), record.ended_unix_ms());
    EXPECT_EQ(world.leftovers(), "") << row.sentence;
  }
}

TEST(Resume, WritesAnEndOnce) {
  World world;
  ASSERT_EQ(world.play(kUp), "");
  const std::size_t before = world.journal.saves;
  ASSERT_EQ(world.play("> a BYE\n< a 200 BYE\n< b BYE\n> b 200 BYE"), "");
  EXPECT_EQ(world.journal.saves, before + 1) << "performance: one write more, and the record";
  ASSERT_EQ(world.play("> a INVITE new sdp:u\n< b INVITE sdp:u\n> b 486 INVITE\n< a 486 INVITE"),
            "");
  EXPECT_EQ(world.journal.saves, before + 1) << "none for a call that was never there";
}

TEST(Limits, AreKept) {
  World world({.max_calls = 1});
  EXPECT_EQ(world.play(kUp), "");
  EXPECT_EQ(world.play("> a INVITE new sdp:u\n< a 503 INVITE"), "");
  EXPECT_EQ(world.counter("refused_full"), 1u);
}

TEST(Ports, RunOut) {
  World world;
  world.media.limit = 1;
  EXPECT_EQ(world.play("> a INVITE sdp:u\n< a 503 INVITE"), "");
  EXPECT_EQ(world.leftovers(), "");
}

TEST(Tables, AreSound) {
  for (const Leg::Row& row : Leg::table()) {
    EXPECT_FALSE(row.next.empty() || row.sentence.empty());
    for (const Leg::Row& other : Leg::table()) {
      EXPECT_TRUE(&row == &other || row.state != other.state || row.event != other.event)
          << Leg::name_of(row.state) << " " << Leg::name_of(row.event) << " is listed twice";
    }
  }
  EXPECT_NE(Leg::print_table().find("cancelling success -> ending: "), std::string::npos);
  EXPECT_NE(Call::print_table().find("joining acknowledged -> established: "), std::string::npos);
}

}  // namespace
}  // namespace junctor::cp
