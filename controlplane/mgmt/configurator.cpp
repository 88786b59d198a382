// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/configurator.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "platform/config/diff.hpp"
#include "platform/config/secrets.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;

// A return that could not be written is tried again so soon.
constexpr Nanoseconds kReturnAgain = Seconds{5};

constexpr const char* kByHand =
    "this gateway runs from a file that is edited by hand: give --config a folder to configure it "
    "here";

void fill(const config::Revision& from, management::v1::Revision& to) {
  to.set_number(from.number);
  to.set_unix_ms(static_cast<std::uint64_t>(from.time.count()));
  to.set_user(from.user);
  to.set_comment(from.comment);
  to.set_confirmed_by(from.confirmed_by);
  to.set_mistake(from.mistake);
}

void add_finding(const config::v1::Config& config, const std::string& path,
                 const std::string& reason, Reply& reply) {
  management::v1::Finding& finding = *reply.add_findings();
  finding.set_path(path);
  for (const std::string& word : config::words_of_path(config, path)) finding.add_words(word);
  finding.set_reason(reason);
}

// Somebody can log in at the console and configure.
bool has_admin(const config::v1::Config& config) {
  return std::ranges::any_of(config.system().users(), [](const config::v1::User& user) {
    return user.role() == config::v1::ADMIN && !user.password().empty();
  });
}

}  // namespace

Configurator::Configurator(Given given) : given_(std::move(given)) { watch_pending(); }

void Configurator::get(const management::v1::GetConfig& what, const Asker& asker,
                       Reply& reply) const {
  management::v1::Configuration& out = *reply.mutable_configuration();
  const std::uint32_t number = what.revision() == 0 ? given_.store.number() : what.revision();
  if (number == given_.store.number()) {
    *out.mutable_config() = given_.store.running();
  } else {
    const auto loaded = given_.store.load(number);
    if (!loaded) return reply.set_error(loaded.error().text());
    *out.mutable_config() = *loaded;
  }
  // Who cannot commit them needs no hash to guess at either.
  if (asker.role < config::v1::ADMIN) config::mask_all(*out.mutable_config());
  out.mutable_revision()->set_number(number);
  if (const auto& pending = given_.store.pending()) {
    out.mutable_pending()->set_revision(pending->revision);
    out.mutable_pending()->set_return_to(pending->return_to);
    const Nanoseconds left = pending->due - given_.loop.clock().now();
    out.mutable_pending()->set_left_s(
        static_cast<std::uint32_t>(std::max<std::int64_t>(left / Seconds{1}, 0)));
  }
  out.set_locked_by(lock_owner_);
  out.set_role(asker.role);
}

bool Configurator::may_commit(const Asker& asker, Reply& reply) const {
  if (locked_by_ == nullptr || locked_by_ == asker.connection) return true;
  reply.set_error(lock_owner_ + " configures exclusively");
  return false;
}

std::optional<config::v1::Config> Configurator::join(const management::v1::Commit& what,
                                                     Reply& reply) const {
  const config::v1::Config& running = given_.store.running();
  if (what.base_revision() == given_.store.number()) return what.candidate();
  const auto base = given_.store.load(what.base_revision());
  if (!base) {
    reply.set_error("what the candidate was made from is gone: " + base.error().text());
    return std::nullopt;
  }
  if (const auto change = config::conflict(*base, what.candidate(), running)) {
    const config::Words place(change->words.begin(),
                              change->words.begin() + static_cast<std::ptrdiff_t>(change->place));
    reply.set_error("another commit changed the same: " + config::text_of(place) +
                    "; see show | compare, or rollback to begin with what holds");
    return std::nullopt;
  }
  config::v1::Config joined = running;
  if (const auto mistake = config::apply_changes(joined, config::diff(*base, what.candidate()))) {
    reply.set_error("the changes do not fit what another commit left: " + mistake->reason);
    return std::nullopt;
  }
  return joined;
}

