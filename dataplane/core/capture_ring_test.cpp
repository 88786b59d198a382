// SPDX-License-Identifier: MIT
#include "dataplane/core/capture_ring.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace junctor::dp {
namespace {

bool put(CaptureRing& ring, std::uint64_t time_ns, const std::string& octets,
         std::uint16_t port = 0) {
  if (!ring.begin({time_ns, static_cast<std::uint32_t>(octets.size()), port, 1})) return false;
  // In two pieces, as of a chain of buffers.
  const auto* from = reinterpret_cast<const std::uint8_t*>(octets.data());
  ring.append(from, octets.size() / 2);
  ring.append(from + octets.size() / 2, octets.size() - octets.size() / 2);
  ring.commit();
  return true;
}

// "time:octets" of the oldest, taken out; "" if there is none.
std::string take(CaptureRing& ring) {
  CaptureRing::Head head;
  Bytes frame;
  if (!ring.front(head, frame)) return "";
  std::string text = std::to_string(head.time_ns) + ":" + std::string(as_text(frame));
  ring.pop();
  return text;
}

TEST(CaptureRing, GivesBackWhatWasPutInOrder) {
  CaptureRing ring(256);
  EXPECT_EQ(take(ring), "");
  EXPECT_TRUE(put(ring, 1, "a"));
  EXPECT_TRUE(put(ring, 2, ""));
  EXPECT_TRUE(put(ring, 3, "twelve octets and more"));
  EXPECT_EQ(take(ring), "1:a");
  EXPECT_EQ(take(ring), "2:");
  EXPECT_EQ(take(ring), "3:twelve octets and more");
  EXPECT_EQ(take(ring), "");
}

// Lengths that bring every place of head and octets across the end of the memory.
TEST(CaptureRing, GoesOverItsEnd) {
  CaptureRing ring(256);
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const std::string octets(i * 7 % 90, static_cast<char>('a' + i % 26));
    ASSERT_TRUE(put(ring, i, octets));
    ASSERT_TRUE(put(ring, i + 1, "second"));
    ASSERT_EQ(take(ring), std::to_string(i) + ":" + octets);
    ASSERT_EQ(take(ring), std::to_string(i + 1) + ":second");
  }
}

TEST(CaptureRing, CountsWhatFindsNoRoomByItsPort) {
  CaptureRing ring(128);
  EXPECT_TRUE(put(ring, 1, std::string(104, 'x')));  // with its head 120
  EXPECT_FALSE(put(ring, 2, "y", 3));
  EXPECT_FALSE(put(ring, 3, std::string(500, 'z'), 3)) << "longer than the ring";
  EXPECT_EQ(ring.lost(3), 2U);
  EXPECT_EQ(ring.lost(0), 0U);
  EXPECT_EQ(take(ring), "1:" + std::string(104, 'x'));
  EXPECT_TRUE(put(ring, 4, "y"));
  EXPECT_EQ(take(ring), "4:y") << "nothing of what was lost is left";
}

TEST(CaptureRing, BetweenTwoThreads) {
  constexpr std::uint64_t kPackets = 20'000;
  CaptureRing ring(1024);
  std::atomic<bool> stop{false};
  std::thread writer([&ring, &stop] {
    for (std::uint64_t i = 0; i < kPackets && !stop;)
      if (put(ring, i, std::string(i % 61, static_cast<char>('a' + i % 26)))) ++i;
  });
  for (std::uint64_t i = 0; i < kPackets;) {
    const std::string one = take(ring);
    if (one.empty()) {
      std::this_thread::yield();
      continue;
    }
    if (one != std::to_string(i) + ":" + std::string(i % 61, static_cast<char>('a' + i % 26))) {
      ADD_FAILURE() << "packet " << i << " is " << one;
      break;
    }
    ++i;
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace junctor::dp
