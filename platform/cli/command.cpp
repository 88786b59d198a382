// SPDX-License-Identifier: MIT
#include "platform/cli/command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "platform/telemetry/escape.hpp"

namespace junctor::cli {
namespace {

// What may follow a noun.
enum Accepts : std::uint8_t { kNothing = 0, kArgument = 1, kLast = 2, kFull = 4, kNonzero = 8 };

struct NounDesc {
  std::string_view word;
  Noun noun;
  unsigned accepts;
  std::string_view shape;
  std::string_view help;
};
constexpr std::array<NounDesc, 9> kNouns{{
    {"calls", Noun::Calls, kArgument, "[CALL]", "the calls, or the legs of one"},
    {"trunks", Noun::Trunks, kArgument, "[TRUNK]",
     "the telephone systems, and whether they answer"},
    {"media", Noun::Media, kArgument, "[CALL]",
     "voice of each leg: addresses, packets, loss, jitter, MOS"},
    {"ports", Noun::Ports, kNothing, "", "the Ethernet ports"},
    {"workers", Noun::Workers, kNothing, "", "the cores that carry voice"},
    {"counters", Noun::Counters, kNonzero, "[--nonzero]", "what happened how often"},
    {"trace", Noun::Trace, kArgument | kLast | kFull, "[CALL] [--last N] [--full]",
     "SIP as the gateway saw it"},
    {"records", Noun::Records, kLast, "[--last N]", "calls that ended"},
    {"version", Noun::Version, kNothing, "", "the program and its state"},
}};

Error wrong(std::string message) { return Error{"", std::move(message)}; }
std::string quoted(std::string_view text) { return "\"" + escape(text.substr(0, 64)) + "\""; }

// The noun that the word begins, if only one does; a whole word is itself.
Result<const NounDesc*> find_noun(std::string_view word) {
  std::vector<const NounDesc*> fits;
  for (const NounDesc& noun : kNouns) {
    if (noun.word == word) return &noun;
    if (!word.empty() && noun.word.starts_with(word)) fits.push_back(&noun);
  }
  if (fits.size() == 1) return fits.front();
  if (fits.empty()) return wrong("nothing is called " + quoted(word));
  std::string words;
  for (const NounDesc* noun : fits)
    words += (words.empty() ? "" : " or ") + std::string(noun->word);
  return wrong(quoted(word) + " may be " + words);
}

class Parser {
 public:
  explicit Parser(std::span<const std::string_view> arguments) : left_(arguments) {}

  Result<Command> parse();

 private:
  std::optional<std::string_view> next() {
    if (left_.empty()) return std::nullopt;
    const std::string_view first = left_.front();
    left_ = left_.subspan(1);
    return first;
  }
  Result<void> take_option(std::string_view option);
  Result<void> take_word(std::string_view word);
  Result<std::string_view> value_of(std::string_view option,
                                    std::optional<std::string_view> attached);
  Result<void> check() const;

