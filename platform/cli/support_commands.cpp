// SPDX-License-Identifier: MIT
// One text with everything that support asks for, and no secret in it: other commands one after the
// other, each cut where it would be without end, and the SIP of the calls that failed last.
#include "platform/cli/commands.hpp"
#include "platform/cli/export_folder.hpp"
#include "platform/cli/file_commands.hpp"
#include "platform/cli/render.hpp"
#include "platform/cli/units.hpp"
#include "platform/telemetry/mask_sip.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;
using management::v1::Reply;
using management::v1::Request;

namespace {

constexpr std::uint32_t kRecords = 500;  // among which failed calls are looked for
constexpr int kFailedCalls = 5;          // whose SIP is shown

struct Section {
  std::vector<std::string> words;
  std::size_t most_lines;
};

// In the order in which support reads. What this gateway has no command for is left out.
std::vector<Section> sections() {
  return {
      {{"show", "version"}, 100},
      {{"show", "cores"}, 200},
      {{"show", "memory"}, 200},
      {{"show", "hardware"}, 200},
      {{"show", "ports"}, 200},
      {{"show", "configuration"}, 10'000},
      {{"show", "commits"}, 60},
      {{"show", "plugins"}, 500},
      {{"show", "trunks"}, 1'000},
      {{"show", "counters", "nonzero"}, 2'000},
      {{"show", "calls"}, 200},
      {{"show", "media"}, 200},
      {{"show", "calls", "history", "last", "50"}, 100},
      {{"show", "debug"}, 50},
      {{"show", "log", "last", "300"}, 300},
  };
}

// Lets so many lines through, and says how many more there were.
class Cut final : public Sink {
 public:
  Cut(Sink& out, std::size_t most) : out_(out), most_(most) {}

  void write(std::string_view text) override {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      const std::size_t length = end == std::string_view::npos ? text.size() : end + 1;
      if (lines_ < most_) out_.write(text.substr(0, length));
      if (end != std::string_view::npos) ++lines_;
      text.remove_prefix(length);
    }
  }
  void finish() {
    if (lines_ > most_)
      out_.write("... " + std::to_string(lines_ - most_) + " more lines are left out\n");
  }
  void redraw(std::string_view text) override { write(text); }
  bool is_interrupted() override { return out_.is_interrupted(); }
  Event wait(int fd, std::chrono::milliseconds timeout, bool with_keys) override {
    return out_.wait(fd, timeout, with_keys);
  }
  char take_key() override { return out_.take_key(); }
  std::optional<std::string> ask(std::string_view, bool) override { return std::nullopt; }
  std::size_t width() const override { return 0; }
  bool is_terminal() const override { return false; }

 private:
  Sink& out_;
  const std::size_t most_;
  std::size_t lines_ = 0;
};

// A file in place of the terminal, which can still interrupt.
class File final : public Sink {
 public:
  File(Sink& terminal, NewFile& file) : terminal_(terminal), file_(file) {}

  void write(std::string_view text) override {
    if (written_) written_ = file_.write(text);
  }
  const Result<void>& written() const { return written_; }
  void redraw(std::string_view text) override { write(text); }
  bool is_interrupted() override { return !written_ || terminal_.is_interrupted(); }
  Event wait(int fd, std::chrono::milliseconds timeout, bool with_keys) override {
    return terminal_.wait(fd, timeout, with_keys);
  }
  char take_key() override { return terminal_.take_key(); }
  std::optional<std::string> ask(std::string_view, bool) override { return std::nullopt; }
  std::size_t width() const override { return 0; }
  bool is_terminal() const override { return false; }

 private:
  Sink& terminal_;
  NewFile& file_;
  Result<void> written_;
};

void write_head(const std::string& what, Sink& out) {
  out.write("\n======== " + what + " ========\n");
}

std::string text_of(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

bool has_failed(const management::v1::CallRecord& record) {
  return record.answered_unix_ms() == 0 || record.ended_by() == "gateway";
}

// The ladders of the calls that failed last, the messages whole but for what is secret in them.
Outcome show_failed_calls(const GatewayLink& link, Sink& out) {
  Request request;
  request.mutable_show_records()->set_last(kRecords);
  const auto records = link.ask(request);
  if (!records) return Outcome::failed(records.error().text());
  int shown = 0;
  for (const management::v1::CallRecord& record : records->records()) {
    if (!has_failed(record) || shown >= kFailedCalls || out.is_interrupted()) continue;
    Request trace;
    trace.mutable_show_trace()->set_call_id(record.id());
    auto reply = link.ask(trace);
    if (!reply) continue;  // its messages made place for others
    ++shown;
    for (auto& message : *reply->mutable_trace()) message.set_text(mask_sip(message.text()));
    out.write(std::to_string(record.sip_status()) + " " + record.reason() + "\n" +
              render_sip(*reply, true) + "\n");
  }
  if (shown == 0) out.write("no call failed of which messages are kept\n");
  return {};
}

// Each as far as there is a command for one.
std::vector<Section> trunk_sections(const GatewayLink& link) {
  constexpr std::size_t kMostTrunks = 50;
  Request request;
  request.mutable_show_trunks();
  std::vector<Section> all;
  if (const auto reply = link.ask(request))
    for (const management::v1::Trunk& trunk : reply->trunks())
      if (all.size() < kMostTrunks) all.push_back({{"show", "trunk", trunk.name()}, 200});
  return all;
}

Outcome show_support(const GatewayLink& link, const RunLine& run, Sink& out) {
  const auto finish = [&out](Cut& cut, const Outcome& outcome) {
    cut.finish();
    if (outcome.kind == Outcome::Kind::Failed || outcome.kind == Outcome::Kind::Wrong)
      out.write("% " + outcome.text + "\n");
  };
  out.write("tech-support, " + time_text(link.now_unix_ms()) + " UTC\n");
  std::vector<Section> all = sections();
  for (Section& trunk : trunk_sections(link)) all.push_back(std::move(trunk));
  for (const Section& section : all) {
    if (out.is_interrupted()) return {};
    Cut cut(out, section.most_lines);
    bool is_begun = false;
    const auto outcome = run(section.words, cut, [&] {
      is_begun = true;
      write_head(text_of(section.words), out);
    });
    if (is_begun) finish(cut, outcome);
  }
  write_head("SIP of the calls that failed last", out);
  Cut cut(out, 5'000);
  finish(cut, show_failed_calls(link, cut));
  return {};
}

Outcome save_support(const GatewayLink& link, const ExportFolder& files, const RunLine& run,
                     const console::Command& command, Sink& out) {
  if (const auto may = require(link, config::v1::OPERATOR); !may)
    return Outcome::failed(may.error().text());
  // Numbers and addresses of callers are nobody else's business.
  const auto file =
      files.create(command.words[2], is_forced(command, 2), ExportFolder::For::Operators);
  if (!file) return Outcome::failed(file.error().text());
  File sink(out, **file);
  Outcome outcome = show_support(link, run, sink);
  if (!sink.written()) return Outcome::failed(sink.written().error().text());
  if (out.is_interrupted()) return Outcome::failed("interrupted; nothing is written");
  if (outcome.kind != Outcome::Kind::Done) return outcome;
  return keep(**file, command, out);
}

}  // namespace

std::vector<CommandRow> support_commands(const GatewayLink& link, const ExportFolder& files,
                                         RunLine run) {
  const auto save = [&link, &files, run](const console::Command& command, Sink& out) {
    return save_support(link, files, run, command, out);
  };
  return {
      {"show tech-support", "everything that support asks for, without secrets",
       [&link, run](const console::Command& command, Sink& out) {
         if (command.is_json) return Outcome::failed("it is a text; its commands have JSON each");
         return show_support(link, run, out);
       }},
      {"save tech-support FILE", "the same into a file (show files)", save},
      {"save tech-support FILE force", "in place of what is there", save},
  };
}

}  // namespace junctor::cli
