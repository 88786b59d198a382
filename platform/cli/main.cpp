// SPDX-License-Identifier: MIT
// The `junctor` program: the console of a gateway, and one command at a time for scripts.
//
//   junctor                          the console; lines from a file when there is no terminal
//   junctor --login                  the same after a password, for getty on a serial line
//   junctor show calls --json        one question, as programs ask it
//   junctor show calls '|' count     one line of the console
//   junctor -c "show calls | count"  the same, as sshd calls a login shell
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/cli/ask.hpp"
#include "platform/cli/command.hpp"
#include "platform/cli/export_folder.hpp"
#include "platform/cli/gateway_language.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/login.hpp"
#include "platform/cli/render.hpp"
#include "platform/config/config.hpp"
#include "platform/console/once.hpp"
#include "platform/console/session.hpp"
#include "platform/ipc/epoll_loop.hpp"

namespace junctor::cli {
namespace {

constexpr int kNoAnswer = 1;
constexpr int kWrongUsage = 2;

// What stands before the words of the console.
struct Place {
  std::string run_dir = "/run/junctor";
  std::string export_dir{ExportFolder::kPath};
  std::span<const std::string_view> words;
};

Place place_of(std::span<const std::string_view> arguments) {
  Place place{.words = arguments};
  const auto take = [&place](std::string_view option, std::string& value) {
    const std::string_view first = place.words.front();
    if (first == option && place.words.size() > 1) {
      value = place.words[1];
      place.words = place.words.subspan(2);
      return true;
    }
    if (!first.starts_with(option) || !first.substr(option.size()).starts_with('=')) return false;
    value = first.substr(option.size() + 1);
    place.words = place.words.subspan(1);
    return true;
  };
  while (!place.words.empty() &&
         (take("--run-dir", place.run_dir) || take("--export-dir", place.export_dir))) {
  }
  return place;
}

int complain(const std::string& text, int code) {
  std::fprintf(stderr, "junctor: %s\n", text.c_str());
  return code;
}

int print(const std::string& text) {
  const bool is_written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return is_written ? 0 : kNoAnswer;
}

std::uint64_t now_unix_ms() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<Milliseconds>(SystemClock{}.wall()).count());
}

int answer(const Command& command) {
  const auto loop = ipc::make_epoll_loop();
  const auto reply =
      ask(*loop, command.run_dir + "/management.sock", request_of(command), kTimeout);
  if (!reply) return complain(reply.error().text(), kNoAnswer);
  return print(command.is_json ? to_json(command, *reply) : render(command, *reply, now_unix_ms()));
}

// A password is looked at as slowly as it deserves, and longer after wrong ones.
Nanoseconds timeout_of(const management::v1::Request& request) {
  constexpr Nanoseconds kLong = Seconds{120};
  const bool is_slow = request.has_commit() || request.has_login() || request.has_set_password();
  return is_slow ? kLong : kTimeout;
}

GatewayLink link_of(Connection& connection) {
  return {[&connection](management::v1::Request request) {
            const Nanoseconds timeout = timeout_of(request);
            return connection.ask(std::move(request), timeout);
          },
          now_unix_ms, [&connection] { return connection.made(); }};
}

std::chrono::minutes idle_of(const GatewayLink& link) {
  management::v1::Request request;
  request.mutable_get_config();
  const auto reply = link.ask(request);
  config::v1::Config config;
  if (reply) *config.mutable_system() = reply->configuration().config().system();
  config::apply_defaults(config);
  return std::chrono::minutes{config.system().idle_logout_min()};
}

int sit_down(const GatewayLink& link, const Place& place, std::string history_file) {
  console::Settings settings;
  settings.idle = idle_of(link);
  GatewayLanguage language({link, "junctor", &settings, ExportFolder(place.export_dir)});
  const char* term = std::getenv("TERM");
  console::SessionOptions options;
  options.term = term == nullptr ? "dumb" : term;
  options.history_file = std::move(history_file);
  console::Session session(language, settings, options);
  session.run();
  return 0;
}

// line: one, in place of a conversation.
int converse(const Place& place, std::string_view line) {
  const auto loop = ipc::make_epoll_loop();
  Connection connection(*loop, place.run_dir + "/management.sock");
  const GatewayLink link = link_of(connection);
  if (line.empty() && isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0) {
    const char* home = std::getenv("HOME");
    return sit_down(link, place, home == nullptr ? "" : std::string(home) + "/.junctor_history");
  }
  // A person with a shell writes and reads where that person may, as with any program.
  constexpr bool kTakesPaths = true;
  GatewayLanguage language({link, "junctor", nullptr, ExportFolder(place.export_dir, kTakesPaths)});
  if (!line.empty()) return console::run_once(language, line, STDOUT_FILENO, STDERR_FILENO);
  return console::run_lines(language, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
}

// In place of login(1). Whoever sits at a serial line shares it, so there is no history file.
int let_in(const Place& place) {
  const std::string socket_path = place.run_dir + "/management.sock";
  if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0)
    return complain("--login needs a terminal", kWrongUsage);
  if (const auto dropped = drop_root(socket_path); !dropped)
    return complain(dropped.error().text(), kNoAnswer);
  const auto loop = ipc::make_epoll_loop();
  management::v1::Request nobody;
  nobody.mutable_login();
  Connection connection(*loop, socket_path, nobody);
  const GatewayLink link = link_of(connection);
  TerminalPrompter prompter;
  if (!log_in(link.ask, prompter)) return kNoAnswer;
  return sit_down(link, place, "");
}

int run(std::span<const std::string_view> arguments) {
  const Place place = place_of(arguments);
  if (place.words.empty()) return converse(place, {});
  // As sshd calls a login shell with a command.
  if (place.words.front() == "-c" && place.words.size() == 2)
    return converse(place, place.words[1]);
  if (place.words.front() == "--login" && place.words.size() == 1) return let_in(place);
  std::vector<std::string_view> question{"--run-dir", place.run_dir};
  question.insert(question.end(), place.words.begin(), place.words.end());
  const auto command = parse_command(question);
  if (command && command->is_help) return print(usage());
  if (command) return answer(*command);
  const bool is_option = place.words.front().starts_with('-');
  if (is_option) return complain(command.error().text() + "\n\n" + usage(), kWrongUsage);
  return converse(place, console::line_of(place.words));
}

}  // namespace
}  // namespace junctor::cli

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  return junctor::cli::run(arguments);
}
