// SPDX-License-Identifier: MIT
// Captures as the operator asks for them, of a dataplane that is played by the test.
#include "controlplane/mgmt/capture_answers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "controlplane/b2bua/testing/fake_loop.hpp"
#include "controlplane/b2bua/testing/no_switchboard.hpp"
#include "controlplane/mgmt/capture_folder.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {
namespace {

using management::v1::Capture;
using management::v1::Reply;
using management::v1::Request;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OneCall final : public NoSwitchboard {
 public:
  std::uint32_t calls() const override { return 1; }
  std::vector<management::v1::Call> show(std::string_view call_id) const override {
    if (!is_up || call_id != "c1") return {};
    std::vector<management::v1::Call> calls(1);
    calls[0].set_id("c1");
    calls[0].add_legs()->set_peer("10.0.0.2:5062");
    if (ids.size() > 1) calls[0].add_legs()->set_peer("[fd00::2]:5060");
    return calls;
  }
  std::vector<std::string> sip_call_ids(std::string_view) const override { return ids; }

  bool is_up = true;
  std::vector<std::string> ids{"in@a"};
};

// Does as the real one: one capture, which ends a moment after it was told to.
class FakeDataplane {
 public:
  void ask(const media::v1::Request& request, const CaptureGiven::OnReply& on_reply) {
    if (!is_there) return on_reply(nullptr);
    media::v1::Reply reply;
    if (request.has_start_capture()) {
      start = request.start_capture();
      if (!refusal.empty()) {
        reply.set_error(refusal);
        return on_reply(&reply);
      }
      state.Clear();
      state.set_is_running(true);
      state.set_file(start.file());
      state.set_what(start.what());
      state.set_user(start.user());
      state.set_session_id(start.session_id());
    } else if (request.has_stop_capture()) {
      if (!state.is_running()) reply.set_error("no capture runs");
      reason = request.stop_capture().reason();
      ends_in = 2;
    } else if (request.get_capture().has_call()) {
      heard.push_back(request.get_capture().call());
    }
    if (ends_in > 0 && --ends_in == 0) {
      state.set_is_running(false);
      state.set_ended_by("it was stopped");
    }
    *reply.mutable_capture() = state;
    on_reply(&reply);
  }

  bool is_there = true;
  std::string refusal;
  int ends_in = 0;
  media::v1::CaptureState state;
  media::v1::StartCapture start;
  std::string reason;
  std::vector<media::v1::CaptureCall> heard;
};

class CaptureAnswersTest : public ::testing::Test {
 protected:
  CaptureAnswersTest() { start_control(); }

  void start_control() {
    answers_.emplace([this](const std::string&) { return role; });
    add_capture_answers(
        *answers_, {loop, board, dir / "captures",
                    [this](media::v1::Request request, CaptureGiven::OnReply on_reply) {
                      loop.post([this, request, on_reply] { dataplane.ask(request, on_reply); });
                    },
                    [] { return std::vector<std::uint16_t>{5060}; }});
  }
  Reply ask(const Request& request) {
    std::optional<Reply> answer;
    answers_->answer(request, {.user = "ann"}, [&answer](Reply reply) {
      EXPECT_FALSE(answer) << "a second answer";
      answer = std::move(reply);
    });
    loop.advance(Milliseconds{1});
    for (int i = 0; i < 500 && !answer; ++i) loop.advance(Milliseconds{10});
    EXPECT_TRUE(answer);
    return answer.value_or(Reply{});
  }
  Reply start(const std::string& call = "", bool with_media = false) {
    Request request;
    request.mutable_start_capture()->set_call_id(call);
    request.mutable_start_capture()->set_with_media(with_media);
    return ask(request);
  }
  Reply stop() {
    Request request;
    request.mutable_stop_capture();
    return ask(request);
  }
  Capture show() {
    Request request;
    request.mutable_show_capture();
    return ask(request).capture();
  }
  Reply piece(const std::string& file = "", std::uint64_t offset = 0) {
    Request request;
    request.mutable_get_capture()->set_file(file);
    request.mutable_get_capture()->set_offset(offset);
    return ask(request);
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(dir / "captures"),
                      std::filesystem::directory_iterator()));
  }

  testing::FakeLoop loop;
  ipc::TempDir dir;
  OneCall board;
  FakeDataplane dataplane;
  config::v1::Role role = config::v1::OPERATOR;
  std::optional<Answers> answers_;
};

TEST_F(CaptureAnswersTest, StartsShowsAndStops) {
  EXPECT_EQ(show().file(), "");
  EXPECT_EQ(piece().error(), "there was no capture");
  const Reply started = start();
  ASSERT_EQ(started.error(), "");
  EXPECT_TRUE(started.capture().is_running());
  EXPECT_EQ(started.capture().what(), "all interfaces, without media");
  EXPECT_EQ(started.capture().user(), "ann");
  EXPECT_EQ(dataplane.start.max_octets(), 100U << 20);
  EXPECT_EQ(dataplane.start.max_s(), 600U);
  EXPECT_TRUE(std::filesystem::is_regular_file(dataplane.start.file()));
  EXPECT_THAT(piece().error(), HasSubstr("still runs"));
  dataplane.state.set_packets(7);
  EXPECT_EQ(show().packets(), 7U);
  const Reply stopped = stop();
  EXPECT_FALSE(stopped.capture().is_running()) << "the answer waits for the end";
  EXPECT_EQ(stopped.capture().ended_by(), "it was stopped");
  EXPECT_EQ(stop().error(), "no capture runs");
}

