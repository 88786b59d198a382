// SPDX-License-Identifier: MIT
#include "platform/config/read_message.hpp"

#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>
#include <unordered_set>

#include "options/v1/options.pb.h"

namespace junctor::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

template <typename Number>
std::optional<Number> whole_number(const std::string& text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || at != end) return std::nullopt;
  return value;
}

bool is_whole(const std::string& text) {
  return text.find_first_not_of("-0123456789") == std::string::npos;
}

std::string list_of(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

// Sets one value of a field: the field itself, a new element of a list, or the value of a map's
// entry.
class ValueReader {
 public:
  ValueReader(const Field& field, pb::Message& message, Findings& findings)
      : field_(field),
        message_(message),
        reflection_(*message.GetReflection()),
        findings_(findings) {}

  void read(const Json& json, const std::string& path) {
    findings_.note_line(path, json.line);
    path_ = path;
    switch (field_.cpp_type()) {
      case Field::CPPTYPE_INT32:
        return read_whole<std::int32_t>(json, &pb::Reflection::SetInt32, &pb::Reflection::AddInt32);
      case Field::CPPTYPE_INT64:
        return read_whole<std::int64_t>(json, &pb::Reflection::SetInt64, &pb::Reflection::AddInt64);
      case Field::CPPTYPE_UINT32:
        return read_whole<std::uint32_t>(json, &pb::Reflection::SetUInt32,
                                         &pb::Reflection::AddUInt32);
      case Field::CPPTYPE_UINT64:
        return read_whole<std::uint64_t>(json, &pb::Reflection::SetUInt64,
                                         &pb::Reflection::AddUInt64);
      case Field::CPPTYPE_DOUBLE:
        return read_fraction<double>(json, &pb::Reflection::SetDouble, &pb::Reflection::AddDouble);
      case Field::CPPTYPE_FLOAT:
        return read_fraction<float>(json, &pb::Reflection::SetFloat, &pb::Reflection::AddFloat);
      case Field::CPPTYPE_BOOL:
        return read_bool(json);
      case Field::CPPTYPE_ENUM:
        return read_enum(json);
      case Field::CPPTYPE_STRING:
        return read_string(json);
      case Field::CPPTYPE_MESSAGE:
        return read_object(json);
    }
  }

 private:
  void wrong_type(const Json& json, const std::string& wanted) {
    findings_.add(path_, wanted + " is expected, " + std::string(json.kind_name()) + " is there");
  }
  template <typename Value, typename Set, typename Add>
  void store(Value value, Set set, Add add) {
    if (field_.is_repeated()) {
      (reflection_.*add)(&message_, &field_, std::move(value));
    } else {
      (reflection_.*set)(&message_, &field_, std::move(value));
    }
  }

  template <typename Number, typename Set, typename Add>
  void read_whole(const Json& json, Set set, Add add);
  template <typename Number, typename Set, typename Add>
  void read_fraction(const Json& json, Set set, Add add);
  void read_bool(const Json& json);
  void read_enum(const Json& json);
  void read_string(const Json& json);
  void read_object(const Json& json);

  const Field& field_;
  pb::Message& message_;
  const pb::Reflection& reflection_;
  Findings& findings_;
  std::string path_;
};

template <typename Number, typename Set, typename Add>
void ValueReader::read_whole(const Json& json, Set set, Add add) {
  // JavaScript has no 64-bit integers, so that they may also be written as strings (proto3 JSON
  // mapping).
  const bool is_wide_string = sizeof(Number) == 8 && json.kind == Json::Kind::String;
  if (json.kind != Json::Kind::Number && !is_wide_string) return wrong_type(json, "a whole number");
  if (json.text.empty() || !is_whole(json.text)) {
    return findings_.add(path_, quote(json.text) + " is no whole number");
  }
  const auto value = whole_number<Number>(json.text);
  if (!value)
    return findings_.add(path_, json.text.substr(0, 40) + " is outside " + range_of(field_).text());
  store(*value, set, add);
}

template <typename Number, typename Set, typename Add>
void ValueReader::read_fraction(const Json& json, Set set, Add add) {
  if (json.kind != Json::Kind::Number) return wrong_type(json, "a number");
  const auto value = static_cast<Number>(std::strtod(json.text.c_str(), nullptr));
  if (value > std::numeric_limits<Number>::max() || value < std::numeric_limits<Number>::lowest()) {
    return findings_.add(path_, json.text.substr(0, 40) + " is too large");
  }
  store(value, set, add);
}

void ValueReader::read_bool(const Json& json) {
  if (json.kind != Json::Kind::Bool) return wrong_type(json, "true or false");
  store(json.is_true, &pb::Reflection::SetBool, &pb::Reflection::AddBool);
}

void ValueReader::read_enum(const Json& json) {
  const std::vector<std::string> names = enum_names(*field_.enum_type());
  if (json.kind != Json::Kind::String) return wrong_type(json, "one of " + list_of(names));
  const pb::EnumValueDescriptor* value = field_.enum_type()->FindValueByName(json.text);
  if (value == nullptr || value->number() == 0) {
    return findings_.add(path_, quote(json.text) + " is none of " + list_of(names));
  }
  store(value,
        static_cast<void (pb::Reflection::*)(pb::Message*, const Field*,
                                             const pb::EnumValueDescriptor*) const>(
            &pb::Reflection::SetEnum),
        static_cast<void (pb::Reflection::*)(pb::Message*, const Field*,
                                             const pb::EnumValueDescriptor*) const>(
            &pb::Reflection::AddEnum));
}

void ValueReader::read_string(const Json& json) {
  JUNCTOR_ASSERT(field_.type() ==
                 Field::TYPE_STRING);  // a schema of ours has no field of type bytes
  if (json.kind != Json::Kind::String) return wrong_type(json, "a string");
  store(json.text, &pb::Reflection::SetString, &pb::Reflection::AddString);
}

void ValueReader::read_object(const Json& json) {
  if (json.kind != Json::Kind::Object) return wrong_type(json, "an object");
  pb::Message* inner = field_.is_repeated() ? reflection_.AddMessage(&message_, &field_)
                                            : reflection_.MutableMessage(&message_, &field_);
  read_message(json, path_, *inner, findings_);
}

void read_list(const Json& json, const std::string& path, const Field& field, pb::Message& message,
               Findings& findings) {
  if (json.kind != Json::Kind::Array) {
    return findings.add(path, "a list is expected, " + std::string(json.kind_name()) + " is there");
  }
  for (std::size_t i = 0; i < json.items.size(); ++i) {
    const int before = message.GetReflection()->FieldSize(message, &field);
    const int index = static_cast<int>(i);
    ValueReader(field, message, findings).read(json.items[i], at_index(path, index));
    if (message.GetReflection()->FieldSize(message, &field) > before)
      findings.note_element(path, index);
  }
}

// Keys of maps are strings in this schema.
void read_map(const Json& json, const std::string& path, const Field& field, pb::Message& message,
              Findings& findings) {
  if (json.kind != Json::Kind::Object) {
    return findings.add(path,
                        "an object is expected, " + std::string(json.kind_name()) + " is there");
  }
  std::unordered_set<std::string> seen;
  for (const Json::Member& member : json.members) {
    const std::string at = path + "[" + quote(member.key) + "]";
    if (!seen.insert(member.key).second) {
      findings.add_at(at, member.line, "the key is there twice");
      continue;
    }
    pb::Message* entry = message.GetReflection()->AddMessage(&message, &field);
    entry->GetReflection()->SetString(entry, field.message_type()->map_key(), member.key);
    ValueReader(*field.message_type()->map_value(), *entry, findings).read(member.value, at);
  }
}

std::vector<std::string> field_names(const pb::Descriptor& type) {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(type.field_count()));
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  return names;
}

}  // namespace

