// SPDX-License-Identifier: MIT
#include "platform/cli/load.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "platform/config/config.hpp"
#include "platform/config/json.hpp"
#include "platform/config/tree.hpp"
#include "platform/console/words.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {
namespace {

using Edit = config::MaybeMistake (*)(config::v1::Config& config, const config::Words& words);

// Why the line cannot be; empty if it could.
std::string run_line(config::v1::Config& config, std::string_view line) {
  static const std::map<std::string, Edit, std::less<>> kEdits{{"set", config::set},
                                                               {"delete", config::erase},
                                                               {"rename", config::rename},
                                                               {"copy", config::copy},
                                                               {"insert", config::insert}};
  const console::Split split = console::split(line);
  if (split.mistake) return split.mistake->text;
  if (split.is_comment || split.parts.front().empty()) return "";
  config::Words words;
  for (const console::Word& word : split.parts.front()) words.push_back(word.text);
  const auto edit = kEdits.find(words.front());
  if (edit == kEdits.end()) return "begins with none of set, delete, rename, copy, insert";
  words.erase(words.begin());
  const auto mistake = edit->second(config, words);
  return mistake ? mistake->reason : "";
}

}  // namespace

Loaded load_text(const config::v1::Config& onto, const std::string& name, std::string_view text) {
  Loaded loaded;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && (text[first] == '{' || text[first] == '/')) {
    config::Parsed parsed = config::parse_json(text);
    for (const config::Finding& finding : parsed.findings)
      loaded.mistakes.push_back(escape(finding.text(name)));
    loaded.config = std::move(parsed.config);
    return loaded;
  }
  loaded.config = onto;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    std::string_view line = text.substr(0, end + 1);
    text.remove_prefix(end + 1);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    const std::string reason = run_line(loaded.config, line);
    if (reason.empty()) continue;
    loaded.mistakes = {escape(name + ":" + std::to_string(number) + ": " + reason)};
    break;
  }
  return loaded;
}

Result<std::string> read_text(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return Error{path, error ? error.message() : "is no file"};
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  // One octet more than may be, so that a larger file is known for one.
  std::string text(config::Json::kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad())
    return Error{path, errno != 0 ? std::strerror(errno) : "cannot be read"};
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > config::Json::kMaxBytes) return Error{path, "is larger than 16 MiB"};
  return text;
}

}  // namespace junctor::cli
