// SPDX-License-Identifier: MIT
// What the tree's functions share: fields by their words, elements by their keys. Not for others.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <variant>

#include "config/v1/config.pb.h"

namespace junctor::config {

// Leaf: a value, a leaf list, a map.
enum class Kind : std::uint8_t { Container, List, Leaf };
Kind kind_of(const google::protobuf::FieldDescriptor& field);

// The field that a word or its beginning names; a key has no word. Or why there is none.
std::variant<const google::protobuf::FieldDescriptor*, std::string> find_field(
    const google::protobuf::Descriptor& type, std::string_view word);

bool is_set(const google::protobuf::Message& message,
            const google::protobuf::FieldDescriptor& field);
// Indexes, or -1.
int find_element(const google::protobuf::Message& message,
                 const google::protobuf::FieldDescriptor& list, std::string_view key);
int find_value(const google::protobuf::Message& message,
               const google::protobuf::FieldDescriptor& list, std::string_view word);
int find_map_entry(const google::protobuf::Message& message,
                   const google::protobuf::FieldDescriptor& map, std::string_view name);

// The element of that key, made when there is none; or why the word is no key.
std::variant<google::protobuf::Message*, std::string> element_to_set(
    google::protobuf::Message& message, const google::protobuf::FieldDescriptor& list,
    std::string_view key);
void set_map_value(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& map,
                   const std::string& name, const std::string& value);
void remove_element(google::protobuf::Message& message,
                    const google::protobuf::FieldDescriptor& list, int index);
// So that it has the index `to` afterwards.
void move_element(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& list,
                  int from, int to);

// Where a list stands in the schema, as references name it: "trunks", "sip.listeners"; "" if none
// can refer to it.
std::string list_path(const v1::Config& config, const google::protobuf::FieldDescriptor& list);
void rename_references(google::protobuf::Message& message, const std::string& list,
                       const std::string& before, const std::string& after);

}  // namespace junctor::config