TEST_F(CaptureAnswersTest, WhatIsRefused) {
  EXPECT_EQ(start("none").error(), "there is no call none");
  dataplane.refusal = "a capture runs already";
  EXPECT_EQ(start().error(), "a capture runs already");
  EXPECT_EQ(files(), 0U) << "its file is taken away";
  dataplane.is_there = false;
  EXPECT_EQ(start().error(), "the dataplane is not connected");
  EXPECT_EQ(stop().error(), "the dataplane is not connected");
  EXPECT_EQ(files(), 0U);
  role = config::v1::VIEWER;
  EXPECT_THAT(start().error(), HasSubstr("operators"));
  EXPECT_THAT(piece().error(), HasSubstr("operators"));
}

TEST_F(CaptureAnswersTest, TellsWhatIsNewAboutACall) {
  ASSERT_EQ(start("c1", true).error(), "");
  EXPECT_EQ(dataplane.start.session_id(), "c1");
  EXPECT_EQ(dataplane.start.what(), "call c1, with media");
  EXPECT_THAT(dataplane.start.call().sip_call_ids(), ElementsAre("in@a"));
  EXPECT_THAT(dataplane.start.call().signalling_ports(), ElementsAre(5060U, 5062U));
  loop.advance(Seconds{1});
  EXPECT_TRUE(dataplane.heard.empty()) << "nothing is new";
  board.ids.emplace_back("out@gw");
  loop.advance(Milliseconds{150});
  ASSERT_EQ(dataplane.heard.size(), 1U);
  EXPECT_THAT(dataplane.heard[0].sip_call_ids(), ElementsAre("in@a", "out@gw"));
  EXPECT_EQ(dataplane.heard[0].peers_size(), 2);
  board.is_up = false;
  loop.advance(Seconds{1});
  EXPECT_EQ(dataplane.reason, "") << "what follows the end of a call is still its";
  loop.advance(Seconds{2});
  EXPECT_EQ(dataplane.reason, "the call has ended");
}

TEST_F(CaptureAnswersTest, ARestartOfTheDataplaneEndsIt) {
  ASSERT_EQ(start().error(), "");
  std::ofstream(dataplane.start.file()) << "what was written";
  dataplane.is_there = false;
  loop.advance(Seconds{3});
  dataplane.is_there = true;
  dataplane.state.Clear();
  loop.advance(Seconds{3});
  const Capture capture = show();
  EXPECT_FALSE(capture.is_running());
  EXPECT_EQ(capture.ended_by(), "the dataplane was restarted");
  EXPECT_EQ(capture.octets(), 16U);
  EXPECT_EQ(piece().capture_piece().octets(), "what was written");
}

TEST_F(CaptureAnswersTest, ARestartOfControlFindsItAgain) {
  ASSERT_EQ(start("c1").error(), "");
  board.ids.emplace_back("out@gw");
  start_control();
  loop.advance(Seconds{2});
  EXPECT_FALSE(dataplane.heard.empty()) << "it looks after the call again";
  EXPECT_TRUE(show().is_running());
  EXPECT_EQ(show().user(), "ann");

  dataplane.state.Clear();  // both were restarted
  start_control();
  EXPECT_EQ(show().ended_by(), "it is of before the last start of the gateway");
}

TEST_F(CaptureAnswersTest, GivesAFileInPieces) {
  std::string whole;
  for (std::size_t i = 0; whole.size() < 2 * CaptureFolder::kPiece + 100; ++i)
    whole += std::to_string(i);
  ASSERT_EQ(start().error(), "");
  std::ofstream(dataplane.start.file()) << whole;
  stop();
  std::string got;
  std::string file;
  for (;;) {
    const Reply reply = piece(file, got.size());
    ASSERT_EQ(reply.error(), "");
    got += reply.capture_piece().octets();
    file = reply.capture_piece().file();
    EXPECT_EQ(reply.capture_piece().size(), whole.size());
    if (got.size() >= whole.size()) break;
    EXPECT_EQ(reply.capture_piece().octets().size(), CaptureFolder::kPiece);
  }
  EXPECT_TRUE(got == whole);
  EXPECT_EQ(piece(file, whole.size() + 1).capture_piece().octets(), "");
  for (const char* name : {"../journal.db", "journal.db", ".pcapng", "/etc/x.pcapng", "no.pcapng"})
    EXPECT_THAT(piece(name).error(), HasSubstr("there is no capture")) << name;
}

TEST_F(CaptureAnswersTest, KeepsTheLastFew) {
  std::vector<std::string> made;
  for (int i = 0; i < 7; ++i) {
    ASSERT_EQ(start().error(), "");
    made.push_back(dataplane.start.file());
    stop();
    if (i == 3) loop.advance(Seconds{2});  // others begin in the same second
  }
  EXPECT_EQ(files(), CaptureFolder::kKept);
  EXPECT_FALSE(std::filesystem::exists(made[1]));
  EXPECT_TRUE(std::filesystem::exists(made[2]));
  EXPECT_EQ(CaptureFolder(dir / "captures").newest(),
            std::filesystem::path(made[6]).filename().string());
}

}  // namespace
}  // namespace junctor::cp
