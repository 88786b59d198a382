// SPDX-License-Identifier: MIT
// The log: what was said, what is said now, and details of a part for a while.
#include "platform/cli/log_commands.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <span>

#include "platform/cli/json.hpp"
#include "platform/cli/options.hpp"
#include "platform/cli/render.hpp"
#include "platform/cli/table.hpp"
#include "platform/telemetry/log_tap.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;
using management::v1::Reply;
using management::v1::Request;

namespace {

constexpr std::uint32_t kDefaultDebugSeconds = 300;
constexpr std::uint32_t kMaxDebugSeconds = 3600;
constexpr std::size_t kMaxNotices = 20;  // between two prompts

std::vector<console::Candidate> levels() {
  return {{"debug", "everything"},
          {"info", "what goes on, and what follows"},
          {"warning", "what may need a look, and errors"},
          {"error", "what does not work"}};
}

// "5m", "90s", "1h", "5": minutes if nothing is said.
std::optional<std::uint32_t> seconds_of(const std::string& word) {
  std::uint32_t value = 0;
  const char* end = word.data() + word.size();
  const auto [at, error] = std::from_chars(word.data(), end, value);
  if (error != std::errc{} || value == 0 || value > kMaxDebugSeconds || end - at > 1)
    return std::nullopt;
  const char unit = at == end ? 'm' : *at;
  const std::uint32_t factor = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 0;
  if (factor == 0 || value * factor > kMaxDebugSeconds) return std::nullopt;
  return value * factor;
}

Outcome show_log(const GatewayLink& link, const Options& options, const console::Command& command,
                 Sink& out) {
  const Options::Given given = options.read(std::span(command.words).subspan(2));
  Request request;
  management::v1::ShowLog& what = *request.mutable_show_log();
  if (const auto last = given.find("last"); last != given.end()) {
    const auto number = number_of(last->second);
    if (!number) return Outcome::failed("last: a number, 1 or more, is expected");
    what.set_last(*number);
  }
  if (const auto level = given.find("level"); level != given.end()) what.set_level(level->second);
  if (const auto text = given.find("contains"); text != given.end())
    what.set_contains(text->second);
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  if (command.is_json) {
    out.write(list_json(*reply, "log"));
    return {};
  }
  if (reply->log().empty()) out.write("no line\n");
  for (const management::v1::LogLine& line : reply->log()) {
    if (out.is_interrupted()) break;
    out.write(log_text(line) + "\n");
  }
  return {};
}

void show_states(const Reply& reply, bool is_json, Sink& out) {
  if (is_json) return out.write(list_json(reply, "debug"));
  Table table({{"PART"}, {"ENDS IN", Align::Right}, {"BY"}});
  for (const management::v1::DebugState& one : reply.debug())
    table.add({one.category(), std::to_string(one.left_s()) + " s", one.user()});
  out.write(table.text("nothing is logged in detail", out.width()));
}

Outcome show_debug(const GatewayLink& link, const console::Command& command, Sink& out) {
  Request request;
  request.mutable_show_debug();
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  show_states(*reply, command.is_json, out);
  return {};
}

// "debug sip", "debug sip for 5m", "debug off".
Outcome set_debug(const GatewayLink& link, const console::Command& command, Sink& out) {
  Request request;
  management::v1::SetDebug& what = *request.mutable_set_debug();
  if (command.words[1] != "off") {
    what.set_category(command.words[1] == "all" ? "" : command.words[1]);
    const auto seconds = command.words.size() > 3 ? seconds_of(command.words[3])
                                                  : std::optional(kDefaultDebugSeconds);
    if (!seconds) return Outcome::wrong(3, "a time as 90s, 5m or 1h is expected, an hour at most");
    what.set_seconds(*seconds);
  }
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  show_states(*reply, command.is_json, out);
  return {};
}

// Which part, then for how long.
console::Completion complete_debug(CommandRow::Words rest) {
  console::Completion out;
  if (rest.empty()) {
    out.candidates.push_back({"all", "every part"});
    for (const LogCategory& category : kLogCategories)
      out.candidates.push_back({std::string(category.name), std::string(category.help)});
    out.candidates.push_back({"off", "ends all of it"});
    return out;
  }
  out.may_end = rest.size() != 2;
  if (rest.size() == 1 && rest[0] != "off")
    out.candidates.push_back({"for", "so long; 5 minutes if it is not said"});
  if (rest.size() == 2)
    out.candidates.push_back({"<time>", "90s, 5m or 1h", console::Candidate::Kind::Placeholder});
  return out;
}

Request request_after(std::uint64_t after) {
  Request request;
  request.mutable_show_log()->set_after(after);
  return request;
}

}  // namespace

