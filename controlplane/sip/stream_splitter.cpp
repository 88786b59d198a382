// SPDX-License-Identifier: MIT
#include "controlplane/sip/stream_splitter.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace junctor::cp {
namespace {

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

void replace_nuls(char* head, std::size_t size) { std::replace(head, head + size, '\0', ' '); }

void StreamSplitter::break_off(std::uint16_t status, std::string_view phrase) {
  trouble_ = {RawVerdict::Kind::Refuse, status, std::string(phrase)};
}

std::size_t StreamSplitter::skip_empty_lines(std::string_view& bytes) {
  std::size_t pings = 0;
  while (!bytes.empty() && (bytes.front() == '\r' || bytes.front() == '\n')) {
    const bool is_line = bytes.front() == '\n' && after_cr_;
    after_cr_ = bytes.front() == '\r';
    bytes.remove_prefix(1);
    if (!is_line || ++empty_lines_ < 2) continue;
    ++pings;
    empty_lines_ = 0;
  }
  return pings;
}

// Adds to the head what belongs to it; true when it is whole.
bool StreamSplitter::take_head(std::string_view& bytes, std::size_t max_message_bytes) {
  // The end may lie across two pieces.
  const std::size_t before = message_.size();
  const std::size_t from = before < 3 ? 0 : before - 3;
  message_ += bytes;
  const std::size_t end = message_.find("\r\n\r\n", from);
  if (end == std::string::npos) {
    bytes = {};
    if (message_.size() > max_message_bytes) break_off(413, "Message Too Large");
    return false;
  }
  bytes.remove_prefix(end + 4 - before);
  message_.resize(end + 4);
  const std::string_view length = raw_field(message_, "content-length", 'l');
  const auto body = number(length);
  if (length.empty()) {  // a stream has no other end of a message (RFC 3261, 20.14)
    break_off(400, "Missing Content-Length Header Field");
  } else if (!body) {
    break_off(400, "Bad Content-Length Header Field");
  } else if (message_.size() > max_message_bytes || *body > max_message_bytes - message_.size()) {
    break_off(413, "Message Too Large");
  }
  if (is_broken()) return false;
  body_left_ = *body;
  in_body_ = true;
  return true;
}

std::size_t StreamSplitter::feed(std::string_view bytes, std::size_t max_message_bytes,
                                 const std::function<void(std::string_view)>& on_message) {
  std::size_t pings = 0;
  while (!is_broken()) {
    if (message_.empty()) pings += skip_empty_lines(bytes);
    if (bytes.empty()) break;
    if (!in_body_ && !take_head(bytes, max_message_bytes)) continue;
    const std::size_t n = std::min(body_left_, bytes.size());
    message_ += bytes.substr(0, n);
    bytes.remove_prefix(n);
    body_left_ -= n;
    if (body_left_ > 0) break;
    on_message(message_);
    message_.clear();
    in_body_ = false;
    after_cr_ = false;
    empty_lines_ = 0;
  }
  return pings;
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
