// SPDX-License-Identifier: MIT
#include "controlplane/media/media_client.hpp"

#include <utility>

#include "platform/telemetry/log.hpp"
#include "platform/telemetry/log_tap.hpp"

namespace junctor::cp {
namespace {

constexpr std::uint32_t kVersion = 1;  // of media/v1
// State requests under way at once: enough to keep the dataplane busy, few enough that no queue
// grows when it is slow.
constexpr int kWindow = 8;

// Generations must grow across restarts of this process: they start at the time in microseconds,
// which no process before can have reached by counting.
std::uint64_t first_generation(const Clock& clock) {
  return static_cast<std::uint64_t>(clock.wall().count()) / 1000;
}

}  // namespace

const std::array<CounterDesc, MediaClient::kCountCount> MediaClient::kCounts{{
    {"connected", Severity::Info, "the dataplane was reached and told every session"},
    {"disconnected", Severity::Warning, "the connection to the dataplane was lost"},
    {"refused", Severity::Error, "the dataplane refused a session"},
    {"no_answer", Severity::Error, "the dataplane did not answer a request in time"},
    {"bad_reply", Severity::Error, "the dataplane said what was not understood"},
    {"media_timeout", Severity::Warning, "no leg of a session received anything for too long"},
    {"no_ports", Severity::Error, "all ports for voice of an address were taken"},
}};

MediaClient::MediaClient(ipc::Loop& loop, const std::string& path, PortRange range,
                         CounterRegistry& registry, Nanoseconds answer_time)
    : loop_(loop),
      answer_time_(answer_time),
      registry_(registry),
      ports_(range),
      desired_(first_generation(loop.clock())),
      client_(ipc::Client::connect(
          loop, path, {},
          {.on_connected = [this] { on_connected(); },
           .on_frame = [this](Bytes frame) { on_frame(frame); },
           .on_disconnected = [this](const std::string& reason) { on_disconnected(reason); }})) {
  registry_.add("media", counts_.descriptions(), counts_.values());
}

MediaClient::~MediaClient() {
  *alive_ = false;
  registry_.remove(counts_.values());
}

void MediaClient::later(std::function<void()> function) {
  loop_.post([alive = alive_, function = std::move(function)] {
    if (*alive) function();
  });
}

std::optional<std::uint16_t> MediaClient::allocate_port(const IpAddress& local) {
  const auto port = ports_.allocate(local);
  if (!port) counts_[kNoPorts].add();
  return port;
}

bool MediaClient::claim_port(const IpAddress& local, std::uint16_t port) {
  return ports_.claim(local, port);
}

void MediaClient::release_port(const IpAddress& local, std::uint16_t port) {
  ports_.release(local, port);
}

void MediaClient::apply(media::v1::Session session) {
  if (is_logged(LogLevel::Debug))
    log_debug("media", "session described",
              {{"call", session.id()}, {"legs", session.legs_size()}, {"hold", session.on_hold()}});
  desired_.apply(std::move(session));
  // Voice may follow an answer within a millisecond, so the first change goes at once; with
  // requests under way the changes of a turn go together.
  if (in_flight_ == 0)
    pump();
  else
    schedule_pump();
}

void MediaClient::remove(const std::string& session_id, OnRemoved on_removed) {
  desired_.remove(session_id);
  if (on_removed) {
    if (is_greeted_) {
      Removal& removal = removals_[session_id];
      removal.deadline = loop_.clock().now() + answer_time_;
      removal.on_removed.push_back(std::move(on_removed));
      start_tick();
    } else {
      later([on_removed = std::move(on_removed)] { on_removed(std::nullopt); });
    }
  }
  schedule_pump();
}

void MediaClient::get_statistics(const media::v1::GetStatistics& what, OnStatistics on_answer) {
  if (!is_greeted_) {
    later([on_answer = std::move(on_answer)] { on_answer(std::nullopt); });
    return;
  }
  media::v1::Request request;
  *request.mutable_get_statistics() = what;
  send(std::move(request), [on_answer = std::move(on_answer)](const media::v1::Reply* reply) {
    if (reply == nullptr || !reply->error().empty())
      on_answer(std::nullopt);
    else
      on_answer(reply->statistics());
  });
}

void MediaClient::ask(media::v1::Request request, Requests::OnDone on_done) {
  if (!is_greeted_) return later([on_done = std::move(on_done)] { on_done(nullptr); });
  send(std::move(request), std::move(on_done));
}

void MediaClient::set_trusted(Trusted trusted) {
  if (trusted == trusted_) return;
  trusted_ = std::move(trusted);
  if (is_greeted_) send_trusted();
}

void MediaClient::send_trusted() {
  media::v1::Request request;
  media::v1::SetTrusted& what = *request.mutable_set_trusted();
  for (const IpAddress& address : trusted_.addresses)
    what.add_addresses(std::string(as_text(address.bytes())));
  for (const std::uint16_t port : trusted_.signalling_ports) what.add_signalling_ports(port);
  what.set_stranger_packets_per_second(trusted_.stranger_packets_per_second);
  send(std::move(request), [](const media::v1::Reply* reply) {
    if (reply != nullptr && !reply->error().empty())
      log_warning("media", "dataplane refused the list of peers", {{"reason", reply->error()}});
  });
}

void MediaClient::set_log_level(LogLevel least) {
  if (log_level_ == least) return;
  log_level_ = least;
  if (is_greeted_) send_log_level();
}

void MediaClient::send_log_level() {
  if (!log_level_) return;
  media::v1::Request request;
  request.mutable_set_log_level()->set_level(std::string(level_name(*log_level_)));
  send(std::move(request), [](const media::v1::Reply*) {});  // one of before does not know it
}

void MediaClient::set_debug(const media::v1::SetDebug& what) {
  if (!is_greeted_) return;
  media::v1::Request request;
  *request.mutable_set_debug() = what;
  send(std::move(request), [](const media::v1::Reply*) {});  // one of before does not know it
}

void MediaClient::set_on_log(std::function<void(const media::v1::LogLine&)> on_log,
                             std::function<media::v1::SetDebug()> debug) {
  on_log_ = std::move(on_log);
  debug_ = std::move(debug);
}

void MediaClient::send(media::v1::Request request, Requests::OnDone on_done) {
  requests_.add(request, loop_.clock().now() + answer_time_, std::move(on_done));
  media::v1::FromControl envelope;
  *envelope.mutable_request() = std::move(request);
  client_->send(envelope);  // a lost connection is heard as on_disconnected
  start_tick();
}

void MediaClient::start_tick() {
  if (!tick_) tick_ = loop_.every(answer_time_ / 8, [this] { on_tick(); });
}

void MediaClient::on_tick() {
  const Nanoseconds now = loop_.clock().now();
  requests_.expire(now);
  std::vector<std::string> due;
  for (const auto& [id, removal] : removals_)
    if (removal.deadline <= now) due.push_back(id);
  for (const std::string& id : due) finish_removal(id, std::nullopt);
  if (requests_.empty() && removals_.empty()) tick_.reset();
}

void MediaClient::schedule_pump() {
  if (std::exchange(is_pump_scheduled_, true)) return;
  later([this] {
    is_pump_scheduled_ = false;
    pump();
  });
}

void MediaClient::pump() {
  while (is_greeted_ && in_flight_ < kWindow) {
    if (desired_.is_syncing())
      send_state(desired_.take_sync());
    else if (desired_.has_changes())
      send_state(desired_.take_changes());
    else
      return;
  }
}

void MediaClient::send_state(media::v1::Request request) {
  if (request.has_apply() && request.apply().sessions().empty()) return;
  ++in_flight_;
  // Only the ids are needed when the answer comes.
  auto asked = std::make_shared<media::v1::Request>();
  for (const auto& session : request.apply().sessions())
    asked->mutable_apply()->add_sessions()->set_id(session.id());
  for (const auto& session : request.sync().sessions())
    asked->mutable_sync()->add_sessions()->set_id(session.id());
  if (request.has_remove()) *asked->mutable_remove() = request.remove();
  send(std::move(request), [this, asked](const media::v1::Reply* reply) {
    --in_flight_;
    if (reply == nullptr) {
      if (!is_greeted_) return;  // the connection is lost already
      counts_[kNoAnswer].add();
      client_->disconnect("no answer in time");
      return;
    }
    on_results(*asked, *reply);
    pump();
  });
}

void MediaClient::on_results(const media::v1::Request& request, const media::v1::Reply& reply) {
  if (!reply.error().empty()) {
    log_error("media", "dataplane refused a request", {{"reason", reply.error()}});
    for (const auto& session : request.apply().sessions()) refuse(session.id(), reply.error());
    for (const auto& session : request.sync().sessions()) refuse(session.id(), reply.error());
    for (const auto& id : request.remove().session_ids()) finish_removal(id, std::nullopt);
    return;
  }
  for (const media::v1::SessionResult& result : reply.sessions()) {
    if (request.has_remove()) {
      std::optional<media::v1::SessionStatistics> last;
      if (result.has_last()) last = result.last();
      finish_removal(result.id(), last);
    } else {
      on_installed(result);
    }
  }
}

void MediaClient::on_installed(const media::v1::SessionResult& result) {
  if (desired_.raise_above(result.id(), result.generation()))
    schedule_pump();
  else if (!result.error().empty())
    refuse(result.id(), result.error());
}

void MediaClient::refuse(const std::string& session_id, const std::string& reason) {
  counts_[kRefused].add();
  log_warning("media", "dataplane refused a session", {{"call", session_id}, {"reason", reason}});
  // Who has ended it meanwhile need not hear.
  if (desired_.contains(session_id) && listener_.on_refused)
    listener_.on_refused(session_id, reason);
}

void MediaClient::finish_removal(const std::string& session_id,
                                 const std::optional<media::v1::SessionStatistics>& last) {
  auto node = removals_.extract(session_id);
  if (node.empty()) return;
  for (const OnRemoved& on_removed : node.mapped().on_removed) on_removed(last);
}

void MediaClient::on_connected() {
  media::v1::Request request;
  request.mutable_hello()->set_version(kVersion);
  send(std::move(request), [this](const media::v1::Reply* reply) {
    if (reply != nullptr)
      on_hello(*reply);
    else if (client_->is_connected())
      client_->disconnect("no answer to Hello");
  });
}

void MediaClient::on_hello(const media::v1::Reply& reply) {
  if (!reply.error().empty() || reply.hello().version() != kVersion) {
    counts_[kBadReply].add();
    log_error("media", "dataplane speaks another version",
              {{"reason", reply.error()}, {"version", reply.hello().version()}});
    client_->disconnect("another version");
    return;
  }
  is_greeted_ = true;
  counts_[kConnected].add();
  local_addresses_.clear();
  for (const std::string& octets : reply.hello().local_addresses())
    local_addresses_.push_back(IpAddress::from_bytes(as_bytes(octets)));
  const bool is_new = std::exchange(boot_id_, reply.hello().boot_id()) != reply.hello().boot_id();
  log_info("media", is_new ? "connected to a dataplane just started" : "connected to the dataplane",
           {{"sessions", desired_.size()}, {"max_legs", reply.hello().max_legs()}});
  send_trusted();
  send_log_level();
  if (debug_) set_debug(debug_());
  if (on_revision_) on_revision_(reply.hello().config_revision(), is_new);
  desired_.begin_sync();
  pump();
}

void MediaClient::on_disconnected(const std::string& reason) {
  counts_[kDisconnected].add();
  log_warning("media", "dataplane is away", {{"reason", reason}});
  is_greeted_ = false;
  requests_.fail_all();
  in_flight_ = 0;
  std::vector<std::string> waiting;
  for (const auto& [id, removal] : removals_) waiting.push_back(id);
  for (const std::string& id : waiting) finish_removal(id, std::nullopt);
}

void MediaClient::on_frame(Bytes frame) {
  media::v1::FromDataplane message;
  if (!ipc::parse_frame(frame, message)) {
    counts_[kBadReply].add();
    client_->disconnect("not a message of media/v1");
    return;
  }
  if (message.has_reply())
    requests_.on_reply(message.reply());  // an answer that comes too late is nothing to anybody
  else if (message.has_event())
    on_event(message.event());
}

void MediaClient::on_event(const media::v1::Event& event) {
  if (event.has_log_line()) {
    if (on_log_) on_log_(event.log_line());
  } else if (event.has_media_timeout()) {
    counts_[kMediaTimeout].add();
    if (listener_.on_timeout && desired_.contains(event.media_timeout().session_id()))
      listener_.on_timeout(event.media_timeout().session_id(), event.media_timeout().silent_s());
  } else if (event.has_source_learned() && is_logged(LogLevel::Debug)) {
    const media::v1::SourceLearned& learned = event.source_learned();
    const SocketAddress source{IpAddress::from_bytes(as_bytes(learned.source().ip())),
                               static_cast<std::uint16_t>(learned.source().port())};
    log_debug("media", "source learned",
              {{"call", learned.session_id()}, {"leg", learned.leg()}, {"source", source.text()}});
  }
}

}  // namespace junctor::cp
