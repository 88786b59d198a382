// SPDX-License-Identifier: MIT
#include "platform/config/config.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "platform/config/disk.hpp"
#include "platform/config/findings.hpp"
#include "platform/config/json.hpp"
#include "platform/config/load_message.hpp"
#include "platform/config/migrate.hpp"
#include "platform/config/read_message.hpp"
#include "platform/config/rules.hpp"
#include "platform/config/schema.hpp"
#include "platform/config/store_files.hpp"

namespace junctor::config {
namespace {

void check(const v1::Config& config, Findings& findings) {
  check_schema(config, findings);
  v1::Config whole = config;
  apply_defaults(whole);
  check_rules(whole, findings);
}

// A folder stands for the file of it that holds.
std::string running_file(const std::string& path) {
  std::error_code ignored;
  const std::string running = path + "/running.json";
  return std::filesystem::exists(running, ignored) ? running : path;
}

Result<std::string> read_held(const std::string& path) {
  auto text = SystemDisk().read(path);
  if (!text) return text.error();
  if (!*text) return Error{path, std::strerror(ENOENT)};
  return std::move(**text);
}

}  // namespace

std::string Finding::text(std::string_view file) const {
  std::string out(file);
  if (line > 0) out += (out.empty() ? "line " : ":") + std::to_string(line);
  if (!out.empty()) out += ": ";
  if (!path.empty()) out += path + ": ";
  return out + reason;
}

Parsed parse_json(std::string_view text) {
  const auto json = read_json(text);
  if (const auto* mistake = std::get_if<Finding>(&json)) return {{}, {*mistake}};
  return parse_json(std::get<Json>(json));
}

Parsed parse_json(const Json& root) {
  Parsed parsed;
  if (root.kind != Json::Kind::Object) {
    parsed.findings.push_back(
        {"", root.line, "an object is expected, " + std::string(root.kind_name()) + " is there"});
    return parsed;
  }
  Json current = root;
  if (const auto mistake = migrate(current)) return {{}, {*mistake}};
  Findings findings;
  read_message(current, "", parsed.config, findings);
  check(parsed.config, findings);
  parsed.findings = findings.take();
  return parsed;
}

std::vector<Finding> validate(const v1::Config& config) {
  Findings findings;
  check(config, findings);
  return findings.take();
}

Error to_error(const std::vector<Finding>& findings, std::string_view file) {
  // The file stands in each line already, so that Error::where would only repeat it.
  std::string lines;
  for (const Finding& finding : findings) lines += (lines.empty() ? "" : "\n") + finding.text(file);
  return Error{"", lines};
}

Result<v1::Config> load_file(const std::string& given_path) {
  const std::string path = running_file(given_path);
  const auto text = read_held(path);
  if (!text) return text.error();
  Parsed parsed = parse_json(*text);
  if (parsed.findings.empty()) return std::move(parsed.config);
  return to_error(parsed.findings, path);
}

std::uint32_t revision_of_file(const std::string& path) {
  const auto text = read_held(running_file(path));
  return text ? read_running_revision(*text).value_or(0) : 0;
}

Error locate(const std::string& file, const Error& error) {
  Finding finding{error.where, 0, error.message};
  if (const auto text = read_text(file); text) {
    auto json = read_json(*text);
    if (Json* root = std::get_if<Json>(&json)) {
      migrate(*root);
      Findings findings;
      v1::Config unused;
      read_message(*root, "", unused, findings);
      finding.line = findings.line_of(error.where);
    }
  }
  return Error{"", finding.text(file)};
}

}  // namespace junctor::config
