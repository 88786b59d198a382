// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/capture_answers.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "controlplane/mgmt/capture_folder.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;
using OnReply = Answers::OnReply;

constexpr std::uint32_t kDefaultMb = 100, kMostMb = 4096;
constexpr std::uint32_t kDefaultSeconds = 600, kMostSeconds = 86'400;
// How often the dataplane hears what is new about a call, and is asked how the capture stands.
constexpr Nanoseconds kTick = Milliseconds{100};
constexpr Nanoseconds kAskAgain = Milliseconds{20};
constexpr Nanoseconds kPatience = Seconds{4};  // with a disk that has still to write
// What follows the end of a call: retransmissions, and answers to them.
constexpr Nanoseconds kAfterCall = Seconds{2};
constexpr const char* kNoDataplane = "the dataplane is not connected";

void refuse(const OnReply& on_reply, std::string sentence) {
  Reply reply;
  reply.set_error(std::move(sentence));
  on_reply(std::move(reply));
}

// "call 5f with media, interface lan"
std::string what_of(const management::v1::StartCapture& asked) {
  std::string what = "all interfaces";
  if (!asked.interface().empty()) what = "interface " + asked.interface();
  if (!asked.call_id().empty())
    what = "call " + asked.call_id() +
           (asked.interface().empty() ? "" : ", interface " + asked.interface());
  return what + (asked.with_media() ? ", with media" : ", without media");
}

class CaptureDesk : public std::enable_shared_from_this<CaptureDesk> {
 public:
  explicit CaptureDesk(CaptureGiven given) : given_(std::move(given)), folder_(given_.folder) {}

  void start(management::v1::StartCapture asked, const std::string& user, const OnReply& on_reply);
  void stop(const OnReply& on_reply);
  void show(const OnReply& on_reply);
  void get_piece(const management::v1::GetCapture& asked, const OnReply& on_reply);
  // Looks after a capture that may run since before the start of this program.
  void watch();

 private:
  using Then = std::function<void(bool is_there)>;

  void ask_state(const Then& then);
  void take(const media::v1::CaptureState& state);
  void tell(const OnReply& on_reply) const;
  void wait_for_end(Nanoseconds until, const OnReply& on_reply);
  void send_piece(const management::v1::GetCapture& asked, const OnReply& on_reply);
  media::v1::CaptureCall words_of(const std::string& call_id) const;
  void tick();
  void look_after_call();
  Nanoseconds now() const { return given_.loop.clock().now(); }

  // Given.
  const CaptureGiven given_;
  // State.
  CaptureFolder folder_;
  management::v1::Capture last_;  // as it was heard of last; no file: of none
  std::string call_id_;           // of last_
  std::string words_;             // that the dataplane has, serialized
  Nanoseconds call_gone_at_{0};   // 0: it is there
  unsigned ticks_ = 0;
  bool is_known_ = false;  // the dataplane was asked since this program started
  // Owned.
  ipc::HandlePtr tick_;
  ipc::HandlePtr wait_;  // for the end
};

void CaptureDesk::take(const media::v1::CaptureState& state) {
  is_known_ = true;
  if (state.file().empty()) {
    if (last_.is_running()) {
      last_.set_is_running(false);
      last_.set_left_s(0);
      last_.set_ended_by("the dataplane was restarted");
      last_.set_octets(folder_.size(std::filesystem::path(last_.file()).filename()));
      log_warning("capture", "ended", {{"file", last_.file()}, {"reason", last_.ended_by()}});
    }
    return;
  }
  last_.set_is_running(state.is_running());
  last_.set_file(state.file());
  last_.set_packets(state.packets());
  last_.set_octets(state.octets());
  last_.set_lost(state.lost());
  last_.set_left_s(state.left_s());
  last_.set_ended_by(state.ended_by());
  last_.set_what(state.what());
  last_.set_user(state.user());
  call_id_ = state.session_id();
}

void CaptureDesk::ask_state(const Then& then) {
  media::v1::Request request;
  media::v1::GetCapture& get = *request.mutable_get_capture();
  if (last_.is_running() && !call_id_.empty()) {
    media::v1::CaptureCall words = words_of(call_id_);
    if (std::string serialized = words.SerializeAsString(); serialized != words_) {
      words_ = std::move(serialized);
      get.mutable_call()->Swap(&words);
    }
  }
  given_.ask(std::move(request), [weak = weak_from_this(), then](const media::v1::Reply* reply) {
    const auto self = weak.lock();
    if (!self) return;
    if (reply != nullptr) self->take(reply->capture());
    then(reply != nullptr);
  });
}

