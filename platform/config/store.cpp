// SPDX-License-Identifier: MIT
#include "platform/config/store.hpp"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <variant>

#include "platform/base/assert.hpp"
#include "platform/config/json.hpp"
#include "platform/config/store_files.hpp"

namespace junctor::config {
namespace {

using google::protobuf::util::MessageDifferencer;

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

bool is_json(std::string_view text) { return std::holds_alternative<Json>(read_json(text)); }

}  // namespace

Store::Store(std::string directory, Disk& disk, const Clock& clock)
    : directory_(without_slash(std::move(directory))),
      revisions_path_(directory_ + "/revisions"),
      running_path_(directory_ + "/running.json"),
      refused_path_(running_path_ + ".refused"),
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
  // Whether they are there or not, so that tidy() has something to bring to the medium.
  for (const std::string& path : {running_path_, refused_path_, pending_path_})
    leftovers_.insert(fresh_name(path));
  const auto names = disk_.list(revisions_path_);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (const auto number = revision_of_file_name(name)) {
      kept_[*number];
    } else if (is_fresh(name)) {
      leftovers_.insert(revisions_path_ + "/" + name);
    }
  }
  return {};
}

Result<void> Store::read_running(const std::optional<v1::Config>& initial) {
  auto text = disk_.read(running_path_);
  if (text) running_text_ = *text;
  if (!text || !running_text_) {
    // Nothing was committed yet, so that the directory itself may not be on the medium.
    if (auto synced = disk_.sync(parent_of(directory_)); !synced) return synced;
    return begin_without(text ? Error{running_path_, "there is no such file"} : text.error(),
                         initial);
  }
  const Parsed parsed = parse_json(*running_text_);
  if (!parsed.findings.empty())
    return begin_without(to_error(parsed.findings, running_path_), initial);
  running_ = parsed.config;
  const std::uint32_t named = read_running_revision(*running_text_).value_or(0);
  if (kept_.contains(named)) remove_cut_commit(named);
  if (is_own(named)) return read_pending();
  leftovers_.insert(pending_path_);
  const bool is_first = kept_.empty();
  const std::string note =
      is_first ? "taken from " + running_path_ + ": " : running_path_ + " was changed by hand: ";
  const auto taken = record(draft_any(parsed.config, "file", "read from running.json", {}));
  notes_.push_back(note + (taken ? "it is revision " + std::to_string(taken->number) + " now"
                                 : "it cannot be kept as a revision: " + taken.error().text()));
  return {};
}

// running.json cannot be read. What it held is in the revision that its first line names, or in the
// newest; where that is damaged too an older one is better than none. One that is whole and is not
// understood is no damage: another version wrote it, and this one must not pass for it.
Result<void> Store::begin_without(const Error& why, const std::optional<v1::Config>& initial) {
  const bool is_whole = running_text_ && is_json(*running_text_);
  const std::uint32_t named = running_text_ ? read_running_revision(*running_text_).value_or(0) : 0;
  const auto from = kept_.contains(named) ? kept_.upper_bound(named) : kept_.end();
  for (auto at = std::make_reverse_iterator(from); at != kept_.rend(); ++at) {
    const auto config = load(at->first);
    if (config) return hold_again(at->first, *config, why);
    const auto text = disk_.read(revision_path(at->first));
    if (text && *text && is_json(**text)) return is_whole ? why : config.error();
  }
  if (!initial || is_whole) return why;
  const bool is_new = kept_.empty() && !running_text_;
  if (!is_new) keep_refused();
  leftovers_.insert(pending_path_);
  const auto begun = record(draft_any(*initial, "factory", "initial configuration", {}));
  if (!begun) return begun.error();
  if (!is_new) note_damage(why, "no revision can be read, and all begins anew");
  return {};
}

Result<void> Store::hold_again(std::uint32_t number, const v1::Config& config, const Error& why) {
  const bool is_named = running_text_ && read_running_revision(*running_text_) == number;
  keep_refused();
  if (is_named) remove_cut_commit(number);
  const bool is_newest = kept_.rbegin()->first == number;
  running_ = config;
  running_text_ = write_running(number, config);
  must_restore_ = true;  // by tidy()
  const std::string what = "revision " + std::to_string(number);
  std::optional<Error> not_kept;
  if (!is_newest) {
    leftovers_.insert(pending_path_);
    const auto again =
        record(draft_any(config, "junctor", "damaged files: " + what + " again", {}));
    if (!again) not_kept = again.error();
  }
  note_damage(why, what + " holds again");
  if (not_kept) notes_.push_back("it cannot be kept as a new revision: " + not_kept->text());
  return is_newest ? read_pending() : Result<void>{};
}

// For whoever made the mistake; also the disk may be what is damaged.
void Store::keep_refused() {
  if (running_text_) (void)put(refused_path_, *running_text_);
}

void Store::note_damage(const Error& why, const std::string& what) {
  std::istringstream lines(why.text());
  std::string first;
  for (std::string line; std::getline(lines, line);) {
    if (first.empty()) first = line;
    notes_.push_back(line);
  }
  damage_ = "the configuration cannot be read (" + first + "): " + what +
            "; see whether it is the right one, and commit";
  notes_.push_back(damage_);
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
  return write_pending_file({pending.revision, pending.return_to, pending.window,
                             std::chrono::duration_cast<Milliseconds>(deadline)});
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
