// SPDX-License-Identifier: MIT
#include "platform/config/store.hpp"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <filesystem>

#include "platform/base/assert.hpp"
#include "platform/config/store_files.hpp"

namespace junctor::config {
namespace {

using google::protobuf::util::MessageDifferencer;

// A file is written under this name beside its own, and takes its place when it is whole.
constexpr std::string_view kNew = ".new";

std::string parent_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Milliseconds to_ms(Nanoseconds time) { return std::chrono::duration_cast<Milliseconds>(time); }

std::string window_text(Seconds window) {
  const bool is_minutes = window.count() % 60 == 0;
  const auto count = is_minutes ? window.count() / 60 : window.count();
  return std::to_string(count) + (is_minutes ? " minute" : " second") + (count == 1 ? "" : "s");
}

// Whether what is to be written can be read again, for else the gateway would not start with it.
Result<void> check_readable(const std::string& revision_text, const v1::Config& config) {
  Parsed again = read_revision_config(revision_text);
  for (Finding& finding : again.findings) finding.line = 0;  // of a text that no one has seen
  if (!again.findings.empty()) return to_error(again.findings, "");
  if (!MessageDifferencer::Equals(again.config, config))
    return Error{"", "the configuration holds what cannot be written (octets that are no UTF-8)"};
  return {};
}

}  // namespace

Store::Store(std::string directory, Disk& disk, const Clock& clock)
    : directory_(without_slash(std::move(directory))),
      revisions_path_(directory_ + "/revisions"),
      running_path_(directory_ + "/running.json"),
      pending_path_(directory_ + "/pending.json"),
      disk_(disk),
      clock_(clock) {
  JUNCTOR_ASSERT(!directory_.empty());
}

Result<std::unique_ptr<Store>> Store::open(const std::string& directory, Disk& disk,
                                           const Clock& clock,
                                           const std::optional<v1::Config>& initial, Seal seal) {
  std::unique_ptr<Store> store(new Store(directory, disk, clock));
  store->seal_ = std::move(seal);
  if (const auto found = store->find_files(); !found) return found.error();
  if (const auto read = store->read_running(initial); !read) return read.error();
  // Also brings to the medium what a process that was killed left in the page cache: what is found
  // here must not vanish with the power any more. A disk that can only be read starts the gateway all
  // the same; the next commit tries again.
  if (const auto tidied = store->tidy(); !tidied)
    store->notes_.push_back("cannot tidy up: " + tidied.error().text());
  return store;
}

Result<void> Store::find_files() {
  if (auto made = disk_.make_directory(directory_); !made) return made;
  if (auto made = disk_.make_directory(revisions_path_); !made) return made;
  for (const std::string& path : {running_path_, pending_path_})
    leftovers_.insert(path + std::string(kNew));
  const auto names = disk_.list(revisions_path_);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (const auto number = revision_of_file_name(name)) {
      kept_[*number];
    } else if (name.ends_with(kNew)) {
      leftovers_.insert(revisions_path_ + "/" + name);
    }
  }
  return {};
}

Result<void> Store::read_running(const std::optional<v1::Config>& initial) {
  auto text = disk_.read(running_path_);
  if (!text) return text.error();
  running_text_ = *text;
  if (!running_text_) {
    // Nothing was committed yet, so that the directory itself may not be on the medium.
    if (auto synced = disk_.sync(parent_of(directory_)); !synced) return synced;
    remove_cut_commit(0);
    leftovers_.insert(pending_path_);
    if (!initial) {
      return Error{running_path_, "there is no such file" +
                                      std::string(kept_.empty() ? "" : ", only older revisions")};
    }
    const auto begun = record(*initial, "factory", "initial configuration", {});
    if (!begun) return begun.error();
    return {};
  }
  const Parsed parsed = parse_json(*running_text_);
  if (!parsed.findings.empty()) return to_error(parsed.findings, running_path_);
  running_ = parsed.config;
  const std::uint32_t named = read_running_revision(*running_text_).value_or(0);
  if (kept_.contains(named)) remove_cut_commit(named);
  if (is_own(named)) return read_pending();
  leftovers_.insert(pending_path_);
  const bool is_first = kept_.empty();
  const std::string note =
      is_first ? "taken from " + running_path_ + ": " : running_path_ + " was changed by hand: ";
  const auto taken = record(parsed.config, "file", "read from running.json", {});
  notes_.push_back(note + (taken ? "it is revision " + std::to_string(taken->number) + " now"
                                 : "it cannot be kept as a revision: " + taken.error().text()));
  return {};
}

