// SPDX-License-Identifier: MIT
#include "platform/config/load_message.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "platform/config/json.hpp"
#include "platform/config/read_message.hpp"
#include "platform/config/schema.hpp"

namespace junctor::config {

Result<std::string> read_text(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  // Up to one octet more than may be, so that a larger file is known for one.
  constexpr std::size_t kPiece = std::size_t{64} << 10;
  while (file.good() && text.size() <= Json::kMaxBytes) {
    const std::size_t before = text.size();
    text.resize(std::min(before + kPiece, Json::kMaxBytes + 1));
    file.read(text.data() + before, static_cast<std::streamsize>(text.size() - before));
    text.resize(before + static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad())
    return Error{path, errno != 0 ? std::strerror(errno) : "cannot be read"};
  return text;
}

Result<void> parse_message(std::string_view text, const std::string& file,
                           google::protobuf::Message& message, const Rules& rules) {
  const auto json = read_json(text);
  if (const auto* mistake = std::get_if<Finding>(&json)) return to_error({*mistake}, file);
  const Json& root = std::get<Json>(json);
  if (root.kind != Json::Kind::Object)
    return to_error(
        {{"", root.line, "an object is expected, " + std::string(root.kind_name()) + " is there"}},
        file);
  Findings findings;
  read_message(root, "", message, findings);
  check_schema(message, findings);
  if (rules) rules(findings);
  if (const auto found = findings.take(); !found.empty()) return to_error(found, file);
  return {};
}

Result<void> load_message(const std::string& path, google::protobuf::Message& message,
                          const Rules& rules) {
  const auto text = read_text(path);
  if (!text) return text.error();
  return parse_message(*text, path, message, rules);
}

}  // namespace junctor::config
