// SPDX-License-Identifier: MIT
// Captures with its thread and real files, on a plane whose packets the test makes.
#include "dataplane/control/captures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "dataplane/control/frame.hpp"
#include "dataplane/control/test_session.hpp"

namespace junctor::dp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::uint32_t word(const std::string& file, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(file.at(at + i));
  return value;
}

class CapturesTest : public testing::Test {
 protected:
  CapturesTest() {
    char folder[] = "/tmp/junctor-captures-XXXXXX";
    EXPECT_NE(mkdtemp(folder), nullptr);
    folder_ = folder;
    for (const char* name : {"lan", "wan"}) {
      PlanePort port;
      port.id = PortId(static_cast<std::uint16_t>(rig.plane.port_list.size()));
      port.name = name;
      rig.plane.port_list.push_back(port);
    }
  }
  ~CapturesTest() override { std::filesystem::remove_all(folder_); }

  std::string make(const std::string& name) {
    const std::ofstream file(folder_ / name);
    return folder_ / name;
  }
  api::StartCapture everything() {
    api::StartCapture what;
    what.set_file(folder_ / "a.pcapng");
    what.set_what("everything");
    what.set_user("ann");
    what.set_max_octets(1'000'000);
    what.set_max_s(60);
    return what;
  }
  api::StartCapture of_call() {
    api::StartCapture what = everything();
    what.set_session_id("s1");
    what.mutable_call()->add_sip_call_ids("first");
    what.mutable_call()->add_signalling_ports(5060);
    return what;
  }
  api::Reply start(const api::StartCapture& what) {
    if (rig.plane.capture == nullptr && what.file() == folder_ / "a.pcapng") make("a.pcapng");
    api::Reply reply;
    captures.start(what, reply);
    return reply;
  }
  api::CaptureState state(const api::GetCapture& what = {}) {
    api::Reply reply;
    captures.get(what, reply);
    return reply.capture();
  }
  api::CaptureState stop() {
    api::Reply reply;
    captures.stop({}, reply);
    EXPECT_EQ(reply.error(), "");
    return wait_end();
  }
  bool eventually(const std::function<bool()>& is_so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!is_so()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  api::CaptureState wait_end() {
    EXPECT_TRUE(eventually([this] { return !state().is_running(); }));
    return state();
  }
  void packet(const std::string& from, const std::string& to, const std::string& payload,
              bool sent = false, unsigned port = 0) {
    std::vector<std::uint8_t> frame(2000);
    frame.resize(build_frame({}, {at(from), at(to), 0, as_bytes(payload)}, frame));
    rig.plane.capture->add({rig.clock.now(), PortId(static_cast<std::uint16_t>(port)), sent, {}},
                           std::move(frame));
  }
  // "lan in payload" of each packet of the file.
  std::vector<std::string> packets(const std::string& name = "a.pcapng") {
    std::ifstream in(folder_ / name, std::ios::binary);
    const std::string file{std::istreambuf_iterator<char>(in), {}};
    std::vector<std::string> out;
    for (std::size_t at = 0; at < file.size(); at += word(file, at + 4)) {
      if (word(file, at) != 6) continue;
      const std::size_t length = word(file, at + 20), padded = (length + 3) / 4 * 4;
      out.push_back(word(file, at + 8) == 0 ? "lan" : "wan");
      out.back() += word(file, at + 28 + padded + 4) == 1 ? " in " : " out ";
      out.back() += file.substr(at + 28 + 42, length - 42);
    }
    return out;
  }

  Rig rig;
  std::filesystem::path folder_;
  Captures captures{rig.plane, rig.sessions, rig.clock};
};

TEST_F(CapturesTest, WritesWhatWorkersCopyUntilItIsStopped) {
  EXPECT_EQ(state().file(), "") << "there was none";
  const api::StartCapture what = everything();
  const api::Reply reply = start(what);
  ASSERT_EQ(reply.error(), "");
  EXPECT_TRUE(reply.capture().is_running());
  EXPECT_EQ(reply.capture().what(), "everything");
  EXPECT_EQ(reply.capture().user(), "ann");
  EXPECT_EQ(reply.capture().left_s(), 60U);
  EXPECT_EQ(rig.plane.capture_filter.voice, CaptureFilter::Voice::None);
  EXPECT_EQ(start(what).error(), "a capture runs already");
  packet("10.0.0.1:1", "10.0.0.2:2", "one");
  packet("10.0.0.2:2", "10.0.0.1:1", "two", true, 1);
  rig.plane.capture->lost_packets = 3;  // at each port
  const api::CaptureState ended = stop();
  EXPECT_EQ(ended.ended_by(), "it was stopped");
  EXPECT_EQ(ended.packets(), 2U);
  EXPECT_EQ(ended.lost(), 6U);
  EXPECT_EQ(ended.left_s(), 0U);
  EXPECT_EQ(ended.octets(), std::filesystem::file_size(folder_ / "a.pcapng"));
  EXPECT_THAT(packets(), ElementsAre("lan in one", "wan out two"));
  EXPECT_EQ(rig.plane.capture, nullptr) << "the workers copy no more";
  api::Reply again;
  captures.stop({}, again);
  EXPECT_EQ(again.error(), "no capture runs");
}

TEST_F(CapturesTest, WhatIsRefused) {
  const struct {
    const char *sentence, *file, *interface, *error;
  } rows[] = {
      {"an interface that is none", "ok.pcapng", "dmz", "there is no interface dmz"},
      {"a file that is not there", "missing.pcapng", "", "No such file"},
      {"a file with something in it", "full.pcapng", "", "is not an empty file"},
      {"a file of another kind", "ok.conf", "", "is no absolute path of a .pcapng file"},
      {"a link", "link.pcapng", "", "symbolic links"},
      {"a folder", "folder.pcapng", "", "s a directory"},
  };
  make("ok.pcapng");
  make("ok.conf");
  std::ofstream(folder_ / "full.pcapng") << "x";
  std::filesystem::create_symlink(folder_ / "ok.pcapng", folder_ / "link.pcapng");
  std::filesystem::create_directory(folder_ / "folder.pcapng");
  for (const auto& row : rows) {
    api::StartCapture what = everything();
    what.set_file(folder_ / row.file);
    what.set_interface(row.interface);
    EXPECT_THAT(start(what).error(), HasSubstr(row.error)) << row.sentence;
    EXPECT_EQ(rig.plane.capture, nullptr) << row.sentence;
  }
  EXPECT_EQ(start(everything()).error(), "") << "none of them stands in the way";
}

TEST_F(CapturesTest, OneInterfaceWithMedia) {
  api::StartCapture what = everything();
  what.set_interface("wan");
  what.set_with_media(true);
  ASSERT_EQ(start(what).error(), "");
  EXPECT_THAT(rig.plane.capture_filter.ports, ElementsAre(PortId(1)));
  EXPECT_EQ(rig.plane.capture_filter.voice, CaptureFilter::Voice::All);
}

TEST_F(CapturesTest, EndsAtItsLimits) {
  api::StartCapture what = everything();
  what.set_max_octets(5000);
  ASSERT_EQ(start(what).error(), "");
  for (int i = 0; i < 100; ++i) packet("10.0.0.1:1", "10.0.0.2:2", std::string(400, 'x'));
  api::CaptureState ended = wait_end();
  EXPECT_EQ(ended.ended_by(), "its largest size was reached");
  EXPECT_LE(ended.octets(), 5000U);
  EXPECT_GT(ended.octets(), 4000U);
  EXPECT_EQ(packets().size(), ended.packets());
  EXPECT_EQ(rig.plane.capture, nullptr);

  what = everything();
  what.set_max_s(0);
  ASSERT_EQ(start(what).error(), "");
  EXPECT_EQ(wait_end().ended_by(), "its time is over");

  EXPECT_FALSE(has_room(63U << 20, 500U << 20));
  EXPECT_TRUE(has_room(65U << 20, 500U << 20));
  EXPECT_FALSE(has_room(900ULL << 20, 100ULL << 30));
  EXPECT_TRUE(has_room(1100ULL << 20, 100ULL << 30)) << "a tenth of a large disk is much";
  EXPECT_FALSE(has_room(90ULL << 20, 1000ULL << 20));
}

TEST_F(CapturesTest, ACallAlone) {
  ASSERT_EQ(start(of_call()).error(), "");
  packet("10.0.0.1:5060", "192.0.2.1:5060", "Call-ID: first");
  packet("10.0.0.1:5060", "192.0.2.1:5060", "Call-ID: other");
  packet("192.0.2.1:5060", "10.0.0.1:5060", "Call-ID: second", true);
  ASSERT_TRUE(eventually([this] { return state().packets() == 1; }));
  api::GetCapture get;
  get.mutable_call()->CopyFrom(of_call().call());
  get.mutable_call()->add_sip_call_ids("second");
  EXPECT_TRUE(state(get).is_running());
  ASSERT_TRUE(eventually([this] { return state().packets() == 2; })) << "sent before it was known";
  rig.clock.advance(Milliseconds{1500});
  packet("10.0.0.1:5060", "192.0.2.1:5060", "Call-ID: last");
  ASSERT_TRUE(eventually([this] { return rig.plane.capture->is_empty(); }));
  get.mutable_call()->add_sip_call_ids("other");
  state(get);
  stop();
  EXPECT_THAT(packets(), ElementsAre("lan in Call-ID: first", "lan out Call-ID: second"))
      << "what is older than a second is forgotten";
}

// Connected and gone before its Call-ID is told: from the first segment on.
TEST_F(CapturesTest, ALegOverTcpThatWasQuick) {
  ASSERT_EQ(start(of_call()).error(), "");
  const std::string gw = "192.0.2.1:40000", peer = "10.0.0.1:5060";
  for (const char* segment : {"SYN", "INVITE Call-ID: second", "ACK"}) {
    std::vector<std::uint8_t> frame(2000);
    frame.resize(build_frame({}, {at(gw), at(peer), 0, as_bytes(segment)}, frame));
    frame[14 + 9] = 6;
    rig.plane.capture->add({rig.clock.now(), PortId(0), true, {}}, std::move(frame));
  }
  ASSERT_TRUE(eventually([this] { return rig.plane.capture->is_empty(); }));
  api::GetCapture get;
  get.mutable_call()->CopyFrom(of_call().call());
  get.mutable_call()->add_sip_call_ids("second");
  state(get);
  stop();
  EXPECT_THAT(packets(),
              ElementsAre("lan out SYN", "lan out INVITE Call-ID: second", "lan out ACK"));
}

TEST_F(CapturesTest, VoiceOfACallFollowsItsSession) {
  rig.sessions.apply(session_message("s1", 20000));
  rig.sessions.apply(session_message("s2", 22000));
  api::StartCapture what = of_call();
  what.set_with_media(true);
  ASSERT_EQ(start(what).error(), "");
  EXPECT_EQ(rig.plane.capture_filter.voice, CaptureFilter::Voice::Listed);
  EXPECT_THAT(rig.plane.capture_filter.voice_ports, ElementsAre(20000, 20001, 20000, 20001));
  packet("10.0.0.1:4000", "192.0.2.1:20000", "voice");
  packet("10.0.0.1:4001", "192.0.2.1:20001", "rtcp");
  packet("10.0.0.1:4000", "192.0.2.1:22000", "another's");
  ASSERT_TRUE(eventually([this] { return state().packets() == 2; }));

  rig.sessions.apply(session_message("s1", 24000, 2));
  captures.on_sessions();
  EXPECT_THAT(rig.plane.capture_filter.voice_ports, ElementsAre(24000, 24001, 24000, 24001));
  rig.sessions.remove("s1");
  captures.on_sessions();
  EXPECT_FALSE(rig.plane.capture_filter.voice_ports.empty()) << "what comes late is the call's";
  stop();
  EXPECT_THAT(packets(), ElementsAre("lan in voice", "lan in rtcp"));
}

// As on a disk that is full: a file may not grow beyond so many octets.
TEST_F(CapturesTest, ADiskThatTakesNoMoreEndsItAfterAWholePacket) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{3000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_EQ(start(everything()).error(), "");
  for (int i = 0; i < 20; ++i) packet("10.0.0.1:1", "10.0.0.2:2", std::string(400, 'x'));
  const api::CaptureState ended = wait_end();
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(ended.ended_by(), HasSubstr("the file cannot be written: "));
  EXPECT_EQ(ended.octets(), std::filesystem::file_size(folder_ / "a.pcapng"));
  EXPECT_EQ(packets().size(), 5U);
  EXPECT_EQ(rig.plane.capture, nullptr);
}

TEST_F(CapturesTest, OneWithoutPacketsIsAFileToo) {
  ASSERT_EQ(start(everything()).error(), "");
  stop();
  EXPECT_THAT(packets(), IsEmpty());
  EXPECT_GT(std::filesystem::file_size(folder_ / "a.pcapng"), 100U);
}

}  // namespace
}  // namespace junctor::dp
