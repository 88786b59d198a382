// SPDX-License-Identifier: MIT
// Captures: the capture that runs, or ran last, as junctor-control asks for it (media/v1).
//
//   StartCapture --> open the file --> Plane::start_capture --> CaptureFile, a thread
//   Sync, Apply, Remove --> which voice ports are the call's --> Plane::set_capture
//
// The file is made by control, in its own folder; it is opened here for writing, and only if it is an
// empty regular file whose name ends in ".pcapng". So whoever may speak to media.sock can make this
// process, which may have greater rights, write over nothing that exists.
//
// Threads   the loop's.
// Lifetime  plane and sessions outlive it. Its end ends the capture.
// Errors    start() and the others answer with a sentence.
#pragma once

#include <memory>
#include <string>

#include "dataplane/control/capture_file.hpp"
#include "dataplane/control/sessions.hpp"
#include "dataplane/core/plane.hpp"
#include "media/v1/media.pb.h"
#include "platform/base/clock.hpp"

namespace junctor::dp {

class Captures {
 public:
  Captures(Plane& plane, const Sessions& sessions, const Clock& clock)
      : plane_(plane), sessions_(sessions), clock_(clock) {}
  ~Captures();
  Captures(const Captures&) = delete;
  Captures& operator=(const Captures&) = delete;

  void start(const api::StartCapture& what, api::Reply& reply);
  void stop(const api::StopCapture& what, api::Reply& reply);
  void get(const api::GetCapture& what, api::Reply& reply);
  // After sessions changed.
  void on_sessions();
  // Sees whether it ended by itself. Call about every 10 ms.
  void run();

 private:
  Result<CaptureFilter> filter_of(const api::StartCapture& what) const;
  CallFilter::Words words() const;
  std::vector<SocketAddress> voice() const;
  void tell(api::Reply& reply) const;

  // Given.
  Plane& plane_;
  const Sessions& sessions_;
  const Clock& clock_;
  // State.
  api::StartCapture asked_;
  std::vector<SocketAddress> voice_;  // of the call, as the workers know it
  bool is_copying_ = false;           // the workers copy
  // Owned.
  std::unique_ptr<CaptureFile> file_;  // running or ended; none: there was none
};

}  // namespace junctor::dp
