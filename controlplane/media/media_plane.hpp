// SPDX-License-Identifier: MIT
// MediaPlane: the dataplane as calls see it: ports to allocate, sessions to describe, events to
// hear.
//
// What calls said is kept here as the desired state; after either side restarts it is sent whole
// (Sync), so a call never asks whether the dataplane is there. A change goes out at once when no
// other is under way; else the changes of one turn of the loop go as one Apply.
//
// Threads   the control loop's.
// Errors    a session that the dataplane refuses is told to its owner (on_refused); the reason is a
// sentence.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "media/v1/media.pb.h"
#include "platform/base/address.hpp"

namespace junctor::cp {

class MediaPlane {
 public:
  struct Listener {
    std::function<void(const std::string& session_id, const std::string& reason)> on_refused;
    std::function<void(const std::string& session_id, std::uint32_t silent_s)> on_timeout;
  };
  using OnRemoved = std::function<void(std::optional<junctor::media::v1::SessionStatistics>)>;
  using OnStatistics = std::function<void(std::optional<junctor::media::v1::Statistics>)>;

  virtual ~MediaPlane() = default;
  virtual void set_listener(Listener listener) = 0;

  // An even RTP port with its RTCP neighbour free, on that local address; nothing if all are taken.
  // Ports are used in turn, so that one just released is not given again at once.
  virtual std::optional<std::uint16_t> allocate_port(const IpAddress& local) = 0;
  // Takes exactly this port (a restored call). False if it is taken.
  virtual bool claim_port(const IpAddress& local, std::uint16_t port) = 0;
  virtual void release_port(const IpAddress& local, std::uint16_t port) = 0;

  // What should be. The generation is set here. The session replaces one of the same id.
  virtual void apply(junctor::media::v1::Session session) = 0;
  // Ends it; hears its last statistics, or nothing if the dataplane is away (after at most 2 s).
  // on_removed may be empty.
  virtual void remove(const std::string& session_id, OnRemoved on_removed) = 0;
  // Asks; hears within 2 s, with nothing if the dataplane is away.
  virtual void get_statistics(const junctor::media::v1::GetStatistics& what,
                              OnStatistics on_answer) = 0;
  virtual bool is_connected() const = 0;
  // Another one after each start of the dataplane; 0 if none was there yet.
  virtual std::uint64_t boot_id() const { return 0; }
};

}  // namespace junctor::cp
