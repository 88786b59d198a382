// SPDX-License-Identifier: MIT
#include "dataplane/control/session_spec.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "dataplane/control/test_session.hpp"

namespace junctor::dp {
namespace {

TEST(SessionSpec, SaysWhatIsWrong) {
  struct Row {
    const char* sentence;
    std::function<void(api::Session&)> change;
    const char* error;  // what it must say; empty: it is good
  };
  const auto leg = [](api::Session& s) -> api::Leg& { return *s.mutable_legs(0); };
  const Row rows[] = {
      {"a good one", [](api::Session&) {}, ""},
      {"one leg will do", [](api::Session& s) { s.mutable_legs()->RemoveLast(); }, ""},
      {"no id", [](api::Session& s) { s.clear_id(); }, "the id is not of 1 to 64 octets"},
      {"a long id", [](api::Session& s) { s.set_id(std::string(65, 'x')); }, "1 to 64 octets"},
      {"no leg", [](api::Session& s) { s.clear_legs(); }, "one leg or two, not 0"},
      {"three legs", [](api::Session& s) { *s.add_legs() = s.legs(0); }, "one leg or two, not 3"},
      {"an address of five octets",
       [&](api::Session& s) { leg(s).mutable_local()->set_ip("12345"); },
       "leg 0: local is no unicast address"},
      {"port 0", [&](api::Session& s) { leg(s).mutable_local()->set_port(0); }, "local port 0"},
      {"port 65536", [&](api::Session& s) { leg(s).mutable_local()->set_port(65536); }, "outside"},
      {"an odd port", [&](api::Session& s) { leg(s).mutable_local()->set_port(20001); },
       "local port 20001 is odd, without rtcp_mux"},
      {"an odd port with rtcp_mux",
       [&](api::Session& s) {
         leg(s).mutable_local()->set_port(20001);
         leg(s).set_rtcp_mux(true);
       },
       ""},
      {"a remote of another family",
       [&](api::Session& s) { *leg(s).mutable_remote() = to_message(at("[2001:db8::2]:4000")); },
       "remote is of another family"},
      {"a multicast remote",
       [&](api::Session& s) { *leg(s).mutable_remote() = to_message(at("224.0.0.1:4000")); },
       "multicast"},
      {"remote port 0", [&](api::Session& s) { leg(s).mutable_remote()->set_port(0); }, "port 0"},
      {"remote 0.0.0.0 is nowhere",
       [&](api::Session& s) { leg(s).mutable_remote()->set_ip(std::string(4, '\0')); }, ""},
      {"a bad remote for RTCP", [&](api::Session& s) { leg(s).mutable_remote_rtcp()->set_ip("x"); },
       "remote_rtcp is no IPv4 or IPv6 address"},
      {"DSCP 64", [&](api::Session& s) { leg(s).set_dscp(64); }, "DSCP 64 is outside 0..63"},
      {"SSRC 0", [&](api::Session& s) { leg(s).set_ssrc(0); }, "the SSRC is 0"},
      {"a CNAME of 256", [&](api::Session& s) { leg(s).set_cname(std::string(256, 'c')); },
       "CNAME is longer"},
      {"no payload type", [&](api::Session& s) { leg(s).clear_payload_types(); },
       "there is no payload type"},
      {"payload type 128",
       [&](api::Session& s) { *leg(s).add_payload_types() = payload_type(128, "X"); },
       "payload type 128 is outside 0..127"},
      {"payload type 0 twice",
       [&](api::Session& s) { *leg(s).add_payload_types() = payload_type(0, "PCMA"); },
       "payload type 0 is there twice"},
      {"no clock rate",
       [&](api::Session& s) { *leg(s).add_payload_types() = payload_type(8, "PCMA", 0); },
       "clock rate 0"},
      {"no encoding", [&](api::Session& s) { *leg(s).add_payload_types() = payload_type(8, ""); },
       "no encoding"},
      {"payload type 72 with rtcp_mux",
       [&](api::Session& s) {
         leg(s).set_rtcp_mux(true);
         *leg(s).add_payload_types() = payload_type(72, "X");
       },
       "looks like RTCP"},
      {"an unknown source rule", [&](api::Session& s) { leg(s).set_source(api::SourceRule(9)); },
       "source rule"},
  };
  PayloadLists lists;
  for (const Row& row : rows) {
    api::Session message = session_message("s1");
    row.change(message);
    const Result<SessionSpec> spec = read_session(message, lists);
    if (row.error[0] == '\0') {
      EXPECT_TRUE(spec.ok()) << row.sentence << ": " << (spec ? "" : spec.error().text());
    } else {
      ASSERT_FALSE(spec.ok()) << row.sentence;
      EXPECT_NE(spec.error().message.find(row.error), std::string::npos)
          << row.sentence << ": " << spec.error().message;
    }
  }
}

TEST(SessionSpec, PayloadTypesAreMatchedByCodec) {
  const PayloadList from{{0, 1, 8000, "PCMU", ""},
                         {8, 1, 8000, "PCMA", ""},
                         {101, 1, 8000, "TELEPHONE-EVENT", "0-15"},
                         {102, 1, 16000, "TELEPHONE-EVENT", "0-15"},
                         {97, 2, 48000, "OPUS", ""},
                         {98, 1, 8000, "G729", "annexb=no"}};
  const PayloadList to{{0, 1, 8000, "PCMU", ""},
                       {96, 1, 8000, "TELEPHONE-EVENT", "0-15"},
                       {97, 1, 48000, "OPUS", ""},
                       {18, 1, 8000, "G729", ""}};
  const auto map = payload_map(from, to);
  EXPECT_EQ(map[0], 0) << "the same codec and number";
  EXPECT_EQ(map[101], 96) << "the same codec under another number";
  EXPECT_EQ(map[102], kNoPayloadType) << "another clock rate is another codec";
  EXPECT_EQ(map[97], kNoPayloadType) << "another number of channels is another codec";
  EXPECT_EQ(map[98], kNoPayloadType) << "another format is another codec";
  EXPECT_EQ(map[8], kNoPayloadType) << "a codec that the other leg does not have";
  EXPECT_EQ(map[3], kNoPayloadType) << "what was never negotiated";
}

TEST(SessionSpec, ListsAreKeptOnceAndForgotten) {
  PayloadLists lists;
  const PayloadListPtr one = lists.intern({{0, 1, 8000, "PCMU", ""}});
  EXPECT_EQ(lists.intern({{0, 1, 8000, "PCMU", ""}}), one);
  EXPECT_NE(lists.intern({{8, 1, 8000, "PCMU", ""}}), one);
  for (std::uint32_t rate = 1; rate < 1000; ++rate) lists.intern({{1, 1, rate, "X", ""}});
  EXPECT_EQ(lists.intern({{0, 1, 8000, "PCMU", ""}}), one) << "those in use survive a purge";
}

TEST(SessionSpec, NamesAreWithoutRegardToCase) {
  PayloadLists lists;
  api::Session message = session_message("s1");
  message.mutable_legs(0)->mutable_payload_types(0)->set_encoding("pcmu");
  const Result<SessionSpec> spec = read_session(message, lists);
  ASSERT_TRUE(spec.ok());
  EXPECT_EQ(spec->legs[0].payloads->front().text(), "PCMU/8000");
}

}  // namespace
}  // namespace junctor::dp
