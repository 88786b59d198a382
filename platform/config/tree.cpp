// SPDX-License-Identifier: MIT
#include "platform/config/tree.hpp"

#include <google/protobuf/message.h>

#include <algorithm>
#include <initializer_list>
#include <variant>

#include "platform/base/assert.hpp"
#include "platform/config/value.hpp"
#include "platform/config/walk.hpp"

namespace junctor::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

// Edits a copy, and hands it over only if all went well.
template <typename Edit>
MaybeMistake on_copy(v1::Config& config, const Words& words, Edit edit) {
  v1::Config copy = config;
  if (MaybeMistake mistake = edit(copy, words)) return mistake;
  config = std::move(copy);
  return std::nullopt;
}

MaybeMistake missing(const Words& words, std::string reason) {
  return WordMistake{words.size(), std::move(reason)};
}

// ---- set

// codec PCMA, or codec [ PCMA PCMU ]; at: the word after the list's, moved past the values.
MaybeMistake set_leaf_list(pb::Message& message, const Field& field, const Words& words,
                           std::size_t& at) {
  if (at == words.size()) return missing(words, placeholder_of(field) + " is missing");
  const bool is_whole = words[at] == "[";
  if (!is_whole) {
    if (find_value(message, field, words[at]) >= 0) {
      ++at;
      return std::nullopt;  // it is there
    }
    const std::string mistake = read_value(message, field, words[at]);
    if (!mistake.empty()) return WordMistake{at, mistake};
    ++at;
    return std::nullopt;
  }
  message.GetReflection()->ClearField(&message, &field);
  for (++at; at < words.size() && words[at] != "]"; ++at) {
    if (find_value(message, field, words[at]) >= 0)
      return WordMistake{at, quote(words[at]) + " is there twice"};
    const std::string mistake = read_value(message, field, words[at]);
    if (!mistake.empty()) return WordMistake{at, mistake};
  }
  if (at == words.size()) return missing(words, "] is missing");
  ++at;
  return std::nullopt;
}

MaybeMistake set_leaf(pb::Message& message, const Field& field, const Words& words,
                      std::size_t& at) {
  if (field.is_map()) {
    if (at + 2 > words.size())
      return missing(words, at == words.size() ? "<name> is missing" : "its value is missing");
    set_map_value(message, field, words[at], words[at + 1]);
    at += 2;
    return std::nullopt;
  }
  if (field.is_repeated()) return set_leaf_list(message, field, words, at);
  if (at == words.size()) return missing(words, placeholder_of(field) + " is missing");
  if (options_of(field).secret() && words[at] == kMask)
    return WordMistake{at, "is the mask of a secret, and no secret"};
  const std::string mistake = read_value(message, field, words[at]);
  if (!mistake.empty()) return WordMistake{at, mistake};
  ++at;
  return std::nullopt;
}

MaybeMistake set_in(pb::Message* message, const Words& words) {
  bool is_something = false;  // that is set by the words so far
  std::size_t at = 0;
  while (at < words.size()) {
    const auto found = find_field(*message->GetDescriptor(), words[at]);
    if (const auto* reason = std::get_if<std::string>(&found)) return WordMistake{at, *reason};
    const Field& field = *std::get<const Field*>(found);
    ++at;
    switch (kind_of(field)) {
      case Kind::Container:
        message = message->GetReflection()->MutableMessage(message, &field);
        is_something = false;
        break;
      case Kind::List: {
        if (at == words.size())
          return missing(words, placeholder_of(*key_of(*field.message_type())) + " is missing");
        auto element = element_to_set(*message, field, words[at]);
        if (auto* reason = std::get_if<std::string>(&element)) return WordMistake{at, *reason};
        message = std::get<pb::Message*>(element);
        is_something = true;
        ++at;
        break;
      }
      case Kind::Leaf:
        if (MaybeMistake mistake = set_leaf(*message, field, words, at)) return mistake;
        is_something = true;
        break;
    }
  }
  if (!is_something) return missing(words, "something must follow");
  return std::nullopt;
}

// ---- delete

