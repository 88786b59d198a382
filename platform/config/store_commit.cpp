// SPDX-License-Identifier: MIT
// Store: a commit, its confirmation and its return; first as drafts, then on the disk, then in memory.
#include <google/protobuf/util/message_differencer.h>

#include <utility>

#include "platform/config/store.hpp"
#include "platform/config/store_files.hpp"

namespace junctor::config {
namespace {

using google::protobuf::util::MessageDifferencer;

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

// ---- what is to be written

Result<Store::Draft> Store::draft(const v1::Config& config, std::string_view user,
                                  std::string_view comment, std::optional<Seconds> window) {
  if (window && pending_) {
    return Error{"", "revision " + std::to_string(pending_->revision) +
                         " has not been confirmed yet: confirm it, or commit for good, before "
                         "another commit that has to be confirmed"};
  }
  if (window && (*window < Seconds{1} || *window > kLongestWindow))
    return Error{"", "the time to confirm is outside 1 second..65535 minutes"};
  auto draft = draft_any(config, user, comment, window);
  if (!draft || !pending_) return draft;
  draft->confirmed = newest_confirmed_by(user);
  if (draft->confirmed->mistake.empty())
    draft->confirmed_text = write_revision(*draft->confirmed, running_);
  return draft;
}

Result<Store::Draft> Store::draft_any(const v1::Config& given, std::string_view user,
                                      std::string_view comment, std::optional<Seconds> window) {
  Draft draft{given, {}, {}, {}, {}, {}};
  if (seal_) {
    if (const auto sealed = seal_(draft.config, running_); !sealed) return sealed.error();
  }
  const std::uint32_t before = number();
  Revision& revision = draft.revision;
  revision.number = before + 1;
  revision.time = std::chrono::duration_cast<Milliseconds>(clock_.wall());
  revision.user = printable(user, Revision::kMaxUser);
  revision.comment = printable(comment, Revision::kMaxComment);
  draft.texts.revision = write_revision(revision, draft.config);
  draft.texts.running = write_running(revision.number, draft.config);
  if (window) {
    draft.pending = Pending{revision.number, before, *window, clock_.now() + *window};
    draft.texts.pending = pending_text(*draft.pending);
  }
  if (const auto readable = check_readable(draft.texts.revision, draft.config); !readable)
    return readable.error();
  return draft;
}

bool Store::is_change(const Draft& draft) const {
  return !MessageDifferencer::Equals(draft.config, running_);
}

Revision Store::newest_confirmed_by(std::string_view user) {
  std::optional<Revision>& kept = kept_.rbegin()->second;
  if (!kept) kept = revision_in_file(number());
  Revision revision = *kept;
  revision.confirmed_by = printable(user, Revision::kMaxUser);
  return revision;
}

Result<Store::Confirmation> Store::draft_confirmation(std::string_view user) {
  if (!pending_) return Error{"", "nothing waits to be confirmed"};
  Confirmation draft{newest_confirmed_by(user), {}, pending_text(*pending_)};
  if (draft.revision.mistake.empty())
    draft.revision_text = write_revision(draft.revision, running_);
  return draft;
}

Result<std::optional<v1::Config>> Store::due() const {
  if (!pending_ || clock_.now() < pending_->due) return std::optional<v1::Config>{};
  auto config = load(pending_->return_to);
  if (!config) return config.error();
  return std::optional<v1::Config>(std::move(*config));
}

Result<Store::Draft> Store::draft_return(const v1::Config& config) {
  return draft_any(config, "junctor", "not confirmed in " + window_text(pending_->window), {});
}

// ---- onto the disk

Result<void> Store::write(const Draft& draft) {
  if (auto tidied = tidy(); !tidied) return tidied;
  if (auto written = write_commit(draft.revision.number, draft.texts); !written) {
    (void)tidy();  // what cannot be tidied up now is before the next commit
    return written;
  }
  if (!draft.confirmed_text.empty())
    (void)put_and_sync(revision_path(draft.confirmed->number), draft.confirmed_text);
  return {};
}

Result<void> Store::write(const Confirmation& confirmation) {
  if (auto tidied = tidy(); !tidied) return tidied;
  if (auto removed = disk_.remove(pending_path_); !removed) return removed;
  if (auto synced = disk_.sync(directory_); !synced) {
    (void)put_and_sync(pending_path_, confirmation.pending_text);  // it is pending still
    return synced;
  }
  if (!confirmation.revision_text.empty())
    (void)put_and_sync(revision_path(confirmation.revision.number), confirmation.revision_text);
  return {};
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

// What had this name before has the fresh one then, and is a leftover.
Result<void> Store::put(const std::string& path, const std::string& text) {
  const std::string fresh = fresh_name(path);
  if (auto freed = free_fresh_name(path); !freed) return freed;
  leftovers_.insert(fresh);
  if (auto written = disk_.write_whole(fresh, text); !written) return written;
  if (auto synced = disk_.sync(fresh); !synced) return synced;
  const auto is_exchanged = disk_.exchange(fresh, path);
  if (!is_exchanged) return is_exchanged.error();
  if (!*is_exchanged) leftovers_.erase(fresh);
  return {};
}

Result<void> Store::put_and_sync(const std::string& path, const std::string& text) {
  if (auto done = put(path, text); !done) return done;
  return disk_.sync(parent_of(path));
}

Result<void> Store::free_fresh_name(const std::string& path) {
  if (!leftovers_.contains(fresh_name(path))) return {};
  if (auto synced = disk_.sync(parent_of(path)); !synced) return synced;
  return erase(fresh_name(path));
}

// A file that has its fresh name alone on the medium too: before that it may be what holds after a
// power cut. What cannot be written over, as a file that someone else has put there, is removed all
// the same.
Result<void> Store::erase(const std::string& fresh) {
  const auto is_there = disk_.exists(fresh);
  if (!is_there) return is_there.error();
  if (!*is_there) return {};
  if (disk_.write_over(fresh)) (void)disk_.sync(fresh);
  return disk_.remove(fresh);
}

// Gives a file the name under which it may lie about half written over. One that is not there is no
// error.
Result<void> Store::retire(const std::string& path) {
  const auto is_there = disk_.exists(path);
  if (!is_there) return is_there.error();
  if (!*is_there) return {};
  if (auto freed = free_fresh_name(path); !freed) return freed;
  return disk_.rename(path, fresh_name(path));
}

// running.json of a commit that failed gives way to the one before, which has the fresh name, or
// which open() has written anew.
Result<void> Store::restore() {
  const std::string fresh = fresh_name(running_path_);
  if (!running_text_) {
    if (auto retired = retire(running_path_); !retired) return retired;
    leftovers_.insert(fresh);
  } else if (!is_running_text(running_path_)) {
    if (is_running_text(fresh)) {
      if (auto synced = disk_.sync(fresh); !synced) return synced;
      if (auto back = disk_.exchange(fresh, running_path_); !back) return back.error();
    } else if (auto written = put(running_path_, *running_text_); !written) {
      return written;
    }
  }
  if (auto synced = disk_.sync(directory_); !synced) return synced;
  must_restore_ = false;
  return {};
}

bool Store::is_running_text(const std::string& path) const {
  const auto text = disk_.read(path);
  return text && *text == running_text_;
}

// Before a commit nothing may lie about that could be taken for a part of it: its number is that of
// a commit that failed, and a pending.json of that one would make it return. Nor may a factory reset
// leave anything on the disk of what held once, and it finds only the files that there are then: so
// each is written over before it is removed.
Result<void> Store::tidy() {
  if (must_restore_) {
    if (auto restored = restore(); !restored) return restored;
  }
  if (leftovers_.empty()) return {};
  std::set<std::string> fresh;
  // Revisions before pending.json: what loses its deadline must not be the newest any more.
  for (auto file = leftovers_.rbegin(); file != leftovers_.rend(); ++file) {
    fresh.insert(is_fresh(*file) ? *file : fresh_name(*file));
    if (is_fresh(*file)) continue;
    if (auto retired = retire(*file); !retired) return retired;
  }
  leftovers_ = std::move(fresh);
  if (auto synced = sync_names(); !synced) return synced;
  for (const std::string& file : leftovers_) {
    if (auto erased = erase(file); !erased) return erased;
  }
  if (auto synced = sync_names(); !synced) return synced;
  leftovers_.clear();
  return {};
}

Result<void> Store::sync_names() {
  if (auto synced = disk_.sync(directory_); !synced) return synced;
  return disk_.sync(revisions_path_);
}

// ---- in memory

void Store::hold(Draft draft) {
  const std::uint32_t number = draft.revision.number;
  running_ = std::move(draft.config);
  running_text_ = std::move(draft.texts.running);
  if (draft.confirmed) kept_[draft.confirmed->number] = std::move(draft.confirmed);
  kept_[number] = std::move(draft.revision);
  if (pending_) leftovers_.insert(pending_path_);  // names an older revision: means nothing now
  pending_ = draft.pending;
  damage_.clear();
  while (kept_.size() > kKept) {
    leftovers_.insert(revision_path(kept_.begin()->first));
    kept_.erase(kept_.begin());
  }
}

void Store::hold(const Confirmation& confirmation) {
  pending_.reset();
  kept_[confirmation.revision.number] = confirmation.revision;
}

// ---- all of it at once

Result<Revision> Store::record(Result<Draft> draft) {
  if (!draft) return draft.error();
  if (const auto written = write(*draft); !written) return written.error();
  Revision revision = draft->revision;
  hold(std::move(*draft));
  (void)tidy();
  return revision;
}

Result<Revision> Store::commit(const v1::Config& config, std::string_view user,
                               std::string_view comment, std::optional<Seconds> window) {
  return record(draft(config, user, comment, window));
}

Result<Revision> Store::confirm(std::string_view user) {
  const auto confirmation = draft_confirmation(user);
  if (!confirmation) return confirmation.error();
  if (const auto written = write(*confirmation); !written) return written.error();
  hold(*confirmation);
  return confirmation->revision;
}

Result<std::optional<Return>> Store::return_if_due() {
  auto config = due();
  if (!config) return config.error();
  if (!*config) return std::optional<Return>{};
  Return back{std::move(**config), {}, {}};
  const auto kept = record(draft_return(back.config));
  if (kept) {
    back.revision = *kept;
  } else {
    back.not_kept = kept.error();
  }
  return std::optional<Return>(std::move(back));
}

}  // namespace junctor::config
