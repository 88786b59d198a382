// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/appliance.hpp"

#include <utility>

#include "platform/telemetry/escape.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {

using management::v1::Reply;
using management::v1::Request;

namespace {

constexpr Milliseconds kLook{500};
constexpr const char* kNone =
    "junctor-appliance is not there: it starts last, and only on an appliance";
// Questions that have no answer; junctor-appliance takes eight. The last places are for who waited for calls to end.
constexpr std::size_t kMostShows = 4, kMostRequests = 6;
// A machine is down by then.
constexpr Seconds kLongestEnd{120};
constexpr const char* kSilent = "junctor-appliance does not answer";
constexpr const char* kTooMany = "junctor-appliance has not answered what was asked before";
constexpr const char* kBeingDone = "the calls have ended, and it is being done";
constexpr const char* kSilentAboutRequest =
    "junctor-appliance does not answer; it may do it nevertheless (show system)";

std::string calls_text(std::size_t calls) {
  return calls == 1 ? "1 call has" : std::to_string(calls) + " calls have";
}

Reply error_of(const std::string& sentence) {
  Reply reply;
  reply.set_error(sentence);
  return reply;
}

void refuse(const Appliance::OnReply& on_reply, const std::string& sentence) {
  on_reply(error_of(sentence));
}

}  // namespace

void Appliance::ask(appliance::v1::Request request, OnReply on_reply) {
  auto channel = ipc::connect_once(given_.loop, given_.socket_path, {});
  if (!channel) return refuse(on_reply, kNone);
  const std::uint64_t id = ++last_id_;
  request.set_id(id);
  const char* no_answer = request.has_show() ? kSilent : kSilentAboutRequest;
  Question& question = questions_[id];
  question.on_reply = std::move(on_reply);
  question.channel = std::move(*channel);
  question.timer =
      given_.loop.after(given_.patience, [this, id, no_answer] { end(id, error_of(no_answer)); });
  question.channel->set_callbacks(
      {.on_frame = [this, id](Bytes frame) { on_frame(id, frame); },
       .on_closed = [this, id](const std::string& reason) { end(id, error_of(reason)); }});
  question.channel->send(request);
}

void Appliance::end(std::uint64_t id, Reply reply) {
  auto question = questions_.extract(id);
  if (!question.empty()) question.mapped().on_reply(std::move(reply));
}

void Appliance::on_frame(std::uint64_t id, Bytes frame) {
  appliance::v1::Reply said;
  if (!ipc::parse_frame(frame, said)) return end(id, error_of("what it says is no reply"));
  Reply reply;
  if (!said.error().empty())
    reply.set_error(escape(said.error()));
  else if (said.has_system())
    *reply.mutable_system() = std::move(*said.mutable_system());
  end(id, std::move(reply));
}

void Appliance::show(const OnReply& on_reply) {
  if (questions_.size() >= kMostShows) return refuse(on_reply, kTooMany);
  appliance::v1::Request request;
  request.mutable_show();
  ask(std::move(request), [this, on_reply](Reply reply) {
    if (waiting_ && reply.error().empty())
      reply.add_notes("restarts when " + calls_text(given_.calls()) +
                      " ended; new ones are refused (request system cancel)");
    on_reply(std::move(reply));
  });
}

void Appliance::request(const management::v1::RequestSystem& what, const std::string& user,
                        const OnReply& on_reply) {
  if (what.cancel()) return cancel(on_reply);
  if (questions_.size() >= kMostRequests) return refuse(on_reply, kTooMany);
  if (what.what().has_show() || what.what().what_case() == appliance::v1::Request::WHAT_NOT_SET)
    return refuse(on_reply, "this is no request that is known");
  const bool is_end = what.what().has_restart() || what.what().has_factory_reset();
  log_info("appliance", "asked for", {{"what", what.what().ShortDebugString()}, {"user", user}});
  if (is_end && !what.now() && given_.calls() > 0) return wait(what.what(), on_reply);
  ask(with_trust_anchors(what.what()), on_reply);
}

// Who is trusted is said by the configuration, and not by who asks.
appliance::v1::Request Appliance::with_trust_anchors(appliance::v1::Request what) const {
  auto* anchors = what.has_add_software() ? what.mutable_add_software()->mutable_trust_anchors()
                  : what.has_add_keys()   ? what.mutable_add_keys()->mutable_trust_anchors()
                                          : nullptr;
  if (anchors == nullptr) return what;
  anchors->Clear();
  for (std::string& pem : given_.trust_anchors()) anchors->Add(std::move(pem));
  return what;
}

void Appliance::cancel(const OnReply& on_reply) {
  if (!waiting_) return refuse(on_reply, "no restart waits");
  if (is_being_done_) return refuse(on_reply, kBeingDone);
  waiting_.reset();
  timer_.reset();
  given_.set_closed(false);
  log_info("appliance", "the restart is taken back");
  Reply reply;
  reply.add_notes("the restart is taken back; new calls are taken");
  on_reply(std::move(reply));
}

void Appliance::wait(const appliance::v1::Request& what, const OnReply& on_reply) {
  if (is_being_done_) return refuse(on_reply, kBeingDone);
  // Nobody is turned away for a restart that nobody can make.
  if (!ipc::connect_once(given_.loop, given_.socket_path, {})) return refuse(on_reply, kNone);
  waiting_ = what;
  given_.set_closed(true);
  timer_ = given_.loop.every(kLook, [this] { look(); });
  Reply reply;
  reply.add_notes("this is done when " + calls_text(given_.calls()) +
                  " ended; new ones are refused (request system cancel takes it back)");
  on_reply(std::move(reply));
}

void Appliance::look() {
  if (given_.calls() > 0) return;
  is_being_done_ = true;
  timer_ = given_.loop.after(kLongestEnd, [this] { give_up_restart("the machine still runs"); });
  ask(*waiting_, [this](const Reply& reply) {
    if (!reply.error().empty()) give_up_restart(reply.error());
  });
}

void Appliance::give_up_restart(const std::string& reason) {
  log_error("appliance", "the restart failed", {{"reason", reason}});
  is_being_done_ = false;
  waiting_.reset();
  timer_.reset();
  given_.set_closed(false);
}

void add_appliance_answers(Answers& answers, Appliance& appliance) {
  answers.add_later(Request::kShowSystem, config::v1::VIEWER,
                    [&appliance](const Request&, const Answers::Asker&,
                                 const Answers::OnReply& on_reply) { appliance.show(on_reply); });
  answers.add_later(Request::kRequestSystem, config::v1::ADMIN,
                    [&appliance](const Request& request, const Answers::Asker& asker,
                                 const Answers::OnReply& on_reply) {
                      appliance.request(request.request_system(), asker.user, on_reply);
                    });
}

}  // namespace junctor::cp
