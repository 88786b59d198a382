// SPDX-License-Identifier: MIT
#include "platform/config/write_json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <vector>

#include "platform/base/assert.hpp"
#include "platform/config/migrate.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

constexpr std::size_t kStep = 2;
constexpr std::size_t kLongestLine = 100;

template <typename Number>
std::string number_text(Number value) {
  char text[40];
  const auto end = std::to_chars(std::begin(text), std::end(text), value).ptr;
  return {text, end};
}

template <typename Number>
std::string fraction_text(Number value) {
  JUNCTOR_ASSERT(std::isfinite(value));  // JSON has no other, and so the reader gives none
  return number_text(value);
}

std::string enum_text(const Field& field, int number) {
  const pb::EnumValueDescriptor* value = field.enum_type()->FindValueByNumber(number);
  return value == nullptr ? std::to_string(number) : '"' + value->name() + '"';
}

std::string string_text(const std::string& text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

// One value that is no message: of a field, or the element `at` of a list.
std::string plain_text(const pb::Message& message, const Field& field, int at) {
  const pb::Reflection& of = *message.GetReflection();
  const auto get = [&](auto one, auto element) {
    return field.is_repeated() ? (of.*element)(message, &field, at) : (of.*one)(message, &field);
  };
  using R = pb::Reflection;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      return number_text(get(&R::GetInt32, &R::GetRepeatedInt32));
    case Field::CPPTYPE_INT64:
      return '"' + number_text(get(&R::GetInt64, &R::GetRepeatedInt64)) + '"';
    case Field::CPPTYPE_UINT32:
      return number_text(get(&R::GetUInt32, &R::GetRepeatedUInt32));
    case Field::CPPTYPE_UINT64:
      return '"' + number_text(get(&R::GetUInt64, &R::GetRepeatedUInt64)) + '"';
    case Field::CPPTYPE_DOUBLE:
      return fraction_text(get(&R::GetDouble, &R::GetRepeatedDouble));
    case Field::CPPTYPE_FLOAT:
      return fraction_text(get(&R::GetFloat, &R::GetRepeatedFloat));
    case Field::CPPTYPE_BOOL:
      return get(&R::GetBool, &R::GetRepeatedBool) ? "true" : "false";
    case Field::CPPTYPE_ENUM:
      return enum_text(field, get(&R::GetEnumValue, &R::GetRepeatedEnumValue));
    case Field::CPPTYPE_STRING:
      JUNCTOR_ASSERT(field.type() == Field::TYPE_STRING);  // our schema has no field of type bytes
      return string_text(get(&R::GetString, &R::GetRepeatedString));
    case Field::CPPTYPE_MESSAGE:
      break;
  }
  return {};
}

// What stands between two brackets, each part a line of its own.
void append_lines(std::string& out, char open, const std::vector<std::string>& parts, char close,
                  std::size_t indent) {
  out += open;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    out.append(indent + kStep, ' ');
    out += parts[i];
  }
  if (!parts.empty()) {
    out += '\n';
    out.append(indent, ' ');
  }
  out += close;
}

std::string message_text(const pb::Message& message, std::size_t indent) {
  std::string out;
  append_json(out, message, indent);
  return out;
}

// `width`: how much of the line is taken.
std::string list_text(const pb::Message& message, const Field& field, std::size_t indent,
                      std::size_t width) {
  const pb::Reflection& of = *message.GetReflection();
  std::vector<std::string> items;
  std::string line;
  for (int i = 0; i < of.FieldSize(message, &field); ++i) {
    items.push_back(field.cpp_type() == Field::CPPTYPE_MESSAGE
                        ? message_text(of.GetRepeatedMessage(message, &field, i), indent + kStep)
                        : plain_text(message, field, i));
    line += (i == 0 ? "" : ", ") + items.back();
  }
  const bool is_plain = field.cpp_type() != Field::CPPTYPE_MESSAGE;
  if (is_plain && width + line.size() + 3 <= kLongestLine) return '[' + line + ']';
  std::string out;
  append_lines(out, '[', items, ']', indent);
  return out;
}

// Keys of maps are strings in this schema.
std::string map_text(const pb::Message& message, const Field& field, std::size_t indent) {
  const pb::Reflection& of = *message.GetReflection();
  const Field& key = *field.message_type()->map_key();
  const Field& value = *field.message_type()->map_value();
  std::vector<std::pair<std::string, std::string>> entries;
  for (int i = 0; i < of.FieldSize(message, &field); ++i) {
    const pb::Message& entry = of.GetRepeatedMessage(message, &field, i);
    const pb::Reflection& inner = *entry.GetReflection();
    entries.emplace_back(inner.GetString(entry, &key),
                         value.cpp_type() == Field::CPPTYPE_MESSAGE
                             ? message_text(inner.GetMessage(entry, &value), indent + kStep)
                             : plain_text(entry, value, 0));
  }
  std::ranges::sort(entries);
  std::vector<std::string> parts;
  parts.reserve(entries.size());
  for (const auto& [name, text] : entries) parts.push_back(string_text(name) + ": " + text);
  std::string out;
  append_lines(out, '{', parts, '}', indent);
  return out;
}

bool is_written(const pb::Message& message, const Field& field) {
  const pb::Reflection& of = *message.GetReflection();
  if (field.is_repeated()) return of.FieldSize(message, &field) > 0;
  if (!of.HasField(message, &field)) return false;
  return field.cpp_type() != Field::CPPTYPE_ENUM || of.GetEnumValue(message, &field) != 0;
}

}  // namespace

void append_json(std::string& out, const pb::Message& message, std::size_t indent) {
  std::vector<std::string> parts;
  if (message.GetDescriptor() == v1::Config::descriptor())
    parts.push_back('"' + std::string(kVersionKey) + "\": " + std::to_string(kVersion));
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const Field& field = *message.GetDescriptor()->field(i);
    if (!is_written(message, field)) continue;
    std::string part = '"' + field.name() + "\": ";
    const std::size_t inside = indent + kStep;
    if (field.is_map()) {
      part += map_text(message, field, inside);
    } else if (field.is_repeated()) {
      part += list_text(message, field, inside, inside + part.size());
    } else if (field.cpp_type() == Field::CPPTYPE_MESSAGE) {
      append_json(part, message.GetReflection()->GetMessage(message, &field), inside);
    } else {
      part += plain_text(message, field, 0);
    }
    parts.push_back(std::move(part));
  }
  append_lines(out, '{', parts, '}', indent);
}

std::string write_json(const pb::Message& message) {
  std::string out;
  append_json(out, message, 0);
  return out + '\n';
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kValues = "\"\\\b\f\n\r\t";
  constexpr std::string_view kNames = "\"\\bfnrt";
  constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    const Utf8Char c = decode_utf8(text);
    const std::string_view octets = text.substr(0, c.length == 0 ? 1 : c.length);
    text.remove_prefix(octets.size());
    if (const std::size_t at = kValues.find(octets); at != std::string_view::npos) {
      out += '\\';
      out += kNames[at];
    } else if (c.length == 0) {
      out += "\xef\xbf\xbd";
    } else if (is_control(c.code)) {
      out += "\\u";
      for (const unsigned shift : {12U, 8U, 4U, 0U}) out += kDigits[c.code >> shift & 15];
    } else {
      out += octets;
    }
  }
  out += '"';
}

}  // namespace junctor::config
