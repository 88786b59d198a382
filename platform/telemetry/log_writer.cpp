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

std::string LogWriter::head(LogLevel level) const {
  const LevelName& name = kLevels[static_cast<std::size_t>(level)];
  if (style_ == Style::Journal) return "<" + std::to_string(name.syslog) + ">";
  const auto ms = std::chrono::duration_cast<Milliseconds>(clock_.wall()).count();
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
  std::string line = head(level);
  line += escape(category);
  line += ": ";
  line += escape(message);
  for (const LogField& field : fields) {
    line += ' ';
    line += escape(field.key);
    line += '=';
    append_value(line, field.value);
  }
  if (place.left_out > 0) {
    line += " left_out=" + std::to_string(place.left_out);
    place.left_out = 0;
  }
  line += '\n';
  sink_(line);
}

}  // namespace junctor
