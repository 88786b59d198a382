// SPDX-License-Identifier: MIT
#include "platform/leds/minute_watch.hpp"

#include <utility>

#include "platform/leds/signs.hpp"

namespace junctor::leds {

MinuteWatch::MinuteWatch(ipc::Loop& loop, const std::string& path, OnTroubles on_troubles)
    : on_troubles_(std::move(on_troubles)),
      client_(ipc::Client::connect(loop, path, {},
                                   {.on_connected = [this] { ask(); },
                                    .on_frame = [this](Bytes frame) { on_frame(frame); },
                                    .on_disconnected = {}})),
      timer_(loop.every(Seconds{60}, [this] { ask(); })) {}

void MinuteWatch::ask() {
  management::v1::Request system;
  management::v1::Request hardware;
  system.mutable_show_system();
  hardware.mutable_show_hardware();
  for (management::v1::Request* request : {&system, &hardware}) {
    request->set_id(++last_id_);
    client_->send(*request);
  }
}

void MinuteWatch::on_frame(Bytes frame) {
  management::v1::Reply reply;
  if (!ipc::parse_frame(frame, reply)) return client_->disconnect("what it says is no reply");
  if (reply.has_system()) of_system_ = troubles_of(reply.system());
  if (reply.has_hardware()) of_hardware_ = troubles_of(reply.hardware());
  std::vector<std::string> all = of_system_;
  all.insert(all.end(), of_hardware_.begin(), of_hardware_.end());
  on_troubles_(std::move(all));
}

}  // namespace junctor::leds