std::string log_text(const management::v1::LogLine& line) {
  const std::uint64_t ms = line.unix_us() / 1000;
  const std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
  const bool is_control = line.program() == "junctor-control";
  return time_text(ms) + "." + fraction + " " + line.level() + " " +
         (is_control ? "" : line.program() + " ") + line.text();
}

// ---- LogMonitor

LogMonitor::LogMonitor(const GatewayLink& link) : link_(link) {}

LogMonitor::~LogMonitor() { stop(); }

Result<void> LogMonitor::start() {
  if (fd_ >= 0) return {};
  const auto reply = link_.ask(request_after(~std::uint64_t{0}));  // where it begins
  if (!reply) return reply.error();
  after_ = reply->newest();
  fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (fd_ < 0) return Error{"", "no timer is to be had"};
  itimerspec each_second{};
  each_second.it_interval.tv_sec = each_second.it_value.tv_sec = 1;
  timerfd_settime(fd_, 0, &each_second, nullptr);
  return {};
}

void LogMonitor::stop() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

// Nobody waits for notices: they hold the line that is typed no longer than a hint. A gateway that is
// away for a moment ends nothing; one that was started anew counts from 1.
std::vector<std::string> LogMonitor::notices() {
  std::uint64_t expirations = 0;
  if (fd_ < 0 || read(fd_, &expirations, sizeof expirations) < 0) return {};
  const auto reply = link_.hint(request_after(after_));
  if (!reply) return {};
  if (reply->newest() < after_) {
    after_ = 1;
    return {"% the log begins anew"};
  }
  after_ = reply->newest();
  std::vector<std::string> out;
  const auto lines = static_cast<std::size_t>(reply->log_size());
  const std::size_t left_out = lines > kMaxNotices ? lines - kMaxNotices : 0;
  if (left_out > 0) out.push_back("% " + std::to_string(left_out) + " lines are left out");
  for (std::size_t i = left_out; i < lines; ++i)
    out.push_back(log_text(reply->log(static_cast<int>(i))));
  return out;
}

std::vector<CommandRow> log_commands(const GatewayLink& link, LogMonitor& monitor) {
  const auto options = std::make_shared<Options>(std::vector<OptionDesc>{
      {"last", "so many lines; 100 if it is not said", "<n>"},
      {"level", "of that severity and above", "<level>", levels, true},
      {"contains", "that have a text in them", "<text>"},
  });
  return {
      {"show log ...", "the last lines of the log of all programs",
       [&link, options](const console::Command& command, Sink& out) {
         return show_log(link, *options, command, out);
       },
       [options](CommandRow::Words rest) { return options->complete(rest); }},
      {"terminal monitor", "shows lines of the log as they come, between what is typed",
       [&monitor](const console::Command&, Sink&) {
         const auto started = monitor.start();
         return started ? Outcome{} : Outcome::failed(started.error().text());
       }},
      {"terminal no monitor", "and no more",
       [&monitor](const console::Command&, Sink&) {
         monitor.stop();
         return Outcome{};
       }},
      {"show debug", "what is logged in detail now, and for how long",
       [&link](const console::Command& command, Sink& out) {
         return show_debug(link, command, out);
       }},
      {"debug ...", "logs details of a part for a while",
       [&link](const console::Command& command, Sink& out) {
         return set_debug(link, command, out);
       },
       complete_debug},
      {"undebug all", "the same as debug off",
       [&link](const console::Command& command, Sink& out) {
         return set_debug(link, {{"debug", "off"}, {}, command.is_json}, out);
       }},
  };
}

}  // namespace junctor::cli
