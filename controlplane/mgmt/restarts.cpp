// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/restarts.hpp"

#include <utility>

#include "controlplane/mgmt/reload.hpp"
#include "platform/config/config.hpp"
#include "platform/telemetry/log.hpp"
#include "platform/telemetry/service.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;

constexpr const char* kControl = "junctor-control";
constexpr const char* kDataplane = "junctor-dataplane";
// An answer has left by then.
constexpr Nanoseconds kEndAfter = Milliseconds{50};

void answer_error(const Restarts::OnReply& on_reply, const std::string& sentence) {
  Reply reply;
  reply.set_error(sentence);
  on_reply(std::move(reply));
}

void answer(const Restarts::OnReply& on_reply, const std::string& note) {
  Reply reply;
  reply.add_notes(note);
  on_reply(std::move(reply));
}

void answer_ends(const Restarts::OnReply& on_reply, const char* program) {
  answer(on_reply, std::string(program) + " ends now and is started again; calls stay");
}

}  // namespace

Restarts::Restarts(Given given, const config::v1::Config& started)
    : given_(std::move(given)), started_(started), dataplane_(started), wanted_(started) {}

void Restarts::on_dataplane(std::uint32_t revision, bool is_new_start) {
  const bool was_there = std::exchange(was_there_, true);
  auto config = given_.load ? given_.load(revision) : Error{"", "there are no revisions"};
  if (config) {
    dataplane_ = std::move(*config);
    config::apply_defaults(dataplane_);
  } else if (was_there && is_new_start) {
    // A file, or a revision that is not kept any more: it has read what was there when it started.
    dataplane_ = wanted_;
  }
  if (!std::exchange(is_restart_late_, false)) return;
  const bool is_up_to_date = is_new_start && plan_reload(dataplane_, wanted_).for_dataplane.empty();
  if (!is_up_to_date) return restart_late();
  log_info("control", "the dataplane has started with what holds: it is not started again");
}

std::vector<management::v1::RestartWait> Restarts::waiting() const {
  std::vector<management::v1::RestartWait> all;
  const auto add = [&all](const char* program, const std::vector<std::string>& paths) {
    if (paths.empty()) return;
    management::v1::RestartWait& wait = all.emplace_back();
    wait.set_program(program);
    for (const std::string& path : paths) wait.add_settings(path);
  };
  // In the order in which to do it: the dataplane makes the addresses that listeners need.
  add(kDataplane, plan_reload(dataplane_, wanted_).for_dataplane);
  add(kControl, plan_reload(started_, wanted_).for_control);
  return all;
}

void Restarts::restart(management::v1::Program program, const std::string& user,
                       const OnReply& on_reply) {
  if (program == management::v1::PROGRAM_DATAPLANE) {
    log_info("control", "a restart of the dataplane was asked for", {{"user", user}});
    return restart_dataplane(on_reply);
  }
  if (program != management::v1::PROGRAM_CONTROL)
    return answer_error(on_reply, "there is no such program");
  if (!given_.is_supervised)
    return answer_error(
        on_reply,
        "junctor-control was not started by a service manager: nothing would start it "
        "again");
  log_info("control", "ends to be started again; established calls are kept", {{"user", user}});
  end_ = given_.loop.after(kEndAfter, [this] {
    notify_stopping();
    given_.loop.stop();
  });
  if (is_restart_late_)
    return answer(on_reply, std::string(kControl) +
                                " ends now and is started again; calls stay. It forgets that "
                                "a restart of junctor-dataplane was asked for");
  answer_ends(on_reply, kControl);
}

void Restarts::restart_late() {
  log_info("control", "the restart of the dataplane that was asked for before it was there");
  media::v1::Request request;
  request.mutable_restart();
  given_.ask_dataplane(std::move(request), [this](const media::v1::Reply* reply) {
    // It is away again: what it has when it comes decides anew.
    if (reply == nullptr)
      is_restart_late_ = true;
    else if (!reply->error().empty())
      log_error("control", "the dataplane is not started again", {{"reason", reply->error()}});
  });
}

void Restarts::restart_dataplane(const OnReply& on_reply) {
  if (!given_.is_dataplane_there()) {
    is_restart_late_ = true;
    return answer(on_reply,
                  std::string(kDataplane) +
                      " is not there; when it comes, it is started again if it has to be");
  }
  media::v1::Request request;
  request.mutable_restart();
  given_.ask_dataplane(std::move(request), [on_reply](const media::v1::Reply* reply) {
    if (reply == nullptr) return answer_error(on_reply, "the dataplane does not answer");
    if (!reply->error().empty()) return answer_error(on_reply, reply->error());
    answer_ends(on_reply, kDataplane);
  });
}

std::string text_of(const management::v1::RestartWait& wait) {
  std::string text;
  for (const std::string& path : wait.settings()) text += (text.empty() ? "" : ", ") + path;
  return text + " waits for a restart of " + wait.program() + " (request system restart " +
         (wait.program() == kControl ? "control)" : "dataplane)");
}

void add_restart_answers(Answers& answers, Restarts& restarts) {
  using management::v1::Request;
  answers.add_later(Request::kRestartProgram, config::v1::ADMIN,
                    [&restarts](const Request& request, const Answers::Asker& asker,
                                const Answers::OnReply& on_reply) {
                      restarts.restart(request.restart_program().program(), asker.user, on_reply);
                    });
}

}  // namespace junctor::cp