  std::span<const std::string_view> left_;
  Command command_;
  bool has_verb_ = false;
  const NounDesc* noun_ = nullptr;
};

Result<Command> Parser::parse() {
  while (const auto argument = next()) {
    const bool is_option = argument->size() > 1 && argument->front() == '-';
    const auto taken = is_option ? take_option(*argument) : take_word(*argument);
    if (!taken) return taken.error();
    if (command_.is_help) return command_;
  }
  if (const auto good = check(); !good) return good.error();
  command_.noun = noun_->noun;
  return command_;
}

Result<std::string_view> Parser::value_of(std::string_view option,
                                          std::optional<std::string_view> attached) {
  const auto value = attached ? attached : next();
  if (!value || value->empty()) return wrong(std::string(option) + " needs a value");
  return *value;
}

Result<void> Parser::take_option(std::string_view option) {
  const std::size_t equals = option.find('=');
  std::optional<std::string_view> attached;
  if (equals != std::string_view::npos) attached = option.substr(equals + 1);
  const std::string_view name = option.substr(0, equals);
  if (name == "--run-dir") {
    const auto value = value_of(name, attached);
    if (!value) return value.error();
    command_.run_dir = *value;
    return {};
  }
  if (name == "--last") {
    const auto value = value_of(name, attached);
    if (!value) return value.error();
    const char* end = value->data() + value->size();
    const auto [at, error] = std::from_chars(value->data(), end, command_.last);
    if (error != std::errc{} || at != end || command_.last == 0)
      return wrong("--last needs a number, 1 or more");
    return {};
  }
  struct Switch {
    std::string_view name;
    bool Command::*member;
  };
  constexpr std::array<Switch, 5> kSwitches{{{"--json", &Command::is_json},
                                             {"--full", &Command::is_full},
                                             {"--nonzero", &Command::is_nonzero},
                                             {"--help", &Command::is_help},
                                             {"-h", &Command::is_help}}};
  const auto at = std::ranges::find(kSwitches, option, &Switch::name);
  if (at == kSwitches.end()) return wrong("there is no option " + quoted(option));
  command_.*(at->member) = true;
  return {};
}

Result<void> Parser::take_word(std::string_view word) {
  constexpr std::string_view kVerb = "show";
  if (!has_verb_) {
    has_verb_ = !word.empty() && kVerb.starts_with(word);
    if (!has_verb_) return wrong(quoted(word) + " is no command; there is: show");
    return {};
  }
  if (noun_ == nullptr) {
    const auto noun = find_noun(word);
    if (!noun) return noun.error();
    noun_ = *noun;
    return {};
  }
  // Words that the console has there (or may, cut short): it decides.
  constexpr std::string_view kCallWords[] = {"brief", "detail", "history"};
  const bool is_other =
      noun_->noun == Noun::Calls && std::ranges::any_of(kCallWords, [word](std::string_view one) {
        return !word.empty() && one.starts_with(word);
      });
  if (is_other || (noun_->accepts & kArgument) == 0 || !command_.argument.empty() || word.empty()) {
    return wrong(quoted(word) + " is too much for show " + std::string(noun_->word));
  }
  command_.argument = word;
  return {};
}

Result<void> Parser::check() const {
  if (!has_verb_) return wrong("a command is missing");
  if (noun_ == nullptr) return wrong("what shall be shown?");
  const auto refuses = [&](unsigned what, bool is_given) {
    return is_given && (noun_->accepts & what) == 0;
  };
  const std::string end = " is not for show " + std::string(noun_->word);
  if (refuses(kLast, command_.last > 0)) return wrong("--last" + end);
  if (refuses(kFull, command_.is_full)) return wrong("--full" + end);
  if (refuses(kNonzero, command_.is_nonzero)) return wrong("--nonzero" + end);
  return {};
}

}  // namespace

Result<Command> parse_command(std::span<const std::string_view> arguments) {
  return Parser(arguments).parse();
}

management::v1::Request request_of(const Command& command) {
  management::v1::Request request;
  request.set_id(1);
  switch (command.noun) {
    case Noun::Calls:
      request.mutable_show_calls()->set_call_id(command.argument);
      break;
    case Noun::Trunks:
      request.mutable_show_trunks()->set_name(command.argument);
      break;
    case Noun::Media:
      request.mutable_show_media()->set_call_id(command.argument);
      break;
    case Noun::Ports:
    case Noun::Workers:
      request.mutable_show_ports();
      break;
    case Noun::Counters:
      request.mutable_show_counters()->set_nonzero(command.is_nonzero);
      break;
    case Noun::Trace:
      request.mutable_show_trace()->set_call_id(command.argument);
      request.mutable_show_trace()->set_last(command.last);
      break;
    case Noun::Records:
      request.mutable_show_records()->set_last(command.last);
      break;
    case Noun::Version:
      request.mutable_show_version();
      break;
  }
  return request;
}

std::string usage() {
  std::string out =
      "usage: junctor [--run-dir DIR] [--export-dir DIR] show WHAT [--json]\n"
      "       junctor [--run-dir DIR] --login    the console after a password, for getty\n"
      "\n";
  for (const NounDesc& noun : kNouns) {
    std::string shape = "  " + std::string(noun.word) + " " + std::string(noun.shape);
    shape.resize(std::max<std::size_t>(shape.size(), 36), ' ');
    out += shape + std::string(noun.help) + "\n";
  }
  return out +
         "\n"
         "Words may be cut short while they stay unambiguous: junctor sh ca\n"
         "--run-dir: where junctor-control has its sockets (/run/junctor); --export-dir: where "
         "files of\n"
         "save and capture export lie (/var/lib/junctor/export).\n";
}

}  // namespace junctor::cli
