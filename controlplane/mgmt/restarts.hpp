// SPDX-License-Identifier: MIT
// Restarts: which settings wait until a program is started again, and the request to do so.
//
//   started, wanted --[plan_reload]--> what waits for junctor-control
//   of the revision that the dataplane says it has, wanted --> what waits for junctor-dataplane
//
// A program is not started again from here: it ends, and its supervisor starts it (Restart=always in
// rootfs/units). Where there is none, it does not end. Calls stay either way: see ARCHITECTURE.md.
//
// A dataplane that is not there may be at its start, with what was configured a moment ago: a restart
// that was asked for meanwhile follows when it comes, unless it has read what holds by then.
//
// Threads   the control loop's.
// Lifetime  what is given outlives it.
// Errors    a request that cannot be carried out gets a sentence.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "config/v1/config.pb.h"
#include "controlplane/media/requests.hpp"
#include "controlplane/mgmt/answers.hpp"
#include "platform/base/result.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::cp {

class Restarts {
 public:
  struct Given {
    ipc::Loop& loop;
    // A revision that is kept; 0: what was last put there by hand, before it had a number. None: the
    // configuration is a file.
    std::function<Result<config::v1::Config>(std::uint32_t revision)> load;
    std::function<void(media::v1::Request request, Requests::OnDone on_done)> ask_dataplane;
    std::function<bool()> is_dataplane_there;
    bool is_supervised = false;  // this program
  };
  using OnReply = Answers::OnReply;

  // started: what this program runs, with defaults.
  Restarts(Given given, const config::v1::Config& started);

  // What is configured from now on, with defaults.
  void set_wanted(const config::v1::Config& wanted) { wanted_ = wanted; }
  // The listeners that hold now: some changes of them wait for no restart.
  void set_listeners(const config::v1::Config& running) {
    *started_.mutable_sip()->mutable_listeners() = running.sip().listeners();
  }
  // The dataplane is there; revision: of its configuration, 0 if it does not know.
  void on_dataplane(std::uint32_t revision, bool is_new_start);

  std::vector<management::v1::RestartWait> waiting() const;
  void restart(management::v1::Program program, const std::string& user, const OnReply& on_reply);

 private:
  void restart_dataplane(const OnReply& on_reply);
  void restart_late();

  // Given.
  const Given given_;
  // State.
  config::v1::Config started_;
  config::v1::Config dataplane_;  // what it runs, as far as it is known
  config::v1::Config wanted_;
  bool was_there_ = false;  // the dataplane
  bool is_restart_late_ = false;
  ipc::HandlePtr end_;
};

// "interfaces waits for a restart of junctor-dataplane (request system restart dataplane)"
std::string text_of(const management::v1::RestartWait& wait);

void add_restart_answers(Answers& answers, Restarts& restarts);

}  // namespace junctor::cp
