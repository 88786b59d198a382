// SPDX-License-Identifier: MIT
// Store: the running configuration and its revisions on disk. What holds changes by one exchange of
// names, so that a power cut at any instant leaves the old revision or the new one, whole.
//
//   commit --> revisions/000043.json --> pending.json --> running.json (its new name is the commit)
//                                        with a window only
//
//   running.json           what holds, as parse_json() reads it, for any program to read; the first
//                          line, a comment, names the revision
//   revisions/000043.json  a revision: who, when, why, and the configuration whole
//   pending.json           there while revision 43 waits to be confirmed: what it returns to, when
//
// Who may not wait for the disk has each change in steps:
//
//   draft() --> write() --> hold() --> tidy()      write() and tidy() alone touch the disk
//
// A commit with a window returns by itself when it is not confirmed in that time, also if nobody
// ran when it ended. It is confirmed by confirm(), or, as with Junos, by any ordinary commit.
//
// What is replaced or dropped is written over before its blocks are given back, so that hashes of
// passwords that held once are not to be found on the disk (as far as the disk writes in place).
//
// Threads   one thread of one process owns the directory; other processes may read running.json at
//           any time by load_file(), which sees that it was replaced meanwhile. commit(), confirm()
//           and return_if_due() wait for the disk, a few fsyncs each. write() and tidy() may run on
//           another thread while the owner reads: running(), number(), pending(), revisions(),
//           load(). One draft at a time: the next is made after the tidy().
// Lifetime  the disk and the clock must outlive the store.
// Errors    name the file and the reason (disk full, permissions), and leave what held before, in
//           memory and on disk; files left behind mean nothing, and the next commit or open() removes
//           them. But a disk that fails right after the rename, and then does not let it be undone,
//           may hold the new revision, whole, until the next commit has undone it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"
#include "platform/config/config.hpp"
#include "platform/config/disk.hpp"

namespace junctor::config {

// One commit. Its texts are safe to print: whoever wrote them, they hold no control character.
struct Revision {
  static constexpr std::size_t kMaxUser = 64;      // octets; what is longer is cut
  static constexpr std::size_t kMaxComment = 512;  // likewise

  std::uint32_t number = 0;  // 1.., one more with each commit
  Milliseconds time{0};      // since 1970-01-01 00:00 UTC, as the wall clock said it
  std::string user;  // "factory": open() began with it; "file": running.json was edited by hand;
                     // "junctor": a return
  std::string comment;
  std::string confirmed_by;  // who called confirm(); empty else
  std::string mistake;       // why its file cannot be read; then only the number is known
};

// A revision that returns by itself.
struct Pending {
  std::uint32_t revision = 0;
  std::uint32_t return_to = 0;
  Seconds window{0};
  Nanoseconds due{0};  // by Clock::now()
};

// A return that was due.
struct Return {
  v1::Config config;  // to be applied
  Revision revision;  // the new one that holds it
  // Why it could not be written. Then config must be applied all the same, the store still holds
  // the revision that was not confirmed, and the next return_if_due() tries again.
  std::optional<Error> not_kept;
};

class Store {
 private:
  struct Texts {
    std::string revision;
    std::string running;
    std::string pending;  // empty: for good
  };

 public:
  // A revision that is to be written, sealed. By whose commit another is confirmed, it names that too.
  struct Draft {
    v1::Config config;
    Revision revision;
    std::optional<Pending> pending;
    std::optional<Revision> confirmed;
    Texts texts;
    std::string confirmed_text;  // empty: its file is left as it is
  };
  // A confirmation that is to be written.
  struct Confirmation {
    Revision revision;
    std::string revision_text;  // empty: its file is left as it is
    std::string pending_text;
  };

  static constexpr std::size_t kKept = 100;  // revisions; older ones are dropped
  static constexpr Seconds kLongestWindow = std::chrono::minutes{65535};
  // Seals the secrets that are clear, or says why it cannot; `before`: what held before.
  using Seal = std::function<Result<void>(v1::Config& config, const v1::Config& before)>;

  // Reads what is in the directory, and makes it if its parent is there. A commit that was cut is
  // taken away. A running.json that was edited by hand, or put there, becomes a revision of its own
  // (and ends a pending one). If it is damaged, has mistakes or is lost, its revision holds again,
  // or the newest before it that is not damaged: damage() tells, notes() say each mistake with its
  // line, and the text is kept as running.json.refused. If there is none, `initial` is committed;
  // without it that is an error, and so is a revision that is whole and not understood, as one of a
  // newer version. A disk that takes nothing is none, if something can be read: it is noted, and the
  // next commit tries again. `seal` makes of every configuration what may lie on a disk.
  static Result<std::unique_ptr<Store>> open(const std::string& directory, Disk& disk,
                                             const Clock& clock,
                                             const std::optional<v1::Config>& initial = {},
                                             Seal seal = {});
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // What holds, without defaults, and the number of its revision: the newest there is, or 0 if there
  // is none, which only a full disk at open() can leave (notes() says so then).
  const v1::Config& running() const { return running_; }
  std::uint32_t number() const { return kept_.empty() ? 0 : kept_.rbegin()->first; }

