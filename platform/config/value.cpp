// SPDX-License-Identifier: MIT
#include "platform/config/value.hpp"

#include <google/protobuf/text_format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cctype>

#include "platform/base/address.hpp"
#include "platform/config/codecs.hpp"
#include "platform/config/json.hpp"
#include "platform/config/number_pattern.hpp"
#include "platform/config/read_message.hpp"
#include "platform/config/secrets.hpp"
#include "platform/keys/certificate.hpp"

namespace junctor::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;
using Options = options::v1::Field;

std::string mac_mistake(const std::string& text) {
  if (!RE2::FullMatch(text, "(?i)[0-9a-f]{2}(:[0-9a-f]{2}){5}"))
    return "is no MAC address, as in 02:00:00:00:00:01";
  // The lowest bit of the first octet makes a group of it.
  if (RE2::FullMatch(text, "(?i).[13579bdf].*")) return "is the MAC address of a group";
  return text == "00:00:00:00:00:00" ? "is the MAC address of nobody" : "";
}

// RFC 1123, section 2.1; a trailing dot says that nothing is to be added.
bool is_host(const std::string& text) {
  if (IpAddress::parse(text)) return true;
  constexpr std::size_t kMaxName = 253;
  return text.size() <= kMaxName &&
         RE2::FullMatch(text,
                        "([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)*"
                        "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.?") &&
         !RE2::FullMatch(text, "[0-9.]*");  // would be an address, and is none
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
      return mac_mistake(text);
    case options::v1::FORMAT_HOST:
      return is_host(text) ? "" : "is no IP address, and no name of a host";
    case options::v1::FORMAT_REGEX: {
      const RE2 regex(text, RE2::Quiet);
      return regex.ok() ? "" : "is no regular expression: " + regex.error();
    }
    case options::v1::FORMAT_CERTIFICATE:
      if (keys::pem_of_certificate(text)) return "";
      return "is no certificate (what is between BEGIN and END of a PEM file, in one line)";
    default:
      return "";
  }
}

std::string number_mistake(std::int64_t value, const Field& field) {
  const Range range = range_of(field);
  const bool is_above = value > 0 && static_cast<std::uint64_t>(value) > range.max;
  if (!range.is_set || (value >= range.min && !is_above)) return {};
  return std::to_string(value) + " is outside " + range.text();
}

std::string string_mistake(const std::string& value, const Options& option) {
  if (value.empty() && (option.required() || option.key())) return "must not be empty";
  const std::string mistake = format_mistake(option.format(), value);
  if (!mistake.empty()) return quote(value) + " " + mistake;
  return pattern_mistake(value, option.pattern());
}

// The name that the .proto has for an enum's value as the console writes it.
std::string enum_name(const Field& field, std::string_view word) {
  for (const std::string& name : enum_names(*field.enum_type())) {
    std::string wanted(word);
    std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                   [](unsigned char c) { return static_cast<char>(c == '_' ? '-' : tolower(c)); });
    if (write_enum(name) == wanted) return name;
  }
  return std::string(word);
}

Json json_of(const Field& field, std::string_view word) {
  Json json;
  json.text = word;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_STRING:
      json.kind = Json::Kind::String;
      break;
    case Field::CPPTYPE_ENUM:
      json.kind = Json::Kind::String;
      json.text = enum_name(field, word);
      break;
    case Field::CPPTYPE_BOOL:
      json.is_true = word == "true" || word == "yes" || word == "on";
      json.kind = json.is_true || word == "false" || word == "no" || word == "off"
                      ? Json::Kind::Bool
                      : Json::Kind::String;
      break;
    default:
      json.kind = Json::Kind::Number;
  }
  return json;
}

}  // namespace

const Options& options_of(const Field& field) {
  return field.options().GetExtension(options::v1::field);
}

std::string word_of(const Field& field) {
  if (!options_of(field).word().empty()) return options_of(field).word();
  std::string word = field.name();
  std::replace(word.begin(), word.end(), '_', '-');
  return word;
}

const Field* key_of(const pb::Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i)
    if (options_of(*type.field(i)).key()) return type.field(i);
  return nullptr;
}