// Whether running.json is as the newest revision, which it names, wrote it. An older one was put
// back by someone, and is a change like any other.
bool Store::is_own(std::uint32_t named) const {
  if (kept_.empty() || kept_.rbegin()->first != named) return false;
  const auto config = load(named);
  return config.ok() && MessageDifferencer::Equals(*config, running_);
}

// A commit writes its revision first, so that one more than the running one is a commit that did
// not come to its end. If there are more, this is not what happened, and they stay.
void Store::remove_cut_commit(std::uint32_t running) {
  if (kept_.empty() || kept_.rbegin()->first != running + 1) return;
  notes_.push_back("revision " + std::to_string(running + 1) +
                   " was cut before it held, and is taken away");
  leftovers_.insert(revision_path(running + 1));
  kept_.erase(running + 1);
}

Result<void> Store::read_pending() {
  const auto text = disk_.read(pending_path_);
  if (!text) return text.error();
  if (!text->has_value()) return {};
  auto file = read_pending_file(**text, pending_path_);
  if (file && file->revision == number() && !kept_.contains(file->return_to))
    file = Error{pending_path_, "the revision to return to is not kept"};
  if (!file) notes_.push_back(file.error().text() + "; nothing is pending");
  if (!file || file->revision != number()) {  // of a commit that was cut, or one that was returned
    leftovers_.insert(pending_path_);
    return {};
  }
  const Nanoseconds left = file->deadline - clock_.wall();
  pending_ = Pending{file->revision, file->return_to, file->window,
                     clock_.now() + std::clamp<Nanoseconds>(left, Nanoseconds{0}, file->window)};
  if (left <= file->window) return {};
  notes_.push_back("the wall clock was set back: revision " + std::to_string(number()) +
                   " returns in " + window_text(file->window) + " unless it is confirmed");
  // Also by the new clock, so that the next restart does not begin once more.
  if (const auto written = put_and_sync(pending_path_, pending_text(*pending_)); !written)
    notes_.push_back(written.error().text());
  return {};
}

std::string Store::pending_text(const Pending& pending) const {
  const Nanoseconds deadline = clock_.wall() + (pending.due - clock_.now());
  return write_pending_file({pending.revision, pending.return_to, pending.window, to_ms(deadline)});
}

Result<Revision> Store::commit(const v1::Config& config, std::string_view user,
                               std::string_view comment, std::optional<Seconds> window) {
  if (window && pending_) {
    return Error{"", "revision " + std::to_string(pending_->revision) +
                         " has not been confirmed yet: confirm it, or commit for good, before "
                         "another commit that has to be confirmed"};
  }
  if (window && (*window < Seconds{1} || *window > kLongestWindow))
    return Error{"", "the time to confirm is outside 1 second..65535 minutes"};
  return record(config, user, comment, window);
}

Result<Revision> Store::record(const v1::Config& given, std::string_view user,
                               std::string_view comment, std::optional<Seconds> window) {
  v1::Config config = given;
  if (seal_) {
    if (const auto sealed = seal_(config, running_); !sealed) return sealed.error();
  }
  const std::uint32_t before = number();
  Revision revision;
  revision.number = before + 1;
  revision.time = to_ms(clock_.wall());
  revision.user = printable(user, Revision::kMaxUser);
  revision.comment = printable(comment, Revision::kMaxComment);
  Texts texts{write_revision(revision, config), write_running(revision.number, config), {}};
  std::optional<Pending> pending;
  if (window) {
    pending = Pending{revision.number, before, *window, clock_.now() + *window};
    texts.pending = pending_text(*pending);
  }
  if (const auto readable = check_readable(texts.revision, config); !readable)
    return readable.error();
  if (const auto tidied = tidy(); !tidied) return tidied.error();
  if (const auto written = write_commit(revision.number, texts); !written) {
    (void)tidy();  // what cannot be tidied up now is before the next commit
    return written.error();
  }

  running_ = config;
  running_text_ = std::move(texts.running);
  kept_[revision.number] = revision;
  if (pending_) leftovers_.insert(pending_path_);  // names an older revision: means nothing now
  pending_ = pending;
  while (kept_.size() > kKept) {
    leftovers_.insert(revision_path(kept_.begin()->first));
    kept_.erase(kept_.begin());
  }
  (void)tidy();
  return revision;
}

// Until running.json has its new name on the medium, all that is written here is a leftover.
Result<void> Store::write_commit(std::uint32_t number, const Texts& texts) {
  const std::string revision_file = revision_path(number);
  leftovers_.insert(revision_file);
  if (auto done = put_and_sync(revision_file, texts.revision); !done) return done;
  if (!texts.pending.empty()) {
    // Before the commit itself, which is never without its deadline so.
    leftovers_.insert(pending_path_);
    if (auto done = put_and_sync(pending_path_, texts.pending); !done) return done;
  }
  if (auto renamed = put(running_path_, texts.running); !renamed) return renamed;
  must_restore_ = true;
  if (auto synced = disk_.sync(directory_); !synced) return synced;
  must_restore_ = false;
  leftovers_.erase(revision_file);
  leftovers_.erase(pending_path_);
  return {};
}

