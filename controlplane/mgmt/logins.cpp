// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/logins.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "platform/config/password.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {

using management::v1::Reply;

namespace {

constexpr const char* kAdmin = "admin";
constexpr const char* kWrongSentence = "wrong user or password";
constexpr std::size_t kMostAttempts = 16;
// What is checked for the same user now is looked for again so soon.
constexpr Nanoseconds kAgain = Milliseconds{50};
constexpr std::size_t kShownUser = 64;

const config::v1::User* find_user(const config::v1::Config& config, const std::string& name) {
  const auto& users = config.system().users();
  const auto at = std::ranges::find(users, name, &config::v1::User::name);
  return at == users.end() ? nullptr : &*at;
}

constexpr std::array<CounterDesc, Logins::kCountCount> kCounts{{
    {"logins", Severity::Info, "a user logged in with a password"},
    {"logins_refused", Severity::Warning, "a user or a password was wrong"},
}};

// As the schema has it, in words for who chooses one.
constexpr const char* kTooShort = "a password has at least 8 characters";
bool is_long_enough(const std::string& password) {
  return std::ranges::count_if(password, [](char c) { return (c & 0xc0) != 0x80; }) >= 8;
}

void refuse(const Logins::OnReply& on_reply, const std::string& sentence) {
  Reply reply;
  reply.set_error(sentence);
  on_reply(std::move(reply));
}

}  // namespace

struct Logins::Attempt {
  std::string user;
  std::string password;
  std::function<void(bool is_right)> on_verified;
  LoginDelays* delays = nullptr;
  std::string key;   // of its delays: users that are none share one
  std::string kept;  // what the password is compared with
  bool is_right = false;
  ipc::HandlePtr timer;
};

Logins::Logins(Given given) : given_(std::move(given)), counts_(kCounts) {
  given_.counters.add("login", counts_.descriptions(), counts_.values());
  if (!is_recovery()) return;
  recovery_timer_ = given_.loop.after(given_.recovery_lasts, [this] {
    if (is_recovery())
      end_recovery("nobody chose the password anew in time, as the boot loader was asked to");
  });
}

Logins::~Logins() { given_.counters.remove(counts_.values()); }

bool Logins::is_recovery() const {
  std::error_code error;
  return !given_.recovery_file.empty() && std::filesystem::exists(given_.recovery_file, error);
}

void Logins::end_recovery(const char* why) {
  std::error_code error;
  std::filesystem::remove(given_.recovery_file, error);
  log_warning("login", why);
  if (error)
    log_error("login", "the console may choose the password anew still",
              {{"reason", error.message()}});
}

bool Logins::needs_admin() const {
  if (is_recovery()) return true;
  return std::ranges::none_of(given_.config().system().users(), [](const config::v1::User& user) {
    return user.role() == config::v1::ADMIN && !user.password().empty();
  });
}

std::string Logins::kept_password(const std::string& user) const {
  const config::v1::User* known = find_user(given_.config(), user);
  return known == nullptr ? "" : known->password();
}

void Logins::login(const management::v1::Login& what, const Asker& asker, const OnReply& on_reply) {
  if (what.user().empty()) {
    asker.become("");
    Reply reply;
    reply.mutable_session()->set_needs_password(needs_admin() && asker.is_owner);
    return on_reply(std::move(reply));
  }
  if (!what.new_password().empty()) return first_login(what, asker, on_reply);
  const std::string& user = what.user();
  verify(
      asker, user, what.password(),
      [this, user, become = asker.become, on_reply](bool is_right) {
        if (!is_right) return refuse(on_reply, kWrongSentence);
        counts_[kGood].add();
        log_info("login", "logged in", {{"user", user}});
        become(user);
        Reply reply;
        reply.mutable_session()->set_user(user);
        reply.mutable_session()->set_role(role_of(given_.config(), user));
        on_reply(std::move(reply));
      },
      on_reply);
}

void Logins::first_login(const management::v1::Login& what, const Asker& asker,
                         const OnReply& on_reply) {
  if (!needs_admin() || !asker.is_owner || what.user() != kAdmin) {
    counts_[kWrong].add();
    log_warning("login", "a first login was refused: there is an admin, or it is not the console",
                {{"user", what.user().substr(0, kShownUser)}});
    return refuse(on_reply, "a first password is set at the console of a gateway without admin");
  }
  if (given_.configurator == nullptr)
    return refuse(on_reply,
                  "this gateway runs from a file that is edited by hand: name an admin with a "
                  "password there (system.users)");
  if (!is_long_enough(what.new_password())) return refuse(on_reply, kTooShort);
  Asker admin = asker;
  admin.user = kAdmin;
  given_.configurator->set_password(
      admin, what.new_password(), config::v1::ADMIN, "first login",
      [this, asker, on_reply](Reply reply) {
        if (!reply.error().empty()) return on_reply(std::move(reply));
        counts_[kGood].add();
        if (is_recovery())
          end_recovery("the password was chosen anew, as the boot loader was asked to");
        log_info("login", "the first login set a password", {{"user", kAdmin}});
        asker.become(kAdmin);
        Reply done;
        done.mutable_session()->set_user(kAdmin);
        done.mutable_session()->set_role(config::v1::ADMIN);
        on_reply(std::move(done));
      });
}

