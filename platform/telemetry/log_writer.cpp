// SPDX-License-Identifier: MIT
#include "platform/telemetry/log_writer.hpp"

#include <ctime>

#include <cstdio>

#include "platform/telemetry/escape.hpp"

namespace junctor {
namespace {

struct LevelName {
  int syslog;  // RFC 5424, section 6.2.1
  std::string_view name;
};
constexpr std::array<LevelName, 4> kLevels{
    {{7, "debug"}, {6, "info"}, {4, "warning"}, {3, "error"}}};

bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  return value.find_first_of(" \"=\\") != std::string_view::npos ||
         escape(value).size() != value.size();
}

void append_value(std::string& line, std::string_view value) {
  if (!needs_quotes(value)) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : escape(value)) {
    if (c == '"') line += '\\';
    line += c;
  }
  line += '"';
}

}  // namespace

std::string_view level_name(LogLevel level) {
  return kLevels[static_cast<std::size_t>(level)].name;
}

int syslog_severity(LogLevel level) { return kLevels[static_cast<std::size_t>(level)].syslog; }

std::optional<LogLevel> level_of(std::string_view name) {
  for (std::size_t i = 0; i < kLevels.size(); ++i)
    if (kLevels[i].name == name) return static_cast<LogLevel>(i);
  return std::nullopt;
}

void LogWriter::set_level(LogLevel least) {
  const std::scoped_lock lock(mutex_);
  level_ = least;
  update_least();
}

void LogWriter::set_debug(LogDebug debug) {
  const std::scoped_lock lock(mutex_);
  debug_ = std::move(debug);
  update_least();
}

void LogWriter::set_listener(std::function<void(const LogLine&)> listener) {
  const std::scoped_lock lock(mutex_);
  listener_ = std::move(listener);
}

void LogWriter::update_least() {
  const bool is_debug = debug_.all || !debug_.categories.empty();
  least_.store(is_debug ? LogLevel::Debug : level_, std::memory_order_relaxed);
}

bool LogWriter::is_wanted(LogLevel level, std::string_view category) const {
  return level >= level_ || debug_.all || debug_.categories.contains(category);
}

std::string LogWriter::head(LogLevel level, Nanoseconds wall) const {
  const LevelName& name = kLevels[static_cast<std::size_t>(level)];
  if (style_ == Style::Journal) return "<" + std::to_string(name.syslog) + ">";
  const auto ms = std::chrono::duration_cast<Milliseconds>(wall).count();
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char time[32];
  const std::size_t length = std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &utc);
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, ".%03uZ", static_cast<unsigned>(ms % 1000));
  return std::string(time, length) + fraction + " " + std::string(name.name) + " ";
}

LogWriter::Place& LogWriter::place_of(std::string_view category, std::string_view message,
                                      Nanoseconds now) {
  std::string key(category);
  key += '\0';
  key += message;
  // Messages made of foreign text could otherwise fill the memory: quiet places are forgotten, and
  // if none is quiet, all that are new share one.
  if (places_.size() >= kMaxPlaces && !places_.contains(key)) {
    std::erase_if(places_, [&](const auto& entry) {
      return now - entry.second.window_start >= Seconds{1} && entry.second.left_out == 0;
    });
    if (places_.size() >= kMaxPlaces) key.clear();
  }
  return places_[key];
}

void LogWriter::write(LogLevel level, std::string_view category, std::string_view message,
                      LogFields fields) {
  if (!is_logged(level)) return;
  const std::scoped_lock lock(mutex_);
  if (!is_wanted(level, category)) return;
  const Nanoseconds now = clock_.now();
  Place& place = place_of(category, message, now);
  if (now - place.window_start >= Seconds{1}) {
    place.window_start = now;
    place.lines = 0;
  }
  if (place.lines >= kLinesPerSecond) {
    ++place.left_out;
    return;
  }
  ++place.lines;
  LogLine line{clock_.wall(), level, escape(category), escape(message)};
  for (const LogField& field : fields) {
    line.text += ' ';
    line.text += escape(field.key);
    line.text += '=';
    append_value(line.text, field.value);
  }
  if (place.left_out > 0) {
    line.text += " left_out=" + std::to_string(place.left_out);
    place.left_out = 0;
  }
  sink_(head(level, line.wall) + line.category + ": " + line.text + "\n");
  if (listener_) listener_(line);
}

}  // namespace junctor