bool Configurator::is_sound(const config::v1::Config& config, Reply& reply) const {
  for (const config::Finding& finding : config::validate(config))
    add_finding(config, finding.path, finding.reason, reply);
  if (reply.findings().empty()) {
    config::v1::Config whole = config;
    config::apply_defaults(whole);
    if (const auto checked = given_.check(whole); !checked)
      add_finding(config, checked.error().where, checked.error().message, reply);
  }
  if (reply.findings().empty() && given_.key != nullptr)
    for (const std::string& path :
         config::foreign_secrets(config, *given_.key, given_.store.running()))
      add_finding(config, path, std::string(config::kForeign), reply);
  if (reply.findings().empty()) return true;
  reply.set_error("the configuration has mistakes");
  return false;
}

void Configurator::commit(const management::v1::Commit& what, const Asker& asker,
                          const OnReply& on_reply) {
  Reply reply;
  if (!may_commit(asker, reply)) return on_reply(std::move(reply));
  const auto wanted = join(what, reply);
  if (!wanted || !is_sound(*wanted, reply) || what.check_only()) return on_reply(std::move(reply));
  // What is wrong with a password is found while it is clear.
  if (given_.aside != nullptr && config::has_clear_password(what.candidate()))
    return hash_later(what, asker, on_reply);
  keep(*wanted, what, asker, reply);
  on_reply(std::move(reply));
}

// The same commit again, with the passwords hashed: others may have committed meanwhile.
void Configurator::hash_later(const management::v1::Commit& what, const Asker& asker,
                              const OnReply& on_reply) {
  const auto hashed = std::make_shared<management::v1::Commit>(what);
  given_.aside->run(
      [hashed, before = given_.store.running()] {
        config::hash_all(*hashed->mutable_candidate(), before);
      },
      [this, hashed, asker, on_reply] { commit(*hashed, asker, on_reply); });
}

void Configurator::set_password(const Asker& asker, const std::string& password,
                                std::optional<config::v1::Role> role, const std::string& comment,
                                const OnReply& on_reply) {
  const auto refuse = [&on_reply](const char* sentence) {
    Reply reply;
    reply.set_error(sentence);
    on_reply(std::move(reply));
  };
  // A commit for good would confirm it.
  if (given_.store.pending())
    return refuse("a commit waits to be confirmed; a password can be set after that");
  management::v1::Commit what;
  what.set_base_revision(given_.store.number());
  what.set_comment(comment);
  config::v1::Config& candidate = *what.mutable_candidate();
  candidate = given_.store.running();
  auto& users = *candidate.mutable_system()->mutable_users();
  const auto at = std::ranges::find(users, asker.user, &config::v1::User::name);
  config::v1::User& user = at == users.end() ? *users.Add() : *at;
  user.set_name(asker.user);
  if (role) user.set_role(*role);
  user.set_password(password);
  commit(what, asker, on_reply);
}

void Configurator::keep(const config::v1::Config& wanted, const management::v1::Commit& what,
                        const Asker& asker, Reply& reply) {
  std::optional<Seconds> window;
  if (what.confirm_s() > 0) window = Seconds{what.confirm_s()};
  if (const auto& pending = given_.store.pending())
    reply.add_notes("revision " + std::to_string(pending->revision) +
                    ", which waited to be confirmed, is confirmed by this");
  if (has_admin(given_.store.running()) && !has_admin(wanted))
    reply.add_notes("no admin with a password is left: who comes to the console next chooses one");
  const auto done = given_.store.commit(wanted, asker.user, what.comment(), window);
  if (!done) return reply.set_error(done.error().text());
  log_info("config", "committed",
           {{"revision", done->number}, {"user", done->user}, {"comment", done->comment}});
  for (std::string& note : given_.apply(given_.store.running())) reply.add_notes(std::move(note));
  if (given_.release)
    for (std::string& note : given_.release(asker.user, what.force()))
      reply.add_notes(std::move(note));
  watch_pending();
  get({}, asker, reply);
  fill(*done, *reply.mutable_configuration()->mutable_revision());
}

void Configurator::confirm(const Asker& asker, Reply& reply) {
  if (!may_commit(asker, reply)) return;
  if (!given_.store.pending()) return reply.set_error("no commit waits to be confirmed");
  const auto done = given_.store.confirm(asker.user);
  if (!done) return reply.set_error(done.error().text());
  log_info("config", "confirmed", {{"revision", done->number}, {"user", asker.user}});
  watch_pending();
  fill(*done, *reply.add_revisions());
}

