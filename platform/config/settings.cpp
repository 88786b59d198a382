// SPDX-License-Identifier: MIT
// The words by which a configuration would be set.
#include <google/protobuf/message.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "platform/config/tree.hpp"
#include "platform/config/value.hpp"
#include "platform/config/walk.hpp"

namespace junctor::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

class Settings {
 public:
  explicit Settings(Secrets secrets) : secrets_(secrets) {}

  void add_message(const pb::Message& message, const Words& prefix);
  std::vector<Setting> take() { return std::move(out_); }

 private:
  void add_field(const pb::Message& message, const Field& field, const Words& prefix);
  void add_list(const pb::Message& message, const Field& list, const Words& prefix);
  void add_leaf(const pb::Message& message, const Field& field, Words words);
  void add(Words place, const Words& value) {
    const std::size_t size = place.size();
    place.insert(place.end(), value.begin(), value.end());
    out_.push_back({std::move(place), size});
  }

  Secrets secrets_;
  std::vector<Setting> out_;
};

void Settings::add_message(const pb::Message& message, const Words& prefix) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const Field& field = *message.GetDescriptor()->field(i);
    if (!options_of(field).key() && is_set(message, field)) add_field(message, field, prefix);
  }
}

void Settings::add_field(const pb::Message& message, const Field& field, const Words& prefix) {
  Words words = prefix;
  words.push_back(word_of(field));
  switch (kind_of(field)) {
    case Kind::Container:
      return add_message(message.GetReflection()->GetMessage(message, &field), words);
    case Kind::List:
      return add_list(message, field, words);
    case Kind::Leaf:
      return add_leaf(message, field, std::move(words));
  }
}

void Settings::add_list(const pb::Message& message, const Field& list, const Words& prefix) {
  const Field& key = *key_of(*list.message_type());
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &list); ++i) {
    const pb::Message& element = message.GetReflection()->GetRepeatedMessage(message, &list, i);
    Words words = prefix;
    words.push_back(write_value(element, key, -1));
    const std::size_t before = out_.size();
    add_message(element, words);
    if (out_.size() == before) add(words, {});  // it has nothing but its name
  }
}

void Settings::add_leaf(const pb::Message& message, const Field& field, Words words) {
  const pb::Reflection& reflection = *message.GetReflection();
  if (field.is_map()) {
    std::map<std::string, std::string> entries;  // the order of protobuf's maps means nothing
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      const pb::Message& entry = reflection.GetRepeatedMessage(message, &field, i);
      entries[write_value(entry, *field.message_type()->map_key(), -1)] =
          write_value(entry, *field.message_type()->map_value(), -1);
    }
    for (const auto& [name, value] : entries) {
      Words place = words;
      place.push_back(name);
      add(std::move(place), {value});
    }
    return;
  }
  const bool is_masked = secrets_ == Secrets::Masked && options_of(field).secret();
  if (!field.is_repeated()) {
    add(std::move(words), {is_masked ? std::string(kMask) : write_value(message, field, -1)});
    return;
  }
  Words values;
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i)
    values.push_back(is_masked ? std::string(kMask) : write_value(message, field, i));
  if (values.size() != 1) {
    values.insert(values.begin(), "[");
    values.emplace_back("]");
  }
  add(std::move(words), values);
}

std::optional<int> index_of(std::string_view text) {
  int value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || at != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

bool is_plain(std::string_view word) {
  return !word.empty() && std::none_of(word.begin(), word.end(), [](unsigned char c) {
    return c <= ' ' || c == '"' || c == '\\' || c == '|' || c == '#' || c == '!' || c == '?' ||
           c == 0x7f;
  });
}

}  // namespace

std::vector<Setting> settings(const v1::Config& config, Secrets secrets) {
  Settings all(secrets);
  all.add_message(config, {});
  return all.take();
}

Words words_of_path(const v1::Config& config, std::string_view path) {
  Words words;
  const pb::Message* message = &config;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find_first_of(".["), path.size());
    const Field* field =
        message->GetDescriptor()->FindFieldByName(std::string(path.substr(0, end)));
    if (field == nullptr) break;
    path.remove_prefix(end);
    if (options_of(*field).key()) break;  // the element's name, which stands already
    words.push_back(word_of(*field));
    if (kind_of(*field) == Kind::Container) {
      message = &message->GetReflection()->GetMessage(*message, field);
    } else if (path.starts_with('[')) {
      const std::size_t close = path.find(']');
      if (close == std::string_view::npos) break;
      const std::string_view index = path.substr(1, close - 1);
      path.remove_prefix(close + 1);
      if (field->is_map()) {
        words.emplace_back(index.size() > 2 ? index.substr(1, index.size() - 2) : index);
        break;
      }
      const auto at = index_of(index);
      if (!at || *at >= message->GetReflection()->FieldSize(*message, field)) break;
      if (kind_of(*field) == Kind::Leaf) {
        words.push_back(write_value(*message, *field, *at));
        break;
      }
      message = &message->GetReflection()->GetRepeatedMessage(*message, field, *at);
      words.push_back(write_value(*message, *key_of(*field->message_type()), -1));
    } else {
      break;
    }
    if (path.starts_with('.')) path.remove_prefix(1);
  }
  return words;
}

std::string text_of(const Words& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    if (is_plain(word)) {
      text += word;
      continue;
    }
    text += '"';
    for (const char c : word) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text;
}

}  // namespace junctor::config
