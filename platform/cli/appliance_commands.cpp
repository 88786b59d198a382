// SPDX-License-Identifier: MIT
// The machine that the gateway is: its two versions, restarts, upgrades.
#include <chrono>

#include "platform/cli/commands.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/table.hpp"
#include "platform/cli/units.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {
namespace {

using appliance::v1::Slot;
using appliance::v1::System;
using appliance::v1::Work;
using console::Completion;
using console::Outcome;
using console::Sink;
using management::v1::Reply;
using management::v1::Request;

constexpr std::chrono::milliseconds kPause{500};
constexpr std::uint64_t kFullBelow = 1 << 20;
// Answers that do not come, and for how long.
constexpr unsigned kMostSilent = 12;
constexpr std::chrono::minutes kLongestSilent{1};
constexpr const char* kGoesOn = "not waited for: it goes on (show system software)";
constexpr const char* kGoesOnAlone =
    "not waited for: it goes on (show system software), but nothing restarts (request system "
    "reboot)";
constexpr std::size_t kSource = 4;  // request system software add SOURCE ...

std::string state_of(const Slot& slot) {
  std::string state = slot.is_running() ? "runs" : "";
  if (slot.is_next() && !slot.is_running()) state = "at the next start";
  if (slot.version().empty() && state.empty()) return "empty";
  return state.empty() ? "kept" : state;
}

void add_slots(const System& system, Table& table) {
  for (const Slot& slot : system.slots()) {
    const bool is_empty = slot.version().empty() && !slot.is_running();
    table.add({slot.name(), escape(slot.version()), state_of(slot),
               is_empty         ? ""
               : slot.is_good() ? "good"
                                : "on trial",
               is_empty ? "" : std::to_string(slot.starts_left()),
               slot.installed_unix_ms() == 0 ? "" : time_text(slot.installed_unix_ms())});
  }
}

std::string work_text(const Work& work) {
  std::string text = escape(work.source()) + ": " + work.state();
  if (work.state() == "failed") return text + ": " + escape(work.error());
  if (work.state() == "done") return work.step().empty() ? text : text + ", " + escape(work.step());
  text += " " + std::to_string(work.percent()) + "%";
  return work.step().empty() ? text : text + " " + escape(work.step());
}

std::string gate_text(const System& system) {
  const auto& gate = system.gate();
  if (gate.state() != "trial") return gate.state();
  if (!gate.waits_for().empty()) return "waits: " + escape(gate.waits_for());
  return "well for " + std::to_string(gate.steady_s()) + " s of 60";
}

std::string disk_text(const System& system) {
  const auto& disk = system.data();
  if (disk.is_missing())
    return "missing: everything is kept in memory (request system factory-reset makes it anew)";
  std::string text = octets_text(disk.free_bytes()) + " free of " + octets_text(disk.size_bytes());
  if (disk.free_bytes() < kFullBelow)
    text += ", full: nothing more can be kept (delete file, show files)";
  else if (disk.free_bytes() < disk.size_bytes() / 20)
    text += ", nearly full";
  if (disk.is_damaged())
    return text + ", damaged, and not all of it could be repaired (request system factory-reset)";
  return disk.was_repaired() ? text + ", repaired at this start" : text;
}

std::string clock_text(const System& system) {
  std::string text = time_text(system.now_unix_ms()) + " UTC, ";
  text += system.is_time_synchronized() ? "from a time server" : "of the clock alone";
  return system.is_time_wrong() ? text + ", before this version" : text;
}

std::string system_text(const System& system, std::size_t width) {
  Table what({{"WHAT"}, {"IS"}});
  what.add({"version", escape(system.version())});
  what.add({"up", duration_text(system.uptime_s() * 1000)});
  what.add({"health", gate_text(system)});
  what.add({"data", disk_text(system)});
  what.add({"time", clock_text(system)});
  if (system.has_work()) what.add({"upgrade", work_text(system.work())});
  return what.text("", width);
}

std::string slots_text(const System& system, std::size_t width) {
  Table slots({{"SLOT"}, {"VERSION"}, {"STATE"}, {"HEALTH"}, {"STARTS LEFT"}, {"INSTALLED"}});
  add_slots(system, slots);
  return slots.text("", width);
}

std::string state_of(const appliance::v1::Key& key) {
  if (key.is_revoked()) return "revoked here";
  if (key.is_list()) return std::to_string(key.revoked()) + " revoked";
  return "trusted";
}

std::string keyring_text(const System& system, std::size_t width) {
  Table keys({{"KEY"}, {"OF"}, {"FROM"}, {"STATE"}, {"UNTIL"}});
  for (const auto& key : system.keyring())
    keys.add({key.fingerprint().substr(0, 16), escape(key.subject()),
              key.is_added() ? "here" : "image", state_of(key),
              key.until_unix_ms() == 0 ? "" : time_text(key.until_unix_ms())});
  return keys.text("", width);
}

bool is_done(const Outcome& outcome) { return outcome.kind == Outcome::Kind::Done; }

Result<Reply> ask_system(const GatewayLink& link) {
  Request request;
  request.mutable_show_system();
  return link.ask(request);
}

Outcome show_system(const GatewayLink& link, bool is_software, bool is_json, Sink& out) {
  const auto reply = ask_system(link);
  if (!reply) return Outcome::failed(reply.error().text());
  if (is_json) {
    out.write(field_json(*reply, "system"));
    return {};
  }
  const System& system = reply->system();
  if (!is_software) out.write(system_text(system, out.width()) + "\n");
  out.write(slots_text(system, out.width()));
  if (is_software && system.has_work()) out.write("\n" + work_text(system.work()) + "\n");
  for (const std::string& note : reply->notes()) out.write("! " + escape(note) + "\n");
  return {};
}

Outcome send(const GatewayLink& link, const management::v1::RequestSystem& what,
             const std::string& done, Sink& out) {
  Request request;
  *request.mutable_request_system() = what;
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  for (const std::string& note : reply->notes()) out.write(escape(note) + "\n");
  if (reply->notes().empty() && !done.empty()) out.write(done + "\n");
  return {};
}

enum class When { CallsHaveEnded, Now, Forced };

Outcome restart(const GatewayLink& link, bool power_off, When when, Sink& out) {
  management::v1::RequestSystem what;
  what.mutable_what()->mutable_restart()->set_power_off(power_off);
  what.mutable_what()->mutable_restart()->set_force(when == When::Forced);
  what.set_now(when != When::CallsHaveEnded);
  return send(link, what, power_off ? "switches off" : "restarts", out);
}

Outcome factory_reset(const GatewayLink& link, const console::Command& command, Sink& out) {
  const bool is_sure = command.words.back() == "yes";
  if (!is_sure) {
    const auto answer =
        out.ask("Configuration, records, logs and keys are deleted. Type yes to go on: ", false);
    if (!answer || *answer != "yes") return Outcome::failed("nothing is deleted");
  }
  management::v1::RequestSystem what;
  what.mutable_what()->mutable_factory_reset();
  what.set_now(true);
  return send(link, what, "everything is deleted by the start that follows", out);
}

Outcome show_keyring(const GatewayLink& link, bool is_json, Sink& out) {
  const auto reply = ask_system(link);
  if (!reply) return Outcome::failed(reply.error().text());
  Reply only;
  *only.mutable_system()->mutable_keyring() = reply->system().keyring();
  if (is_json)
    out.write(field_json(only, "system"));
  else
    out.write(keyring_text(reply->system(), out.width()));
  return {};
}

// Follows an upgrade until it has ended; it goes on when nobody does.
Outcome follow(const GatewayLink& link, Sink& out, const char* goes_on = kGoesOn) {
  std::string shown;
  unsigned silent = 0;  // one that writes a version may be slow to answer
  auto heard = std::chrono::steady_clock::now();
  for (;;) {
    const auto reply = ask_system(link);
    if (out.is_interrupted()) return Outcome::failed(goes_on);
    const auto now = std::chrono::steady_clock::now();
    if (!reply && (++silent >= kMostSilent || now - heard >= kLongestSilent))
      return Outcome::failed(reply.error().text());
    if (reply) {
      heard = now;
      silent = 0;
      const Work& work = reply->system().work();
      const std::string text = work_text(work);
      if (work.state() == "failed") return Outcome::failed(escape(work.error()));
      if (text != shown) out.write(text + "\n");
      shown = text;
      if (work.state() == "done") return {};
    }
    if (is_enough(out, kPause)) return Outcome::failed(goes_on);
  }
}

// force, reboot and now, once each and in this order.
std::optional<std::size_t> wrong_word(CommandRow::Words words, bool& force, bool& reboot,
                                      bool& now) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "force" && !force && !reboot)
      force = true;
    else if (words[i] == "reboot" && !reboot)
      reboot = true;
    else if (words[i] == "now" && reboot && !now)
      now = true;
    else
      return i;
  }
  return std::nullopt;
}

