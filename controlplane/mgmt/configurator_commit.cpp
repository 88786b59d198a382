// SPDX-License-Identifier: MIT
// Configurator: what changes the running configuration, one after the other: commits, confirmations,
// returns. Each is drafted in the loop, written aside, and takes effect when it is durable.
#include <algorithm>
#include <utility>

#include "controlplane/mgmt/configurator.hpp"
#include "platform/config/secrets.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;

// A return that could not be written is tried again so soon.
constexpr Nanoseconds kReturnAgain = Seconds{5};
// Commits that may wait for their turn; each holds a whole configuration.
constexpr std::size_t kMostWaiting = 16;

void note_confirmed(std::uint32_t number, Reply& reply) {
  reply.add_notes("revision " + std::to_string(number) +
                  ", which waited to be confirmed, is confirmed by this");
}

// Somebody can log in at the console and configure.
bool has_admin(const config::v1::Config& config) {
  return std::ranges::any_of(config.system().users(), [](const config::v1::User& user) {
    return user.role() == config::v1::ADMIN && !user.password().empty();
  });
}

}  // namespace

// ---- one change after the other

void Configurator::in_turn(std::function<void()> change) {
  turns_.push_back(std::move(change));
  if (!is_turn_taken_) end_turn();
}

// The next one's begins with it.
void Configurator::end_turn() {
  is_turn_taken_ = !turns_.empty();
  if (!is_turn_taken_) return;
  const auto next = std::move(turns_.front());
  turns_.pop_front();
  next();
}

void Configurator::answer(const ChangePtr& change) {
  change->on_reply(std::move(change->reply));
  end_turn();
}

void Configurator::tidy_up() {
  on_disk([this] { (void)given_.store.tidy(); }, [this] { end_turn(); });
}

void Configurator::on_disk(std::function<void()> work, std::function<void()> then) {
  if (given_.disk != nullptr) return given_.disk->run(std::move(work), std::move(then));
  work();
  then();
}

// ---- a commit

void Configurator::commit(const management::v1::Commit& what, const Asker& asker,
                          const OnReply& on_reply) {
  if (turns_.size() >= kMostWaiting) {
    Reply reply;
    reply.set_error("too many commits wait for the disk; try again later");
    return on_reply(std::move(reply));
  }
  const auto change = std::make_shared<Change>(Change{asker, on_reply, {}});
  in_turn([this, what, change] { commit_now(what, change); });
}

void Configurator::commit_now(const management::v1::Commit& what, const ChangePtr& change) {
  if (!may_commit(change->asker, change->reply)) return answer(change);
  auto wanted = join(what, change->reply);
  if (!wanted || !is_sound(*wanted, change->reply) || what.check_only()) return answer(change);
  // What is wrong with a password is found while it is clear.
  if (given_.aside != nullptr && config::has_clear_password(*wanted))
    return hash_first(std::move(*wanted), what, change);
  keep(*wanted, what, change);
}

void Configurator::hash_first(config::v1::Config wanted, const management::v1::Commit& what,
                              const ChangePtr& change) {
  const auto hashed = std::make_shared<config::v1::Config>(std::move(wanted));
  given_.aside->run(
      [hashed, before = given_.store.running()] { config::hash_all(*hashed, before); },
      [this, hashed, what, change] { keep(*hashed, what, change); });
}

void Configurator::set_password(const Asker& asker, const std::string& password,
                                std::optional<config::v1::Role> role, const std::string& comment,
                                const OnReply& on_reply) {
  const auto change = std::make_shared<Change>(Change{asker, on_reply, {}});
  in_turn([this, change, password, role, comment] {
    // A commit for good would confirm it.
    if (given_.store.pending()) {
      change->reply.set_error("a commit waits to be confirmed; a password can be set after that");
      return answer(change);
    }
    commit_now(with_password(change->asker.user, password, role, comment), change);
  });
}

management::v1::Commit Configurator::with_password(const std::string& name,
                                                   const std::string& password,
                                                   std::optional<config::v1::Role> role,
                                                   const std::string& comment) const {
  management::v1::Commit what;
  what.set_base_revision(given_.store.number());
  what.set_comment(comment);
  config::v1::Config& candidate = *what.mutable_candidate();
  candidate = given_.store.running();
  auto& users = *candidate.mutable_system()->mutable_users();
  const auto at = std::ranges::find(users, name, &config::v1::User::name);
  config::v1::User& user = at == users.end() ? *users.Add() : *at;
  user.set_name(name);
  if (role) user.set_role(*role);
  user.set_password(password);
  return what;
}

