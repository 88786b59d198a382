// SPDX-License-Identifier: MIT
#include "platform/config/schema.hpp"

#include <google/protobuf/text_format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>

#include "options/v1/options.pb.h"
#include "platform/base/address.hpp"
#include "platform/config/codecs.hpp"
#include "platform/config/number_pattern.hpp"
#include "platform/config/read_message.hpp"

namespace junctor::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;
using Options = options::v1::Field;

const Options& options_of(const Field& field) {
  return field.options().GetExtension(options::v1::field);
}

// Why the text is not of the format; empty if it is.
std::string format_mistake(options::v1::Format format, const std::string& text) {
  switch (format) {
    case options::v1::FORMAT_IP_ADDRESS:
      return IpAddress::parse(text) ? "" : "is no IP address";
    case options::v1::FORMAT_IP_PREFIX:
      if (!IpPrefix::parse(text))
        return "is no IP address with the length of its network, as in 192.0.2.1/24";
      return text.find('/') != std::string::npos
                 ? ""
                 : "needs the length of its network, as in 192.0.2.1/24";
    case options::v1::FORMAT_NAME:
      if (RE2::FullMatch(text, "[A-Za-z][A-Za-z0-9_-]{0,31}")) return "";
      return "is no name (a letter, then letters, digits, '-' and '_', at most 32)";
    case options::v1::FORMAT_NUMBER_PATTERN: {
      const auto pattern = NumberPattern::parse(text);
      return pattern.ok() ? "" : "is no pattern of numbers: " + pattern.error().message;
    }
    case options::v1::FORMAT_CODEC: {
      std::vector<std::string> names;
      for (const CodecName& codec : codec_names()) names.emplace_back(codec.name);
      return find_codec(text) != nullptr
                 ? ""
                 : "is no codec that the gateway knows" + did_you_mean(text, names);
    }
    case options::v1::FORMAT_MAC_ADDRESS:
      if (!RE2::FullMatch(text, "(?i)[0-9a-f]{2}(:[0-9a-f]{2}){5}"))
        return "is no MAC address, as in 02:00:00:00:00:01";
      // The lowest bit of the first octet makes a group of it.
      if (RE2::FullMatch(text, "(?i).[13579bdf].*")) return "is the MAC address of a group";
      return text == "00:00:00:00:00:00" ? "is the MAC address of nobody" : "";
    default:
      return "";
  }
}

class SchemaCheck {
 public:
  SchemaCheck(const v1::Config& root, Findings& findings) : root_(root), findings_(findings) {}

  void check_message(const pb::Message& message, const std::string& path);

 private:
  void check_field(const pb::Message& message, const Field& field, const std::string& path);
  void check_value(const pb::Message& message, const Field& field, int index,
                   const std::string& path);
  void check_number(std::int64_t value, const Field& field, const std::string& path);
  void check_string(const std::string& value, const Options& option, const std::string& path);
  void check_unique_keys(const pb::Message& message, const Field& list, const std::string& path);
  void check_no_doubles(const pb::Message& message, const Field& list, const std::string& path);
  const std::vector<std::string>& keys_of(const std::string& list_path);

  const v1::Config& root_;
  Findings& findings_;
  std::map<std::string, std::vector<std::string>> keys_;
};

// The value of a scalar field or element as text, to be compared and shown.
std::string value_text(const pb::Message& message, const Field& field, int index) {
  std::string text;
  pb::TextFormat::PrintFieldValueToString(message, &field, index, &text);
  const bool is_quoted = field.cpp_type() == Field::CPPTYPE_STRING;
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

const Field* key_field(const pb::Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    if (options_of(*type.field(i)).key()) return type.field(i);
  }
  return nullptr;
}

void SchemaCheck::check_message(const pb::Message& message, const std::string& path) {
  const pb::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    check_field(message, *type.field(i), join(path, type.field(i)->name()));
  }
}

void SchemaCheck::check_field(const pb::Message& message, const Field& field,
                              const std::string& path) {
  const pb::Reflection& reflection = *message.GetReflection();
  const int count = field.is_repeated() ? reflection.FieldSize(message, &field)
                                        : static_cast<int>(reflection.HasField(message, &field));
  // What is given but could not be read has its finding already.
  const bool is_unread = !field.is_repeated() && findings_.is_given(path);
  if (count == 0 && options_of(field).required() && !is_unread) {
    findings_.add(path, field.is_repeated() ? "at least one is required" : "is required");
  }
  if (field.is_map()) return;
  const bool is_message = field.cpp_type() == Field::CPPTYPE_MESSAGE;
  for (int i = 0; i < count; ++i) {
    const std::string at = field.is_repeated() ? findings_.element(path, i) : path;
    if (!is_message) {
      check_value(message, field, field.is_repeated() ? i : -1, at);
    } else if (field.is_repeated()) {
      check_message(reflection.GetRepeatedMessage(message, &field, i), at);
    } else {
      check_message(reflection.GetMessage(message, &field), at);
    }
  }
  if (!field.is_repeated()) return;
  if (is_message) {
    check_unique_keys(message, field, path);
  } else {
    check_no_doubles(message, field, path);
  }
}

