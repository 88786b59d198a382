// SPDX-License-Identifier: MIT
// The `junctor` program: the console of a gateway, and one command at a time for scripts.
//
//   junctor                          the console; lines from a file when there is no terminal
//   junctor --login                  the same after a password, for getty on a serial line
//   junctor show calls '|' count     one line of the console
//   junctor show calls --json        the same as '|' json
//   junctor -c "show calls | count"  the same, as sshd calls a login shell
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/cli/arguments.hpp"
#include "platform/cli/gateway_language.hpp"
#include "platform/cli/link.hpp"
#include "platform/cli/login.hpp"
#include "platform/config/config.hpp"
#include "platform/console/once.hpp"
#include "platform/console/session.hpp"
#include "platform/ipc/epoll_loop.hpp"

namespace junctor::cli {
namespace {

constexpr int kNoAnswer = 1;
constexpr int kWrongUsage = 2;

std::string socket_of(const Arguments& what) { return what.run_dir + "/management.sock"; }

int complain(const std::string& text, int code) {
  std::fprintf(stderr, "junctor: %s\n", text.c_str());
  return code;
}

int print(const std::string& text) {
  const bool is_written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return is_written ? 0 : kNoAnswer;
}

config::v1::Config running_of(const GatewayLink& link) {
  management::v1::Request request;
  request.mutable_get_config();
  const auto reply = link.ask(request);
  return reply ? reply->configuration().config() : config::v1::Config();
}

// Where somebody sits: what was typed there and is not committed yet outlives a session of the terminal.
class Seat {
 public:
  Seat(const GatewayLink& link, const std::string& export_dir)
      : language_({link, "junctor", &settings_, ExportFolder(export_dir)}) {
    config::v1::Config running = running_of(link);
    language_.take_name(running);
    config::apply_defaults(running);
    settings_.idle = std::chrono::minutes{running.system().idle_logout_min()};
  }
  void sit_down(std::string history_file, std::string first_line = {}) {
    const char* term = std::getenv("TERM");
    console::SessionOptions options;
    options.term = term == nullptr ? "dumb" : term;
    options.history_file = std::move(history_file);
    options.first_line = std::move(first_line);
    console::Session session(language_, settings_, options);
    session.run();
  }

 private:
  console::Settings settings_;
  GatewayLanguage language_;
};

// A line in place of a conversation, if there is one.
int converse(const Arguments& what) {
  const auto loop = ipc::make_epoll_loop();
  Link to_gateway(*loop, socket_of(what));
  const GatewayLink link = to_gateway.gateway();
  if (what.line.empty() && isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0) {
    const char* home = std::getenv("HOME");
    Seat(link, what.export_dir)
        .sit_down(home == nullptr ? "" : std::string(home) + "/.junctor_history");
    return 0;
  }
  // A person with a shell writes and reads where that person may, as with any program.
  constexpr bool kTakesPaths = true;
  GatewayLanguage language({link, "junctor", nullptr, ExportFolder(what.export_dir, kTakesPaths)});
  if (!what.line.empty())
    return console::run_once(language, what.line, STDOUT_FILENO, STDERR_FILENO);
  return console::run_lines(language, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
}

// In place of login(1). Whoever sits at a serial line shares it, so there is no history file.
int let_in(const Arguments& what) {
  const std::string socket_path = socket_of(what);
  if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0)
    return complain("--login needs a terminal", kWrongUsage);
  if (TerminalPrompter prompter; !await_socket(socket_path, prompter)) return kNoAnswer;
  if (const auto dropped = drop_root(socket_path); !dropped)
    return complain(dropped.error().text(), kNoAnswer);
  const auto loop = ipc::make_epoll_loop();
  management::v1::Request nobody;
  nobody.mutable_login();
  Link to_gateway(*loop, socket_path, nobody);
  const GatewayLink link = to_gateway.gateway();
  std::unique_ptr<Seat> seat;
  std::string whose;
  for (;;) {
    std::string first_line;
    {
      TerminalPrompter prompter;
      to_gateway.set_is_enough([&prompter] { return prompter.is_interrupted(); });
      const auto entry = log_in(link.ask, prompter);
      if (entry && entry->is_first && wants_setup(link.ask, prompter))
        first_line = "request system setup";
      to_gateway.set_is_enough({});
      if (!entry) return kNoAnswer;
    }
    if (!seat || whose != to_gateway.user()) seat = std::make_unique<Seat>(link, what.export_dir);
    seat->sit_down("", std::move(first_line));
    if (!to_gateway.is_logged_out()) return 0;
    whose = to_gateway.user();
    print("% junctor-control was started again, and knows nobody any more: log in. What " + whose +
          " did not commit is kept for " + whose + ".\n");
  }
}

int help(const Arguments& what) {
  const auto loop = ipc::make_epoll_loop();
  Link to_gateway(*loop, socket_of(what));
  return print(GatewayLanguage({to_gateway.gateway(), "junctor"}).usage());
}

int run(std::span<const std::string_view> arguments) {
  const auto what = read_arguments(arguments);
  if (!what)
    return complain(what.error().text() + "; junctor --help lists what there is", kWrongUsage);
  switch (what->kind) {
    case Arguments::Kind::Help:
      return help(*what);
    case Arguments::Kind::Login:
      return let_in(*what);
    case Arguments::Kind::Line:
    case Arguments::Kind::Converse:
      return converse(*what);
  }
  return kWrongUsage;
}

}  // namespace
}  // namespace junctor::cli

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  return junctor::cli::run(arguments);
}
