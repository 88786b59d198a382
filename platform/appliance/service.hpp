// SPDX-License-Identifier: MIT
// Service: what junctor-appliance does when it is asked (appliance/v1), and the health gate's verdicts.
//
//   junctor-control --Request--> Service --> systemctl, rauc, slots
//   junctor-control <--health--- HealthWatch --> Gate --> slots set-state, restart
//   PowerButton --> systemctl start poweroff.target
//
// Threads   the loop's.
// Lifetime  what is given outlives it.
// Errors    a request that cannot be done gets a Reply with a sentence. Only root and the user of the
//           gateway are answered.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "appliance/v1/appliance.pb.h"
#include "platform/appliance/child.hpp"
#include "platform/appliance/gate.hpp"
#include "platform/appliance/keyring.hpp"
#include "platform/appliance/loopback.hpp"
#include "platform/appliance/power_button.hpp"
#include "platform/appliance/slots.hpp"
#include "platform/appliance/upgrade.hpp"
#include "platform/appliance/watch.hpp"
#include "platform/base/result.hpp"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::appliance {

class Service {
 public:
  struct Given {
    Places places;
    std::string socket_path;      // /run/junctor-appliance/appliance.sock
    std::string management_path;  // /run/junctor/management.sock
    std::int64_t user = 0;        // who may ask beside root
  };
  static Result<std::unique_ptr<Service>> start(ipc::Loop& loop, Given given);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

 private:
  Service(ipc::Loop& loop, Given given);
  void accept(std::unique_ptr<ipc::Channel> channel);
  void answer(Bytes frame, const std::shared_ptr<ipc::Channel>& channel);
  Result<void> act(const v1::Request& request);
  void show(v1::System& out);
  void show_slots(v1::System& out) const;
  void show_gate(v1::System& out) const;
  Result<void> restart(bool power_off, bool is_forced);
  void forget_restart() const;
  Result<void> factory_reset();
  Result<void> add_software(const v1::AddSoftware& what);
  using OnDone = std::function<void(const Result<void>&)>;
  void rollback(const OnDone& on_done);
  void set_time(Seconds at, const OnDone& on_done);
  Result<void> add_keys(const v1::AddKeys& what);
  Result<void> revoke_key(const std::string& fingerprint);
  void after_keys();
  void on_power_button();
  void on_look(const Health& health);
  void note_what_works() const;
  std::optional<std::set<std::string>> broken_before() const;
  void declare(bool is_good);
  // Asks the program that keeps the choice; `then` is called when an answer came to a question asked from now on.
  void ask_choice(std::function<void()> then = {});
  void begin_reading();
  std::string slots_program() const { return given_.places.at("/usr/lib/junctor/slots"); }
  void begin_gate();
  // Runs a program; what it says is logged, and then is called, with whether it ended well.
  void run(const std::vector<std::string>& words, std::function<void(bool)> then = {});
  void start_child(const std::vector<std::string>& words, Child::Callbacks callbacks);

  // Given.
  ipc::Loop& loop_;
  const Given given_;
  // State.
  Health health_;       // as it was seen last
  std::string choice_;  // what `slots show` said last
  bool is_reading_choice_ = false;
  bool is_restarting_ = false;
  std::vector<std::function<void()>> now_reading_;   // who waits for the read that runs
  std::vector<std::function<void()>> next_reading_;  // and for the one after it
  unsigned next_child_ = 0;
  // Owned.
  const Keyring keyring_;
  Upgrade upgrade_;
  std::unique_ptr<Gate> gate_;  // once it is known whether this is a trial
  std::unique_ptr<HealthWatch> watch_;
  std::unique_ptr<Loopback> loopback_;
  std::map<unsigned, std::unique_ptr<Child>> children_;  // that run now
  std::vector<std::shared_ptr<ipc::Channel>> channels_;
  std::unique_ptr<ipc::Server> server_;
  std::unique_ptr<PowerButton> power_button_;
  ipc::HandlePtr ask_again_;
};

}  // namespace junctor::appliance