void SchemaCheck::check_value(const pb::Message& message, const Field& field, int index,
                              const std::string& path) {
  const pb::Reflection& reflection = *message.GetReflection();
  const bool is_element = index >= 0;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_UINT32:
      return check_number(is_element ? reflection.GetRepeatedUInt32(message, &field, index)
                                     : reflection.GetUInt32(message, &field),
                          field, path);
    case Field::CPPTYPE_INT32:
      return check_number(is_element ? reflection.GetRepeatedInt32(message, &field, index)
                                     : reflection.GetInt32(message, &field),
                          field, path);
    case Field::CPPTYPE_INT64:
      return check_number(is_element ? reflection.GetRepeatedInt64(message, &field, index)
                                     : reflection.GetInt64(message, &field),
                          field, path);
    case Field::CPPTYPE_STRING:
      return check_string(is_element ? reflection.GetRepeatedString(message, &field, index)
                                     : reflection.GetString(message, &field),
                          options_of(field), path);
    default:
      return;
  }
}

void SchemaCheck::check_number(std::int64_t value, const Field& field, const std::string& path) {
  const Range range = range_of(field);
  const bool is_above = value > 0 && static_cast<std::uint64_t>(value) > range.max;
  if (range.is_set && (value < range.min || is_above)) {
    findings_.add(path, std::to_string(value) + " is outside " + range.text());
  }
}

void SchemaCheck::check_string(const std::string& value, const Options& option,
                               const std::string& path) {
  if (value.empty() && (option.required() || option.key()))
    return findings_.add(path, "must not be empty");
  const std::string mistake = format_mistake(option.format(), value);
  if (!mistake.empty()) return findings_.add(path, quote(value) + " " + mistake);
  if (!option.pattern().empty() && !RE2::FullMatch(value, option.pattern())) {
    return findings_.add(path, quote(value) + " does not fit the pattern " + option.pattern());
  }
  if (option.reference().empty()) return;
  const std::vector<std::string>& keys = keys_of(option.reference());
  if (std::find(keys.begin(), keys.end(), value) == keys.end()) {
    findings_.add(path,
                  quote(value) + " is not in " + option.reference() + did_you_mean(value, keys));
  }
}

void SchemaCheck::check_unique_keys(const pb::Message& message, const Field& list,
                                    const std::string& path) {
  const Field* key = key_field(*list.message_type());
  if (key == nullptr) return;
  const pb::Reflection& reflection = *message.GetReflection();
  std::map<std::string, int> first;
  for (int i = 0; i < reflection.FieldSize(message, &list); ++i) {
    const pb::Message& element = reflection.GetRepeatedMessage(message, &list, i);
    if (!element.GetReflection()->HasField(element, key)) continue;
    const std::string value = value_text(element, *key, -1);
    const auto [at, is_new] = first.try_emplace(value, i);
    if (is_new) continue;
    const std::string other = findings_.element(path, at->second);
    findings_.add(join(findings_.element(path, i), key->name()),
                  value + " is the " + key->name() + " of " + other + " already (line " +
                      std::to_string(findings_.line_of(join(other, key->name()))) + ")");
  }
}

void SchemaCheck::check_no_doubles(const pb::Message& message, const Field& list,
                                   const std::string& path) {
  std::set<std::string> seen;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &list); ++i) {
    const std::string value = value_text(message, list, i);
    if (!seen.insert(value).second)
      findings_.add(findings_.element(path, i), value + " is there twice");
  }
}

// The keys in a list named from the top: "trunks", "sip.listeners".
const std::vector<std::string>& SchemaCheck::keys_of(const std::string& list_path) {
  const auto [at, is_new] = keys_.try_emplace(list_path);
  if (!is_new) return at->second;
  const pb::Message* message = &root_;
  std::string rest = list_path;
  for (std::size_t dot; (dot = rest.find('.')) != std::string::npos; rest.erase(0, dot + 1)) {
    const Field* inner = message->GetDescriptor()->FindFieldByName(rest.substr(0, dot));
    JUNCTOR_ASSERT(inner != nullptr);
    message = &message->GetReflection()->GetMessage(*message, inner);
  }
  const Field* list = message->GetDescriptor()->FindFieldByName(rest);
  JUNCTOR_ASSERT(list != nullptr && key_field(*list->message_type()) != nullptr);
  const Field* key = key_field(*list->message_type());
  for (int i = 0; i < message->GetReflection()->FieldSize(*message, list); ++i) {
    const pb::Message& element = message->GetReflection()->GetRepeatedMessage(*message, list, i);
    at->second.push_back(element.GetReflection()->GetString(element, key));
  }
  return at->second;
}

}  // namespace

void check_schema(const v1::Config& config, Findings& findings) {
  SchemaCheck(config, findings).check_message(config, "");
}

}  // namespace junctor::config
