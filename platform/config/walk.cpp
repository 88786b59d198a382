// SPDX-License-Identifier: MIT
#include "platform/config/walk.hpp"

#include <algorithm>
#include <vector>

#include "platform/base/assert.hpp"
#include "platform/config/value.hpp"

namespace junctor::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

bool begins(std::string_view whole, std::string_view start) { return whole.starts_with(start); }

}  // namespace

Kind kind_of(const Field& field) {
  if (field.is_map() || field.cpp_type() != Field::CPPTYPE_MESSAGE) return Kind::Leaf;
  return field.is_repeated() ? Kind::List : Kind::Container;
}

std::variant<const Field*, std::string> find_field(const pb::Descriptor& type,
                                                   std::string_view word) {
  std::vector<const Field*> fits;
  std::vector<std::string> words;
  for (int i = 0; i < type.field_count(); ++i) {
    const Field& field = *type.field(i);
    if (options_of(field).key()) continue;
    words.push_back(word_of(field));
    if (words.back() == word) return &field;
    if (!word.empty() && begins(words.back(), word)) fits.push_back(&field);
  }
  if (fits.size() == 1) return fits.front();
  if (fits.empty()) return quote(word) + " is unknown here" + did_you_mean(word, words);
  std::string all;
  for (const Field* field : fits) all += (all.empty() ? "" : ", ") + word_of(*field);
  return quote(word) + " may be " + all;
}

bool is_set(const pb::Message& message, const Field& field) {
  const pb::Reflection& reflection = *message.GetReflection();
  return field.is_repeated() ? reflection.FieldSize(message, &field) > 0
                             : reflection.HasField(message, &field);
}

int find_element(const pb::Message& message, const Field& list, std::string_view key) {
  const Field& name = *key_of(*list.message_type());
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &list); ++i) {
    const pb::Message& element = message.GetReflection()->GetRepeatedMessage(message, &list, i);
    if (write_value(element, name, -1) == key) return i;
  }
  return -1;
}

int find_value(const pb::Message& message, const Field& list, std::string_view word) {
  // As it would be written: "0100" is 100, "UDP" is udp.
  std::unique_ptr<pb::Message> fresh(message.New());
  const bool is_value = read_value(*fresh, list, word).empty();
  const std::string wanted = is_value ? write_value(*fresh, list, 0) : std::string(word);
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &list); ++i)
    if (write_value(message, list, i) == wanted) return i;
  return -1;
}

int find_map_entry(const pb::Message& message, const Field& map, std::string_view name) {
  const Field& key = *map.message_type()->map_key();
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &map); ++i) {
    const pb::Message& entry = message.GetReflection()->GetRepeatedMessage(message, &map, i);
    if (entry.GetReflection()->GetString(entry, &key) == name) return i;
  }
  return -1;
}

std::variant<pb::Message*, std::string> element_to_set(pb::Message& message, const Field& list,
                                                       std::string_view key) {
  const pb::Reflection& reflection = *message.GetReflection();
  std::unique_ptr<pb::Message> fresh(
      reflection.GetMessageFactory()->GetPrototype(list.message_type())->New());
  const Field& name = *key_of(*list.message_type());
  if (std::string mistake = read_value(*fresh, name, key); !mistake.empty()) return mistake;
  const int index = find_element(message, list, write_value(*fresh, name, -1));
  if (index >= 0) return reflection.MutableRepeatedMessage(&message, &list, index);
  reflection.AddAllocatedMessage(&message, &list, fresh.release());
  return reflection.MutableRepeatedMessage(&message, &list,
                                           reflection.FieldSize(message, &list) - 1);
}

void set_map_value(pb::Message& message, const Field& map, const std::string& name,
                   const std::string& value) {
  const pb::Reflection& reflection = *message.GetReflection();
  const int index = find_map_entry(message, map, name);
  pb::Message& entry = index < 0 ? *reflection.AddMessage(&message, &map)
                                 : *reflection.MutableRepeatedMessage(&message, &map, index);
  entry.GetReflection()->SetString(&entry, map.message_type()->map_key(), name);
  entry.GetReflection()->SetString(&entry, map.message_type()->map_value(), value);
}

void remove_element(pb::Message& message, const Field& list, int index) {
  move_element(message, list, index, message.GetReflection()->FieldSize(message, &list) - 1);
  message.GetReflection()->RemoveLast(&message, &list);
}

void move_element(pb::Message& message, const Field& list, int from, int to) {
  const pb::Reflection& reflection = *message.GetReflection();
  for (; from < to; ++from) reflection.SwapElements(&message, &list, from, from + 1);
  for (; from > to; --from) reflection.SwapElements(&message, &list, from, from - 1);
}

std::string list_path(const v1::Config& config, const Field& list) {
  const pb::Descriptor& root = *config.GetDescriptor();
  if (list.containing_type() == &root) return list.name();
  for (int i = 0; i < root.field_count(); ++i) {
    const Field& field = *root.field(i);
    if (kind_of(field) == Kind::Container && field.message_type() == list.containing_type())
      return field.name() + "." + list.name();
  }
  return {};
}

void rename_references(pb::Message& message, const std::string& list, const std::string& before,
                       const std::string& after) {
  if (list.empty()) return;
  const pb::Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const Field& field = *message.GetDescriptor()->field(i);
    if (kind_of(field) == Kind::Container && reflection.HasField(message, &field)) {
      rename_references(*reflection.MutableMessage(&message, &field), list, before, after);
    } else if (kind_of(field) == Kind::List) {
      for (int n = 0; n < reflection.FieldSize(message, &field); ++n)
        rename_references(*reflection.MutableRepeatedMessage(&message, &field, n), list, before,
                          after);
    } else if (options_of(field).reference() == list && field.is_repeated()) {
      for (int n = 0; n < reflection.FieldSize(message, &field); ++n)
        if (reflection.GetRepeatedString(message, &field, n) == before)
          reflection.SetRepeatedString(&message, &field, n, after);
    } else if (options_of(field).reference() == list &&
               reflection.GetString(message, &field) == before) {
      reflection.SetString(&message, &field, after);
    }
  }
}

}  // namespace junctor::config