std::string write_enum(std::string_view name) {
  std::string word(name);
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) {
    return static_cast<char>(c == '_' ? '-' : std::tolower(c));
  });
  return word;
}

std::string write_value(const pb::Message& message, const Field& field, int index) {
  const pb::Reflection& reflection = *message.GetReflection();
  if (field.cpp_type() == Field::CPPTYPE_STRING)
    return index < 0 ? reflection.GetString(message, &field)
                     : reflection.GetRepeatedString(message, &field, index);
  std::string text;
  pb::TextFormat::PrintFieldValueToString(message, &field, index, &text);
  return field.cpp_type() == Field::CPPTYPE_ENUM ? write_enum(text) : text;
}

std::string read_value(pb::Message& message, const Field& field, std::string_view word) {
  Json value = json_of(field, word);
  Json object;
  object.kind = Json::Kind::Object;
  if (field.is_repeated()) {
    Json list;
    list.kind = Json::Kind::Array;
    list.items.push_back(std::move(value));
    value = std::move(list);
  }
  object.members.push_back({field.name(), 0, std::move(value)});
  const std::unique_ptr<pb::Message> fresh(message.New());
  Findings findings;
  read_message(object, {}, *fresh, findings);
  if (const auto found = findings.take(); !found.empty()) return found.front().reason;
  if (std::string mistake = value_mistake(*fresh, field, field.is_repeated() ? 0 : -1);
      !mistake.empty()) {
    return mistake;
  }
  message.MergeFrom(*fresh);
  return {};
}

std::string pattern_mistake(std::string_view value, const std::string& pattern) {
  if (pattern.empty() || RE2::FullMatch(re2::StringPiece(value.data(), value.size()), pattern))
    return {};
  return quote(value) + " does not fit the pattern " + pattern;
}

std::string value_mistake(const pb::Message& message, const Field& field, int index) {
  const pb::Reflection& reflection = *message.GetReflection();
  const bool is_element = index >= 0;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_UINT32:
      return number_mistake(is_element ? reflection.GetRepeatedUInt32(message, &field, index)
                                       : reflection.GetUInt32(message, &field),
                            field);
    case Field::CPPTYPE_INT32:
      return number_mistake(is_element ? reflection.GetRepeatedInt32(message, &field, index)
                                       : reflection.GetInt32(message, &field),
                            field);
    case Field::CPPTYPE_INT64:
      return number_mistake(is_element ? reflection.GetRepeatedInt64(message, &field, index)
                                       : reflection.GetInt64(message, &field),
                            field);
    case Field::CPPTYPE_STRING:
      if (options_of(field).secret() && !is_element)
        return secret_mistake(field, reflection.GetString(message, &field));
      return string_mistake(is_element ? reflection.GetRepeatedString(message, &field, index)
                                       : reflection.GetString(message, &field),
                            options_of(field));
    default:
      return {};
  }
}

std::string placeholder_of(const Field& field) {
  switch (options_of(field).format()) {
    case options::v1::FORMAT_IP_ADDRESS:
      return "<address>";
    case options::v1::FORMAT_IP_PREFIX:
      return "<address/length>";
    case options::v1::FORMAT_NAME:
      return "<name>";
    case options::v1::FORMAT_NUMBER_PATTERN:
      return "<pattern>";
    case options::v1::FORMAT_CODEC:
      return "<codec>";
    case options::v1::FORMAT_MAC_ADDRESS:
      return "<mac-address>";
    case options::v1::FORMAT_HOST:
      return "<host>";
    case options::v1::FORMAT_REGEX:
      return "<regex>";
    case options::v1::FORMAT_CERTIFICATE:
      return "<certificate>";
    default:
      break;
  }
  const Range range = range_of(field);
  return range.is_set ? "<" + range.text() + ">" : "<text>";
}

std::string help_of(const Field& field) {
  const Options& option = options_of(field);
  std::string more = option.unit();
  if (!option.default_value().empty()) {
    const bool is_enum = field.cpp_type() == Field::CPPTYPE_ENUM;
    more += (more.empty() ? "default " : ", default ") +
            (is_enum ? write_enum(option.default_value()) : option.default_value());
  }
  return more.empty() ? option.help() : option.help() + " (" + more + ")";
}

}  // namespace junctor::config
