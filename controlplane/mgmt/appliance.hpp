// SPDX-License-Identifier: MIT
// Appliance: what the console asks of the machine, by way of junctor-appliance, which may do it.
//
//   RequestSystem --[a restart waits until the calls have ended]--> junctor-appliance (appliance/v1)
//
// While a restart waits, new calls are refused; it can be taken back.
//
// Threads   the control loop's.
// Lifetime  what is given outlives it.
// Errors    where there is no junctor-appliance, or it does not answer, the asker gets a sentence.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "appliance/v1/appliance.pb.h"
#include "controlplane/mgmt/answers.hpp"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/ipc/patience.hpp"

namespace junctor::cp {

class Appliance {
 public:
  struct Given {
    ipc::Loop& loop;
    std::string socket_path;  // of junctor-appliance
    std::function<std::size_t()> calls;
    // Whether new calls are refused, because the machine restarts when the others have ended.
    std::function<void(bool is_closed)> set_closed;
    // Certificates of the configuration's trust anchors, in PEM.
    std::function<std::vector<std::string>()> trust_anchors;
    Nanoseconds patience = ipc::kOfAppliance;  // for an answer
  };
  using OnReply = Answers::OnReply;

  explicit Appliance(Given given) : given_(std::move(given)) {}

  void show(const OnReply& on_reply);
  void request(const management::v1::RequestSystem& what, const std::string& user,
               const OnReply& on_reply);
  // A restart waits for the calls.
  bool is_closed() const { return waiting_.has_value(); }

 private:
  // Each has a connection of its own: without an appliance nobody is tried again and again.
  struct Question {
    OnReply on_reply;
    ipc::HandlePtr timer;
    std::unique_ptr<ipc::Channel> channel;
  };
  void ask(appliance::v1::Request request, OnReply on_reply);
  appliance::v1::Request with_trust_anchors(appliance::v1::Request what) const;
  void end(std::uint64_t id, management::v1::Reply reply);
  void on_frame(std::uint64_t id, Bytes frame);
  void cancel(const OnReply& on_reply);
  void wait(const appliance::v1::Request& what, const OnReply& on_reply);
  void look();
  void give_up_restart(const std::string& reason);

  // Given.
  const Given given_;
  // State.
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, Question> questions_;
  std::optional<appliance::v1::Request> waiting_;
  bool is_being_done_ = false;  // what waited: it was asked for
  // Owned.
  ipc::HandlePtr timer_;
};

void add_appliance_answers(Answers& answers, Appliance& appliance);

}  // namespace junctor::cp