Range range_of(const Field& field) {
  const options::v1::Field& option = field.options().GetExtension(options::v1::field);
  if (option.min() != 0 || option.max() != 0) {
    return {true, option.min(), static_cast<std::uint64_t>(option.max())};
  }
  const auto of = [](auto number) {
    using Limits = std::numeric_limits<decltype(number)>;
    return Range{true, static_cast<std::int64_t>(Limits::min()),
                 static_cast<std::uint64_t>(Limits::max())};
  };
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      return of(std::int32_t{});
    case Field::CPPTYPE_INT64:
      return of(std::int64_t{});
    case Field::CPPTYPE_UINT32:
      return of(std::uint32_t{});
    case Field::CPPTYPE_UINT64:
      return of(std::uint64_t{});
    default:
      return {};
  }
}

std::vector<std::string> enum_names(const pb::EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(type.value(i)->name());
  }
  return names;
}

void read_message(const Json& json, const std::string& path, pb::Message& message,
                  Findings& findings) {
  if (!path.empty()) findings.note_line(path, json.line);
  std::unordered_set<std::string> seen;
  for (const Json::Member& member : json.members) {
    const Field* field = message.GetDescriptor()->FindFieldByName(member.key);
    if (field == nullptr) {
      const std::string name = quote(member.key);
      findings.add_at(
          join(path, name.substr(1, name.size() - 2)), member.line,
          "unknown key" + did_you_mean(member.key, field_names(*message.GetDescriptor())));
      continue;
    }
    const std::string at = join(path, member.key);
    if (!seen.insert(member.key).second) {
      findings.add_at(at, member.line, "the key is there twice");
      continue;
    }
    if (member.value.kind == Json::Kind::Null) continue;  // left out
    findings.note_line(at, member.line);
    if (field->is_map()) {
      read_map(member.value, at, *field, message, findings);
    } else if (field->is_repeated()) {
      read_list(member.value, at, *field, message, findings);
    } else {
      ValueReader(*field, message, findings).read(member.value, at);
    }
  }
}

}  // namespace junctor::config
