// SPDX-License-Identifier: MIT
// Tree: the configuration as words, by reflection over the schema: what "set trunk pbx max-calls 5"
// means, which words would bring a configuration about, and what may follow some.
//
//   words  --[set, erase, rename, copy, insert]--> Config changed, or why not
//   Config --[settings]--> the words of each thing that is set
//
// Words of the schema are field names with '-' for '_', or what the option `word` says ("trunk" for
// trunks); any beginning that fits one alone will do. An element of a list is named by its key.
//
//   word               kind        as in
//   trunk KEY ...      list        trunk pbx ...
//   media ...          container   media dscp 46
//   max-calls V        leaf        trunk pbx max-calls 5; several in a row: ... transport tcp max-calls 5
//   codec V            leaf list   trunk pbx codec PCMA adds; codec [ PCMA PCMU ] replaces
//   plugin-option N V  map         trunk pbx plugin-option strip-plus true
//
// Threads   pure functions.
// Errors    which word is wrong, and a sentence; the configuration is then as it was. What concerns
//           several things (references, required fields, rules) is for validation to say.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/v1/config.pb.h"

namespace junctor::config {

using Words = std::vector<std::string>;

struct WordMistake {
  std::size_t word = 0;  // its index; one past the last: something is missing there
  std::string reason;
};
using MaybeMistake = std::optional<WordMistake>;

// ---- editing

MaybeMistake set(v1::Config& config, const Words& words);
// A leaf, an element, a container, a value of a leaf list, an option of a map, a whole list.
MaybeMistake erase(v1::Config& config, const Words& words);
// The element, "to", its new key. What refers to it follows.
MaybeMistake rename(v1::Config& config, const Words& words);
// The element, "to", the key of the new one, which is put last.
MaybeMistake copy(v1::Config& config, const Words& words);
// An element, or a value of a leaf list, then "before" or "after" and another, or "first", "last".
MaybeMistake insert(v1::Config& config, const Words& words);

// ---- showing

enum class Secrets : std::uint8_t { Masked, Shown };
inline constexpr std::string_view kMask = "********";

// What each thing that is set would be set by, in the order of the schema and of the lists.
struct Setting {
  Words words;
  std::size_t place = 0;  // how many of them name what is set; the rest is its value
};
std::vector<Setting> settings(const v1::Config& config, Secrets secrets);
// In one line, with quotes where a word needs them.
std::string text_of(const Words& words);

// The words of what a finding's path names: "trunks[0].peers[1].port" -> trunk pbx peer 10.0.0.3
// port; as far as it is there.
Words words_of_path(const v1::Config& config, std::string_view path);

// ---- completing

struct Candidate {
  enum class Kind : std::uint8_t {
    Word,        // of the schema: "max-calls", "udp", "["; may be cut short
    Value,       // that is there: a trunk's name; another may be typed
    Placeholder  // "<1..65535>", "<name>"
  };
  std::string word;
  std::string help;
  Kind kind = Kind::Word;
};
struct Completion {
  std::vector<Candidate> candidates;
  bool may_end = false;  // the line may end here
};
enum class For : std::uint8_t { Set, Delete };
// What the schema does not know of the values of a field: the plugins, and their options. message: where
// the field stands, if anything is set there; name: of a map's entry, whose value is asked for.
using Hints = std::function<std::vector<Candidate>(const google::protobuf::Message* message,
                                                   const google::protobuf::FieldDescriptor& field,
                                                   const std::string& name)>;
// What may follow these whole words; with Delete only what is there.
Completion complete(const v1::Config& config, const Words& words, For what,
                    const Hints& hints = {});

}  // namespace junctor::config
