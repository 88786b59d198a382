// SPDX-License-Identifier: MIT
#include "platform/telemetry/log.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "platform/telemetry/log_writer.hpp"

namespace junctor {
namespace {

// JOURNAL_STREAM names the device and inode of the stream that journald reads; a child whose stderr
// was redirected inherits the variable but not the stream.
bool is_stderr_of_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || fstat(STDERR_FILENO, &status) != 0) return false;
  return stream == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

void write_to_stderr(std::string_view line) {
  while (!line.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, line.data(), line.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // nowhere to say so
    line.remove_prefix(static_cast<std::size_t>(n));
  }
}

// Never destroyed: threads may log while the process ends.
LogWriter& process_log() {
  static const SystemClock clock;
  static auto* const writer = new LogWriter(
      clock, is_stderr_of_journal() ? LogWriter::Style::Journal : LogWriter::Style::Plain,
      write_to_stderr);
  return *writer;
}

}  // namespace

void set_log_level(LogLevel least) { process_log().set_level(least); }
bool is_logged(LogLevel level) { return process_log().is_logged(level); }

void set_log_listener(std::function<void(const LogLine&)> listener) {
  process_log().set_listener(std::move(listener));
}
void set_log_debug(LogDebug debug) { process_log().set_debug(std::move(debug)); }

void log_debug(std::string_view category, std::string_view message, LogFields fields) {
  process_log().write(LogLevel::Debug, category, message, fields);
}
void log_info(std::string_view category, std::string_view message, LogFields fields) {
  process_log().write(LogLevel::Info, category, message, fields);
}
void log_warning(std::string_view category, std::string_view message, LogFields fields) {
  process_log().write(LogLevel::Warning, category, message, fields);
}
void log_error(std::string_view category, std::string_view message, LogFields fields) {
  process_log().write(LogLevel::Error, category, message, fields);
}

}  // namespace junctor
