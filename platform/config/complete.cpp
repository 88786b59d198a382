// SPDX-License-Identifier: MIT
// What may follow words of the tree.
#include <google/protobuf/message.h>

#include <algorithm>

#include "platform/config/read_message.hpp"
#include "platform/config/tree.hpp"
#include "platform/config/value.hpp"
#include "platform/config/walk.hpp"

namespace junctor::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

std::string value_help(const pb::EnumDescriptor& type, const std::string& name) {
  return type.FindValueByName(name)->options().GetExtension(options::v1::value_help);
}

class Completer {
 public:
  Completer(const v1::Config& config, For what, const Hints& hints)
      : root_(config), what_(what), hints_(hints), message_(&config) {
    type_ = config.GetDescriptor();
  }

  Completion complete(const Words& words);

 private:
  bool take_word(const std::string& word);
  bool take_in_field(const std::string& word);
  void enter(const pb::Message* inner, const pb::Descriptor& type);
  Completion fields() const;
  Completion in_list() const;
  Completion in_leaf() const;
  void add_values(Completion& out) const;
  void add_keys_of(const std::string& list, Completion& out) const;
  void tell_of_adding(Completion& out) const;

  // Given.
  const pb::Message& root_;
  const For what_;
  const Hints& hints_;
  // State: where the words have led. The message is null where nothing is set yet.
  const pb::Message* message_;
  const pb::Descriptor* type_;
  const Field* field_ = nullptr;  // whose key or value comes next
  std::string name_;              // of a map's entry whose value comes next
  bool in_brackets_ = false;
  bool may_end_ = false;
};

void Completer::enter(const pb::Message* inner, const pb::Descriptor& type) {
  message_ = inner;
  type_ = &type;
  field_ = nullptr;
}

bool Completer::take_word(const std::string& word) {
  if (field_ != nullptr) return take_in_field(word);
  const auto found = find_field(*type_, word);
  if (!std::holds_alternative<const Field*>(found)) return false;
  const Field& field = *std::get<const Field*>(found);
  may_end_ = what_ == For::Delete;
  if (kind_of(field) != Kind::Container) {
    field_ = &field;
    return true;
  }
  const bool is_there = message_ != nullptr && is_set(*message_, field);
  enter(is_there ? &message_->GetReflection()->GetMessage(*message_, &field) : nullptr,
        *field.message_type());
  return true;
}

bool Completer::take_in_field(const std::string& word) {
  const Field& field = *field_;
  may_end_ = true;
  if (kind_of(field) == Kind::List) {
    const int index = message_ == nullptr ? -1 : find_element(*message_, field, word);
    enter(index < 0 ? nullptr
                    : &message_->GetReflection()->GetRepeatedMessage(*message_, &field, index),
          *field.message_type());
    return true;
  }
  if (what_ == For::Delete) return (type_ = nullptr, field_ = nullptr, true);
  if (field.is_map() && name_.empty()) {
    name_ = word;
    may_end_ = false;
    return true;
  }
  name_.clear();
  if (field.is_repeated() && word == "[") in_brackets_ = true;
  if (word == "]") in_brackets_ = false;
  may_end_ = !in_brackets_;
  if (!in_brackets_) field_ = nullptr;
  return true;
}

Completion Completer::complete(const Words& words) {
  for (const std::string& word : words) {
    if (type_ == nullptr || !take_word(word)) return {};
  }
  if (type_ == nullptr) return {{}, true};
  if (field_ == nullptr) return fields();
  return kind_of(*field_) == Kind::List ? in_list() : in_leaf();
}

Completion Completer::fields() const {
  Completion out{{}, may_end_};
  for (int i = 0; i < type_->field_count(); ++i) {
    const Field& field = *type_->field(i);
    const bool is_there = message_ != nullptr && is_set(*message_, field);
    if (options_of(field).key() || (what_ == For::Delete && !is_there)) continue;
    out.candidates.push_back({word_of(field), help_of(field)});
  }
  return out;
}

