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

constexpr const char* kByHand =
    "this gateway runs from a file that is edited by hand: give --config a folder to configure it "
    "here";

void add_finding(const config::v1::Config& config, const std::string& path,
                 const std::string& reason, Reply& reply) {
  management::v1::Finding& finding = *reply.add_findings();
  finding.set_path(path);
  for (const std::string& word : config::words_of_path(config, path)) finding.add_words(word);
  finding.set_reason(reason);
}

}  // namespace

void fill(const config::Revision& from, management::v1::Revision& to) {
  to.set_number(from.number);
  to.set_unix_ms(static_cast<std::uint64_t>(from.time.count()));
  to.set_user(from.user);
  to.set_comment(from.comment);
  to.set_confirmed_by(from.confirmed_by);
  to.set_mistake(from.mistake);
}

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
  add_pending(reply);
  out.set_locked_by(lock_owner_);
  out.set_role(asker.role);
}

void Configurator::add_pending(Reply& reply) const {
  const auto& pending = given_.store.pending();
  if (!pending) return;
  management::v1::Pending& out = *reply.mutable_configuration()->mutable_pending();
  out.set_revision(pending->revision);
  out.set_return_to(pending->return_to);
  const Nanoseconds left = pending->due - given_.loop.clock().now();
  out.set_left_s(static_cast<std::uint32_t>(std::max<std::int64_t>(left / Seconds{1}, 0)));
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
                    last_change(place, what.base_revision()) +
                    "; show | compare shows both, update puts the candidate's changes upon it, "
                    "rollback begins with what holds");
    return std::nullopt;
  }
  config::v1::Config joined = running;
  if (const auto mistake = config::apply_changes(joined, config::diff(*base, what.candidate()))) {
    reply.set_error("the changes do not fit what another commit left: " + mistake->reason);
    return std::nullopt;
  }
  return joined;
}

// " (revision 7, ann)": who changed what is below the place last, after that revision.
std::string Configurator::last_change(const config::Words& place, std::uint32_t after) const {
  const auto below = [&place](const config::v1::Config& config) {
    std::vector<config::Words> all;
    for (const config::Setting& one : config::settings(config, config::Secrets::Shown))
      if (one.words.size() >= place.size() &&
          std::equal(place.begin(), place.end(), one.words.begin()))
        all.push_back(one.words);
    return all;
  };
  const auto held = below(given_.store.running());
  std::vector<config::Revision> revisions = given_.store.revisions();
  for (std::uint32_t number = given_.store.number(); number > after; --number) {
    const auto before = given_.store.load(number - 1);
    if (before && below(*before) == held) continue;
    const auto revision = std::ranges::find(revisions, number, &config::Revision::number);
    if (revision == revisions.end()) break;
    return " (revision " + std::to_string(number) + ", " + revision->user + ")";
  }
  return "";
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

void Configurator::show_revisions(Reply& reply) {
  add_pending(reply);
  const management::v1::Pending& pending = reply.configuration().pending();
  for (const config::Revision& revision : given_.store.revisions()) {
    management::v1::Revision& out = *reply.add_revisions();
    fill(revision, out);
    if (pending.revision() != revision.number) continue;
    out.set_return_to(pending.return_to());
    out.set_left_s(pending.left_s());
  }
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

// ---- who may, and the same as answers

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
  using DoesLater = void (*)(Configurator & configurator, const Request& request,
                             const Asker& asker, const Answers::OnReply& on_reply);
  const auto add_later = [&](Answers::What what, DoesLater does) {
    answers.add_later(what, config::v1::ADMIN,
                      [configurator, does](const Request& request, const Asker& asker,
                                           const Answers::OnReply& on_reply) {
                        if (configurator != nullptr)
                          return does(*configurator, request, asker, on_reply);
                        Reply reply;
                        reply.set_error(kByHand);
                        on_reply(std::move(reply));
                      });
  };
  add_later(Request::kCommit, [](Configurator& c, const Request& r, const Asker& a,
                                 const Answers::OnReply& done) { c.commit(r.commit(), a, done); });
  add_later(Request::kConfirm, [](Configurator& c, const Request&, const Asker& a,
                                  const Answers::OnReply& done) { c.confirm(a, done); });
  add(Request::kLockConfig, config::v1::ADMIN,
      [](Configurator& c, const Request& r, const Asker& a, Reply& reply) {
        c.lock(r.lock_config(), a, reply);
      });
  if (configurator != nullptr)
    answers.add_on_closed([configurator](const void* gone) { configurator->on_closed(gone); });
}

}  // namespace junctor::cp
