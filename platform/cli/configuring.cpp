// SPDX-License-Identifier: MIT
// What may be typed while configuring.
#include <algorithm>
#include <charconv>

#include "platform/cli/ask.hpp"
#include "platform/cli/file_commands.hpp"
#include "platform/cli/gateway_language.hpp"
#include "platform/cli/load.hpp"
#include "platform/config/config.hpp"
#include "platform/config/diff.hpp"
#include "platform/config/reason_words.hpp"
#include "platform/config/secrets.hpp"
#include "platform/config/write_json.hpp"
#include "platform/console/words.hpp"

namespace junctor::cli {

using console::Completion;
using console::Outcome;
using console::Sink;

namespace {

constexpr std::uint32_t kMaxConfirmMinutes = 65535;

console::Candidate candidate_of(config::Candidate from) {
  using From = config::Candidate::Kind;
  using To = console::Candidate::Kind;
  const To kind = from.kind == From::Word    ? To::Keyword
                  : from.kind == From::Value ? To::Value
                                             : To::Placeholder;
  if (kind == To::Value && from.help.empty()) from.help = "is there";
  return {std::move(from.word), std::move(from.help), kind};
}

bool begins_with(const config::Words& words, const config::Words& start) {
  return words.size() >= start.size() && std::equal(start.begin(), start.end(), words.begin());
}

}  // namespace

std::vector<CommandRow> GatewayLanguage::configuration_rows() {
  const auto by = [this](Outcome (GatewayLanguage::*what)(const Command&, Sink&)) {
    return [this, what](const Command& command, Sink& out) { return (this->*what)(command, out); };
  };
  const auto places = [this](Words rest) {
    Completion out;
    config::Completion found = config::complete(candidate_, below_path(rest), config::For::Set);
    for (config::Candidate& one : found.candidates) out.candidates.push_back(candidate_of(one));
    out.may_end = !rest.empty();
    return out;
  };
  const auto places_or_all = [places](Words rest) {
    Completion out = places(rest);
    out.may_end = true;
    return out;
  };
  std::vector<CommandRow> rows = {
      edit_row("set ...", "sets a value", config::set, config::For::Set),
      edit_row("delete ...", "takes something away", config::erase, config::For::Delete),
      move_row("rename ...", "an element: ... NAME to NAME", config::rename, {"to"}),
      move_row("copy ...", "an element: ... NAME to NAME", config::copy, {"to"}),
      move_row("insert ...", "moves an element: ... NAME before|after NAME, first, last",
               config::insert, {"before", "after", "first", "last"}),
      {"edit ...", "goes to a place, which the words of later lines are below",
       [this](const Command& command, Sink&) { return enter(command); }, places},
      {"show ...", "the candidate; | compare: what it changes",
       by(&GatewayLanguage::show_candidate), places_or_all},
      {"commit", "makes the candidate hold; confirms what waits for it",
       by(&GatewayLanguage::commit)},
      {"commit check", "says what would be wrong, and does nothing", by(&GatewayLanguage::commit)},
      {"commit comment TEXT", "says why", by(&GatewayLanguage::commit)},
      {"commit confirmed MINUTES", "returns by itself unless it is committed again in that time",
       by(&GatewayLanguage::commit)},
      {"commit confirmed MINUTES comment TEXT", "and why", by(&GatewayLanguage::commit)},
      {"commit force", "clears the calls of trunks that it removes, in place of draining them",
       by(&GatewayLanguage::commit)},
      {"commit force comment TEXT", "and why", by(&GatewayLanguage::commit)},
      {"commit force confirmed MINUTES", "and returns by itself; cleared calls do not come back",
       by(&GatewayLanguage::commit)},
      {"commit force confirmed MINUTES comment TEXT", "and why", by(&GatewayLanguage::commit)},
      {"write", "the same as commit", by(&GatewayLanguage::write)},
      {"write memory", "the same as commit", by(&GatewayLanguage::write)},
      {"rollback", "forgets what was changed since the last commit",
       by(&GatewayLanguage::rollback)},
      {"rollback N", "takes a revision as the candidate; 0: the one that holds",
       by(&GatewayLanguage::rollback)},
      {"update", "puts the candidate's changes upon what others committed meanwhile",
       by(&GatewayLanguage::update)},
      {"load NAME", "takes a file (JSON, or lines of set and delete) into the candidate",
       by(&GatewayLanguage::load)},
      {"save FILE", "writes the candidate as JSON, secrets sealed", by(&GatewayLanguage::save)},
      {"save FILE force", "in place of what is there", by(&GatewayLanguage::save)},
      {"save FILE set", "as lines of set", by(&GatewayLanguage::save)},
      {"save FILE set force", "in place of what is there", by(&GatewayLanguage::save)},
  };
  for (CommandRow& row : moving_rows()) rows.push_back(std::move(row));
  return rows;
}

CommandRow GatewayLanguage::edit_row(std::string_view pattern, std::string_view help, Edit edit,
                                     config::For what) {
  return {
      pattern, help, [this, edit](const Command& command, Sink&) { return change(edit, command); },
      [this, what](Words rest) {
        Completion out;
        config::Completion found = config::complete(candidate_, below_path(rest), what, hints());
        for (config::Candidate& one : found.candidates)
          out.candidates.push_back(candidate_of(std::move(one)));
        out.may_end = found.may_end;
        return out;
      }};
}

CommandRow GatewayLanguage::move_row(std::string_view pattern, std::string_view help, Edit edit,
                                     std::vector<std::string> ways) {
  return {pattern, help,
          [this, edit](const Command& command, Sink&) { return change(edit, command); },
          [this, ways = std::move(ways)](Words rest) { return complete_move(rest, ways); }};
}

// An element that is there, then one of the ways, then perhaps another element or a new name.
Completion GatewayLanguage::complete_move(Words rest, const std::vector<std::string>& ways) const {
  Completion out;
  const auto way = std::find_first_of(rest.begin(), rest.end(), ways.begin(), ways.end());
  const std::size_t at = static_cast<std::size_t>(way - rest.begin());
  config::Completion found =
      config::complete(candidate_, below_path(rest.first(at)), config::For::Delete);
  if (way == rest.end()) {
    // Where names of elements follow, the words name the list alone.
    const bool is_list = std::any_of(
        found.candidates.begin(), found.candidates.end(),
        [](const config::Candidate& one) { return one.kind == config::Candidate::Kind::Value; });
    for (config::Candidate& one : found.candidates)
      out.candidates.push_back(candidate_of(std::move(one)));
    if (found.may_end && !is_list && !rest.empty())
      for (const std::string& word : ways)
        out.candidates.push_back({word, std::string(word_help("move " + word))});
    return out;
  }
  out.may_end = *way == "first" || *way == "last" || rest.size() > at + 1;
  if (out.may_end || at == 0) return out;
  if (*way != "to") {
    found = config::complete(candidate_, below_path(rest.first(at - 1)), config::For::Delete);
    for (config::Candidate& one : found.candidates)
      out.candidates.push_back(candidate_of(std::move(one)));
  } else {
    out.candidates.push_back({"<name>", "the new name", console::Candidate::Kind::Placeholder});
  }
  return out;
}

config::Words GatewayLanguage::below_path(Words words) const {
  config::Words all = path_;
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

Outcome GatewayLanguage::change(Edit edit, const Command& command) {
  const config::Words words = below_path(Words(command.words).subspan(1));
  // A copy of all is made only where it may be wanted back: a paste has thousands of lines.
  const bool has_option = std::ranges::find(words, "plugin-option") != words.end();
  std::optional<config::v1::Config> before;
  if (has_option) before = candidate_;
  const auto mistake = edit(candidate_, words);
  if (!mistake) {
    const auto wrong = has_option ? wrong_option(*before, command.words) : std::nullopt;
    if (wrong) candidate_ = std::move(*before);
    return wrong.value_or(Outcome{});
  }
  const std::size_t at = mistake->word >= path_.size() ? mistake->word - path_.size() + 1 : 0;
  // What is wrong is shown with its word where no caret can be: not when it is a secret, or part of
  // one.
  for (std::size_t i = 1; i < std::min(at, command.words.size()); ++i)
    if (config::may_name_secret(command.words[i]))
      return Outcome::failed(command.words[i] + ": " + mistake->reason);
  return Outcome::wrong(at, mistake->reason);
}

bool GatewayLanguage::is_changed() const { return !config::diff(base_, candidate_).empty(); }

config::v1::Config GatewayLanguage::part_of(const config::v1::Config& config,
                                            const config::Words& place) const {
  if (place.empty()) return config;
  config::v1::Config part;
  for (const config::Setting& one : config::settings(config, config::Secrets::Shown))
    if (begins_with(one.words, place)) config::set(part, one.words);  // was good before
  return part;
}

Outcome GatewayLanguage::show_candidate(const Command& command, Sink& out) {
  if (!command.view.empty()) return compare(command, out);
  const config::Words place = below_path(Words(command.words).subspan(1));
  if (command.is_json) {
    config::v1::Config shown = part_of(candidate_, place);
    config::mask_all(shown);
    out.write(config::write_json(shown));
    return {};
  }
  for (const config::Setting& one : config::settings(candidate_, config::Secrets::Masked)) {
    if (out.is_interrupted()) break;
    if (!begins_with(one.words, place)) continue;
    const config::Words rest(one.words.begin() + static_cast<std::ptrdiff_t>(path_.size()),
                             one.words.end());
    out.write("set " + config::text_of(rest) + "\n");
  }
  return {};
}

Outcome GatewayLanguage::compare(const Command& command, Sink& out) {
  std::uint32_t revision = 0;
  if (command.view.size() == 3) {
    const auto number = number_of(command.view.back());
    if (!number) return Outcome::wrong(command.words.size() + 2, "a number is expected");
    revision = *number;
  }
  const auto reply = get_config(revision);
  if (!reply) return Outcome::failed(reply.error().text());
  const config::Words place = below_path(Words(command.words).subspan(1));
  out.write(
      config::compare(part_of(reply->configuration().config(), place), part_of(candidate_, place)));
  return {};
}

Outcome GatewayLanguage::commit(const Command& command, Sink& out) {
  management::v1::Request request;
  management::v1::Commit& what = *request.mutable_commit();
  what.set_base_revision(base_revision_);
  *what.mutable_candidate() = candidate_;
  for (std::size_t i = 1; i < command.words.size(); ++i) {
    const std::string& word = command.words[i];
    if (word == "check") {
      what.set_check_only(true);
    } else if (word == "force") {
      what.set_force(true);
    } else if (word == "comment") {
      what.set_comment(command.words[++i]);
    } else if (word == "confirmed") {
      const auto minutes = number_of(command.words[++i]);
      if (!minutes || *minutes == 0 || *minutes > kMaxConfirmMinutes)
        return Outcome::wrong(i, "minutes, 1 to 65535, are expected");
      what.set_confirm_s(*minutes * 60);
    }
  }
  if (is_exclusive_) {
    if (Outcome held = hold_lock(out); held.kind != Outcome::Kind::Done) return held;
  }
  const auto reply = given_.gateway.ask(request);
  if (!reply && may_be_done(reply.error()) && !what.check_only())
    return Outcome::failed(reply.error().text() +
                           "; whether the commit holds is not known, `run show commits` tells");
  if (!reply) return Outcome::failed(reply.error().text());
  for (const management::v1::Finding& finding : reply->findings()) {
    const config::Words words(finding.words().begin(), finding.words().end());
    out.write("% " + (words.empty() ? finding.path() : config::text_of(words)) + ": " +
              config::reason_in_words(finding.reason()) + "\n");
  }
  if (!reply->error().empty()) return Outcome::failed(reply->error());
  if (what.check_only()) {
    out.write("no mistake\n");
    return {};
  }
  base_ = candidate_ = reply->configuration().config();
  base_revision_ = reply->configuration().revision().number();
  take_name(base_);
  out.write(reply->configuration().is_unchanged()
                ? "nothing to commit: the candidate is what runs\n"
                : "revision " + std::to_string(base_revision_) + " holds\n");
  write_pending(reply->configuration(), out);
  for (const std::string& note : reply->notes()) out.write("! " + note + "\n");
  return {};
}

// Hands that know it from elsewhere find that nothing is to be written after a commit.
Outcome GatewayLanguage::write(const Command&, Sink& out) {
  Outcome outcome = commit({{"commit"}, {}, false}, out);
  if (outcome.kind == Outcome::Kind::Done) out.write("! a commit is kept; write does no more\n");
  return outcome;
}

// The lock ends with the connection, which a restart of junctor-control ends.
Outcome GatewayLanguage::hold_lock(Sink& out) {
  management::v1::Request request;
  request.mutable_lock_config();
  const auto locked = given_.gateway.ask(request);
  if (!locked && may_be_done(locked.error()))
    return Outcome::failed(locked.error().text() + "; nothing is committed");
  if (!locked)
    return Outcome::failed(
        "it is not exclusive any more, as the connection to junctor-control was "
        "lost meanwhile: " +
        locked.error().text());
  const unsigned now_on = given_.gateway.made ? given_.gateway.made() : locked_on_;
  if (now_on == locked_on_) return {};
  locked_on_ = now_on;
  out.write(
      "! the connection to junctor-control was lost meanwhile, and others could commit; it is "
      "exclusive again\n");
  return {};
}

Outcome GatewayLanguage::rollback(const Command& command, Sink&) {
  std::uint32_t revision = 0;
  if (command.words.size() > 1 && command.words.back() != "0") {
    const auto number = number_of(command.words.back());
    if (!number) return Outcome::wrong(1, "the number of a revision is expected");
    revision = *number;
  }
  const auto reply = get_config(revision);
  if (!reply) return Outcome::failed(reply.error().text());
  candidate_ = reply->configuration().config();
  if (revision == 0) {
    take_name(candidate_);
    base_ = candidate_;
    base_revision_ = reply->configuration().revision().number();
  }
  return {};
}

Outcome GatewayLanguage::save(const Command& command, Sink& out) {
  if (config::has_clear_secret(candidate_))
    return Outcome::failed(
        "a secret that was typed is sealed by the commit; commit before you save");
  std::string text;
  if (command.words.size() > 2 && command.words[2] == "set") {
    for (const config::Setting& one : config::settings(candidate_, config::Secrets::Shown))
      text += "set " + config::text_of(one.words) + '\n';
  } else {
    text = config::write_json(candidate_);
  }
  // A sealed secret is good on this machine, and a hash can be guessed at: not for everybody's eyes.
  const auto file =
      given_.files.create(command.words[1], is_forced(command, 1), ExportFolder::For::Admins);
  if (!file) return Outcome::failed(file.error().text());
  if (const auto written = (*file)->write(text); !written)
    return Outcome::failed(written.error().text());
  return keep(**file, command, out);
}

// All of the file or nothing of it.
Outcome GatewayLanguage::load(const Command& command, Sink& out) {
  const std::string& name = command.words[1];
  const auto path = given_.files.place(name);
  if (!path) return Outcome::failed(path.error().text());
  const auto text = read_text(*path);
  if (!text) return Outcome::failed(text.error().text());
  Loaded loaded = load_text(candidate_, name, *text);
  if (!loaded.mistakes.empty()) {
    for (const std::string& mistake : loaded.mistakes) out.write("% " + mistake + "\n");
    return Outcome::failed(name + " is not taken");
  }
  candidate_ = std::move(loaded.config);
  return {};
}

}  // namespace junctor::cli
