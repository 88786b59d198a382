// SPDX-License-Identifier: MIT
// Login: what `junctor --login` asks before there is a console. getty starts it on the serial line in
// place of login(1): no shell is behind it.
//
//   nobody answers --> waits, ^C ends that
//   Login{} (the connection may do nothing any more)
//     --needs_password--> a password for admin, twice
//     --else--> user and password, three times at most
//
// Threads   the program's one.
// Errors    are said where they happen; nothing is returned when nobody logged in.
#pragma once

#include <functional>
#include <memory>
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
  // Lets half a second pass. False: ^C, ^D, nobody there.
  virtual bool pause() = 0;
};

using AskGateway = std::function<Result<management::v1::Reply>(management::v1::Request)>;
struct Entry {
  management::v1::Session session;
  bool is_first = false;  // it set the password of admin
};
std::optional<Entry> log_in(const AskGateway& gateway, Prompter& at);

// At a first login: whether the short set-up is wanted, which is offered while nothing is configured.
bool wants_setup(const AskGateway& gateway, Prompter& at);

// Waits until there is a socket to ask by. False: nobody wants to wait any more.
bool await_socket(const std::string& path, Prompter& at);

// At the terminal of descriptors 0 and 1. While it lives what is typed is not shown unless it asks for
// it, and ^C is an octet.
class TerminalPrompter final : public Prompter {
 public:
  TerminalPrompter();
  ~TerminalPrompter() override;
  void say(std::string_view line) override;
  std::optional<std::string> ask(std::string_view question, bool is_secret) override;
  bool pause() override;
  // ^C, ^D, or nobody there, since it was last asked. What else was typed is passed over.
  bool is_interrupted();

 private:
  class Mode;
  bool has_ended(int wait_ms);

  std::unique_ptr<Mode> quiet_;
};

// getty runs as root; the console needs none of that. Becomes the user whose gateway listens there.
Result<void> drop_root(const std::string& socket_path);

}  // namespace junctor::cli
