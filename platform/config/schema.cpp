// SPDX-License-Identifier: MIT
#include "platform/config/schema.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "platform/base/assert.hpp"
#include "platform/config/value.hpp"

namespace junctor::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;
using Options = options::v1::Field;

class SchemaCheck {
 public:
  SchemaCheck(const pb::Message& root, Findings& findings) : root_(root), findings_(findings) {}

  void check_message(const pb::Message& message, const std::string& path);

 private:
  void check_field(const pb::Message& message, const Field& field, const std::string& path);
  void check_value(const pb::Message& message, const Field& field, int index,
                   const std::string& path);
  void check_reference(const std::string& value, const Options& option, const std::string& path);
  void check_unique_keys(const pb::Message& message, const Field& list, const std::string& path);
  void check_no_doubles(const pb::Message& message, const Field& list, const std::string& path);
  const std::vector<std::string>& keys_of(const std::string& list_path);

  const pb::Message& root_;
  Findings& findings_;
  std::map<std::string, std::vector<std::string>> keys_;
};

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
  const std::string mistake = value_mistake(message, field, index);
  if (!mistake.empty()) return findings_.add(path, mistake);
  if (!options_of(field).reference().empty())
    check_reference(write_value(message, field, index), options_of(field), path);
}

void SchemaCheck::check_reference(const std::string& value, const Options& option,
                                  const std::string& path) {
  const std::vector<std::string>& keys = keys_of(option.reference());
  if (std::find(keys.begin(), keys.end(), value) == keys.end()) {
    findings_.add(path,
                  quote(value) + " is not in " + option.reference() + did_you_mean(value, keys));
  }
}

void SchemaCheck::check_unique_keys(const pb::Message& message, const Field& list,
                                    const std::string& path) {
  const Field* key = key_of(*list.message_type());
  if (key == nullptr) return;
  const pb::Reflection& reflection = *message.GetReflection();
  std::map<std::string, int> first;
  for (int i = 0; i < reflection.FieldSize(message, &list); ++i) {
    const pb::Message& element = reflection.GetRepeatedMessage(message, &list, i);
    if (!element.GetReflection()->HasField(element, key)) continue;
    const std::string value = write_value(element, *key, -1);
    const auto [at, is_new] = first.try_emplace(value, i);
    if (is_new) continue;
    const std::string other = findings_.element(path, at->second);
    findings_.add(join(findings_.element(path, i), key->name()),
                  value + " is the " + key->name() + " of " + other + " already" +
                      findings_.line_note(join(other, key->name())));
  }
}

void SchemaCheck::check_no_doubles(const pb::Message& message, const Field& list,
                                   const std::string& path) {
  std::set<std::string> seen;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &list); ++i) {
    const std::string value = write_value(message, list, i);
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
  JUNCTOR_ASSERT(list != nullptr && key_of(*list->message_type()) != nullptr);
  const Field* key = key_of(*list->message_type());
  for (int i = 0; i < message->GetReflection()->FieldSize(*message, list); ++i) {
    const pb::Message& element = message->GetReflection()->GetRepeatedMessage(*message, list, i);
    at->second.push_back(element.GetReflection()->GetString(element, key));
  }
  return at->second;
}

}  // namespace

void check_schema(const pb::Message& root, Findings& findings) {
  SchemaCheck(root, findings).check_message(root, "");
}

}  // namespace junctor::config
