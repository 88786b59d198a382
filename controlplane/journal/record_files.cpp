// SPDX-License-Identifier: MIT
#include "controlplane/journal/record_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "controlplane/journal/record_columns.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

namespace fs = std::filesystem;
using management::v1::CallRecord;

// As many as the journal keeps are looked through for those that the file lacks.
constexpr std::uint32_t kLookBack = Journal::kMaxRecords;

enum Count : std::uint8_t { kWriteFailed, kAddedLater, kCountCount };
constexpr std::array<CounterDesc, kCountCount> kCounts{{
    {"write_failed", Severity::Error, "a record was not written to its file; the journal has it"},
    {"added_later", Severity::Info, "a record that a file lacked was added from the journal"},
}};

// What peers wrote cannot break the line: quoted if need be, and without control characters.
std::string cell(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out += '"';
}

class RecordFiles final : public Journal {
 public:
  RecordFiles(std::unique_ptr<Journal> journal, RecordFilesConfig config, const Clock& clock,
              CounterRegistry& registry)
      : clock_(clock),
        config_(std::move(config)),
        path_(config_.directory + "/records.csv"),
        registry_(registry),
        journal_(std::move(journal)) {
    registry_.add("records", counts_.descriptions(), counts_.values());
    is_behind_ = true;
    catch_up();
  }
  ~RecordFiles() override {
    if (fd_ >= 0) close(fd_);
    registry_.remove(counts_.values());
  }

  void save(std::string_view call_id, std::string_view value) override {
    journal_->save(call_id, value);
  }
  void erase(std::string_view call_id) override { journal_->erase(call_id); }
  std::vector<Entry> load() override { return journal_->load(); }
  void finish(const CallRecord& record) override {
    journal_->finish(record);
    if (is_behind_) return catch_up();
    if (!append(csv_line(record))) is_behind_ = true;
  }
  std::vector<CallRecord> records(std::uint32_t last) override { return journal_->records(last); }

 private:
  void catch_up();
  bool open_file();
  bool has_our_columns() const;
  std::string last_id();
  bool append(const std::string& line);
  bool rotate();
  bool fail(const char* what);

  // Given.
  const Clock& clock_;
  const RecordFilesConfig config_;
  const std::string path_;
  CounterRegistry& registry_;
  // Owned.
  std::unique_ptr<Journal> journal_;
  CounterSet<kCountCount> counts_{kCounts};
  int fd_ = -1;
  // State.
  std::uint64_t size_ = 0;
  bool is_behind_ = false;  // the journal may have records that the file lacks
};

bool RecordFiles::fail(const char* what) {
  counts_[kWriteFailed].add();
  log_error("records", what, {{"file", path_}, {"reason", std::strerror(errno)}});
  if (fd_ >= 0) close(std::exchange(fd_, -1));
  return false;
}

// Opens the file for lines at its end: half a line that a power cut left is taken away.
bool RecordFiles::open_file() {
  if (fd_ >= 0) return true;
  std::error_code ignored;
  fs::create_directories(config_.directory, ignored);
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd_ < 0) return fail("cannot be opened");
  std::uint64_t whole = 0, at = 0;
  std::array<char, 65536> buffer;
  for (ssize_t n; (n = pread(fd_, buffer.data(), buffer.size(), static_cast<off_t>(at))) > 0;) {
    const std::string_view text(buffer.data(), static_cast<std::size_t>(n));
    if (const auto end = text.rfind('\n'); end != std::string_view::npos) whole = at + end + 1;
    at += static_cast<std::uint64_t>(n);
  }
  if (whole < at && ftruncate(fd_, static_cast<off_t>(whole)) != 0) return fail("cannot be cut");
  size_ = whole;
  if (size_ > 0 && !has_our_columns()) {  // an earlier version wrote it
    return rotate() && open_file();
  }
  return size_ > 0 || append(csv_header());
}