  // Makes the configuration the one that holds. Refused: one that open() could not read again
  // (every finding is said), a window outside 1 s .. kLongestWindow, and a second window while a
  // revision is pending. A commit without a window confirms a pending revision.
  Result<Revision> commit(const v1::Config& config, std::string_view user, std::string_view comment,
                          std::optional<Seconds> window = {});

  // The pending revision stays. That `user` said so is kept with it, as far as the disk can.
  Result<Revision> confirm(std::string_view user);
  const std::optional<Pending>& pending() const { return pending_; }

  // To be called when pending()->due has come, and after open(), which may find it passed. Commits
  // the revision to return to as a new one. Empty: nothing is due. An error: the revision to return
  // to cannot be read.
  //
  // While the process runs, only the monotonic clock counts. A restart goes by the wall clock, of
  // which a step forward can end the window early, and a step back gives it no more than its length
  // again.
  Result<std::optional<Return>> return_if_due();

  // The same in steps: see above. Whether a draft of a commit changes anything at all is its asker's
  // to look at, before it is written.
  Result<Draft> draft(const v1::Config& config, std::string_view user, std::string_view comment,
                      std::optional<Seconds> window = {});
  bool is_change(const Draft& draft) const;
  Result<void> write(const Draft& draft);
  void hold(Draft draft);
  Result<Confirmation> draft_confirmation(std::string_view user);
  Result<void> write(const Confirmation& confirmation);
  void hold(const Confirmation& confirmation);
  // What is to hold again now; empty: nothing is due. And the draft of it, which may be refused.
  Result<std::optional<v1::Config>> due() const;
  Result<Draft> draft_return(const v1::Config& config);
  // Removes what means nothing any more; what it cannot, the next commit removes first.
  Result<void> tidy();

  // The kept ones, the newest first; not const, for their files are read when first asked for.
  std::vector<Revision> revisions();
  Result<v1::Config> load(std::uint32_t number) const;

  // What open() found and did beyond reading, a sentence each, for the log.
  const std::vector<std::string>& notes() const { return notes_; }
  // That open() could not read what held, and what holds in its place; until the next commit. Or "".
  const std::string& damage() const { return damage_; }

 private:
  Store(std::string directory, Disk& disk, const Clock& clock);

  Result<void> find_files();
  Result<void> read_running(const std::optional<v1::Config>& initial);
  Result<void> begin_without(const Error& why, const std::optional<v1::Config>& initial);
  Result<void> hold_again(std::uint32_t number, const v1::Config& config, const Error& why);
  void keep_refused();
  void note_damage(const Error& why, const std::string& what);
  Result<void> read_pending();
  bool is_own(std::uint32_t named) const;
  void remove_cut_commit(std::uint32_t running);

  Result<Draft> draft_any(const v1::Config& config, std::string_view user, std::string_view comment,
                          std::optional<Seconds> window);
  Result<Revision> record(Result<Draft> draft);
  Revision newest_confirmed_by(std::string_view user);
  Result<void> write_commit(std::uint32_t number, const Texts& texts);
  Result<void> put(const std::string& path, const std::string& text);
  Result<void> put_and_sync(const std::string& path, const std::string& text);
  Result<void> free_fresh_name(const std::string& path);
  Result<void> erase(const std::string& fresh);
  Result<void> retire(const std::string& path);
  Result<void> restore();
  bool is_running_text(const std::string& path) const;
  Result<void> sync_names();

  std::string pending_text(const Pending& pending) const;
  Revision revision_in_file(std::uint32_t number) const;
  std::string revision_path(std::uint32_t number) const;

  // Given.
  const std::string directory_;
  const std::string revisions_path_;
  const std::string running_path_;
  const std::string refused_path_;
  const std::string pending_path_;
  Disk& disk_;
  const Clock& clock_;
  Seal seal_;
  // State.
  v1::Config running_;
  std::optional<std::string> running_text_;                // running.json, to be put back
  std::map<std::uint32_t, std::optional<Revision>> kept_;  // empty: not read yet
  std::optional<Pending> pending_;
  bool must_restore_ = false;        // running.json on disk is of a commit that failed
  std::set<std::string> leftovers_;  // files to be removed before the next commit
  std::vector<std::string> notes_;
  std::string damage_;
};

}  // namespace junctor::config
