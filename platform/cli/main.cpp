// SPDX-License-Identifier: MIT
// The `junctor` program: asks junctor-control, and shows the answer.
#include <cstdio>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/cli/ask.hpp"
#include "platform/cli/command.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/render.hpp"
#include "platform/ipc/epoll_loop.hpp"

namespace {

constexpr int kNoAnswer = 1;
constexpr int kWrongUsage = 2;

int complain(const std::string& text, int code) {
  std::fprintf(stderr, "junctor: %s\n", text.c_str());
  return code;
}

int print(const std::string& text) {
  const bool is_written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return is_written ? 0 : kNoAnswer;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace junctor;
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  const auto command = cli::parse_command(arguments);
  if (!command) return complain(command.error().text() + "\n\n" + cli::usage(), kWrongUsage);
  if (command->is_help) return print(cli::usage());

  const auto loop = ipc::make_epoll_loop();
  const auto reply = cli::ask(*loop, command->run_dir + "/management.sock",
                              cli::request_of(*command), cli::kTimeout);
  if (!reply) return complain(reply.error().text(), kNoAnswer);
  if (command->is_json) return print(cli::to_json(*command, *reply));
  const auto now = std::chrono::duration_cast<Milliseconds>(SystemClock{}.wall()).count();
  return print(cli::render(*command, *reply, static_cast<std::uint64_t>(now)));
}
