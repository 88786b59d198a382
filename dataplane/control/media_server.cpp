// SPDX-License-Identifier: MIT
#include "dataplane/control/media_server.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "platform/base/assert.hpp"
#include "platform/telemetry/escape.hpp"
#include "platform/telemetry/log.hpp"
#include "platform/telemetry/log_tap.hpp"
#include "platform/telemetry/service.hpp"

namespace junctor::dp {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr unsigned kSocketMode = 0660;
// control says Hello at once; this is for one that is short of time itself.
constexpr Nanoseconds kHelloTimeout = Seconds{5};
constexpr std::size_t kMaxNewcomers = 16;
constexpr std::size_t kLinesAtOnce = 50;
constexpr std::uint32_t kMaxDebugSeconds = 3600;
// An answer has left by then.
constexpr Nanoseconds kEndAfter = Milliseconds{50};

}  // namespace

const std::array<CounterDesc, MediaServer::kCounts> MediaServer::kDescriptions{{
    {"connections", Severity::Info, "junctor-control connected"},
    {"replaced", Severity::Warning, "a second junctor-control took the place of the first"},
    {"requests", Severity::Info, "a request was answered"},
    {"refused_requests", Severity::Warning, "a request as a whole was refused"},
    {"refused_sessions", Severity::Warning, "a session was not installed"},
    {"bad_messages", Severity::Error, "bytes that are no message ended the connection"},
    {"no_hello", Severity::Warning, "a connection ended that never said a valid Hello"},
    {"refused_users", Severity::Warning, "a user connected that is not junctor-control's"},
    {"events", Severity::Info, "an event was sent to junctor-control"},
}};

MediaServer::MediaServer(Context context)
    : context_(std::move(context)), counters_(kDescriptions) {}

Result<std::unique_ptr<MediaServer>> MediaServer::listen(const std::string& path, Context context) {
  std::unique_ptr<MediaServer> self(new MediaServer(std::move(context)));
  MediaServer* raw = self.get();
  auto server = ipc::Server::listen(
      raw->context_.loop, path, kSocketMode, ipc::Limits{},
      [raw](std::unique_ptr<ipc::Channel> channel) { raw->on_connection(std::move(channel)); });
  if (!server) return server.error();
  self->server_ = std::move(*server);
  return self;
}

bool MediaServer::may_be_control(std::int64_t uid) const {
  return uid == 0 || uid == std::int64_t{geteuid()} ||
         (context_.control_user && uid == std::int64_t{*context_.control_user});
}

// The group of the socket is that of the console's users and of the lamps as well: they have no part in voice.
void MediaServer::on_connection(std::unique_ptr<ipc::Channel> channel) {
  if (const std::int64_t uid = channel->peer_uid(); !may_be_control(uid)) {
    counters_[kRefusedUsers].add();
    return log_warning("media", "a connection is refused", {{"user", uid}});
  }
  if (newcomers_.size() >= kMaxNewcomers)
    drop_newcomer(newcomers_.front().channel.get(), "too many connections without Hello");
  ipc::Channel* raw = channel.get();
  raw->set_callbacks({[this, raw](Bytes frame) { on_frame(raw, frame); },
                      [this, raw](const std::string& reason) { on_closed(raw, reason); }});
  newcomers_.push_back({std::move(channel), context_.loop.after(kHelloTimeout, [this, raw] {
                          drop_newcomer(raw, "no Hello in time");
                        })});
}

void MediaServer::on_closed(const ipc::Channel* channel, const std::string& reason) {
  if (channel != control_.get()) return drop_newcomer(channel, reason);
  log_warning("media", "control is gone; media goes on", {{"reason", reason}});
  control_.reset();
}

void MediaServer::drop_newcomer(const ipc::Channel* channel, const std::string& reason) {
  const auto at =
      std::ranges::find(newcomers_, channel, [](const Newcomer& one) { return one.channel.get(); });
  JUNCTOR_ASSERT(at != newcomers_.end());
  counters_[kNoHello].add();
  log_warning("media", "a connection without Hello is ended", {{"reason", reason}});
  const Newcomer ended = std::move(*at);  // the time-out that calls may be its own
  newcomers_.erase(at);
}

void MediaServer::on_frame(ipc::Channel* channel, Bytes frame) {
  api::FromControl message;
  const bool is_control = channel == control_.get();
  if (!message.ParseFromArray(frame.data(), static_cast<int>(frame.size()))) {
    counters_[kBadMessages].add();
    log_error("media", "bytes that are no message; the connection is ended");
    return is_control ? control_.reset() : drop_newcomer(channel, "what it said is no message");
  }
  if (is_control) return on_request(message.request());
  on_first_request(channel, message.request());
}

