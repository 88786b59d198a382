// SPDX-License-Identifier: MIT
#include "platform/ipc/channel.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "media/v1/media.pb.h"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/unix_socket.hpp"

namespace junctor::ipc {
namespace {

using media::v1::Remove;

Remove message(std::size_t octets) {
  Remove remove;
  remove.add_session_ids(std::string(octets, 'x'));
  return remove;
}

// A channel at one end of a pair of sockets; the other end is the test's.
struct Bench {
  explicit Bench(Limits limits = {}) {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    far.reset(fds[1]);
    channel = std::make_unique<Channel>(*loop, fds[0], limits);
    channel->set_callbacks(
        {.on_frame = [this](Bytes frame) { frames.emplace_back(as_text(frame)); },
         .on_closed = [this](const std::string& reason) { closed.push_back(reason); }});
  }
  // Lets the loop turn often enough for everything that can happen at once.
  void turn() {
    int left = 50;
    HandlePtr next;
    std::function<void()> count = [&] {
      if (--left == 0) return loop->stop();
      next = loop->after(Nanoseconds{0}, count);
    };
    count();
    loop->run();
  }
  void write_far(std::string_view bytes) {
    ASSERT_EQ(::send(far.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  std::string read_far() {
    std::string all;
    char buffer[65536];
    for (ssize_t n; (n = recv(far.get(), buffer, sizeof buffer, 0)) > 0;) {
      all.append(buffer, static_cast<std::size_t>(n));
    }
    return all;
  }

  std::unique_ptr<Loop> loop = make_epoll_loop();
  UniqueFd far;
  std::unique_ptr<Channel> channel;
  std::vector<std::string> frames;
  std::vector<std::string> closed;
};

TEST(Channel, SendsFramesAndReadsThem) {
  Bench bench;
  Remove sent = message(5);
  ASSERT_TRUE(bench.channel->send(sent));
  const std::string wire = bench.read_far();
  EXPECT_EQ(wire.substr(0, 4), std::string("\0\0\0\x07", 4));
  bench.write_far(wire + wire);
  bench.turn();
  ASSERT_EQ(bench.frames.size(), 2U);
  Remove got;
  ASSERT_TRUE(parse_frame(as_bytes(bench.frames[1]), got));
  EXPECT_EQ(got.session_ids(0), "xxxxx");
}

TEST(Channel, DeliversWhatCameBeforeTheEnd) {
  Bench bench;
  bench.write_far(std::string("\0\0\0\2ab\0\0\0\7half", 14));
  bench.far.reset();
  bench.turn();
  EXPECT_EQ(bench.frames, std::vector<std::string>{"ab"});
  EXPECT_EQ(bench.closed, std::vector<std::string>{"the peer closed the connection"});
  EXPECT_FALSE(bench.channel->is_open());
  EXPECT_FALSE(bench.channel->send(message(1)));
}

TEST(Channel, EndsAtALengthAboveTheLimit) {
  Bench bench({.max_frame_bytes = 16});
  const auto before = counters()[kFrameTooLarge].value();
  bench.write_far(std::string("\0\0\0\2ab\0\0\0\x11", 10));
  bench.turn();
  EXPECT_EQ(bench.frames.size(), 1U);
  EXPECT_EQ(bench.closed,
            std::vector<std::string>{"the peer announced a frame larger than 16 octets"});
  EXPECT_EQ(counters()[kFrameTooLarge].value(), before + 1);
}

TEST(Channel, WaitsForASlowReaderAndLosesNothing) {
  Bench bench({.max_frame_bytes = 1 << 20, .max_queue_bytes = 8 << 20});
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(bench.channel->send(message(1'000'000)));
  }
  EXPECT_GT(bench.channel->queued_bytes(), std::size_t{4} << 20);
  EXPECT_FALSE(bench.channel->can_send()) << "more than half of the queue is used";
  std::string got;
  while (bench.channel->queued_bytes() > 0) {
    got += bench.read_far();
    bench.turn();
  }
  got += bench.read_far();
  EXPECT_TRUE(bench.channel->can_send());
  std::size_t frames = 0;
  FrameReader reader(1 << 20);
  EXPECT_TRUE(reader.push(as_bytes(got), [&](Bytes) { ++frames; }));
  EXPECT_EQ(frames, 6U);
}

TEST(Channel, EndsWhenThePeerDoesNotRead) {
  Bench bench({.max_frame_bytes = 1 << 20, .max_queue_bytes = 2 << 20});
  const auto before = counters()[kQueueFull].value();
  int sent = 0;
  while (sent < 100 && bench.channel->send(message(500'000))) ++sent;
  EXPECT_GE(sent, 4);
  EXPECT_LT(sent, 100);
  EXPECT_TRUE(bench.closed.empty()) << "never from within send()";
  EXPECT_FALSE(bench.channel->is_open());
  bench.turn();
  EXPECT_EQ(bench.closed, std::vector<std::string>{"the peer does not read"});
  EXPECT_EQ(counters()[kQueueFull].value(), before + 1);
}

TEST(Channel, EndsAtAMessageThatIsTooLarge) {
  Bench bench({.max_frame_bytes = 16});
  EXPECT_TRUE(bench.channel->send(message(14)));
  EXPECT_FALSE(bench.channel->send(message(15)));
  bench.turn();
  EXPECT_EQ(bench.closed, std::vector<std::string>{"a message of 17 octets is too large to send"});
}

TEST(Channel, APeerThatIsGoneRaisesNoSignal) {
  Bench bench;
  bench.far.reset();
  EXPECT_FALSE(bench.channel->send(message(1))) << "the write fails, SIGPIPE would end the process";
  bench.turn();
  EXPECT_EQ(bench.closed.size(), 1U);
}

TEST(Channel, MayBeDestroyedInItsCallbacks) {
  Bench bench;
  bench.channel->set_callbacks(
      {.on_frame =
           [&](Bytes frame) {
             bench.frames.emplace_back(as_text(frame));
             bench.channel.reset();
           },
       .on_closed = [&](const std::string&) { FAIL() << "it was destroyed"; }});
  bench.write_far(std::string("\0\0\0\1a\0\0\0\1b", 10));
  bench.turn();
  EXPECT_EQ(bench.frames, std::vector<std::string>{"a"}) << "no frame after the end";

  Bench other;
  other.channel->set_callbacks({.on_frame = {}, .on_closed = [&](const std::string& reason) {
                                  other.closed.push_back(reason);
                                  other.channel.reset();
                                }});
  other.far.reset();
  other.turn();
  EXPECT_EQ(other.closed.size(), 1U);
}

TEST(Channel, CallbacksMayBeChangedInACallback) {
  Bench bench;
  bench.channel->set_callbacks(
      {.on_frame =
           [&, tag = std::string("first")](Bytes frame) {
             bench.channel->set_callbacks(
                 {.on_frame = [&](Bytes f) { bench.frames.emplace_back(as_text(f)); },
                  .on_closed = {}});
             bench.frames.push_back(tag + std::string(as_text(frame)));
           },
       .on_closed = {}});
  bench.write_far(std::string("\0\0\0\1a\0\0\0\1b", 10));
  bench.turn();
  EXPECT_EQ(bench.frames, (std::vector<std::string>{"firsta", "b"}));
}

TEST(Channel, TellsTheReasonOfItsOwnerOnce) {
  Bench bench;
  bench.channel->close("nonsense");
  bench.channel->close("more nonsense");
  bench.turn();
  EXPECT_EQ(bench.closed, std::vector<std::string>{"nonsense"});
}

TEST(Channel, KnowsWhoIsAtTheOtherEnd) {
  Bench bench;
  EXPECT_EQ(bench.channel->peer_uid(), static_cast<std::int64_t>(geteuid()));
  bench.channel->close("end");
  EXPECT_EQ(bench.channel->peer_uid(), -1);
}

TEST(ParseFrame, CountsWhatIsNoMessage) {
  const auto before = counters()[kBadMessage].value();
  Remove remove;
  EXPECT_FALSE(parse_frame(as_bytes("\x0a\xff"), remove));
  EXPECT_EQ(counters()[kBadMessage].value(), before + 1);
  EXPECT_TRUE(parse_frame({}, remove)) << "the empty message is one";
}

}  // namespace
}  // namespace junctor::ipc
