// SPDX-License-Identifier: MIT
#include "platform/appliance/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

extern char** environ;

namespace junctor::appliance {
namespace {

constexpr int kNotStarted = 127;
constexpr int kBySignal = 128;
constexpr std::size_t kLongestLine = 4096;
constexpr mode_t kOwnerOnly = 0600;

// Of a program that writes into the pipe, or there its errors alone; -1 and errno if there is none.
pid_t spawn(const std::vector<std::string>& words, const std::string& to_file, int output) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (to_file.empty())
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  else
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, to_file.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, kOwnerOnly);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  // The loop's thread blocks signals that the program must hear.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = -1;
  const int error =
      posix_spawnp(&pid, words.front().c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  errno = error;
  return error == 0 ? pid : -1;
}

}  // namespace

std::unique_ptr<Child> Child::run(ipc::Loop& loop, const std::vector<std::string>& words,
                                  Callbacks callbacks) {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
  const pid_t pid = ends[1] < 0 ? -1 : spawn(words, callbacks.to_file, ends[1]);
  const int error = errno;
  if (pid < 0 && ends[1] >= 0) {
    const std::string line = words.front() + ": " + std::strerror(error) + "\n";
    [[maybe_unused]] const auto written = write(ends[1], line.data(), line.size());
  }
  if (ends[1] >= 0) close(ends[1]);
  if (ends[0] >= 0) fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return std::unique_ptr<Child>(new Child(loop, pid, ends[0], std::move(callbacks)));
}

Child::Child(ipc::Loop& loop, pid_t pid, int output, Callbacks callbacks)
    : callbacks_(std::move(callbacks)), pid_(pid), output_(output) {
  if (output_ < 0)
    watch_ = loop.after(Nanoseconds{0}, [this] { finish(); });
  else
    watch_ = loop.watch(output_, ipc::Loop::kRead, [this](auto) { read_output(); });
}

Child::~Child() {
  watch_.reset();
  if (output_ >= 0) close(output_);
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Child::read_output() {
  std::array<char, 4096> buffer{};
  const ssize_t got = read(output_, buffer.data(), buffer.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return finish();
  std::vector<std::string> lines;
  for (const char c : std::string_view(buffer.data(), static_cast<std::size_t>(got))) {
    if (c != '\n' && c != '\r') {
      if (line_.size() < kLongestLine) line_ += c;
    } else if (!line_.empty()) {
      lines.push_back(std::exchange(line_, {}));
    }
  }
  const auto on_line = callbacks_.on_line;  // which may destroy this
  if (!on_line) return;
  for (const std::string& line : lines) on_line(line);
}

// Its output has ended, so it does, or did; a program that closes it early is waited for.
void Child::finish() {
  int status = 0;
  const bool was_started = pid_ > 0;
  if (was_started) waitpid(std::exchange(pid_, -1), &status, 0);
  watch_.reset();
  const Callbacks callbacks = std::exchange(callbacks_, {});
  if (!line_.empty() && callbacks.on_line) callbacks.on_line(line_);
  if (!callbacks.on_end) return;
  if (!was_started) return callbacks.on_end(kNotStarted);
  callbacks.on_end(WIFSIGNALED(status) ? kBySignal + WTERMSIG(status) : WEXITSTATUS(status));
}

}  // namespace junctor::appliance
