// SPDX-License-Identifier: MIT
// Files that a person made at the console, and how they leave a gateway without a network: as text
// over the serial line.
#include "platform/cli/file_commands.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "platform/cli/json.hpp"
#include "platform/cli/table.hpp"
#include "platform/cli/units.hpp"
#include "platform/config/json.hpp"
#include "platform/console/text.hpp"
#include "platform/keys/digest.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;

namespace {

using For = ExportFolder::For;

// As much as `load` takes.
constexpr std::uint64_t kMostText = config::Json::kMaxBytes;
// Lines of 76 characters (RFC 2045, section 6.8), some hundred at a time.
constexpr std::size_t kLineOctets = 57, kPieceOctets = kLineOctets * 512;

// A file that is read from its begin, as often as wanted.
class Reader {
 public:
  explicit Reader(int fd) : fd_(fd) {}
  ~Reader() { close(fd_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Calls take() with pieces of kPieceOctets, the last one shorter; not to the end if that is
  // interrupted.
  template <typename Take>
  Result<void> read(Sink& out, Take take) const {
    std::array<char, kPieceOctets> piece;
    for (off_t at = 0;;) {
      std::size_t size = 0;
      while (size < piece.size()) {
        const ssize_t n =
            pread(fd_, piece.data() + size, piece.size() - size, at + static_cast<off_t>(size));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return Error{"", std::strerror(errno)};
        if (n == 0) break;
        size += static_cast<std::size_t>(n);
      }
      if (size > 0) take(std::string_view(piece.data(), size));
      if (out.is_interrupted()) return Error{"", "interrupted"};
      if (size < piece.size()) return {};
      at += static_cast<off_t>(size);
    }
  }

 private:
  const int fd_;
};

std::string base64_lines(std::string_view octets) {
  std::string text;
  for (std::size_t at = 0; at < octets.size(); at += kLineOctets)
    text += keys::base64_of(octets.substr(at, kLineOctets)) + "\n";
  return text;
}

// Whether the console prints it as it is, octet by octet.
bool is_plain(std::string_view text) {
  if (!text.empty() && text.back() != '\n') return false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (console::safe_line(line) != line) return false;
    text.remove_prefix(line.size() + 1);
  }
  return true;
}

Outcome show_files(const ExportFolder& files, const console::Command& command, Sink& out) {
  const auto space = files.space();
  if (!space) return Outcome::failed(space.error().text());
  const std::vector<ExportFolder::File> all = files.list();
  if (command.is_json) {
    std::string text;
    for (const ExportFolder::File& file : all)
      text += std::string(text.empty() ? "" : ",") + "\n    {\"name\": " + json_text(file.name) +
              ", \"octets\": " + std::to_string(file.octets) +
              ", \"unix_ms\": " + std::to_string(file.unix_ms) + "}";
    out.write("{\n  \"files\": [" + text + (text.empty() ? "" : "\n  ") +
              "],\n  \"used_octets\": " + std::to_string(space->used) +
              ",\n  \"most_octets\": " + std::to_string(space->most) +
              ",\n  \"free_octets\": " + std::to_string(space->free) + "\n}\n");
    return {};
  }
  Table table({{"NAME"}, {"SIZE", Align::Right}, {"WRITTEN (UTC)"}});
  for (const ExportFolder::File& file : all)
    table.add({file.name, octets_text(file.octets), time_text(file.unix_ms)});
  out.write(table.text("there is no file", out.width()));
  out.write(octets_text(space->used) + " of " + octets_text(space->most) + " are used, " +
            octets_text(space->free) + " of the disk are free\n");
  return {};
}

Outcome show_json(const ExportFolder::File& file, const Reader& reader, const std::string& digest,
                  Sink& out) {
  out.write("{\n  \"name\": " + json_text(file.name) + ",\n  \"octets\": " +
            std::to_string(file.octets) + ",\n  \"sha256\": \"" + digest + "\",\n  \"base64\": \"");
  const auto read =
      reader.read(out, [&out](std::string_view piece) { out.write(keys::base64_of(piece)); });
  if (!read) return Outcome::failed(read.error().text());
  out.write("\"\n}\n");
  return {};
}

// Its text, or base64; where a person reads along, what it is, and by which it is known, stands
// above. A program gets nothing but the file.
Outcome show_file(const GatewayLink& link, const ExportFolder& files,
                  const console::Command& command, Sink& out) {
  const std::string& name = command.words[2];
  const std::string form = command.words.size() > 3 ? command.words[3] : "";
  const auto file = files.find(name);
  if (!file) return Outcome::failed(file.error().text());
  const auto least = file->readers == For::Admins ? config::v1::ADMIN : config::v1::OPERATOR;
  if (const auto may = require(link, least); !may) return Outcome::failed(may.error().text());
  const auto fd = files.open(name);
  if (!fd) return Outcome::failed(fd.error().text());
  const Reader reader(*fd);
  keys::Sha256 sum;
  std::string text;
  const auto read = reader.read(out, [&](std::string_view piece) {
    sum.add(piece);
    if (form.empty() && text.size() <= kMostText) text += piece;
  });
  if (!read) return Outcome::failed(read.error().text());
  const std::string digest = sum.hex();
  if (command.is_json) return show_json(*file, reader, digest, out);
  if (form == "hash") {
    out.write(digest + "  " + name + "\n");  // as sha256sum(1) reads it
    return {};
  }
  if (form.empty() && (text.size() > kMostText || !is_plain(text)))
    return Outcome::failed(name + " is no text that can be shown: show file " + name + " base64");
  if (out.is_terminal())
    out.write("# " + name + ", " + octets_text(file->octets) + "\n# sha256 " + digest + "\n");
  if (form.empty()) {
    out.write(text);
    return {};
  }
  const auto shown =
      reader.read(out, [&out](std::string_view piece) { out.write(base64_lines(piece)); });
  return shown ? Outcome{} : Outcome::failed(shown.error().text());
}

Outcome delete_file(const GatewayLink& link, const ExportFolder& files,
                    const console::Command& command, Sink& out) {
  const std::string& name = command.words[2];
  const auto file = files.find(name);
  if (!file) return Outcome::failed(file.error().text());
  const auto least = file->readers == For::Admins ? config::v1::ADMIN : config::v1::OPERATOR;
  if (const auto may = require(link, least); !may) return Outcome::failed(may.error().text());
  if (const auto gone = files.remove(name); !gone) return Outcome::failed(gone.error().text());
  out.write(command.is_json ? "{\n  \"name\": " + json_text(name) +
                                  ",\n  \"octets\": " + std::to_string(file->octets) + "\n}\n"
                            : name + " is deleted, " + octets_text(file->octets) + "\n");
  return {};
}

}  // namespace

Result<void> require(const GatewayLink& link, config::v1::Role least) {
  management::v1::Request request;
  request.mutable_get_config();
  const auto reply = link.ask(request);
  if (!reply) return reply.error();
  if (reply->configuration().role() >= least) return {};
  return Error{
      "", least == config::v1::ADMIN ? "that is for admins" : "that is for operators and admins"};
}

std::vector<console::Candidate> file_values(const ExportFolder& files) {
  std::vector<console::Candidate> values;
  for (const ExportFolder::File& file : files.list())
    values.push_back({file.name, octets_text(file.octets) + ", " + time_text(file.unix_ms) + " UTC",
                      console::Candidate::Kind::Value});
  return values;
}

Outcome keep(NewFile& file, const console::Command& command, Sink& out) {
  if (const auto kept = file.keep(); !kept) return Outcome::failed(kept.error().text());
  if (command.is_json)
    out.write("{\n  \"file\": " + json_text(file.path()) +
              ",\n  \"octets\": " + std::to_string(file.octets()) + "\n}\n");
  else
    out.write(file.path() + ": " + octets_text(file.octets()) + "\n");
  return {};
}

std::vector<CommandRow> file_commands(const GatewayLink& link, const ExportFolder& files) {
  const auto show = [&link, &files](const console::Command& command, Sink& out) {
    return show_file(link, files, command, out);
  };
  return {
      {"show files", "what was saved or exported, and the room that is left",
       [&files](const console::Command& command, Sink& out) {
         return show_files(files, command, out);
       }},
      {"show file NAME", "a text, as it is", show},
      {"show file NAME base64", "any file, as text for a serial line", show},
      {"show file NAME hash", "its SHA-256, as sha256sum checks it", show},
      {"delete file NAME", "one of show files",
       [&link, &files](const console::Command& command, Sink& out) {
         return delete_file(link, files, command, out);
       }},
  };
}

}  // namespace junctor::cli
