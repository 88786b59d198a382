// SPDX-License-Identifier: MIT
#include "platform/appliance/service.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <system_error>
#include <utility>

#include "platform/appliance/files.hpp"
#include "platform/appliance/machine_clock.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::appliance {
namespace {

constexpr unsigned kSocketMode = 0660;
constexpr std::size_t kMostChannels = 8;
constexpr Seconds kAskAgain{2};
// What did not work with the version that is followed by another: a sentence a line (gate.hpp).
constexpr std::string_view kBrokenBefore = "/data/rauc/broken-before";

// Of a data partition that cannot be mounted: the next start writes over all of it, and makes it anew
// (rootfs/initramfs/init).
Result<void> mark_to_be_wiped(const std::string& partition) {
  constexpr std::string_view kMark = "junctor: to be wiped";
  const int fd = open(partition.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return Error{"", "there is no data partition that could be made anew"};
  const bool is_done =
      pwrite(fd, kMark.data(), kMark.size(), 0) == std::ssize(kMark) && fsync(fd) == 0;
  close(fd);
  if (!is_done) return Error{"", "the data partition cannot be written"};
  return {};
}

// Who restarts a machine may be anywhere, who switches it stands before it: after a restart the boot
// loader's ways past the password lead nowhere (rootfs/initramfs/init). On the disk before the machine
// goes down.
void mark_restart(const Places& places) {
  const auto done = replace_file(places.at("/data/restarted"), "");
  if (!done)
    log_warning("appliance", "the restart is not noted", {{"reason", done.error().text()}});
}

}  // namespace

Result<std::unique_ptr<Service>> Service::start(ipc::Loop& loop, Given given) {
  std::unique_ptr<Service> service(new Service(loop, std::move(given)));
  auto server = ipc::Server::listen(loop, service->given_.socket_path, kSocketMode, {},
                                    [s = service.get()](std::unique_ptr<ipc::Channel> channel) {
                                      s->accept(std::move(channel));
                                    });
  if (!server) return server.error();
  service->server_ = std::move(*server);
  if (const auto done = service->keyring_.write(); !done)
    log_error("appliance", "there is no keyring", {{"reason", done.error().text()}});
  service->ask_choice();
  service->power_button_ = std::make_unique<PowerButton>(
      loop, service->given_.places, [s = service.get()] { s->on_power_button(); });
  return service;
}

Service::Service(ipc::Loop& loop, Given given)
    : loop_(loop),
      given_(std::move(given)),
      keyring_(given_.places),
      upgrade_(loop, given_.places) {}

void Service::accept(std::unique_ptr<ipc::Channel> channel) {
  std::erase_if(channels_, [](const auto& c) { return !c->is_open(); });
  const std::int64_t uid = channel->peer_uid();
  if (channels_.size() >= kMostChannels || (uid != 0 && uid != given_.user)) {
    log_warning("appliance", "a connection was refused", {{"user", uid}});
    return;
  }
  const std::shared_ptr<ipc::Channel> kept = std::move(channel);
  channels_.push_back(kept);
  kept->set_callbacks({.on_frame =
                           [this, weak = std::weak_ptr(kept)](Bytes frame) {
                             if (const auto from = weak.lock()) answer(frame, from);
                           },
                       .on_closed = [](const std::string&) {}});
}

void Service::answer(Bytes frame, const std::shared_ptr<ipc::Channel>& channel) {
  v1::Request request;
  if (!ipc::parse_frame(frame, request)) return channel->close("what it says is no request");
  v1::Reply reply;
  reply.set_id(request.id());
  if (request.has_show()) {
    // What an upgrade or a return has just changed is in the answer.
    return ask_choice([this, reply, weak = std::weak_ptr(channel)]() mutable {
      const auto asker = weak.lock();
      if (!asker || !asker->is_open()) return;
      show(*reply.mutable_system());
      asker->send(reply);
    });
  }
  const OnDone later = [reply, weak = std::weak_ptr(channel)](const Result<void>& done) mutable {
    const auto asker = weak.lock();
    if (!asker || !asker->is_open()) return;
    if (!done) reply.set_error(done.error().text());
    asker->send(reply);
  };
  if (request.has_rollback()) return rollback(later);
  if (request.has_set_time()) return set_time(Seconds{request.set_time().unix_s()}, later);
  if (const auto done = act(request); !done) reply.set_error(done.error().text());
  channel->send(reply);
}

Result<void> Service::act(const v1::Request& request) {
  switch (request.what_case()) {
    case v1::Request::kRestart:
      return restart(request.restart().power_off(), request.restart().force());
    case v1::Request::kFactoryReset:
      return factory_reset();
    case v1::Request::kAddSoftware:
      return add_software(request.add_software());
    case v1::Request::kAddKeys:
      return add_keys(request.add_keys());
    case v1::Request::kRevokeKey:
      return revoke_key(request.revoke_key().fingerprint());
    case v1::Request::kShow:
    case v1::Request::kRollback:
    case v1::Request::kSetTime:
    case v1::Request::WHAT_NOT_SET:
      break;
  }
  return Error{"", "this version of junctor-appliance does not know the request"};
}

Result<void> Service::restart(bool power_off, bool is_forced) {
  if (upgrade_.is_busy() && !is_forced)
    return Error{"",
                 "a version is being written, and would be lost: wait for its end (show system "
                 "software), or say force"};
  log_info("appliance", power_off ? "switches off" : "restarts");
  is_restarting_ = true;
  if (power_off)
    forget_restart();  // who switches it on stands before it
  else
    mark_restart(given_.places);
  // What systemctl(1) does for `poweroff` and `reboot`, once it has waited 50 s in vain for
  // systemd-logind, which the image has not.
  run({"systemctl", "--no-block", "--job-mode=replace-irreversibly", "start",
       power_off ? "poweroff.target" : "reboot.target"});
  return {};
}

void Service::forget_restart() const {
  std::error_code error;
  std::filesystem::remove(given_.places.at("/data/restarted"), error);
}

Result<void> Service::factory_reset() {
  if (upgrade_.is_busy()) return Error{"", "an upgrade is at work"};
  if (std::filesystem::exists(given_.places.at("/run/no-data"))) {
    if (auto done = mark_to_be_wiped(given_.places.at("/dev/junctor/data")); !done) return done;
  } else {
    std::ofstream file(given_.places.at("/data/factory-reset"));
    file.flush();
    if (!file) return Error{"", "the data partition cannot be written"};
    sync();
  }
  log_warning("appliance", "factory reset: all data is deleted by the start that follows");
  return restart(false, true);
}

Result<void> Service::add_software(const v1::AddSoftware& what) {
  // The slot that would be written is the one that a bad version returns to.
  if (gate_ && gate_->is_trial() && !what.force())
    return Error{"",
                 "the version that runs is on trial, and the other is what it would return to: "
                 "wait until it is declared good (show system), or say force"};
  if (auto begun = upgrade_.begin(what); !begun) return begun;
  note_what_works();
  return {};
}

// The version that follows is measured by it, or by nothing: never by what an earlier upgrade left. One that is
// on trial is no measure.
void Service::note_what_works() const {
  const std::string path = given_.places.at(kBrokenBefore);
  if (gate_ && !gate_->is_trial() && health_.is_dataplane_there) {
    std::string lines;
    for (const auto* sentences : {&health_.broken, &health_.unlinked}) {
      for (const std::string& sentence : *sentences) lines += sentence + "\n";
    }
    const auto done = replace_file(path, lines);
    if (done) return;
    log_error("gate", "what does not work now cannot be written down",
              {{"reason", done.error().text()}});
  }
  std::error_code error;
  std::filesystem::remove(path, error);
}

std::optional<std::set<std::string>> Service::broken_before() const {
  const std::string path = given_.places.at(kBrokenBefore);
  if (!std::filesystem::exists(path)) return std::nullopt;
  std::istringstream lines(read_file(path));
  std::set<std::string> broken;
  for (std::string line; std::getline(lines, line);) broken.insert(line);
  return broken;
}

// Whoever presses it wants the machine off: also where a version is being written, which is not harmed by it.
void Service::on_power_button() {
  log_warning("appliance", "the power button was pressed");
  [[maybe_unused]] auto done = restart(true, true);
}

// The choice is as fresh as the question, and made before the answer.
void Service::rollback(const OnDone& on_done) {
  if (upgrade_.is_busy()) return on_done(Error{"", "an upgrade is at work"});
  const std::string running = running_slot(given_.places);
  if (running.empty()) return on_done(Error{"", "this machine was not started from a slot"});
  ask_choice([this, running, on_done] {
    v1::System now;
    show_slots(now);
    const std::string other = other_slot(running);
    const v1::Slot& target = now.slots(other == "A" ? 0 : 1);
    if (!target.is_next() && !target.is_good())
      return on_done(Error{"", "slot " + other + " holds no version that was declared good"});
    // What was about to start is taken back.
    const std::string& next = target.is_next() ? running : other;
    log_info("appliance", "the choice of the next start is changed", {{"slot", next}});
    run({slots_program(), "set-primary", next}, [on_done](bool is_done) {
      on_done(is_done ? Result<void>{} : Error{"", "the choice cannot be changed (show log)"});
    });
  });
}

// By a unit of its own, which has the right to (junctor-clock@.service).
void Service::set_time(Seconds at, const OnDone& on_done) {
  if (const auto good = check_time(at, given_.places); !good) return on_done(good);
  run({"systemctl", "start", "junctor-clock@" + std::to_string(at.count()) + ".service"},
      [on_done](bool is_done) {
        on_done(is_done ? Result<void>{} : Error{"", "it cannot be set (show log)"});
      });
}

Result<void> Service::add_keys(const v1::AddKeys& what) {
  return upgrade_.begin(what, [this](const std::string& content) {
    auto done = keyring_.add(content);
    if (done) {
      log_warning("appliance", "keys are added", {{"what", *done}});
      after_keys();
    }
    return done;
  });
}

Result<void> Service::revoke_key(const std::string& fingerprint) {
  if (upgrade_.is_busy()) return Error{"", "an upgrade is at work"};
  auto done = keyring_.revoke(fingerprint);
  if (!done) return done;
  log_warning("appliance", "a key is revoked", {{"fingerprint", fingerprint}});
  after_keys();
  return {};
}

// RAUC reads its configuration at its start; it is started when it is wanted.
void Service::after_keys() { run({"systemctl", "--no-block", "stop", "rauc.service"}); }

// One at a time: who follows an upgrade asks more often than a busy machine starts programs.
void Service::ask_choice(std::function<void()> then) {
  if (then) next_reading_.push_back(std::move(then));
  if (!is_reading_choice_) begin_reading();
}

// The gate begins with the first answer, and not with a failure: a version that was good once must not
// be taken for one on trial.
void Service::begin_reading() {
  is_reading_choice_ = true;
  now_reading_ = std::exchange(next_reading_, {});
  auto text = std::make_shared<std::string>();
  start_child({slots_program(), "show"},
              {.on_line = [text](const std::string& line) { *text += line + "\n"; },
               .on_end =
                   [this, text](int status) {
                     is_reading_choice_ = false;
                     if (status == 0) choice_ = *text;
                     if (!gate_ && status == 0) begin_gate();
                     if (status != 0) ask_again_ = loop_.after(kAskAgain, [this] { ask_choice(); });
                     for (const auto& then : std::exchange(now_reading_, {})) then();
                     if (!next_reading_.empty() && !is_reading_choice_) begin_reading();
                   }});
}

void Service::begin_gate() {
  const std::string running = running_slot(given_.places);
  if (running.empty()) return;  // nothing to declare good
  const bool is_trial = choice_.find(running + "_good=1\n") == std::string::npos;
  gate_ = std::make_unique<Gate>(is_trial, loop_.clock().now(), broken_before());
  loopback_ =
      std::make_unique<Loopback>(loop_, loop_.clock(), given_.management_path,
                                 is_trial ? Loopback::kLongestOnTrial : Loopback::kLongestPause);
  watch_ = std::make_unique<HealthWatch>(loop_, given_.management_path,
                                         [this](const Health& health) { on_look(health); });
}

void Service::on_look(const Health& health) {
  health_ = health;
  if (gate_->wants_loopback(loop_.clock().now()))
    loopback_->look();
  else
    loopback_->forget();
  health_.is_loopback_heard = loopback_->is_heard();
  health_.loopback_trouble = loopback_->trouble();
  const std::string before = gate_->waits_for();
  const bool has_changed = gate_->observe(health_, loop_.clock().now());
  if (gate_->waits_for() != before && gate_->state() == Gate::State::Trial)
    log_info("gate", gate_->waits_for().empty() ? "all holds" : gate_->waits_for());
  if (has_changed) declare(gate_->state() == Gate::State::Good);
}

void Service::declare(bool is_good) {
  const std::string running = running_slot(given_.places);
  const std::string version = running_version(given_.places);
  if (is_good) {
    log_info("gate", "this version is good", {{"version", version}, {"slot", running}});
    // It restarts by itself no more: the next start is somebody's (mark_restart).
    if (!is_restarting_) forget_restart();
    return run({slots_program(), "set-state", running, "good"});
  }
  log_error("gate", "this version is given up, the other slot is started",
            {{"version", version}, {"slot", running}, {"reason", gate_->waits_for()}});
  run({slots_program(), "set-state", running, "bad"},
      [this](bool) { [[maybe_unused]] auto done = restart(false, true); });
}

void Service::run(const std::vector<std::string>& words, std::function<void(bool)> then) {
  const std::string& name = words.front();
  start_child(
      words,
      {.on_line =
           [name](const std::string& line) {
             log_info("appliance", line, {{"program", name}});
           },
       .on_end =
           [name, then = std::move(then)](int status) {
             if (status != 0)
               log_error("appliance", "a program failed", {{"program", name}, {"status", status}});
             if (then) then(status == 0);
           }});
}

void Service::start_child(const std::vector<std::string>& words, Child::Callbacks callbacks) {
  const unsigned number = next_child_++;
  callbacks.on_end = [this, number, on_end = std::move(callbacks.on_end)](int status) {
    const auto ended = children_.extract(number);
    on_end(status);
  };
  children_.emplace(number, Child::run(loop_, words, std::move(callbacks)));
}

}  // namespace junctor::appliance