Completion complete_add(CommandRow::Words rest) {
  Completion out;
  if (rest.empty()) {
    out.candidates.push_back({"<source>", "https://..., usb:FILE, or a file of show files",
                              console::Candidate::Kind::Placeholder});
    return out;
  }
  bool force = false;
  bool reboot = false;
  bool now = false;
  out.may_end = true;
  if (wrong_word(rest.subspan(1), force, reboot, now) || now) return out;
  if (!force && !reboot) out.candidates.push_back({"force", "an older version as well"});
  if (!reboot) out.candidates.push_back({"reboot", "starts it when the calls have ended"});
  if (reboot) out.candidates.push_back({"now", "without waiting for calls"});
  return out;
}

Outcome add_software(const GatewayLink& link, const console::Command& command, Sink& out) {
  bool force = false;
  bool reboot = false;
  bool now = false;
  const CommandRow::Words words = command.words;
  if (words.size() <= kSource) return Outcome::wrong(kSource, "a source is expected");
  if (const auto wrong = wrong_word(words.subspan(kSource + 1), force, reboot, now))
    return Outcome::wrong(kSource + 1 + *wrong, "force, reboot and now are expected");
  management::v1::RequestSystem what;
  auto& add = *what.mutable_what()->mutable_add_software();
  add.set_source(words[kSource]);
  add.set_force(force);
  if (auto begun = send(link, what, "begins", out); !is_done(begun)) return begun;
  if (auto ended = follow(link, out, reboot ? kGoesOnAlone : kGoesOn); !is_done(ended))
    return ended;
  if (reboot) return restart(link, false, now ? When::Now : When::CallsHaveEnded, out);
  out.write(
      "the next start takes it (request system reboot; request system software rollback takes it "
      "back)\n");
  return {};
}