MaybeMistake not_set(std::size_t at, const std::string& word) {
  return WordMistake{at, quote(word) + " is not set"};
}

// One value of a leaf list, or one option of a map; at: its word.
MaybeMistake erase_value(pb::Message& message, const Field& field, const Words& words,
                         std::size_t at) {
  if (at + 1 < words.size()) return WordMistake{at + 1, "nothing can follow here"};
  const int index = field.is_map() ? find_map_entry(message, field, words[at])
                                   : find_value(message, field, words[at]);
  if (index < 0) return not_set(at, words[at]);
  remove_element(message, field, index);
  return std::nullopt;
}

MaybeMistake erase_in(pb::Message* message, const Words& words) {
  if (words.empty()) return missing(words, "what is to be deleted is missing");
  for (std::size_t at = 0;;) {
    const auto found = find_field(*message->GetDescriptor(), words[at]);
    if (const auto* reason = std::get_if<std::string>(&found)) return WordMistake{at, *reason};
    const Field& field = *std::get<const Field*>(found);
    if (!is_set(*message, field)) return not_set(at, words[at]);
    const bool is_last = ++at == words.size();
    if (is_last) {
      message->GetReflection()->ClearField(message, &field);
      return std::nullopt;
    }
    if (kind_of(field) == Kind::Leaf) {
      if (field.is_repeated()) return erase_value(*message, field, words, at);
      return WordMistake{at, "nothing can follow here"};
    }
    if (kind_of(field) == Kind::Container) {
      message = message->GetReflection()->MutableMessage(message, &field);
      continue;
    }
    const int index = find_element(*message, field, words[at]);
    if (index < 0) return not_set(at, words[at]);
    if (++at == words.size()) {
      remove_element(*message, field, index);
      return std::nullopt;
    }
    message = message->GetReflection()->MutableRepeatedMessage(message, &field, index);
  }
}

// ---- rename, copy, insert: what they are about, and what follows

struct Found {
  pb::Message* parent = nullptr;
  const Field* list = nullptr;
  int index = -1;
  std::size_t rest = 0;  // the first word after it
};

// The element of a list, or the value of a leaf list, that the words name. ends: what may follow an
// element, where it is not a word of the schema ("to" of a route is one, unless it is renamed).
std::variant<Found, WordMistake> locate(pb::Message* message, const Words& words,
                                        std::initializer_list<std::string_view> ends) {
  for (std::size_t at = 0; at < words.size();) {
    const auto found = find_field(*message->GetDescriptor(), words[at]);
    if (const auto* reason = std::get_if<std::string>(&found)) return WordMistake{at, *reason};
    const Field& field = *std::get<const Field*>(found);
    ++at;
    if (kind_of(field) == Kind::Container) {
      message = message->GetReflection()->MutableMessage(message, &field);
      continue;
    }
    if (!field.is_repeated() || field.is_map()) return WordMistake{at - 1, "is no list"};
    if (at == words.size()) break;
    const bool is_leaf = kind_of(field) == Kind::Leaf;
    const int index =
        is_leaf ? find_value(*message, field, words[at]) : find_element(*message, field, words[at]);
    if (index < 0) return *not_set(at, words[at]);
    ++at;
    const bool is_end =
        at == words.size() || std::find(ends.begin(), ends.end(), words[at]) != ends.end();
    if (is_leaf || is_end) return Found{message, &field, index, at};
    message = message->GetReflection()->MutableRepeatedMessage(message, &field, index);
  }
  return WordMistake{words.size(), "an element of a list is missing"};
}

// The element, and the key after "to": a new one.
std::variant<Found, WordMistake> locate_with_new_key(pb::Message& root, const Words& words) {
  auto located = locate(&root, words, {"to"});
  if (std::holds_alternative<WordMistake>(located)) return located;
  const Found& found = std::get<Found>(located);
  if (kind_of(*found.list) != Kind::List) return WordMistake{found.rest - 1, "has no name"};
  if (found.rest == words.size() || words[found.rest] != "to")
    return WordMistake{found.rest, "\"to\" is missing"};
  if (found.rest + 1 >= words.size()) return *missing(words, "the new name is missing");
  if (found.rest + 2 < words.size()) return WordMistake{found.rest + 2, "nothing can follow here"};
  if (find_element(*found.parent, *found.list, words.back()) >= 0)
    return WordMistake{words.size() - 1, quote(words.back()) + " is there already"};
  return located;
}

