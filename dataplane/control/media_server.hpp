// SPDX-License-Identifier: MIT
// MediaServer: media/v1 on a Unix socket, for one junctor-control.
//
//   FromControl{Request} --> [MediaServer] --> Sessions, Captures, Plane
//   FromDataplane{Reply, Event} <--'
//
// A connection is that of control from its first valid Hello on, and takes the place of the one
// before: the newer is the control that lives. One that says no such Hello within some seconds, or
// ends before, is counted, and changes nothing. Neither does the end of control's: media goes on,
// and what was told to nobody meanwhile (a time-out that is still true) is told after the next
// whole Sync.
//
// Threads   the loop's.
// Errors    a request that makes no sense is answered with a sentence; bytes that are no message
//           end the connection.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/control/captures.hpp"
#include "dataplane/control/sessions.hpp"
#include "media/v1/media.pb.h"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"
#include "platform/telemetry/log_ring.hpp"

namespace junctor::dp {

class MediaServer {
 public:
  enum Count : std::uint8_t {
    kConnections,
    kReplaced,
    kRequests,
    kRefusedRequests,
    kRefusedSessions,
    kBadMessages,
    kNoHello,
    kRefusedUsers,
    kEvents,
    kCounts
  };
  static const std::array<CounterDesc, kCounts> kDescriptions;

  // Everything must outlive the server.
  struct Context {
    ipc::Loop& loop;
    Plane& plane;
    Sessions& sessions;
    Captures& captures;
    const CounterRegistry& registry;
    std::uint64_t boot_id = 0;
    std::uint32_t max_legs = 0;
    std::uint32_t config_revision = 0;                               // 0: not known
    std::function<std::vector<std::string>(PortId)> port_addresses;  // "192.0.2.1/24"
    // Who may be junctor-control, beside root and the user of this program.
    std::optional<std::uint32_t> control_user = {};
  };

  static Result<std::unique_ptr<MediaServer>> listen(const std::string& path, Context context);

  void send_source_learned(const std::string& id, unsigned leg, const SocketAddress& source);
  void send_timeout(const std::string& id, std::uint32_t silent_s);
  // The lines that were not told yet, some at a time.
  void send_log(const LogRing& log);
  bool is_connected() const { return control_ != nullptr && control_->is_open(); }

  const CounterSet<kCounts>& counters() const { return counters_; }

 private:
  // A connection that has not said Hello.
  struct Newcomer {
    std::unique_ptr<ipc::Channel> channel;
    ipc::HandlePtr time_out;
  };

  explicit MediaServer(Context context);

  bool may_be_control(std::int64_t uid) const;
  void on_connection(std::unique_ptr<ipc::Channel> channel);
  void on_closed(const ipc::Channel* channel, const std::string& reason);
  void on_frame(ipc::Channel* channel, Bytes frame);
  void on_request(const api::Request& request);
  void answer(const api::Request& request, api::Reply& reply);
  // Its first request, which must be a Hello.
  void on_first_request(ipc::Channel* channel, const api::Request& request);
  void take_for_control(const ipc::Channel* channel);
  void drop_newcomer(const ipc::Channel* channel, const std::string& reason);
  void send_reply(ipc::Channel* channel, std::uint64_t id, api::FromDataplane& message);

  void on_hello(const api::Hello& hello, api::Reply& reply);
  void on_sync(const api::Sync& sync, api::Reply& reply);
  void on_apply(const api::Apply& apply, api::Reply& reply);
  void on_remove(const api::Remove& remove, api::Reply& reply);
  void on_get_statistics(const api::GetStatistics& get, api::Reply& reply);
  void on_set_trusted(const api::SetTrusted& trusted, api::Reply& reply);
  void on_set_debug(const api::SetDebug& what);
  static void on_set_log_level(const api::SetLogLevel& what, api::Reply& reply);
  void on_restart(api::Reply& reply);

  void add_result(api::SessionResult result, api::Reply& reply);
  void add_ports(api::Statistics& out) const;
  void add_memory(api::Statistics& out) const;
  void tell_timeouts();
  void send_event(const api::Event& event);

  // Given.
  Context context_;
  // Owned.
  std::unique_ptr<ipc::Server> server_;
  std::unique_ptr<ipc::Channel> control_;
  std::vector<Newcomer> newcomers_;  // in the order of their coming
  // State.
  bool in_sync_ = false;
  bool sync_ended_ = false;  // by the request in hand
  std::uint64_t told_ = 0;   // the last line of the log that control was told
  ipc::HandlePtr debug_end_;
  ipc::HandlePtr end_;
  CounterSet<kCounts> counters_;
};

}  // namespace junctor::dp
