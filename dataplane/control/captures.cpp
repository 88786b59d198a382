// SPDX-License-Identifier: MIT
#include "dataplane/control/captures.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "platform/telemetry/log.hpp"

namespace junctor::dp {
namespace {

constexpr std::string_view kSuffix = ".pcapng";

Result<int> open_empty(const std::string& path) {
  if (!path.starts_with('/') || !path.ends_with(kSuffix))
    return Error{path, "is no absolute path of a .pcapng file"};
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return Error{path, std::strerror(errno)};
  struct stat about {};
  if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size == 0) return fd;
  close(fd);
  return Error{path, "is not an empty file"};
}

std::vector<std::uint16_t> ports_of(const std::vector<SocketAddress>& addresses) {
  std::vector<std::uint16_t> ports;
  ports.reserve(addresses.size());
  for (const SocketAddress& one : addresses) ports.push_back(one.port);
  return ports;
}

}  // namespace

Captures::~Captures() {
  if (is_copying_) plane_.stop_capture();
}

Result<CaptureFilter> Captures::filter_of(const api::StartCapture& what) const {
  CaptureFilter filter;
  if (!what.interface().empty()) {
    const auto ports = plane_.ports();
    const auto at = std::ranges::find(ports, what.interface(), &PlanePort::name);
    if (at == ports.end()) return Error{"", "there is no interface " + what.interface()};
    filter.ports.push_back(at->id);
  }
  if (!what.with_media()) return filter;
  using Voice = CaptureFilter::Voice;
  filter.voice = what.session_id().empty() ? Voice::All : Voice::Listed;
  filter.voice_ports = ports_of(voice_);
  return filter;
}

// RTP and RTCP of both legs, where they are received and sent from.
std::vector<SocketAddress> Captures::voice() const {
  std::vector<SocketAddress> all;
  const Session* session = asked_.with_media() && !asked_.session_id().empty()
                               ? sessions_.find(asked_.session_id())
                               : nullptr;
  for (std::size_t i = 0; session != nullptr && i < session->spec.leg_count; ++i) {
    const LegSpec& leg = session->spec.legs[i];
    all.push_back(leg.local);
    if (!leg.rtcp_mux)
      all.push_back({leg.local.ip, static_cast<std::uint16_t>(leg.local.port + 1)});
  }
  return all;
}

CallFilter::Words Captures::words() const {
  CallFilter::Words words;
  const api::CaptureCall& call = asked_.call();
  words.sip_call_ids.assign(call.sip_call_ids().begin(), call.sip_call_ids().end());
  for (const std::string& octets : call.peers())
    words.peers.push_back(IpAddress::from_bytes(as_bytes(octets)));
  for (const std::uint32_t port : call.signalling_ports())
    words.signalling_ports.push_back(static_cast<std::uint16_t>(port));
  words.voice = voice_;
  return words;
}

void Captures::start(const api::StartCapture& what, api::Reply& reply) {
  run();
  if (is_copying_) return reply.set_error("a capture runs already");
  const api::StartCapture before = std::exchange(asked_, what);
  voice_ = voice();
  const auto filter = filter_of(what);
  const auto fd = filter ? open_empty(what.file()) : Result<int>(filter.error());
  if (!fd) {
    asked_ = before;
    return reply.set_error(fd.error().text());
  }
  CaptureFile::Setup setup;
  setup.fd = *fd;
  setup.source = plane_.start_capture(*filter);
  setup.ports = plane_.ports();
  setup.what = what.what();
  if (!what.session_id().empty()) setup.call = words();
  setup.max_octets = what.max_octets();
  setup.max_time = Seconds{what.max_s()};
  setup.wall_offset = clock_.wall() - plane_.now();
  file_ = std::make_unique<CaptureFile>(std::move(setup));
  is_copying_ = true;
  log_info("capture", "started",
           {{"what", what.what()}, {"file", what.file()}, {"user", what.user()}});
  tell(reply);
}

void Captures::stop(const api::StopCapture& what, api::Reply& reply) {
  run();
  if (!is_copying_) return reply.set_error("no capture runs");
  // First, so that there is an end to what the thread has still to write.
  plane_.stop_capture();
  is_copying_ = false;
  file_->stop(what.reason().empty() ? "it was stopped" : what.reason());
  log_info("capture", "stopped", {{"file", asked_.file()}});
  tell(reply);
}

void Captures::get(const api::GetCapture& what, api::Reply& reply) {
  run();
  if (what.has_call() && is_copying_ && !asked_.session_id().empty()) {
    *asked_.mutable_call() = what.call();
    file_->set_call(words());
  }
  tell(reply);
}

void Captures::on_sessions() {
  if (!is_copying_ || asked_.session_id().empty() || !asked_.with_media()) return;
  std::vector<SocketAddress> now = voice();
  // What comes after the end of the session is still the call's.
  if (now.empty() || now == voice_) return;
  voice_ = std::move(now);
  file_->set_call(words());
  if (const auto filter = filter_of(asked_)) plane_.set_capture(*filter);
}

void Captures::run() {
  if (!is_copying_ || file_->is_running()) return;
  plane_.stop_capture();
  is_copying_ = false;
  log_info("capture", "ended", {{"file", asked_.file()}, {"reason", file_->status().ended_by}});
}

void Captures::tell(api::Reply& reply) const {
  api::CaptureState& state = *reply.mutable_capture();
  if (!file_) return;
  const CaptureFile::Status status = file_->status();
  state.set_is_running(status.is_running);
  state.set_file(asked_.file());
  state.set_packets(status.packets);
  state.set_octets(status.octets);
  state.set_lost(status.lost);
  state.set_left_s(
      static_cast<std::uint32_t>((status.left + Seconds{1} - Nanoseconds{1}) / Seconds{1}));
  state.set_ended_by(status.ended_by);
  state.set_what(asked_.what());
  state.set_user(asked_.user());
  state.set_session_id(asked_.session_id());
}

}  // namespace junctor::dp
