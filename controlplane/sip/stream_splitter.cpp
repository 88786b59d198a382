// SPDX-License-Identifier: MIT
#include "controlplane/sip/stream_splitter.hpp"

#include <strings.h>

#include <charconv>
#include <optional>

namespace junctor::cp {
namespace {

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

// Takes one line off the front, without its end.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// Up to and including the empty line, or 0.
std::size_t head_size(std::string_view text) {
  const std::size_t at = text.find("\r\n\r\n");
  return at == std::string_view::npos ? 0 : at + 4;
}

std::optional<std::size_t> content_length(std::string_view head) {
  const std::string_view value = raw_field(head, "content-length", 'l');
  if (value.empty()) return 0;
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (error != std::errc{} || end != value.data() + value.size()) return std::nullopt;
  return length;
}

}  // namespace

std::string_view raw_field(std::string_view message, std::string_view name, char compact) {
  take_line(message);
  while (!message.empty()) {
    const std::string_view line = take_line(message);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view field = trim(line.substr(0, colon));
    if (same(field, name) || (compact != 0 && field.size() == 1 && (field[0] | 0x20) == compact)) {
      return trim(line.substr(colon + 1));
    }
  }
  return {};
}

void StreamSplitter::feed(std::string_view bytes, std::size_t max_message_bytes,
                          const std::function<void(std::string_view)>& on_message) {
  if (broken_) return;
  rest_.append(bytes);
  std::string_view text = rest_;
  while (true) {
    while (!text.empty() && (text[0] == '\r' || text[0] == '\n')) text.remove_prefix(1);
    const std::size_t head = head_size(text);
    if (head == 0) {
      broken_ = text.size() > max_message_bytes;
      break;
    }
    const auto body = content_length(text.substr(0, head));
    if (!body || *body > max_message_bytes || head > max_message_bytes) {
      broken_ = true;
      break;
    }
    if (text.size() < head + *body) break;
    on_message(text.substr(0, head + *body));
    text.remove_prefix(head + *body);
  }
  if (broken_) text = {};
  rest_.erase(0, rest_.size() - text.size());
}

Summary summarize(std::string_view message) {
  Summary summary;
  summary.call_id = raw_field(message, "call-id", 'i');
  std::string_view rest = message;
  const std::string_view line = take_line(rest);
  if (line.starts_with("SIP/")) {
    std::string_view status = line.substr(std::min(line.find(' '), line.size() - 1) + 1);
    const std::string_view cseq = raw_field(message, "cseq", 0);
    const std::size_t space = cseq.find_last_of(" \t");
    summary.text.assign(status.substr(0, 60));
    summary.text += " (";
    if (space != std::string_view::npos) summary.text += cseq.substr(space + 1, 30);
    summary.text += ")";
  } else {
    summary.text.assign(line.substr(0, std::min<std::size_t>(line.find(' '), 30)));
  }
  const std::string_view type = raw_field(message, "content-type", 'c');
  if (same(type.substr(0, 15), "application/sdp")) summary.text += " sdp";
  return summary;
}

}  // namespace junctor::cp