// Of both legs, live or ended; a call that has ended has its Call-IDs still, but no peers.
media::v1::CaptureCall CaptureDesk::words_of(const std::string& call_id) const {
  media::v1::CaptureCall words;
  for (std::string& id : given_.switchboard.sip_call_ids(call_id))
    words.add_sip_call_ids(std::move(id));
  for (const std::uint16_t port : given_.listener_ports()) words.add_signalling_ports(port);
  for (const management::v1::Call& call : given_.switchboard.show(call_id)) {
    for (const management::v1::Leg& leg : call.legs()) {
      const auto peer = SocketAddress::parse(leg.peer());
      if (!peer) continue;
      words.add_peers(std::string(as_text(peer->ip.bytes())));
      words.add_signalling_ports(peer->port);
    }
  }
  return words;
}

void CaptureDesk::start(management::v1::StartCapture asked, const std::string& user,
                        const OnReply& on_reply) {
  // As far as only one call begins so.
  if (!asked.call_id().empty()) asked.set_call_id(given_.switchboard.find_any(asked.call_id()));
  if (!asked.call_id().empty() && given_.switchboard.show(asked.call_id()).empty())
    return refuse(on_reply, "there is no call " + asked.call_id());
  if (asked.max_mb() > kMostMb || asked.max_s() > kMostSeconds)
    return refuse(on_reply, "a capture has at most 4096 MB and 86400 seconds");
  auto file = folder_.make(given_.loop.clock().wall());
  if (!file) return refuse(on_reply, file.error().text());
  media::v1::Request request;
  media::v1::StartCapture& start = *request.mutable_start_capture();
  start.set_file(*file);
  start.set_interface(asked.interface());
  start.set_session_id(asked.call_id());
  start.set_with_media(asked.with_media());
  start.set_max_octets(std::uint64_t{asked.max_mb() == 0 ? kDefaultMb : asked.max_mb()} << 20);
  start.set_max_s(asked.max_s() == 0 ? kDefaultSeconds : asked.max_s());
  start.set_what(what_of(asked));
  start.set_user(user);
  if (!asked.call_id().empty()) *start.mutable_call() = words_of(asked.call_id());
  std::string words = start.call().SerializeAsString();
  given_.ask(std::move(request), [weak = weak_from_this(), on_reply, file = *file,
                                  words = std::move(words)](const media::v1::Reply* reply) {
    const auto self = weak.lock();
    if (!self) return;
    if (reply == nullptr || !reply->error().empty()) {
      self->folder_.remove(file);
      return refuse(on_reply, reply == nullptr ? kNoDataplane : reply->error());
    }
    self->folder_.forget_old();
    self->words_ = words;
    self->call_gone_at_ = {};
    self->take(reply->capture());
    self->watch();
    self->tell(on_reply);
  });
}

void CaptureDesk::stop(const OnReply& on_reply) {
  media::v1::Request request;
  request.mutable_stop_capture();
  given_.ask(std::move(request),
             [weak = weak_from_this(), on_reply](const media::v1::Reply* reply) {
               const auto self = weak.lock();
               if (!self) return;
               if (reply == nullptr) return refuse(on_reply, kNoDataplane);
               if (!reply->error().empty()) return refuse(on_reply, reply->error());
               self->take(reply->capture());
               self->wait_for_end(self->now() + kPatience, on_reply);
             });
}

void CaptureDesk::wait_for_end(Nanoseconds until, const OnReply& on_reply) {
  if (!last_.is_running()) return tell(on_reply);
  if (now() > until) return refuse(on_reply, "the capture ends, but the disk is slow to take it");
  // One asker at a time stops a capture: a second is told that none runs.
  wait_ = given_.loop.after(kAskAgain, [weak = weak_from_this(), until, on_reply] {
    if (const auto self = weak.lock())
      self->ask_state([weak, until, on_reply](bool is_there) {
        const auto desk = weak.lock();
        if (!desk) return;
        if (!is_there) return refuse(on_reply, kNoDataplane);
        desk->wait_for_end(until, on_reply);
      });
  });
}