Completion complete_source(CommandRow::Words rest) {
  Completion out;
  if (rest.empty())
    out.candidates.push_back({"<source>", "https://..., usb:FILE, or a file of show files",
                              console::Candidate::Kind::Placeholder});
  out.may_end = rest.size() == 1;
  return out;
}

Outcome add_keys(const GatewayLink& link, const console::Command& command, Sink& out) {
  if (command.words.size() <= kSource) return Outcome::wrong(kSource, "a source is expected");
  management::v1::RequestSystem what;
  what.mutable_what()->mutable_add_keys()->set_source(command.words[kSource]);
  if (auto begun = send(link, what, "begins", out); !is_done(begun)) return begun;
  return follow(link, out);
}

std::vector<console::Candidate> key_values(const GatewayLink& link) {
  Request request;
  request.mutable_show_system();
  std::vector<console::Candidate> values;
  if (const auto reply = link.hint(request))
    for (const auto& key : reply->system().keyring())
      if (!key.is_list() && !key.is_revoked())
        values.push_back({key.fingerprint().substr(0, 16), escape(key.subject()),
                          console::Candidate::Kind::Value});
  return values;
}

Completion complete_key(const GatewayLink& link, CommandRow::Words rest) {
  Completion out;
  out.may_end = rest.size() == 1;
  if (rest.empty())
    out.candidates.push_back({"<key>", "8 or more digits of its fingerprint",
                              console::Candidate::Kind::Placeholder,
                              [&link] { return key_values(link); }});
  return out;
}

Outcome revoke_key(const GatewayLink& link, const console::Command& command, Sink& out) {
  if (command.words.size() <= kSource) return Outcome::wrong(kSource, "a key is expected");
  management::v1::RequestSystem what;
  what.mutable_what()->mutable_revoke_key()->set_fingerprint(command.words[kSource]);
  return send(link, what, "nothing that it signed is installed any more", out);
}

Outcome rollback(const GatewayLink& link, Sink& out) {
  management::v1::RequestSystem what;
  what.mutable_what()->mutable_rollback();
  if (auto done = send(link, what, "", out); !is_done(done)) return done;
  const auto reply = ask_system(link);
  if (!reply) return Outcome::failed(reply.error().text());
  for (const Slot& slot : reply->system().slots())
    if (slot.is_next())
      out.write("the next start takes slot " + slot.name() + ", version " + escape(slot.version()) +
                (slot.is_running() ? ", which runs\n" : " (request system reboot)\n"));
  return {};
}