Result<void> Store::put(const std::string& path, const std::string& text) {
  const std::string fresh = path + std::string(kNew);
  leftovers_.insert(fresh);
  if (auto written = disk_.write_whole(fresh, text); !written) return written;
  if (auto synced = disk_.sync(fresh); !synced) return synced;
  if (auto renamed = disk_.rename(fresh, path); !renamed) return renamed;
  leftovers_.erase(fresh);
  return {};
}

Result<void> Store::put_and_sync(const std::string& path, const std::string& text) {
  if (auto done = put(path, text); !done) return done;
  return disk_.sync(parent_of(path));
}

// Before a commit nothing may lie about that could be taken for a part of it: its number is that of
// a commit that failed, and a pending.json of that one would make it return.
Result<void> Store::tidy() {
  if (must_restore_) {
    auto restored =
        running_text_ ? put_and_sync(running_path_, *running_text_) : disk_.remove(running_path_);
    if (!restored) return restored;
    must_restore_ = false;
  }
  if (leftovers_.empty()) return {};
  for (const std::string& file : leftovers_) {
    if (auto removed = disk_.remove(file); !removed) return removed;
  }
  if (auto synced = disk_.sync(directory_); !synced) return synced;
  if (auto synced = disk_.sync(revisions_path_); !synced) return synced;
  leftovers_.clear();
  return {};
}

Result<Revision> Store::confirm(std::string_view user) {
  if (!pending_) return Error{"", "nothing waits to be confirmed"};
  if (const auto removed = disk_.remove(pending_path_); !removed) return removed.error();
  if (const auto synced = disk_.sync(directory_); !synced) {
    (void)put_and_sync(pending_path_, pending_text(*pending_));  // it is pending still
    return synced.error();
  }
  pending_.reset();
  std::optional<Revision>& revision = kept_.rbegin()->second;
  if (!revision) revision = revision_in_file(number());
  revision->confirmed_by = printable(user, Revision::kMaxUser);
  if (revision->mistake.empty())
    (void)put_and_sync(revision_path(number()), write_revision(*revision, running_));
  return *revision;
}

Result<std::optional<Return>> Store::return_if_due() {
  if (!pending_ || clock_.now() < pending_->due) return std::optional<Return>{};
  auto config = load(pending_->return_to);
  if (!config) return config.error();
  Return back{std::move(*config), {}, {}};
  const auto kept =
      record(back.config, "junctor", "not confirmed in " + window_text(pending_->window), {});
  if (kept) {
    back.revision = *kept;
  } else {
    back.not_kept = kept.error();
  }
  return std::optional<Return>(std::move(back));
}

std::vector<Revision> Store::revisions() {
  std::vector<Revision> all;
  for (auto at = kept_.rbegin(); at != kept_.rend(); ++at) {
    if (!at->second) at->second = revision_in_file(at->first);
    all.push_back(*at->second);
  }
  return all;
}

Revision Store::revision_in_file(std::uint32_t number) const {
  const std::string path = revision_path(number);
  const auto text = disk_.read(path);
  Error mistake = text ? Error{path, "there is no such file"} : text.error();
  if (text && text->has_value()) {
    auto revision = read_revision(**text, path);
    if (revision && revision->number == number) return std::move(*revision);
    mistake = revision ? Error{path, "is of another revision"} : revision.error();
  }
  Revision unknown;
  unknown.number = number;
  unknown.mistake = mistake.text();
  return unknown;
}

Result<v1::Config> Store::load(std::uint32_t number) const {
  if (kept_.empty()) return Error{"revision " + std::to_string(number), "is not kept; none is"};
  if (!kept_.contains(number)) {
    return Error{"revision " + std::to_string(number),
                 "is not kept; those from " + std::to_string(kept_.begin()->first) + " to " +
                     std::to_string(kept_.rbegin()->first) + " are"};
  }
  const std::string path = revision_path(number);
  const auto text = disk_.read(path);
  if (!text) return text.error();
  if (!text->has_value()) return Error{path, "there is no such file"};
  Parsed parsed = read_revision_config(**text);
  if (!parsed.findings.empty()) return to_error(parsed.findings, path);
  return std::move(parsed.config);
}

std::string Store::revision_path(std::uint32_t number) const {
  return revisions_path_ + "/" + revision_file_name(number);
}

}  // namespace junctor::config
