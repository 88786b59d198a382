// SPDX-License-Identifier: MIT
#include "controlplane/sip/stream_splitter.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "controlplane/sip/raw_message.hpp"

namespace junctor::cp {
namespace {

std::optional<std::size_t> content_length(std::string_view head) {
  const std::string_view value = raw_field(head, "content-length", 'l');
  if (value.empty()) return 0;
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (error != std::errc{} || end != value.data() + value.size()) return std::nullopt;
  return length;
}

}  // namespace

void replace_nuls(char* head, std::size_t size) { std::replace(head, head + size, '\0', ' '); }

// Adds to the head what belongs to it; true when it is whole.
bool StreamSplitter::take_head(std::string_view& bytes, std::size_t max_message_bytes) {
  // The end may lie across two pieces.
  const std::size_t before = message_.size();
  const std::size_t from = before < 3 ? 0 : before - 3;
  message_ += bytes;
  const std::size_t end = message_.find("\r\n\r\n", from);
  if (end == std::string::npos) {
    bytes = {};
    broken_ = message_.size() > max_message_bytes;
    return false;
  }
  bytes.remove_prefix(end + 4 - before);
  message_.resize(end + 4);
  const auto body = content_length(message_);
  if (!body || message_.size() + *body > max_message_bytes) {
    broken_ = true;
    return false;
  }
  body_left_ = *body;
  in_body_ = true;
  return true;
}

std::string StreamSplitter::feed(std::string_view bytes, std::size_t max_message_bytes,
                                 const std::function<void(std::string_view)>& on_message) {
  std::string kept;
  while (!bytes.empty() && !broken_) {
    if (!in_body_) {
      if (message_.empty()) {
        bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
        if (bytes.empty()) break;
      }
      const std::string_view before = bytes;
      const bool is_whole = take_head(bytes, max_message_bytes);
      const std::size_t at = kept.size();
      kept += before.substr(0, before.size() - bytes.size());
      replace_nuls(kept.data() + at, kept.size() - at);
      if (!is_whole) continue;
    }
    const std::size_t n = std::min(body_left_, bytes.size());
    message_ += bytes.substr(0, n);
    kept += bytes.substr(0, n);
    bytes.remove_prefix(n);
    body_left_ -= n;
    if (body_left_ > 0) break;
    on_message(message_);
    message_.clear();
    in_body_ = false;
  }
  if (broken_) {
    kept += bytes;
    message_.clear();
  }
  return kept;
}

Summary summarize(std::string_view message) {
  Summary summary;
  summary.call_id = raw_field(message, "call-id", 'i');
  const std::string_view line = message.substr(0, message.find_first_of("\r\n"));
  if (line.starts_with("SIP/")) {
    const std::string_view cseq = raw_field(message, "cseq", 0);
    const std::size_t space = cseq.find_last_of(" \t");
    summary.text.assign(line.substr(std::min(line.find(' '), line.size() - 1) + 1).substr(0, 60));
    summary.text += " (";
    if (space != std::string_view::npos) summary.text += cseq.substr(space + 1, 30);
    summary.text += ")";
  } else {
    summary.text.assign(line.substr(0, std::min<std::size_t>(line.find(' '), 30)));
  }
  const std::string_view type = raw_field(message, "content-type", 'c');
  if (type.size() >= 15 && strncasecmp(type.data(), "application/sdp", 15) == 0)
    summary.text += " sdp";
  return summary;
}

}  // namespace junctor::cp