constexpr std::size_t kDate = 4;  // request system time set DATE TIME
constexpr const char* kDateForm = "2026-01-31";
constexpr const char* kTimeForm = "18:30:00";

Completion complete_time(CommandRow::Words rest) {
  Completion out;
  if (rest.empty())
    out.candidates.push_back(
        {"<date>", std::string("as ") + kDateForm, console::Candidate::Kind::Placeholder});
  if (rest.size() == 1)
    out.candidates.push_back({"<time>", std::string("UTC, as 18:30 or ") + kTimeForm,
                              console::Candidate::Kind::Placeholder});
  out.may_end = rest.size() == 2;
  return out;
}

Outcome set_time(const GatewayLink& link, const console::Command& command, Sink& out) {
  const CommandRow::Words words = command.words;
  if (words.size() <= kDate) return Outcome::wrong(kDate, "a date is expected");
  if (words.size() == kDate + 1) return Outcome::wrong(kDate + 1, "a time is expected (UTC)");
  if (words.size() > kDate + 2) return Outcome::wrong(kDate + 2, "nothing more is expected");
  if (!time_of(words[kDate], kTimeForm))
    return Outcome::wrong(kDate, std::string("this is no date, as ") + kDateForm);
  const auto at = time_of(words[kDate], words[kDate + 1]);
  if (!at) return Outcome::wrong(kDate + 1, std::string("this is no time, as ") + kTimeForm);
  management::v1::RequestSystem what;
  what.mutable_what()->mutable_set_time()->set_unix_s(*at);
  return send(link, what, "the time is set; a time server that answers sets it again", out);
}

Outcome cancel(const GatewayLink& link, Sink& out) {
  management::v1::RequestSystem what;
  what.set_cancel(true);
  return send(link, what, "", out);
}

}  // namespace

std::vector<CommandRow> appliance_commands(const GatewayLink& link) {
  using console::Command;
  const auto shows = [&link](bool is_software) {
    return [&link, is_software](const Command& command, Sink& out) {
      return show_system(link, is_software, command.is_json, out);
    };
  };
  const auto restarts = [&link](bool power_off, When when) {
    return [&link, power_off, when](const Command&, Sink& out) {
      return restart(link, power_off, when, out);
    };
  };
  const auto resets = [&link](const Command& command, Sink& out) {
    return factory_reset(link, command, out);
  };
  return {
      {"show system", "the machine: its versions, health, data partition", shows(false)},
      {"show system software", "the versions of both slots, and the last upgrade", shows(true)},
      {"request system reboot", "restarts the machine when the calls have ended",
       restarts(false, When::CallsHaveEnded)},
      {"request system reboot now", "at once; calls are cut", restarts(false, When::Now)},
      {"request system reboot force", "the same, also while a version is being written",
       restarts(false, When::Forced)},
      {"request system shutdown", "switches off when the calls have ended",
       restarts(true, When::CallsHaveEnded)},
      {"request system shutdown now", "at once; calls are cut", restarts(true, When::Now)},
      {"request system shutdown force", "the same, also while a version is being written",
       restarts(true, When::Forced)},
      {"request system cancel", "takes a restart back that waits for calls",
       [&link](const Command&, Sink& out) { return cancel(link, out); }},
      {"request system factory-reset", "deletes configuration, records, logs and keys; asks first",
       resets},
      {"request system factory-reset yes", "without asking", resets},
      {"request system software add ...", "writes a new version into the other slot",
       [&link](const Command& command, Sink& out) { return add_software(link, command, out); },
       complete_add},
      {"show system keyring", "whose versions are installed, and who is revoked",
       [&link](const Command& command, Sink& out) {
         return show_keyring(link, command.is_json, out);
       }},
      {"request system keyring add ...", "more keys, in a file that a trusted one has signed",
       [&link](const Command& command, Sink& out) { return add_keys(link, command, out); },
       complete_source},
      {"request system keyring revoke ...", "a key whose versions are not installed any more",
       [&link](const Command& command, Sink& out) { return revoke_key(link, command, out); },
       [&link](CommandRow::Words rest) { return complete_key(link, rest); }},
      {"request system software rollback",
       "the next start takes the other slot; said again, or before a new version has started, the "
       "one that runs",
       [&link](const Command&, Sink& out) { return rollback(link, out); }},
      {"request system time set ...", "sets the clock by hand, in UTC",
       [&link](const Command& command, Sink& out) { return set_time(link, command, out); },
       complete_time},
  };
}

}  // namespace junctor::cli
