// SPDX-License-Identifier: MIT
#include "platform/ipc/channel.hpp"

namespace junctor::ipc {
namespace {

constexpr std::size_t kHeader = 4;

}  // namespace

bool FrameReader::push(Bytes bytes, const std::function<void(Bytes frame)>& on_frame) {
  if (broken_) return false;
  // Whole frames are handed on where they lie; only what is left over is kept. Memory grows with
  // what has arrived, never with what a header announces.
  const bool is_kept = !buffer_.empty();
  if (is_kept) buffer_.append(as_text(bytes));
  Bytes left = is_kept ? as_bytes(buffer_) : bytes;
  while (left.size() >= kHeader) {
    const std::size_t length = load_be32(left.data());
    if (length > max_) {
      broken_ = true;
      buffer_.clear();
      return false;
    }
    if (left.size() - kHeader < length) break;
    on_frame(left.subspan(kHeader, length));
    left = left.subspan(kHeader + length);
  }
  if (is_kept) {
    buffer_.erase(0, buffer_.size() - left.size());
  } else {
    buffer_.assign(as_text(left));
  }
  return true;
}

}  // namespace junctor::ipc