bool RecordFiles::has_our_columns() const {
  const std::string ours = csv_header();
  std::string there(ours.size(), '\0');
  const ssize_t n = pread(fd_, there.data(), there.size(), 0);
  return n == static_cast<ssize_t>(ours.size()) && there == ours;
}

// Of the newest record in the files; "" if there is none.
std::string RecordFiles::last_id() {
  std::vector<std::string> paths{path_};
  std::error_code ignored;
  std::vector<std::string> full;
  for (const auto& entry : fs::directory_iterator(config_.directory, ignored))
    if (entry.path().filename().string().starts_with("records-")) full.push_back(entry.path());
  std::sort(full.rbegin(), full.rend());
  paths.insert(paths.end(), full.begin(), full.end());
  for (const std::string& path : paths) {
    std::ifstream file(path);
    std::string line, last;
    std::getline(file, line);  // the columns
    while (std::getline(file, line)) last = line;
    if (!last.empty()) return last.substr(0, last.find(','));
  }
  return {};
}

void RecordFiles::catch_up() {
  if (!open_file()) return;
  const std::string last = last_id();
  std::vector<CallRecord> missing;
  for (CallRecord& record : journal_->records(kLookBack)) {
    if (record.id() == last) break;
    missing.push_back(std::move(record));
  }
  for (auto record = missing.rbegin(); record != missing.rend(); ++record) {
    if (!append(csv_line(*record))) return;
    counts_[kAddedLater].add();
  }
  is_behind_ = false;
}

bool RecordFiles::append(const std::string& line) {
  if (fd_ < 0 && !open_file()) return false;
  if (size_ > 0 && size_ + line.size() > config_.max_bytes) {
    rotate();  // if that cannot be, the file grows on
    if (!open_file()) return false;
  }
  const ssize_t n = ::write(fd_, line.data(), line.size());
  if (n == static_cast<ssize_t>(line.size())) {
    size_ += line.size();
    return true;
  }
  // A full disk takes part of a line: never half of one.
  if (n > 0 && ftruncate(fd_, static_cast<off_t>(size_)) != 0) return fail("has half a line");
  if (n >= 0) errno = ENOSPC;
  return fail("cannot be written");
}

bool RecordFiles::rotate() {
  close(std::exchange(fd_, -1));
  std::string stamp = record_time(static_cast<std::uint64_t>(clock_.wall() / Milliseconds{1}));
  std::erase_if(stamp, [](char c) { return c == ':' || c == '-' || c == 'Z'; });
  std::replace(stamp.begin(), stamp.end(), 'T', '-');
  std::error_code error;
  std::string name = config_.directory + "/records-" + stamp;
  for (int i = 1; fs::exists(name + ".csv", error); ++i) name += "+" + std::to_string(i);
  fs::rename(path_, name + ".csv", error);
  const bool is_done = !error;
  if (!is_done)
    log_error("records", "cannot be renamed", {{"file", path_}, {"reason", error.message()}});
  std::vector<fs::path> full;
  for (const auto& entry : fs::directory_iterator(config_.directory, error))
    if (entry.path().filename().string().starts_with("records-")) full.push_back(entry.path());
  std::sort(full.rbegin(), full.rend());
  for (std::size_t i = config_.keep; i < full.size(); ++i) fs::remove(full[i], error);
  return is_done;
}

}  // namespace

std::string csv_header() {
  std::string line;
  for (const RecordColumn& column : record_columns())
    line += (line.empty() ? "" : ",") + std::string(column.name);
  return line + "\n";
}

std::string csv_line(const CallRecord& record) {
  std::string line;
  for (const RecordColumn& column : record_columns()) {
    if (&column != record_columns().data()) line += ',';
    line += cell(column.value(record));
  }
  return line + "\n";
}

std::unique_ptr<Journal> with_record_files(std::unique_ptr<Journal> journal,
                                           RecordFilesConfig config, const Clock& clock,
                                           CounterRegistry& counters) {
  return std::make_unique<RecordFiles>(std::move(journal), std::move(config), clock, counters);
}

}  // namespace junctor::cp
