// SPDX-License-Identifier: MIT
#include "platform/cli/gateway_language.hpp"

#include <utility>

#include "platform/cli/file_commands.hpp"
#include "platform/config/secrets.hpp"

namespace junctor::cli {

using console::Candidate;
using console::Completion;
using console::Outcome;

GatewayLanguage::GatewayLanguage(Given given)
    : given_(std::move(given)),
      monitor_(given_.gateway),
      operational_(operational_rows()),
      configuration_(configuration_rows()) {
  operational_.set_values("CALL", [this] { return call_values(given_.gateway); });
  operational_.set_values("TRUNK", [this] { return trunk_values(given_.gateway); });
  for (CommandTable* table : {&operational_, &configuration_})
    table->set_values("NAME", [this] { return file_values(given_.files); });
}

std::string GatewayLanguage::prompt() const {
  const std::string& name = name_.empty() ? given_.name : name_;
  if (!is_configuring_) return name + "> ";
  std::string at = path_.empty() ? "" : " " + config::text_of(path_);
  return name + "(config" + at + ")# ";
}

void GatewayLanguage::take_name(const config::v1::Config& running) {
  name_ = running.system().name();
}

Completion GatewayLanguage::complete(Words words) const { return table().complete(words); }

// "show | compare" and "show | compare rollback N", of the candidate.
Completion GatewayLanguage::complete_view(Words words, Words view) const {
  if (!is_configuring_ || words.empty() || words.front() != "show") return {};
  static const CommandTable views({
      {"compare", "with what holds now", {}},
      {"compare rollback N", "with a revision", {}},
  });
  return views.complete(view);
}

// Whatever mode or mistake: better a line too few in the history than a secret in it.
bool GatewayLanguage::may_keep(std::string_view line) const {
  std::string word;
  for (const char c : std::string(line) + " ") {
    const bool is_of_word = c != ' ' && c != '\t' && c != '"';
    if (is_of_word) {
      word += c;
    } else if (config::may_name_secret(word)) {
      return false;
    } else {
      word.clear();
    }
  }
  return true;
}

std::string GatewayLanguage::usage() const {
  constexpr std::size_t kWidth = 100;
  return "usage: junctor [OPTIONS]                     the console; lines from a file\n"
         "       junctor [OPTIONS] COMMAND [--json]    one command\n"
         "       junctor [OPTIONS] --login             the console after a password, for getty\n"
         "\n" +
         operational_.text(kWidth) +
         "\n"
         "Words may be cut short while they stay unambiguous: junctor sh ca\n"
         "Behind a pipe answers are filtered: junctor show calls '|' include pbx\n"
         "\n"
         "  --run-dir DIR     where junctor-control has its sockets (/run/junctor)\n"
         "  --export-dir DIR  where files of save and capture export lie "
         "(/var/lib/junctor/export)\n";
}

Outcome GatewayLanguage::run(const console::Command& command, console::Sink& out) {
  const CommandRow* row = table().find(command.words);
  if (row == nullptr) return Outcome::wrong(command.words.size(), "the line is not complete");
  const std::string& word = command.words.front();
  if (word != "exit" && word != "quit" && word != "end") may_leave_ = false;
  if (given_.gateway.listen_to) given_.gateway.listen_to(&out);
  Outcome outcome = row->run(command, out);
  if (given_.gateway.listen_to) given_.gateway.listen_to(nullptr);
  // The candidate stays here, for the same user (main.cpp).
  if (given_.gateway.is_logged_out && given_.gateway.is_logged_out()) return Outcome::leave();
  return outcome;
}

}  // namespace junctor::cli
