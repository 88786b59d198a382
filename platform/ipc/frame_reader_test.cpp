// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "platform/ipc/channel.hpp"

namespace junctor::ipc {
namespace {

using namespace std::string_literals;

std::string framed(const std::string& payload) {
  std::uint8_t header[4];
  store_be32(header, static_cast<std::uint32_t>(payload.size()));
  return std::string(as_text(header)) + payload;
}

TEST(FrameReader, CutsTheSameFramesHoweverTheBytesArrive) {
  const std::vector<std::string> frames = {"one", "", std::string(300, 'x'), "\0\0\0\1"s, "last"};
  std::string stream;
  for (const auto& frame : frames) stream += framed(frame);
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    FrameReader reader(1024);
    std::vector<std::string> got;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      ASSERT_TRUE(reader.push(as_bytes(std::string_view(stream).substr(at, piece)),
                              [&](Bytes frame) { got.emplace_back(as_text(frame)); }));
    }
    EXPECT_EQ(got, frames) << "in pieces of " << piece;
  }
}

TEST(FrameReader, JudgesTheLengthBeforeTheFrame) {
  const struct {
    const char* sentence;
    std::string bytes;
    bool is_good;
    std::size_t frames;
  } rows[] = {
      {"a frame of the limit passes", framed(std::string(8, 'x')), true, 1},
      {"one octet more does not, even before it comes", "\0\0\0\x09"s, false, 0},
      {"the largest length does not", "\xff\xff\xff\xff"s, false, 0},
      {"frames before a bad one count", framed("ok") + "\x7f\0\0\0"s, false, 1},
      {"half a header is no verdict", "\xff\xff\xff"s, true, 0},
      {"half a frame is no frame", "\0\0\0\4abc"s, true, 0},
  };
  for (const auto& row : rows) {
    FrameReader reader(8);
    std::size_t frames = 0;
    EXPECT_EQ(reader.push(as_bytes(row.bytes), [&](Bytes) { ++frames; }), row.is_good)
        << row.sentence;
    EXPECT_EQ(frames, row.frames) << row.sentence;
    if (!row.is_good) {
      EXPECT_FALSE(reader.push(as_bytes(framed("ok")), [&](Bytes) { ++frames; })) << "for good";
      EXPECT_EQ(frames, row.frames) << row.sentence;
    }
  }
}

}  // namespace
}  // namespace junctor::ipc
