// SPDX-License-Identifier: MIT
// The IPC framing: a stream cut into pieces gives the same frames as the stream whole, and what is
// in them is parsed. The first octet chooses the pieces.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "management/v1/management.pb.h"
#include "media/v1/media.pb.h"
#include "platform/base/assert.hpp"
#include "platform/ipc/channel.hpp"

namespace {

using junctor::Bytes;

constexpr std::size_t kLimit = 1024;

struct Outcome {
  std::vector<std::string> frames;
  bool is_good = true;
};

Outcome read(Bytes stream, std::size_t piece) {
  Outcome outcome;
  junctor::ipc::FrameReader reader(kLimit);
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    const Bytes part = stream.subspan(at, std::min(piece, stream.size() - at));
    outcome.is_good = reader.push(part, [&](Bytes frame) {
      JUNCTOR_ASSERT(frame.size() <= kLimit);
      outcome.frames.emplace_back(junctor::as_text(frame));
    });
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes stream(data + 1, size - 1);
  const Outcome whole = read(stream, std::max<std::size_t>(stream.size(), 1));
  const Outcome pieces = read(stream, std::size_t{data[0]} + 1);
  JUNCTOR_ASSERT(whole.frames == pieces.frames && whole.is_good == pieces.is_good);
  for (const std::string& frame : whole.frames) {
    junctor::media::v1::FromControl from_control;
    junctor::media::v1::FromDataplane from_dataplane;
    junctor::management::v1::Request request;
    junctor::management::v1::Reply reply;
    static_cast<void>(junctor::ipc::parse_frame(junctor::as_bytes(frame), from_control));
    static_cast<void>(junctor::ipc::parse_frame(junctor::as_bytes(frame), from_dataplane));
    static_cast<void>(junctor::ipc::parse_frame(junctor::as_bytes(frame), request));
    static_cast<void>(junctor::ipc::parse_frame(junctor::as_bytes(frame), reply));
  }
  return 0;
}