void CaptureDesk::tell(const OnReply& on_reply) const {
  Reply reply;
  if (!last_.file().empty()) *reply.mutable_capture() = last_;
  on_reply(std::move(reply));
}

void CaptureDesk::show(const OnReply& on_reply) {
  ask_state([weak = weak_from_this(), on_reply](bool is_there) {
    const auto self = weak.lock();
    if (!self) return;
    if (!is_there && self->last_.is_running()) return refuse(on_reply, kNoDataplane);
    if (self->last_.file().empty()) {
      const std::string newest = self->folder_.newest();
      if (!newest.empty()) {
        self->last_.set_file(self->given_.folder + "/" + newest);
        self->last_.set_octets(self->folder_.size(newest));
        self->last_.set_ended_by("it is of before the last start of the gateway");
      }
    }
    self->tell(on_reply);
  });
}

void CaptureDesk::get_piece(const management::v1::GetCapture& asked, const OnReply& on_reply) {
  if (!asked.file().empty()) return send_piece(asked, on_reply);
  ask_state([weak = weak_from_this(), on_reply](bool is_there) {
    const auto self = weak.lock();
    if (!self) return;
    if (is_there && self->last_.is_running())
      return refuse(on_reply, "the capture still runs: capture stop ends it");
    management::v1::GetCapture first;
    first.set_file(self->folder_.newest());
    if (first.file().empty()) return refuse(on_reply, "there was no capture");
    self->send_piece(first, on_reply);
  });
}

void CaptureDesk::send_piece(const management::v1::GetCapture& asked, const OnReply& on_reply) {
  auto read = folder_.read(asked.file(), asked.offset());
  if (!read) return refuse(on_reply, read.error().text());
  Reply reply;
  management::v1::CapturePiece& piece = *reply.mutable_capture_piece();
  piece.set_file(asked.file());
  piece.set_offset(asked.offset());
  piece.set_octets(std::move(read->octets));
  piece.set_size(read->size);
  on_reply(std::move(reply));
}

void CaptureDesk::watch() {
  if (tick_) return;
  tick_ = given_.loop.every(kTick, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->tick();
  });
}

void CaptureDesk::tick() {
  if (is_known_ && !last_.is_running()) return tick_.reset();
  ++ticks_;
  // Only a call has news in so short a time.
  if (call_id_.empty() && ticks_ % 10 != 0) return;
  if (last_.is_running()) look_after_call();
  ask_state([](bool) {});
}

void CaptureDesk::look_after_call() {
  if (call_id_.empty()) return;
  if (!given_.switchboard.show(call_id_).empty()) {
    call_gone_at_ = {};
  } else if (call_gone_at_ == Nanoseconds{0}) {
    call_gone_at_ = now();
  } else if (now() - call_gone_at_ > kAfterCall) {
    call_gone_at_ = now();  // asked once in that time
    media::v1::Request request;
    request.mutable_stop_capture()->set_reason("the call has ended");
    given_.ask(std::move(request), [](const media::v1::Reply*) {});
  }
}

}  // namespace

void add_capture_answers(Answers& answers, CaptureGiven given) {
  const auto self = std::make_shared<CaptureDesk>(std::move(given));
  using Asker = Answers::Asker;
  constexpr auto kOperator = config::v1::OPERATOR;
  answers.add_later(Request::kStartCapture, kOperator,
                    [self](const Request& r, const Asker& asker, const OnReply& on_reply) {
                      self->start(r.start_capture(), asker.user, on_reply);
                    });
  answers.add_later(
      Request::kStopCapture, kOperator,
      [self](const Request&, const Asker&, const OnReply& on_reply) { self->stop(on_reply); });
  answers.add_later(
      Request::kShowCapture, kOperator,
      [self](const Request&, const Asker&, const OnReply& on_reply) { self->show(on_reply); });
  answers.add_later(Request::kGetCapture, kOperator,
                    [self](const Request& r, const Asker&, const OnReply& on_reply) {
                      self->get_piece(r.get_capture(), on_reply);
                    });
  self->watch();
}

}  // namespace junctor::cp
