// SPDX-License-Identifier: MIT
// Configurator: the running configuration as operators change it: reads, commits, confirms,
// returns, and who may.
//
//   candidate, base --[joined with what others committed]--> [validate, check] --> Store --> apply
//
// An editor keeps its candidate to itself; what is shared is here. A commit is durable before it
// takes effect, and what takes effect was checked before it was kept. One change at a time: what
// comes while another is being hashed or written waits for its turn.
//
// Threads   the control loop's; files are written aside.
// Lifetime  what is given outlives it.
// Errors    a sentence for the operator; findings name their places in words of the console.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/mgmt/answers.hpp"
#include "controlplane/mgmt/aside.hpp"
#include "management/v1/management.pb.h"
#include "platform/config/store.hpp"
#include "platform/config/tree.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/keys/machine_key.hpp"

namespace junctor::cp {

class Configurator {
 public:
  struct Given {
    ipc::Loop& loop;
    config::Store& store;
    // What validation cannot know (a plugin, its options); where: a path of the configuration.
    std::function<Result<void>(const config::v1::Config& config)> check;
    // Makes a configuration that was checked take effect; returns what of it waits for a restart,
    // a sentence each.
    std::function<std::vector<std::string>(const config::v1::Config& config)> apply;
    // Where passwords are hashed; none: they are left to the store.
    Aside* aside = nullptr;
    // By which secrets of another machine are known; none: they are not looked for.
    const keys::MachineKey* key = nullptr;
    // After a commit of that user: what becomes of calls whose trunk is configured no more, which
    // end if it was forced.
    std::function<std::vector<std::string>(const std::string& user, bool force)> release = {};
    // Where the store's files are written; none: the loop waits for the disk.
    Aside* disk = nullptr;
  };
  using Asker = Answers::Asker;
  using OnReply = Answers::OnReply;

  explicit Configurator(Given given);

  void get(const management::v1::GetConfig& what, const Asker& asker,
           management::v1::Reply& reply) const;
  void commit(const management::v1::Commit& what, const Asker& asker, const OnReply& on_reply);
  // A commit of the asker's own password alone, whatever the asker's role is; and of a role, if one
  // is given: whether that may be is the caller's to know.
  void set_password(const Asker& asker, const std::string& password,
                    std::optional<config::v1::Role> role, const std::string& comment,
                    const OnReply& on_reply);
  void confirm(const Asker& asker, const OnReply& on_reply);
  void show_revisions(management::v1::Reply& reply);
  void lock(const management::v1::LockConfig& what, const Asker& asker,
            management::v1::Reply& reply);
  // What the connection held is free.
  void on_closed(const void* connection);

 private:
  // One change: who asks, and where the answer goes.
  struct Change {
    Asker asker;
    OnReply on_reply;
    management::v1::Reply reply;
  };
  using ChangePtr = std::shared_ptr<Change>;

  // The commit that waits to be confirmed, if there is one.
  void add_pending(management::v1::Reply& reply) const;
  bool may_commit(const Asker& asker, management::v1::Reply& reply) const;
  // The candidate with what was committed since its base; nothing if they are at odds.
  std::optional<config::v1::Config> join(const management::v1::Commit& what,
                                         management::v1::Reply& reply) const;
  std::string last_change(const config::Words& place, std::uint32_t after) const;
  bool is_sound(const config::v1::Config& config, management::v1::Reply& reply) const;
  // Those of a turn: each ends in answer(), or in tidy_up() after it.
  void commit_now(const management::v1::Commit& what, const ChangePtr& change);
  void hash_first(config::v1::Config wanted, const management::v1::Commit& what,
                  const ChangePtr& change);
  void keep(const config::v1::Config& wanted, const management::v1::Commit& what,
            const ChangePtr& change);
  void on_written(config::Store::Draft draft, bool force, const ChangePtr& change);
  void nothing_to_keep(const management::v1::Commit& what, const ChangePtr& change);
  void confirm_now(const ChangePtr& change, std::function<void()> then);
  void return_now();
  void on_return_written(config::Store::Draft draft, const Result<void>& written);
  void answer(const ChangePtr& change);
  void tidy_up();
  void in_turn(std::function<void()> change);
  void end_turn();
  void on_disk(std::function<void()> work, std::function<void()> then);
  void watch_pending(Nanoseconds at_least = Nanoseconds{0});
  management::v1::Commit with_password(const std::string& name, const std::string& password,
                                       std::optional<config::v1::Role> role,
                                       const std::string& comment) const;
  void release(const ChangePtr& change, bool force);

  // Given.
  Given given_;
  // State.
  const void* locked_by_ = nullptr;
  std::string lock_owner_;
  ipc::HandlePtr due_;
  std::deque<std::function<void()>> turns_;
  bool is_turn_taken_ = false;
};

void fill(const config::Revision& from, management::v1::Revision& to);

// The role that a configuration gives a user; root is an admin everywhere, and who is not named may
// see.
config::v1::Role role_of(const config::v1::Config& config, const std::string& user);

// Whether it names the user.
bool is_user(const config::v1::Config& config, const std::string& user);

// configurator: none if the gateway runs from a file that is edited by hand; it says so then.
void add_configuration_answers(Answers& answers, Configurator* configurator);

}  // namespace junctor::cp
