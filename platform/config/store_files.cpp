// SPDX-License-Identifier: MIT
#include "platform/config/store_files.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "platform/config/json.hpp"
#include "platform/config/write_json.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::config {
namespace {

constexpr std::string_view kRunningLine = "// revision ";
constexpr std::string_view kConfigKey = ",\n  \"config\": ";
constexpr std::string_view kFileType = ".json";

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || at != end) return std::nullopt;
  return value;
}

const Json* find(const Json& object, std::string_view key) {
  const auto at = std::ranges::find(object.members, key, &Json::Member::key);
  return at == object.members.end() ? nullptr : &at->value;
}

template <typename Number>
std::optional<Number> number_in(const Json& object, std::string_view key) {
  const Json* value = find(object, key);
  if (value == nullptr || value->kind != Json::Kind::Number) return std::nullopt;
  return whole_number<Number>(value->text);
}

// Since 1970, and within what nanoseconds can say (the year 2255).
std::optional<Milliseconds> time_in(const Json& object, std::string_view key) {
  constexpr std::int64_t kLast = 9'000'000'000'000;
  const auto unix_ms = number_in<std::int64_t>(object, key);
  if (!unix_ms || *unix_ms < 0 || *unix_ms > kLast) return std::nullopt;
  return Milliseconds(*unix_ms);
}

std::string text_in(const Json& object, std::string_view key) {
  const Json* value = find(object, key);
  return value == nullptr || value->kind != Json::Kind::String ? "" : value->text;
}

Result<Json> read_object(std::string_view text, const std::string& file) {
  auto json = read_json(text);
  if (const auto* mistake = std::get_if<Finding>(&json)) return to_error({*mistake}, file);
  return std::get<Json>(std::move(json));
}

void append_text(std::string& out, std::string_view key, std::string_view text) {
  out += ",\n  \"" + std::string(key) + "\": ";
  append_json_string(out, text);
}

bool has_control(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char c = decode_utf8(text);
    if (c.length == 0 || is_control(c.code)) return true;
    text.remove_prefix(c.length);
  }
  return false;
}

}  // namespace

std::string write_running(std::uint32_t revision, const v1::Config& config) {
  return std::string(kRunningLine) + std::to_string(revision) +
         "; what is changed here by hand becomes a revision of its own at the next start\n" +
         write_json(config);
}

std::optional<std::uint32_t> read_running_revision(std::string_view text) {
  if (!text.starts_with(kRunningLine)) return std::nullopt;
  text.remove_prefix(kRunningLine.size());
  return whole_number<std::uint32_t>(text.substr(0, text.find_first_not_of("0123456789")));
}

std::string write_revision(const Revision& revision, const v1::Config& config) {
  std::string out = "{\n  \"revision\": " + std::to_string(revision.number) +
                    ",\n  \"unix_ms\": " + std::to_string(revision.time.count());
  append_text(out, "user", revision.user);
  append_text(out, "comment", revision.comment);
  if (!revision.confirmed_by.empty()) append_text(out, "confirmed_by", revision.confirmed_by);
  out += kConfigKey;
  append_json(out, config, 2);
  return out + "\n}\n";
}

Result<Revision> read_revision(std::string_view text, const std::string& file) {
  // A list of a hundred revisions need not read a hundred configurations.
  std::string head(text.substr(0, text.find(kConfigKey)));
  if (head.size() < text.size()) head += "\n}";
  const auto json = read_object(head, file);
  if (!json) return json.error();
  const auto number = number_in<std::uint32_t>(*json, "revision");
  const auto time = time_in(*json, "unix_ms");
  if (!number || !time) return Error{file, "revision or unix_ms is missing or is no such number"};
  return Revision{*number,
                  *time,
                  printable(text_in(*json, "user"), Revision::kMaxUser),
                  printable(text_in(*json, "comment"), Revision::kMaxComment),
                  printable(text_in(*json, "confirmed_by"), Revision::kMaxUser),
                  ""};
}

Parsed read_revision_config(std::string_view text) {
  const auto json = read_json(text);
  if (const auto* mistake = std::get_if<Finding>(&json)) return {{}, {*mistake}};
  const Json* config = find(std::get<Json>(json), "config");
  if (config == nullptr) return {{}, {Finding{"config", 0, "is missing"}}};
  return parse_json(*config);
}

std::string write_pending_file(const PendingFile& pending) {
  return "{\n  \"revision\": " + std::to_string(pending.revision) +
         ",\n  \"return_to\": " + std::to_string(pending.return_to) +
         ",\n  \"window_s\": " + std::to_string(pending.window.count()) +
         ",\n  \"deadline_unix_ms\": " + std::to_string(pending.deadline.count()) + "\n}\n";
}

Result<PendingFile> read_pending_file(std::string_view text, const std::string& file) {
  const auto json = read_object(text, file);
  if (!json) return json.error();
  const auto revision = number_in<std::uint32_t>(*json, "revision");
  const auto return_to = number_in<std::uint32_t>(*json, "return_to");
  const auto window_s = number_in<std::int64_t>(*json, "window_s");
  const auto deadline = time_in(*json, "deadline_unix_ms");
  if (!revision || !return_to || !window_s || !deadline)
    return Error{
        file, "a number is missing or cannot be (revision, return_to, window_s, deadline_unix_ms)"};
  const Seconds window = std::clamp(Seconds(*window_s), Seconds{1}, Seconds(Store::kLongestWindow));
  return PendingFile{*revision, *return_to, window, *deadline};
}

std::string revision_file_name(std::uint32_t revision) {
  std::string digits = std::to_string(revision);
  if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
  return digits + std::string(kFileType);
}

std::optional<std::uint32_t> revision_of_file_name(std::string_view name) {
  if (!name.ends_with(kFileType)) return std::nullopt;
  const auto number = whole_number<std::uint32_t>(name.substr(0, name.size() - kFileType.size()));
  constexpr std::uint32_t kLast = 999'999'999;  // room for the next number is always left
  if (!number || *number == 0 || *number > kLast || revision_file_name(*number) != name)
    return std::nullopt;
  return number;
}

std::string printable(std::string_view text, std::size_t max) {
  constexpr std::string_view kCut = "...";
  // A backslash that is part of the text (DOMAIN\jane) need not be doubled if nothing else has one.
  std::string whole = has_control(text) ? escape(text) : std::string(text);
  if (whole.size() <= max) return whole;
  std::size_t end = 0;
  for (;;) {
    const std::size_t next = end + decode_utf8(std::string_view(whole).substr(end)).length;
    if (next + kCut.size() > max) break;
    end = next;
  }
  return whole.substr(0, end) + std::string(kCut);
}

std::string fresh_name(const std::string& path) { return path + std::string(kFresh); }

bool is_fresh(std::string_view path) { return path.ends_with(kFresh); }

std::string parent_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string window_text(Seconds window) {
  const bool is_minutes = window.count() % 60 == 0;
  const auto count = is_minutes ? window.count() / 60 : window.count();
  return std::to_string(count) + (is_minutes ? " minute" : " second") + (count == 1 ? "" : "s");
}

}  // namespace junctor::config
