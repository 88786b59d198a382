// SPDX-License-Identifier: MIT
// The answers to what `capture` asks: one capture at a time, which the dataplane writes.
//
//   StartCapture --> a file in the folder --> dataplane: copies packets, writes the file
//                --> the call's Call-IDs and peers --> dataplane, whenever they change
//   GetCapture   <-- the file, in pieces, once the capture has ended
//
// A capture goes on without its asker, and without junctor-control: after a restart of either program
// what is shown is what the dataplane says, or that it was restarted.
//
// Threads   the control loop's.
// Lifetime  what is given outlives the answers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "controlplane/b2bua/switchboard.hpp"
#include "controlplane/mgmt/answers.hpp"
#include "media/v1/media.pb.h"
#include "platform/ipc/loop.hpp"

namespace junctor::cp {

struct CaptureGiven {
  using OnReply = std::function<void(const media::v1::Reply* reply)>;

  ipc::Loop& loop;
  const Switchboard& switchboard;
  std::string folder;
  // Asks the dataplane; it hears nothing if the dataplane is away.
  std::function<void(media::v1::Request request, OnReply on_reply)> ask;
  std::function<std::vector<std::uint16_t>()> listener_ports;
};
void add_capture_answers(Answers& answers, CaptureGiven given);

}  // namespace junctor::cp
