// SPDX-License-Identifier: MIT
#include "platform/appliance/loopback.hpp"

#include <algorithm>

namespace junctor::appliance {

using management::v1::Reply;
using management::v1::Request;

Loopback::Loopback(ipc::Loop& loop, const Clock& clock, const std::string& path, Seconds longest)
    : clock_(clock),
      longest_(longest),
      client_(ipc::Client::connect(loop, path, {},
                                   {.on_connected = {},
                                    .on_frame = [this](Bytes frame) { on_frame(frame); },
                                    .on_disconnected =
                                        [this](const std::string&) {
                                          if (began_ != Nanoseconds{0})
                                            give_up("junctor-control was away");
                                        }})) {}

void Loopback::look() {
  if (is_heard_) return;
  const Nanoseconds now = clock_.now();
  if (began_ != Nanoseconds{0} && now - began_ >= kPatience) give_up("it did not end");
  if (asked_ != 0) return;
  Request request;
  if (began_ == Nanoseconds{0}) {
    if (now < next_) return;
    began_ = now;
    request.mutable_test_call()->set_loopback(true);
    request.mutable_test_call()->set_seconds(kSeconds);
  } else {
    request.mutable_show_test_call()->set_call_id(call_id_);
  }
  ask(request);
}

void Loopback::forget() {
  is_heard_ = false;
  trouble_ = "none was made";
  began_ = Nanoseconds{0};
  asked_ = 0;
  next_ = Nanoseconds{0};
  pause_ = kFirstPause;
}

void Loopback::ask(Request& request) {
  request.set_id(++last_id_);
  asked_ = last_id_;
  if (!client_->send(request)) give_up("junctor-control does not answer");
}

void Loopback::give_up(const std::string& why) {
  trouble_ = why;
  began_ = Nanoseconds{0};
  asked_ = 0;
  next_ = clock_.now() + pause_;
  pause_ = std::min(2 * pause_, longest_);
}

void Loopback::on_frame(Bytes frame) {
  Reply reply;
  if (!ipc::parse_frame(frame, reply)) return client_->disconnect("what it says is no reply");
  if (asked_ == 0 || reply.id() != asked_) return;  // of a call that is not waited for
  asked_ = 0;
  if (!reply.error().empty()) return give_up(reply.error());
  const management::v1::CallTest& test = reply.call_test();
  call_id_ = test.call_id();
  if (test.state() != "ended") return;
  if (test.answered_after_ms() == 0) return give_up(test.reason());
  if (!test.loopback_heard()) return give_up("its own tone did not come back");
  began_ = Nanoseconds{0};
  is_heard_ = true;
}

}  // namespace junctor::appliance