void Logins::set_password(const management::v1::SetPassword& what, const Asker& asker,
                          const OnReply& on_reply) {
  if (given_.configurator == nullptr)
    return refuse(on_reply, "this gateway runs from a file that is edited by hand");
  if (find_user(given_.config(), asker.user) == nullptr)
    return refuse(on_reply, asker.user + " is no user of the configuration (system user)");
  if (!is_long_enough(what.new_password())) return refuse(on_reply, kTooShort);
  const auto change = [this, asker, password = what.new_password(), on_reply] {
    given_.configurator->set_password(asker, password, {}, "password of " + asker.user, on_reply);
  };
  if (kept_password(asker.user).empty()) return change();
  verify(
      asker, asker.user, what.old_password(),
      [change, on_reply](bool is_right) {
        if (is_right) return change();
        refuse(on_reply, "the old password is wrong");
      },
      on_reply);
}

// ---- one password

void Logins::verify(const Asker& asker, const std::string& user, const std::string& password,
                    std::function<void(bool is_right)> on_verified, const OnReply& on_refused) {
  if (!asker.is_owner && attempts_.size() >= kMostAttempts)
    return refuse(on_refused, "too many passwords are being checked; try again later");
  auto attempt = std::make_shared<Attempt>();
  attempt->user = user;
  attempt->password = password;
  attempt->on_verified = std::move(on_verified);
  attempt->delays = asker.is_owner ? &console_delays_ : &delays_;
  attempt->key = asker.is_owner ? "console " : "";
  if (find_user(given_.config(), user) != nullptr) attempt->key += user;
  attempts_.insert(attempt);
  try_now(attempt);
}

void Logins::try_now(const std::shared_ptr<Attempt>& attempt) {
  Nanoseconds wait = attempt->delays->wait(attempt->key, given_.loop.clock().now());
  if (being_checked_.contains(attempt->key)) wait = std::max(wait, kAgain);
  if (wait > Nanoseconds{0}) {
    attempt->timer = given_.loop.after(wait, [this, weak = std::weak_ptr<Attempt>(attempt)] {
      if (const auto again = weak.lock()) try_now(again);
    });
    return;
  }
  being_checked_.insert(attempt->key);
  attempt->kept = kept_password(attempt->user);
  given_.aside.run(
      [attempt] {
        if (attempt->kept.empty()) return config::spend_as_long(attempt->password);
        attempt->is_right = config::is_password(attempt->password, attempt->kept);
      },
      [this, attempt] { on_hashed(attempt); });
}

void Logins::on_hashed(const std::shared_ptr<Attempt>& attempt) {
  being_checked_.erase(attempt->key);
  // It may have been changed meanwhile.
  const bool holds = attempt->kept == kept_password(attempt->user);
  if (attempt->is_right && holds) {
    attempt->delays->succeeded(attempt->key);
    return finish(attempt, true);
  }
  counts_[kWrong].add();
  log_warning("login", "wrong user or password", {{"user", attempt->user.substr(0, kShownUser)}});
  const Nanoseconds delay = attempt->delays->failed(attempt->key, given_.loop.clock().now());
  attempt->timer = given_.loop.after(delay, [this, weak = std::weak_ptr<Attempt>(attempt)] {
    if (const auto ended = weak.lock()) finish(ended, false);
  });
}

void Logins::finish(const std::shared_ptr<Attempt>& attempt, bool is_right) {
  attempts_.erase(attempt);
  attempt->on_verified(is_right);
}

void add_login_answers(Answers& answers, Logins& logins) {
  using management::v1::Request;
  using Asker = Answers::Asker;
  answers.add_later(
      Request::kLogin, config::v1::VIEWER,
      [&logins](const Request& request, const Asker& asker, const Answers::OnReply& on_reply) {
        logins.login(request.login(), asker, on_reply);
      });
  answers.add_later(
      Request::kSetPassword, config::v1::VIEWER,
      [&logins](const Request& request, const Asker& asker, const Answers::OnReply& on_reply) {
        logins.set_password(request.set_password(), asker, on_reply);
      });
}

}  // namespace junctor::cp
