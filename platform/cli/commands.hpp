// SPDX-License-Identifier: MIT
// The operational commands of the console, a function a group: its rows, and all that they need.
// Another group is one more function here, with a file of its own, and one line in
// GatewayLanguage::operational_rows.
//
// Threads   the session's.
// Lifetime  a GatewayLink, and a folder, outlives the rows made from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "management/v1/management.pb.h"
#include "platform/base/result.hpp"
#include "platform/cli/command_table.hpp"
#include "platform/console/session.hpp"

namespace junctor::cli {

class ExportFolder;

// How commands reach the gateway.
struct GatewayLink {
  // One question over the session's connection.
  std::function<Result<management::v1::Reply>(management::v1::Request)> ask;
  std::function<std::uint64_t()> now_unix_ms;
  // How often the connection was made: what it had locked is free after another (Connection::made).
  std::function<unsigned()> made = {};
  // One that only helps to type, with nobody to interrupt it: is given up soon (Link). None: as ask.
  std::function<Result<management::v1::Reply>(management::v1::Request)> ask_hint = {};
  // Whose ^C ends a question from now on; nullptr: nobody's.
  std::function<void(console::Sink*)> listen_to = {};
  // Whether who had logged in has to do so again: the session ends. None: nobody has to log in.
  std::function<bool()> is_logged_out = {};

  Result<management::v1::Reply> hint(management::v1::Request request) const {
    return ask_hint ? ask_hint(std::move(request)) : ask(std::move(request));
  }
};

std::vector<CommandRow> call_commands(
    const GatewayLink& link);  // show calls, clear call, show media
std::vector<CommandRow> trunk_commands(const GatewayLink& link);   // show trunks, trunk T drain
std::vector<CommandRow> memory_commands(const GatewayLink& link);  // show memory
std::vector<CommandRow> trace_commands(const GatewayLink& link);   // show trace
std::vector<CommandRow> capture_commands(const GatewayLink& link,
                                         const ExportFolder& files);  // capture ..., show capture
std::vector<CommandRow> monitor_commands(
    const GatewayLink& link);  // monitor calls, monitor traffic
std::vector<CommandRow> system_commands(
    const GatewayLink& link);  // show ports, cores, counters, ...
std::vector<CommandRow> request_commands(const GatewayLink& link);    // request system ...
std::vector<CommandRow> test_call_commands(const GatewayLink& link);  // test call
std::vector<CommandRow> password_commands(const GatewayLink& link);   // password, login
// settings: of the session; none if there is no terminal.
std::vector<CommandRow> terminal_commands(console::Settings* settings);  // terminal length, width
std::vector<CommandRow> try_commands(const GatewayLink& link);           // test route

// show hardware
std::vector<CommandRow> hardware_commands(const GatewayLink& link);
// show system, request system reboot | shutdown | factory-reset | software ...
std::vector<CommandRow> appliance_commands(const GatewayLink& link);

// Runs another line of the console, in whole words; on_begin is called first, unless there is no such
// command.
using RunLine = std::function<console::Outcome(const std::vector<std::string>& words,
                                               console::Sink& out, std::function<void()> on_begin)>;
std::vector<CommandRow> support_commands(const GatewayLink& link, const ExportFolder& files,
                                         RunLine run);  // show tech-support

// ---- what groups share

// The newest calls by id, each with its numbers: for Tab and ?.
std::vector<console::Candidate> call_values(const GatewayLink& link);
// The trunks by name, each with its state: for Tab and ?.
std::vector<console::Candidate> trunk_values(const GatewayLink& link);
// "17", 1 or more.
std::optional<std::uint32_t> number_of(const std::string& word);
// A question whose answer is printed as it is.
struct Question {
  using Render = std::function<std::string(const management::v1::Reply& reply,
                                           std::uint64_t now_unix_ms, std::size_t width)>;
  management::v1::Request request;
  std::string_view list;  // the field of the Reply that its JSON shows
  Render render;
};
console::Outcome answer(const GatewayLink& link, const Question& question,
                        const console::Command& command, console::Sink& out);
// A row that asks it; ask may also say what is wrong with the words.
using AskWhat = std::function<std::variant<Question, console::Outcome>(const console::Command&)>;
CommandRow question_row(const GatewayLink& link, std::string_view pattern, std::string_view help,
                        AskWhat ask);
// Waits so long in a command that watches; whether the operator wants no more: ^C, q, or the terminal
// is gone.
bool is_enough(console::Sink& out, std::chrono::milliseconds pause);

}  // namespace junctor::cli