std::string set_key(pb::Message& element, std::string_view word) {
  const Field& key = *key_of(*element.GetDescriptor());
  return read_value(element, key, word);
}

MaybeMistake rename_in(v1::Config& config, const Words& words) {
  auto located = locate_with_new_key(config, words);
  if (auto* mistake = std::get_if<WordMistake>(&located)) return *mistake;
  const Found& found = std::get<Found>(located);
  pb::Message& element =
      *found.parent->GetReflection()->MutableRepeatedMessage(found.parent, found.list, found.index);
  const std::string before = write_value(element, *key_of(*element.GetDescriptor()), -1);
  const std::string mistake = set_key(element, words.back());
  if (!mistake.empty()) return WordMistake{words.size() - 1, mistake};
  rename_references(config, list_path(config, *found.list), before, words.back());
  return std::nullopt;
}

MaybeMistake copy_in(v1::Config& config, const Words& words) {
  auto located = locate_with_new_key(config, words);
  if (auto* mistake = std::get_if<WordMistake>(&located)) return *mistake;
  const Found& found = std::get<Found>(located);
  const pb::Reflection& reflection = *found.parent->GetReflection();
  pb::Message& added = *reflection.AddMessage(found.parent, found.list);
  added.CopyFrom(reflection.GetRepeatedMessage(*found.parent, found.list, found.index));
  const std::string mistake = set_key(added, words.back());
  if (!mistake.empty()) return WordMistake{words.size() - 1, mistake};
  return std::nullopt;
}

MaybeMistake insert_in(v1::Config& config, const Words& words) {
  auto located = locate(&config, words, {"before", "after", "first", "last"});
  if (auto* mistake = std::get_if<WordMistake>(&located)) return *mistake;
  const Found& found = std::get<Found>(located);
  if (found.rest == words.size())
    return missing(words, "\"before\", \"after\", \"first\" or \"last\" is missing");
  const std::string& where = words[found.rest];
  const int size = found.parent->GetReflection()->FieldSize(*found.parent, found.list);
  const bool is_beside = where == "before" || where == "after";
  if (!is_beside && where != "first" && where != "last")
    return WordMistake{found.rest, "is none of before, after, first, last"};
  const std::size_t end = found.rest + (is_beside ? 2 : 1);
  if (words.size() < end) return missing(words, "the other one is missing");
  if (words.size() > end) return WordMistake{end, "nothing can follow here"};
  int to = where == "first" ? 0 : size - 1;
  if (is_beside) {
    const int other = kind_of(*found.list) == Kind::Leaf
                          ? find_value(*found.parent, *found.list, words.back())
                          : find_element(*found.parent, *found.list, words.back());
    if (other < 0) return not_set(words.size() - 1, words.back());
    if (other == found.index) return WordMistake{words.size() - 1, "is the same"};
    to = where == "before" ? other : other + 1;
    if (found.index < to) --to;  // it leaves its place first
  }
  move_element(*found.parent, *found.list, found.index, to);
  return std::nullopt;
}

}  // namespace

MaybeMistake set(v1::Config& config, const Words& words) {
  return on_copy(config, words,
                 [](v1::Config& copy, const Words& all) { return set_in(&copy, all); });
}
MaybeMistake erase(v1::Config& config, const Words& words) {
  return on_copy(config, words,
                 [](v1::Config& copy, const Words& all) { return erase_in(&copy, all); });
}
MaybeMistake rename(v1::Config& config, const Words& words) {
  return on_copy(config, words, rename_in);
}
MaybeMistake copy(v1::Config& config, const Words& words) {
  return on_copy(config, words, copy_in);
}
MaybeMistake insert(v1::Config& config, const Words& words) {
  return on_copy(config, words, insert_in);
}

}  // namespace junctor::config
