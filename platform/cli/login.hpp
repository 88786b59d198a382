// SPDX-License-Identifier: MIT
// Login: what `junctor --login` asks before there is a console. getty starts it on the serial line in
// place of login(1): no shell is behind it.
//
//   Login{} (the connection may do nothing any more)
//     --needs_password--> a password for admin, twice
//     --else--> user and password, three times at most
//
// Threads   the program's one.
// Errors    are said where they happen; nothing is returned when nobody logged in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "management/v1/management.pb.h"
#include "platform/base/result.hpp"

namespace junctor::cli {

// Who sits there.
class Prompter {
 public:
  virtual ~Prompter() = default;
  virtual void say(std::string_view line) = 0;
  // A line; a secret is not shown. Nothing: ^C, ^D, nobody there, or no word in two minutes.
  virtual std::optional<std::string> ask(std::string_view question, bool is_secret) = 0;
};

using AskGateway = std::function<Result<management::v1::Reply>(management::v1::Request)>;
std::optional<management::v1::Session> log_in(const AskGateway& gateway, Prompter& at);

// At the terminal of descriptors 0 and 1.
class TerminalPrompter final : public Prompter {
 public:
  void say(std::string_view line) override;
  std::optional<std::string> ask(std::string_view question, bool is_secret) override;
};

// getty runs as root; the console needs none of that. Becomes the user whose gateway listens there.
Result<void> drop_root(const std::string& socket_path);

}  // namespace junctor::cli
