// SPDX-License-Identifier: MIT
// Writes the reference manual of the configuration from its schema (platform/api/config/v1).
//
//   junctor-manual           the manual, as rootfs/handbook/configuration.md holds it
#include <google/protobuf/descriptor.h>

#include <cstdio>
#include <string>

#include "config/v1/config.pb.h"
#include "platform/config/read_message.hpp"
#include "platform/config/value.hpp"
#include "platform/config/walk.hpp"

namespace junctor::config {
namespace {

using Field = google::protobuf::FieldDescriptor;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// In a cell of a table a bar ends the cell.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

// What may be written for a value.
std::string values_of(const Field& field) {
  if (field.is_map()) return "NAME VALUE";
  if (field.cpp_type() == Field::CPPTYPE_BOOL) return "true, false";
  if (field.cpp_type() == Field::CPPTYPE_ENUM) {
    std::vector<std::string> names;
    for (const std::string& name : enum_names(*field.enum_type()))
      names.push_back(write_enum(name));
    return joined(names);
  }
  if (!options_of(field).reference().empty()) return "one of " + options_of(field).reference();
  const std::string shape = placeholder_of(field);
  return shape.substr(1, shape.size() - 2);
}

std::string takes_effect(const Field& field) {
  switch (options_of(field).apply()) {
    case options::v1::APPLY_RESTART_CONTROL:
      return "after a restart of junctor-control";
    case options::v1::APPLY_RESTART_DATAPLANE:
      return "after a restart of junctor-dataplane";
    default:
      return {};
  }
}

class Manual {
 public:
  std::string text() {
    out_ =
        "# Configuration\n\nMade from platform/api/config/v1 by `junctor-manual`; do not edit.\n\n"
        "Each section is a place of the console (`edit`), with what can be `set` there. A setting "
        "that may have "
        "several values says so; one without a default may be left out.\n";
    add_section(*v1::Config::descriptor(), "", "");
    return out_;
  }

 private:
  void add_section(const google::protobuf::Descriptor& type, const std::string& place,
                   const std::string& help);
  void add_row(const Field& field);

  std::string out_;
};

void Manual::add_section(const google::protobuf::Descriptor& type, const std::string& place,
                         const std::string& help) {
  std::vector<const Field*> leaves, inner;
  for (int i = 0; i < type.field_count(); ++i) {
    const Field& field = *type.field(i);
    if (options_of(field).key()) continue;
    (kind_of(field) == Kind::Leaf ? leaves : inner).push_back(&field);
  }
  if (!place.empty()) out_ += "\n## " + place + "\n" + help + ".\n";
  if (!leaves.empty()) {
    out_ += "\n| setting | values | default | what |\n|---|---|---|---|\n";
    for (const Field* field : leaves) add_row(*field);
  }
  for (const Field* field : inner) {
    std::string words = place.empty() ? word_of(*field) : place + " " + word_of(*field);
    std::string about = options_of(*field).help();
    if (kind_of(*field) == Kind::List) {
      const Field& key = *key_of(*field->message_type());
      std::string name = key.name();
      for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      words += " " + name;
      about += "; " + name + ": " + options_of(key).help();
    }
    if (const std::string when = takes_effect(*field); !when.empty())
      about += "; changes hold " + when;
    add_section(*field->message_type(), words, about);
  }
}

void Manual::add_row(const Field& field) {
  const options::v1::Field& option = options_of(field);
  std::string what = option.help();
  if (field.is_repeated() && !field.is_map()) what += "; several";
  if (option.required()) what += "; required";
  if (!option.unit().empty()) what += "; in " + option.unit();
  if (const std::string when = takes_effect(field); !when.empty()) what += "; holds " + when;
  const bool is_enum = field.cpp_type() == Field::CPPTYPE_ENUM;
  const std::string standard =
      is_enum ? write_enum(option.default_value()) : option.default_value();
  out_ += "| `" + word_of(field) + "` | " + cell(values_of(field)) + " | " + cell(standard) +
          " | " + cell(what) + " |\n";
}

}  // namespace
}  // namespace junctor::config

int main() {
  const std::string text = junctor::config::Manual().text();
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