void Configurator::show_revisions(Reply& reply) {
  for (const config::Revision& revision : given_.store.revisions())
    fill(revision, *reply.add_revisions());
}

void Configurator::lock(const management::v1::LockConfig& what, const Asker& asker, Reply& reply) {
  if (what.release()) return on_closed(asker.connection);
  if (!may_commit(asker, reply)) return;
  locked_by_ = asker.connection;
  lock_owner_ = asker.user;
}

void Configurator::on_closed(const void* connection) {
  if (locked_by_ != connection) return;
  locked_by_ = nullptr;
  lock_owner_.clear();
}

// ---- a commit that returns by itself

void Configurator::watch_pending() {
  due_.reset();
  const auto& pending = given_.store.pending();
  if (!pending) return;
  const Nanoseconds left = pending->due - given_.loop.clock().now();
  due_ = given_.loop.after(std::max(left, Nanoseconds{0}), [this] { on_due(); });
}

void Configurator::on_due() {
  const auto done = given_.store.return_if_due();
  if (!done) {
    log_error("config", "cannot return to the revision before", {{"reason", done.error().text()}});
  } else if (*done) {
    const config::Return& returned = **done;
    log_warning("config", "was not confirmed in time, the revision before holds again",
                {{"revision", returned.revision.number}});
    given_.apply(returned.config);
    if (!returned.not_kept) return watch_pending();
    log_error("config", "cannot be kept", {{"reason", returned.not_kept->text()}});
  } else {
    return watch_pending();
  }
  due_ = given_.loop.after(kReturnAgain, [this] { on_due(); });
}

// ---- the same as answers

config::v1::Role role_of(const config::v1::Config& config, const std::string& user) {
  if (user == "root") return config::v1::ADMIN;
  for (const config::v1::User& known : config.system().users())
    if (known.name() == user) return known.role();
  return config::v1::VIEWER;
}

bool is_user(const config::v1::Config& config, const std::string& user) {
  return std::ranges::any_of(config.system().users(), [&user](const config::v1::User& known) {
    return known.name() == user;
  });
}

void add_configuration_answers(Answers& answers, Configurator* configurator) {
  using management::v1::Request;
  using Asker = Answers::Asker;
  using Does = void (*)(Configurator & configurator, const Request& request, const Asker& asker,
                        Reply& reply);
  const auto add = [&](Answers::What what, config::v1::Role least, Does does) {
    answers.add(what, least,
                [configurator, does](const Request& request, const Asker& asker, Reply& reply) {
                  if (configurator != nullptr) return does(*configurator, request, asker, reply);
                  reply.set_error(kByHand);
                });
  };
  add(Request::kGetConfig, config::v1::VIEWER,
      [](Configurator& c, const Request& r, const Asker& a, Reply& reply) {
        c.get(r.get_config(), a, reply);
      });
  add(Request::kShowRevisions, config::v1::VIEWER,
      [](Configurator& c, const Request&, const Asker&, Reply& reply) { c.show_revisions(reply); });
  answers.add_later(
      Request::kCommit, config::v1::ADMIN,
      [configurator](const Request& request, const Asker& asker, const Answers::OnReply& on_reply) {
        if (configurator != nullptr) return configurator->commit(request.commit(), asker, on_reply);
        Reply reply;
        reply.set_error(kByHand);
        on_reply(std::move(reply));
      });
  add(Request::kConfirm, config::v1::ADMIN,
      [](Configurator& c, const Request&, const Asker& a, Reply& reply) { c.confirm(a, reply); });
  add(Request::kLockConfig, config::v1::ADMIN,
      [](Configurator& c, const Request& r, const Asker& a, Reply& reply) {
        c.lock(r.lock_config(), a, reply);
      });
  if (configurator != nullptr)
    answers.add_on_closed([configurator](const void* gone) { configurator->on_closed(gone); });
}

}  // namespace junctor::cp
