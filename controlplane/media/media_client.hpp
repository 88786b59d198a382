// SPDX-License-Identifier: MIT
// MediaClient: the MediaPlane at the other end of <run-dir>/media.sock.
//
//   calls --> DesiredState --one Apply a turn of the loop--> ipc::Client --> dataplane
//                          --Sync after each (re)connect-->
//   calls <-- on_refused, on_timeout, statistics <------------- replies, events
//
// Threads   the control loop's.
// Lifetime  callbacks given to it are never called from within the call that gave them, and not
//           after its end.
// Errors    a dataplane that does not answer in time, or says what cannot be, is disconnected; the
//           Sync of the next connection makes everything good.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "controlplane/media/desired_state.hpp"
#include "controlplane/media/media_plane.hpp"
#include "controlplane/media/port_allocator.hpp"
#include "controlplane/media/requests.hpp"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {

class MediaClient final : public MediaPlane {
 public:
  // Who may send signalling, and where (media.proto, SetTrusted).
  struct Trusted {
    std::set<IpAddress> addresses;
    std::set<std::uint16_t> signalling_ports;
    std::uint32_t stranger_packets_per_second = 0;
    friend bool operator==(const Trusted&, const Trusted&) = default;
  };

  // A request that is not answered within answer_time counts as lost.
  MediaClient(ipc::Loop& loop, const std::string& path, PortRange range, CounterRegistry& registry,
              Nanoseconds answer_time = Seconds{2});
  ~MediaClient() override;
  MediaClient(const MediaClient&) = delete;
  MediaClient& operator=(const MediaClient&) = delete;

  void set_port_range(PortRange range) { ports_.set_range(range); }
  void set_trusted(Trusted trusted);
  // What is neither a session's nor a statistic; hears the answer, or nothing if the dataplane is
  // away.
  void ask(media::v1::Request request, Requests::OnDone on_done);
  // What the dataplane logs in detail; it is told again what debug() says when it comes back.
  void set_debug(const media::v1::SetDebug& what);
  void set_on_log(std::function<void(const media::v1::LogLine&)> on_log,
                  std::function<media::v1::SetDebug()> debug);
  // What it logs from now on, and when it comes back.
  void set_log_level(LogLevel least);
  // Of the configuration that the dataplane started from; is called when it (re)connects. 0: not known.
  void set_on_revision(std::function<void(std::uint32_t revision, bool is_new_start)> on_revision) {
    on_revision_ = std::move(on_revision);
  }
  // Where the dataplane says that legs can be; empty while it was never there.
  const std::vector<IpAddress>& local_addresses() const { return local_addresses_; }

  void set_listener(Listener listener) override { listener_ = std::move(listener); }
  std::optional<std::uint16_t> allocate_port(const IpAddress& local) override;
  bool claim_port(const IpAddress& local, std::uint16_t port) override;
  void release_port(const IpAddress& local, std::uint16_t port) override;
  void apply(media::v1::Session session) override;
  void remove(const std::string& session_id, OnRemoved on_removed) override;
  void get_statistics(const media::v1::GetStatistics& what, OnStatistics on_answer) override;
  bool is_connected() const override { return is_greeted_; }
  std::uint64_t boot_id() const override { return boot_id_; }

 private:
  enum Count : std::uint8_t {
    kConnected,
    kDisconnected,
    kRefused,
    kNoAnswer,
    kBadReply,
    kMediaTimeout,
    kNoPorts,
    kCountCount
  };
  static const std::array<CounterDesc, kCountCount> kCounts;
  struct Removal {
    Nanoseconds deadline;
    std::vector<OnRemoved> on_removed;
  };

  void on_connected();
  void on_disconnected(const std::string& reason);
  void on_frame(Bytes frame);
  void on_hello(const media::v1::Reply& reply);
  void on_event(const media::v1::Event& event);
  void on_results(const media::v1::Request& request, const media::v1::Reply& reply);
  void on_installed(const media::v1::SessionResult& result);
  void refuse(const std::string& session_id, const std::string& reason);
  void finish_removal(const std::string& session_id,
                      const std::optional<media::v1::SessionStatistics>& last);
  void send_trusted();
  void send_log_level();
  void send(media::v1::Request request, Requests::OnDone on_done);
  void send_state(media::v1::Request request);
  // Sends what there is to say, as far as the dataplane keeps up.
  void pump();
  void schedule_pump();
  void on_tick();
  // Runs it on a later turn of the loop, if this object is still there.
  void later(std::function<void()> function);

  void start_tick();

  // Given.
  ipc::Loop& loop_;
  const Nanoseconds answer_time_;
  CounterRegistry& registry_;
  Listener listener_;
  std::function<void(const media::v1::LogLine&)> on_log_;
  std::function<media::v1::SetDebug()> debug_;
  std::function<void(std::uint32_t, bool)> on_revision_;
  // State.
  CounterSet<kCountCount> counts_{kCounts};
  PortAllocator ports_;
  DesiredState desired_;
  Trusted trusted_;
  std::optional<LogLevel> log_level_;
  Requests requests_;
  std::unordered_map<std::string, Removal> removals_;
  std::vector<IpAddress> local_addresses_;
  std::uint64_t boot_id_ = 0;
  int in_flight_ = 0;  // state requests that are not answered
  bool is_greeted_ = false;
  bool is_pump_scheduled_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  // Owned.
  ipc::HandlePtr tick_;  // only while something has a deadline
  std::unique_ptr<ipc::Client> client_;
};

}  // namespace junctor::cp
