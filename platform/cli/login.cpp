// SPDX-License-Identifier: MIT
#include "platform/cli/login.hpp"

#include <grp.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "platform/cli/ask.hpp"
#include "platform/cli/setup.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {

using management::v1::Reply;
using management::v1::Request;

namespace {

constexpr int kTries = 3;
constexpr int kPatienceMs = 120'000;
constexpr char kInterrupt = 3;  // ^C
constexpr int kPauseMs = 500;
constexpr std::string_view kNobodyYet =
    "% junctor-control does not run yet; it is waited for, ^C ends that";

std::string sentence_of(const Result<Reply>& reply) {
  return reply ? reply->error() : reply.error().text();
}

std::optional<Entry> first_login(const AskGateway& gateway, Prompter& at) {
  at.say("This gateway has no administrator yet. Choose a password for admin:");
  for (int i = 0; i < kTries; ++i) {
    const auto wanted = at.ask("Password: ", true);
    if (!wanted) return std::nullopt;
    const auto again = at.ask("Once more: ", true);
    if (!again) return std::nullopt;
    if (*wanted != *again) {
      at.say("% the two differ");
      continue;
    }
    Request request;
    request.mutable_login()->set_user("admin");
    request.mutable_login()->set_new_password(*wanted);
    const auto reply = wanted->empty()
                           ? Result<Reply>(Error{"", "a password has at least 8 characters"})
                           : gateway(request);
    if (reply && reply->error().empty()) return Entry{reply->session(), true};
    at.say("% " + sentence_of(reply));
    if (!reply && reply.error().where == kInterrupted) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Entry> ordinary_login(const AskGateway& gateway, Prompter& at) {
  for (int i = 0; i < kTries; ++i) {
    std::optional<std::string> user;
    do {
      user = at.ask("Login: ", false);
    } while (user && user->empty());
    if (!user) return std::nullopt;
    const auto password = at.ask("Password: ", true);
    if (!password) return std::nullopt;
    Request request;
    request.mutable_login()->set_user(*user);
    request.mutable_login()->set_password(*password);
    const auto reply = gateway(request);
    if (reply && reply->error().empty()) return Entry{reply->session()};
    at.say("% " + sentence_of(reply));
    if (!reply && reply.error().where == kInterrupted) return std::nullopt;
  }
  return std::nullopt;
}

void write_out(std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(STDOUT_FILENO, text.data(), text.size());
    if (put < 0 && errno != EINTR && errno != EAGAIN) return;
    if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace

std::optional<Entry> log_in(const AskGateway& gateway, Prompter& at) {
  Request begin;
  begin.mutable_login();
  auto reply = gateway(begin);
  for (bool is_told = false; !reply && is_unreachable(reply.error()); reply = gateway(begin)) {
    if (!std::exchange(is_told, true)) at.say(kNobodyYet);
    if (!at.pause()) return std::nullopt;
  }
  if (!reply) {
    at.say("% " + reply.error().text());
    return std::nullopt;
  }
  return reply->session().needs_password() ? first_login(gateway, at) : ordinary_login(gateway, at);
}

bool wants_setup(const AskGateway& gateway, Prompter& at) {
  Request request;
  request.mutable_get_config();
  const auto reply = gateway(request);
  if (!reply || !is_untouched(reply->configuration().config())) return false;
  const auto answer =
      at.ask("Set up name, address and servers of this gateway now? (yes/no) [yes]: ", false);
  if (answer && std::string_view("yes").starts_with(*answer)) return true;
  at.say("`request system setup` asks for them at any time.");
  return false;
}

bool await_socket(const std::string& path, Prompter& at) {
  for (bool is_told = false; access(path.c_str(), F_OK) != 0;) {
    if (!std::exchange(is_told, true)) at.say(kNobodyYet);
    if (!at.pause()) return false;
  }
  return true;
}

// A line is edited by the kernel; ^C ends it as Enter does, so that it can be told.
class TerminalPrompter::Mode {
 public:
  explicit Mode(bool has_echo) {
    is_set_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!is_set_) return;
    termios now = before_;
    now.c_iflag |= ICRNL;
    now.c_iflag &= ~static_cast<tcflag_t>(IGNCR | INLCR);
    now.c_lflag |= ICANON | ECHOE | ECHOK | ECHONL;
    now.c_lflag &= ~static_cast<tcflag_t>(ISIG | ECHO);
    if (has_echo) now.c_lflag |= ECHO;
    now.c_cc[VEOL] = kInterrupt;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &now);
  }
  ~Mode() {
    if (is_set_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  }
  Mode(const Mode&) = delete;
  Mode& operator=(const Mode&) = delete;

 private:
  termios before_{};
  bool is_set_ = false;
};

TerminalPrompter::TerminalPrompter() : quiet_(std::make_unique<Mode>(false)) {}

TerminalPrompter::~TerminalPrompter() = default;

void TerminalPrompter::say(std::string_view line) { write_out(escape(line) + "\n"); }

std::optional<std::string> TerminalPrompter::ask(std::string_view question, bool is_secret) {
  const Mode mode(!is_secret);
  write_out(question);
  pollfd typed{STDIN_FILENO, POLLIN, 0};
  if (poll(&typed, 1, kPatienceMs) != 1) return std::nullopt;
  std::string line(4096, '\0');  // the kernel's longest line
  const ssize_t got = ::read(STDIN_FILENO, line.data(), line.size());
  if (got <= 0) return std::nullopt;
  line.resize(static_cast<std::size_t>(got));
  if (line.back() == kInterrupt) {
    write_out("\n");
    return std::nullopt;
  }
  if (line.back() == '\n') line.pop_back();
  return line;
}

bool TerminalPrompter::pause() { return !has_ended(kPauseMs); }

bool TerminalPrompter::is_interrupted() { return has_ended(0); }

bool TerminalPrompter::has_ended(int wait_ms) {
  pollfd typed{STDIN_FILENO, POLLIN, 0};
  if (poll(&typed, 1, wait_ms) != 1) return false;
  std::string line(4096, '\0');
  const ssize_t got = ::read(STDIN_FILENO, line.data(), line.size());
  return got <= 0 || line[static_cast<std::size_t>(got) - 1] == kInterrupt;
}

Result<void> drop_root(const std::string& socket_path) {
  if (geteuid() != 0) return {};
  struct stat status {};
  if (stat(socket_path.c_str(), &status) != 0) return Error{socket_path, std::strerror(errno)};
  if (status.st_uid == 0) return {};  // the gateway is root's as well
  if (setgroups(0, nullptr) != 0 || setgid(status.st_gid) != 0 || setuid(status.st_uid) != 0)
    return Error{"root's rights cannot be given up", std::strerror(errno)};
  return {};
}

}  // namespace junctor::cli
