// SPDX-License-Identifier: MIT
// LogWriter: forms and limits the lines of a log; log.hpp writes through the process's one.
//
// Threads   any; the mutex guards everything but the least level, and the sink and the listener are
//           called under it, a line at a time.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "platform/base/clock.hpp"
#include "platform/telemetry/log.hpp"
#include "platform/telemetry/log_tap.hpp"

namespace junctor {

class LogWriter {
 public:
  enum class Style : std::uint8_t {
    Journal,
    Plain
  };  // "<4>trunk: ..." or "2026-01-31T12:00:00.000Z warning trunk: ..."
  using Sink = std::function<void(std::string_view line)>;

  static constexpr std::uint32_t kLinesPerSecond = 10;
  static constexpr std::size_t kMaxPlaces = 1024;

  // The clock must outlive the writer.
  LogWriter(const Clock& clock, Style style, Sink sink)
      : clock_(clock), style_(style), sink_(std::move(sink)) {}

  void set_level(LogLevel least);
  void set_debug(LogDebug debug);
  void set_listener(std::function<void(const LogLine&)> listener);
  // Of some category at least.
  bool is_logged(LogLevel level) const { return level >= least_.load(std::memory_order_relaxed); }
  void write(LogLevel level, std::string_view category, std::string_view message, LogFields fields);

 private:
  struct Place {
    Nanoseconds window_start{0};
    std::uint32_t lines = 0;
    std::uint64_t left_out = 0;
  };

  void update_least();
  bool is_wanted(LogLevel level, std::string_view category) const;
  Place& place_of(std::string_view category, std::string_view message, Nanoseconds now);
  std::string head(LogLevel level, Nanoseconds wall) const;

  // Given.
  const Clock& clock_;
  const Style style_;
  const Sink sink_;
  // State.
  std::atomic<LogLevel> least_{LogLevel::Info};  // of any category
  std::mutex mutex_;
  LogLevel level_{LogLevel::Info};
  LogDebug debug_;
  std::function<void(const LogLine&)> listener_;
  std::unordered_map<std::string, Place> places_;
};

}  // namespace junctor
