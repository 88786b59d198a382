// SPDX-License-Identifier: MIT
#include "controlplane/dialect/message_part.hpp"

#include <algorithm>

#include "controlplane/sdp/multipart.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp {

using interop::Message;

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

// Behind the lines of the first audio; behind all where there is none.
std::size_t end_of_audio(const std::vector<std::string>& lines) {
  bool is_audio = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].starts_with("m=")) continue;
    if (is_audio) return i;
    is_audio = lines[i].starts_with("m=audio");
  }
  return lines.size();
}

// What stands before a part, with a Content-Length of the part as it is now; most parts have none.
std::string with_length(std::string_view before, std::size_t size) {
  std::string out;
  // Its header fields are behind the last delimiter (RFC 2046, section 5.1.1).
  const std::size_t delimiter = before.rfind("\n--");
  std::size_t at = delimiter == std::string_view::npos ? 0 : delimiter + 1;
  out += before.substr(0, at);
  while (at < before.size()) {
    const std::size_t end = std::min(before.find('\n', at), before.size() - 1) + 1;
    const std::string_view line = before.substr(at, end - at);
    const std::size_t colon = line.find(':');
    const bool is_length =
        colon != std::string_view::npos &&
        interop::same_header(interop::trim(line.substr(0, colon)), "Content-Length");
    if (is_length)
      out += std::string(line.substr(0, colon)) + ": " + std::to_string(size) + "\r\n";
    else
      out += line;
    at = end;
  }
  return out;
}

}  // namespace

MessagePart MessagePart::header(const Message& message, const std::string& name) {
  MessagePart part;
  part.name_ = name;
  part.is_header_ = part.is_there = true;
  for (const std::string_view value : message.get_all(name)) part.values.emplace_back(value);
  return part;
}

MessagePart MessagePart::sdp_attribute(const Message& message, const std::string& name) {
  MessagePart part;
  part.name_ = name;
  const FoundSdp found = find_sdp(message);
  part.is_there = !found.text.empty();
  if (!part.is_there) return part;
  part.begin_ = static_cast<std::size_t>(found.text.data() - message.body().data());
  part.size_ = found.text.size();
  part.lines_ = lines_of(found.text);
  const std::string begin = "a=" + name;
  for (std::size_t i = 0; i < part.lines_.size(); ++i) {
    const std::string& line = part.lines_[i];
    const bool is_flag = line == begin;
    if (!is_flag && !line.starts_with(begin + ":")) continue;
    part.at_.push_back(i);
    part.values.emplace_back(is_flag ? "" : line.substr(begin.size() + 1));
  }
  return part;
}

std::string MessagePart::attribute_line(const std::string& value) const {
  return "a=" + name_ + (value.empty() ? "" : ":" + value);
}

void MessagePart::write_header(Message& message) const {
  std::vector<std::string> left;
  for (const auto& value : values)
    if (value) left.push_back(*value);
  if (added) left.push_back(*added);
  if (left.empty()) {
    message.remove(name_);
    return;
  }
  message.set(name_, std::move(left.front()));
  for (std::size_t i = 1; i < left.size(); ++i) message.add(name_, std::move(left[i]));
}

void MessagePart::write(Message& message) const {
  if (is_header_) return write_header(message);
  const std::size_t end = end_of_audio(lines_);
  std::string text;
  std::size_t next = 0;
  const auto put = [&text](const std::string& line) { text += line + "\r\n"; };
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (added && i == end) put(attribute_line(*added));
    if (next == at_.size() || at_[next] != i) {
      put(lines_[i]);
    } else if (const auto& value = values[next++]) {
      put(attribute_line(*value));
    }
  }
  if (added && end == lines_.size()) put(attribute_line(*added));
  const std::string_view body = message.body();
  std::string whole = with_length(body.substr(0, begin_), text.size()) + text;
  whole += body.substr(begin_ + size_);
  message.set_body(std::string(message.get("Content-Type").value_or("")), std::move(whole));
}

}  // namespace junctor::cp