void MediaServer::on_first_request(ipc::Channel* channel, const api::Request& request) {
  api::FromDataplane message;
  api::Reply& reply = *message.mutable_reply();
  if (request.id() == 0) {
    reply.set_error("the request has no id");
  } else if (request.what_case() != api::Request::kHello) {
    reply.set_error("the first request of a connection is Hello");
  } else {
    on_hello(request.hello(), reply);
  }
  if (reply.error().empty()) take_for_control(channel);
  send_reply(channel, request.id(), message);
}

void MediaServer::take_for_control(const ipc::Channel* channel) {
  const auto at =
      std::ranges::find(newcomers_, channel, [](const Newcomer& one) { return one.channel.get(); });
  JUNCTOR_ASSERT(at != newcomers_.end());
  counters_[kConnections].add();
  if (is_connected()) counters_[kReplaced].add();
  control_ = std::move(at->channel);
  newcomers_.erase(at);
  in_sync_ = false;
}

void MediaServer::on_request(const api::Request& request) {
  api::FromDataplane message;
  api::Reply& reply = *message.mutable_reply();
  sync_ended_ = false;
  answer(request, reply);
  if (!reply.sessions().empty()) context_.captures.on_sessions();
  if (message.ByteSizeLong() > ipc::Limits{}.max_frame_bytes) {
    reply.Clear();
    reply.set_error("the reply would be larger than a frame; ask for fewer sessions at once");
  }
  send_reply(control_.get(), request.id(), message);
  if (sync_ended_) tell_timeouts();
}

void MediaServer::send_reply(ipc::Channel* channel, std::uint64_t id, api::FromDataplane& message) {
  message.mutable_reply()->set_id(id);
  counters_[message.reply().error().empty() ? kRequests : kRefusedRequests].add();
  channel->send(message);
}

void MediaServer::answer(const api::Request& request, api::Reply& reply) {
  if (request.id() == 0) {
    reply.set_error("the request has no id");
    return;
  }
  switch (request.what_case()) {
    case api::Request::kHello:
      return on_hello(request.hello(), reply);
    case api::Request::kSync:
      return on_sync(request.sync(), reply);
    case api::Request::kApply:
      return on_apply(request.apply(), reply);
    case api::Request::kRemove:
      return on_remove(request.remove(), reply);
    case api::Request::kGetStatistics:
      return on_get_statistics(request.get_statistics(), reply);
    case api::Request::kSetTrusted:
      return on_set_trusted(request.set_trusted(), reply);
    case api::Request::kStartCapture:
      return context_.captures.start(request.start_capture(), reply);
    case api::Request::kStopCapture:
      return context_.captures.stop(request.stop_capture(), reply);
    case api::Request::kGetCapture:
      return context_.captures.get(request.get_capture(), reply);
    case api::Request::kSetDebug:
      return on_set_debug(request.set_debug());
    case api::Request::kSetLogLevel:
      return on_set_log_level(request.set_log_level(), reply);
    case api::Request::kRestart:
      return on_restart(reply);
    case api::Request::WHAT_NOT_SET:
      break;
  }
  reply.set_error("the request is of no kind that is known");
}

void MediaServer::on_hello(const api::Hello& hello, api::Reply& reply) {
  if (hello.version() != kVersion) {
    reply.set_error("version " + std::to_string(hello.version()) + " is not spoken; 1 is");
    return;
  }
  api::HelloReply& out = *reply.mutable_hello();
  out.set_version(kVersion);
  out.set_boot_id(context_.boot_id);
  out.set_max_legs(context_.max_legs);
  out.set_config_revision(context_.config_revision);
  for (const IpAddress& address : context_.sessions.local_addresses()) {
    out.add_local_addresses(std::string(as_text(address.bytes())));
  }
}

void MediaServer::add_result(api::SessionResult result, api::Reply& reply) {
  if (!result.error().empty()) {
    counters_[kRefusedSessions].add();
    log_warning("media", "session refused", {{"session", result.id()}, {"reason", result.error()}});
  }
  if (result.error().empty() && is_logged(LogLevel::Debug))
    log_debug("media", "session holds",
              {{"session", result.id()}, {"generation", result.generation()}});
  *reply.add_sessions() = std::move(result);
}

