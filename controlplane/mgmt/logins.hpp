// SPDX-License-Identifier: MIT
// Logins: who somebody at a console is, by a password (management/v1, Login and SetPassword).
//
//   junctor --login (root's, by getty) --Login{}--> may do nothing any more
//                                      --Login{user, password}--> is that user
//                                      --Login{admin, new password}--> the first login of a gateway
//
// A connection is at first whom the kernel names (SO_PEERCRED): over SSH that is the user who came by
// SSH. The program at a serial line runs as root, so its first request gives that up: from then on the
// connection may only log in. Nothing has to be believed for that: it takes rights away.
//
// A gateway has no default password. While no user of the configuration is an admin with a password,
// the first login sets one for `admin`. Who can reach the socket is root, the gateway's own user and
// its group, of which SSH users are members; so the first login is taken only from a connection whose
// process is root's, as getty's is, or the gateway's own user's, which could edit the files of the
// configuration anyway. A viewer over SSH can run the same program, but the kernel tells who runs it.
//
// Whatever is wrong about user or password is answered by one sentence after one time, and delays what
// comes next (login_delays.hpp); one password of a user is looked at at a time. The console has delays
// of its own, and no limit of attempts: who guesses over SSH must not keep the operator out.
//
// Threads   the control loop's; hashes are computed aside.
// Lifetime  what is given outlives it; an answer may come after its asker is gone.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "config/v1/config.pb.h"
#include "controlplane/mgmt/answers.hpp"
#include "controlplane/mgmt/aside.hpp"
#include "controlplane/mgmt/configurator.hpp"
#include "controlplane/mgmt/login_delays.hpp"
#include "platform/base/clock.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"

namespace junctor::cp {

class Logins {
 public:
  enum Count : std::uint8_t { kGood, kWrong, kCountCount };
  struct Given {
    ipc::Loop& loop;
    Aside& aside;
    CounterRegistry& counters;
    std::function<const config::v1::Config&()> config;  // that holds now
    Configurator* configurator;                         // none: see add_configuration_answers
    // While this file is there the console may choose admin's password anew; then it is removed. The
    // first file system of an appliance makes it, for who stood before the machine when it started.
    std::string recovery_file = {};
    // So long after the start: who stood there has left, and the next one is somebody else.
    Nanoseconds recovery_lasts = Seconds{600};
  };
  using Asker = Answers::Asker;
  using OnReply = Answers::OnReply;

  explicit Logins(Given given);
  ~Logins();
  Logins(const Logins&) = delete;
  Logins& operator=(const Logins&) = delete;

  void login(const management::v1::Login& what, const Asker& asker, const OnReply& on_reply);
  void set_password(const management::v1::SetPassword& what, const Asker& asker,
                    const OnReply& on_reply);

 private:
  struct Attempt;
  bool is_recovery() const;
  void end_recovery(const char* why);
  bool needs_admin() const;
  void first_login(const management::v1::Login& what, const Asker& asker, const OnReply& on_reply);
  // Calls back with whether it is the password of the user, when that may be told.
  void verify(const Asker& asker, const std::string& user, const std::string& password,
              std::function<void(bool is_right)> on_verified, const OnReply& on_refused);
  void try_now(const std::shared_ptr<Attempt>& attempt);
  void on_hashed(const std::shared_ptr<Attempt>& attempt);
  void finish(const std::shared_ptr<Attempt>& attempt, bool is_right);
  std::string kept_password(const std::string& user) const;

  // Given.
  Given given_;
  // State.
  LoginDelays delays_, console_delays_;
  std::set<std::shared_ptr<Attempt>> attempts_;
  std::set<std::string> being_checked_;  // keys of attempts
  CounterSet<kCountCount> counts_;
  ipc::HandlePtr recovery_timer_;
};

// logins must outlive the answers.
void add_login_answers(Answers& answers, Logins& logins);

}  // namespace junctor::cp