Completion Completer::in_list() const {
  Completion out{{}, may_end_};
  const Field& key = *key_of(*field_->message_type());
  if (message_ != nullptr) {
    const pb::Reflection& reflection = *message_->GetReflection();
    for (int i = 0; i < reflection.FieldSize(*message_, field_); ++i) {
      const pb::Message& element = reflection.GetRepeatedMessage(*message_, field_, i);
      out.candidates.push_back({write_value(element, key, -1), "", Candidate::Kind::Value});
    }
  }
  if (what_ == For::Set)
    out.candidates.push_back({placeholder_of(key), help_of(key), Candidate::Kind::Placeholder});
  return out;
}

// The keys of a list that references name from the top.
void Completer::add_keys_of(const std::string& list, Completion& out) const {
  const pb::Message* message = &root_;
  std::string rest = list;
  for (std::size_t dot; (dot = rest.find('.')) != std::string::npos; rest.erase(0, dot + 1))
    message = &message->GetReflection()->GetMessage(
        *message, message->GetDescriptor()->FindFieldByName(rest.substr(0, dot)));
  const Field& field = *message->GetDescriptor()->FindFieldByName(rest);
  for (int i = 0; i < message->GetReflection()->FieldSize(*message, &field); ++i) {
    const pb::Message& element = message->GetReflection()->GetRepeatedMessage(*message, &field, i);
    out.candidates.push_back(
        {write_value(element, *key_of(*element.GetDescriptor()), -1), "", Candidate::Kind::Value});
  }
}

void Completer::add_values(Completion& out) const {
  const Field& field = *field_;
  if (field.cpp_type() == Field::CPPTYPE_ENUM) {
    for (const std::string& name : enum_names(*field.enum_type()))
      out.candidates.push_back({write_enum(name), value_help(*field.enum_type(), name)});
  } else if (field.cpp_type() == Field::CPPTYPE_BOOL) {
    out.candidates.push_back({"true", help_of(field)});
    out.candidates.push_back({"false", "not so"});
  } else if (!options_of(field).reference().empty()) {
    add_keys_of(options_of(field).reference(), out);
    // One that is to come may be named, too.
    out.candidates.push_back({"<name>", help_of(field), Candidate::Kind::Placeholder});
  } else {
    out.candidates.push_back({placeholder_of(field), help_of(field), Candidate::Kind::Placeholder});
  }
}

// A value by itself does not replace those that are there.
void Completer::tell_of_adding(Completion& out) const {
  if (message_ == nullptr || !is_set(*message_, *field_)) return;
  std::string there;
  for (int i = 0; i < message_->GetReflection()->FieldSize(*message_, field_); ++i)
    there += " " + write_value(*message_, *field_, i);
  for (Candidate& candidate : out.candidates)
    if (candidate.kind == Candidate::Kind::Placeholder)
      candidate.help += "; comes after those that are there:" + there;
}

Completion Completer::in_leaf() const {
  Completion out{{}, may_end_};
  const Field& field = *field_;
  if (what_ == For::Delete) {
    if (!field.is_repeated() || message_ == nullptr) return {{}, true};
    for (int i = 0; i < message_->GetReflection()->FieldSize(*message_, &field); ++i) {
      std::string word;
      if (field.is_map()) {
        const pb::Message& entry =
            message_->GetReflection()->GetRepeatedMessage(*message_, &field, i);
        word = write_value(entry, *field.message_type()->map_key(), -1);
      } else {
        word = write_value(*message_, field, i);
      }
      out.candidates.push_back({std::move(word), "", Candidate::Kind::Value});
    }
    return out;
  }
  if (hints_) {
    for (Candidate& known : hints_(message_, field, name_))
      out.candidates.push_back(std::move(known));
  }
  if (field.is_map()) {
    out.candidates.push_back(
        {name_.empty() ? "<name>" : "<value>", help_of(field), Candidate::Kind::Placeholder});
    return out;
  }
  add_values(out);
  if (!field.is_repeated()) return out;
  if (!in_brackets_) tell_of_adding(out);
  out.candidates.push_back(in_brackets_ ? Candidate{"]", "the end of the list"}
                                        : Candidate{"[", "a list that replaces what is there"});
  return out;
}

}  // namespace

Completion complete(const v1::Config& config, const Words& words, For what, const Hints& hints) {
  return Completer(config, what, hints).complete(words);
}

}  // namespace junctor::config