void MediaServer::on_sync(const api::Sync& sync, api::Reply& reply) {
  if (!in_sync_) context_.sessions.begin_sync();
  in_sync_ = true;
  for (const api::Session& session : sync.sessions()) {
    add_result(context_.sessions.sync(session), reply);
  }
  if (!sync.last()) return;
  in_sync_ = false;
  context_.sessions.finish_sync();
  sync_ended_ = true;
}

void MediaServer::on_apply(const api::Apply& apply, api::Reply& reply) {
  for (const api::Session& session : apply.sessions()) {
    add_result(context_.sessions.apply(session), reply);
  }
}

void MediaServer::on_remove(const api::Remove& remove, api::Reply& reply) {
  // That a session is gone already is no mistake to count: removing is asked for until it is
  // answered.
  for (const std::string& id : remove.session_ids()) {
    *reply.add_sessions() = context_.sessions.remove(id);
    if (is_logged(LogLevel::Debug)) log_debug("media", "session removed", {{"session", id}});
  }
}

void MediaServer::on_set_trusted(const api::SetTrusted& trusted, api::Reply& reply) {
  PolicerConfig policer;
  for (const std::string& octets : trusted.addresses()) {
    const IpAddress address = IpAddress::from_bytes(as_bytes(octets));
    if (!address) {
      reply.set_error("a trusted address is neither of 4 nor of 16 octets");
      return;
    }
    policer.trusted.push_back(address);
  }
  for (const std::uint32_t port : trusted.signalling_ports()) {
    if (port == 0 || port > 65535) {
      reply.set_error("signalling port " + std::to_string(port) + " is outside 1..65535");
      return;
    }
    policer.signalling_ports.push_back(static_cast<std::uint16_t>(port));
  }
  policer.stranger_packets_per_second = trusted.stranger_packets_per_second();
  context_.plane.set_policer(policer);
}

// It ends by itself here too, as control may be gone by then.
void MediaServer::on_set_debug(const api::SetDebug& what) {
  const std::uint32_t seconds = std::min(what.seconds(), kMaxDebugSeconds);
  debug_end_.reset();
  set_log_debug({what.all(), {what.categories().begin(), what.categories().end()}});
  if (seconds == 0) return set_log_debug({});
  debug_end_ = context_.loop.after(Seconds{seconds}, [] { set_log_debug({}); });
}

void MediaServer::on_set_log_level(const api::SetLogLevel& what, api::Reply& reply) {
  const auto level = level_of(what.level());
  if (!level) return reply.set_error("there is no log level " + escape(what.level()));
  set_log_level(*level);
}

void MediaServer::on_restart(api::Reply& reply) {
  if (!is_supervised())
    return reply.set_error(
        "junctor-dataplane was not started by a service manager: nothing would start it again");
  log_info("dataplane", "ends to be started again, as control asked for it");
  end_ = context_.loop.after(kEndAfter, [this] {
    notify_stopping();
    context_.loop.stop();
  });
}

void MediaServer::send_log(const LogRing& log) {
  if (!is_connected() || !control_->can_send()) return;
  std::vector<api::Event> events;
  log.visit_after(told_, [&](const LogRing::Entry& entry) {
    api::LogLine& line = *events.emplace_back().mutable_log_line();
    line.set_unix_us(static_cast<std::uint64_t>(entry.line.wall / std::chrono::microseconds{1}));
    line.set_level(std::string(level_name(entry.line.level)));
    line.set_category(entry.line.category);
    line.set_text(entry.line.text);
    told_ = entry.sequence;
    return events.size() < kLinesAtOnce;
  });
  for (const api::Event& event : events) send_event(event);
}

void MediaServer::tell_timeouts() {
  context_.sessions.for_each([this](const Session& session) {
    if (const auto silent_s = context_.sessions.timed_out_for(session)) {
      send_timeout(session.spec.id, *silent_s);
    }
  });
}

void MediaServer::send_event(const api::Event& event) {
  if (!is_connected()) return;
  api::FromDataplane message;
  *message.mutable_event() = event;
  if (control_->send(message)) counters_[kEvents].add();
}

void MediaServer::send_source_learned(const std::string& id, unsigned leg,
                                      const SocketAddress& source) {
  api::Event event;
  api::SourceLearned& learned = *event.mutable_source_learned();
  learned.set_session_id(id);
  learned.set_leg(leg);
  *learned.mutable_source() = to_message(source);
  send_event(event);
}

void MediaServer::send_timeout(const std::string& id, std::uint32_t silent_s) {
  api::Event event;
  event.mutable_media_timeout()->set_session_id(id);
  event.mutable_media_timeout()->set_silent_s(silent_s);
  send_event(event);
}

}  // namespace junctor::dp