void Configurator::keep(const config::v1::Config& wanted, const management::v1::Commit& what,
                        const ChangePtr& change) {
  std::optional<Seconds> window;
  if (what.confirm_s() > 0) window = Seconds{what.confirm_s()};
  auto draft = given_.store.draft(wanted, change->asker.user, what.comment(), window);
  if (!draft) {
    change->reply.set_error(draft.error().text());
    return answer(change);
  }
  if (!given_.store.is_change(*draft)) return nothing_to_keep(what, change);
  if (draft->confirmed) note_confirmed(draft->confirmed->number, change->reply);
  if (has_admin(given_.store.running()) && !has_admin(wanted))
    change->reply.add_notes(
        "no admin with a password is left: who comes to the console next chooses one");
  const auto shared = std::make_shared<config::Store::Draft>(std::move(*draft));
  const auto written = std::make_shared<Result<void>>();
  on_disk([this, shared, written] { *written = given_.store.write(*shared); },
          [this, shared, written, change, force = what.force()] {
            if (*written) return on_written(std::move(*shared), force, change);
            change->reply.clear_notes();
            change->reply.set_error(written->error().text());
            answer(change);
          });
}

void Configurator::on_written(config::Store::Draft draft, bool force, const ChangePtr& change) {
  const config::Revision done = draft.revision;
  given_.store.hold(std::move(draft));
  log_info("config", "committed",
           {{"revision", done.number}, {"user", done.user}, {"comment", done.comment}});
  Reply& reply = change->reply;
  for (std::string& note : given_.apply(given_.store.running())) reply.add_notes(std::move(note));
  release(change, force);
  watch_pending();
  get({}, change->asker, reply);
  fill(done, *reply.mutable_configuration()->mutable_revision());
  change->on_reply(std::move(reply));
  tidy_up();
}

void Configurator::release(const ChangePtr& change, bool force) {
  if (!given_.release) return;
  for (std::string& note : given_.release(change->asker.user, force))
    change->reply.add_notes(std::move(note));
}

// The candidate is what runs: no revision is made of it. It is a commit all the same, which confirms
// what waits, and clears calls if it is forced.
void Configurator::nothing_to_keep(const management::v1::Commit& what, const ChangePtr& change) {
  const auto finish = [this, change, force = what.force()](bool is_unchanged) {
    if (force) release(change, force);
    get({}, change->asker, change->reply);
    change->reply.mutable_configuration()->set_is_unchanged(is_unchanged);
    answer(change);
  };
  if (!given_.store.pending()) return finish(true);
  note_confirmed(given_.store.number(), change->reply);
  confirm_now(change, [finish] { finish(false); });
}

void Configurator::confirm(const Asker& asker, const OnReply& on_reply) {
  const auto change = std::make_shared<Change>(Change{asker, on_reply, {}});
  in_turn([this, change] {
    if (!may_commit(change->asker, change->reply)) return answer(change);
    if (given_.store.pending()) return confirm_now(change, [this, change] { answer(change); });
    change->reply.set_error("no commit waits to be confirmed");
    answer(change);
  });
}

void Configurator::confirm_now(const ChangePtr& change, std::function<void()> then) {
  auto draft = given_.store.draft_confirmation(change->asker.user);
  if (!draft) {
    change->reply.set_error(draft.error().text());
    return answer(change);
  }
  const auto shared = std::make_shared<config::Store::Confirmation>(std::move(*draft));
  const auto written = std::make_shared<Result<void>>();
  on_disk([this, shared, written] { *written = given_.store.write(*shared); },
          [this, shared, written, change, then = std::move(then)] {
            if (!*written) {
              change->reply.clear_notes();
              change->reply.set_error(written->error().text());
              return answer(change);
            }
            given_.store.hold(*shared);
            log_info("config", "confirmed",
                     {{"revision", shared->revision.number}, {"user", change->asker.user}});
            watch_pending();
            fill(shared->revision, *change->reply.add_revisions());
            then();
          });
}

// ---- a commit that returns by itself

void Configurator::watch_pending(Nanoseconds at_least) {
  due_.reset();
  const auto& pending = given_.store.pending();
  if (!pending) return;
  const Nanoseconds left = pending->due - given_.loop.clock().now();
  due_ = given_.loop.after(std::max(left, at_least), [this] { in_turn([this] { return_now(); }); });
}

void Configurator::return_now() {
  auto config = given_.store.due();
  if (!config) {
    log_error("config", "cannot return to the revision before",
              {{"reason", config.error().text()}});
    watch_pending(kReturnAgain);
    return end_turn();
  }
  if (!*config) {
    watch_pending();
    return end_turn();
  }
  auto draft = given_.store.draft_return(**config);
  if (!draft) {
    config::Store::Draft unkept;
    unkept.config = std::move(**config);
    return on_return_written(std::move(unkept), draft.error());
  }
  const auto shared = std::make_shared<config::Store::Draft>(std::move(*draft));
  const auto written = std::make_shared<Result<void>>();
  on_disk([this, shared, written] { *written = given_.store.write(*shared); },
          [this, shared, written] { on_return_written(std::move(*shared), *written); });
}

// What was before holds again even if it cannot be kept; that is tried until it can.
void Configurator::on_return_written(config::Store::Draft draft, const Result<void>& written) {
  log_warning("config", "was not confirmed in time, the revision before holds again",
              {{"revision", draft.revision.number}});
  given_.apply(draft.config);
  if (written) {
    given_.store.hold(std::move(draft));
    watch_pending();
    return tidy_up();
  }
  log_error("config", "cannot be kept", {{"reason", written.error().text()}});
  watch_pending(kReturnAgain);
  end_turn();
}

}  // namespace junctor::cp
