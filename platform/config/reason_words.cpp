// SPDX-License-Identifier: MIT
#include "platform/config/reason_words.hpp"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/v1/config.pb.h"
#include "platform/config/value.hpp"

namespace junctor::config {
namespace {

namespace pb = google::protobuf;

// The words of all fields of which the name alone tells that it is one: with a "_" in it.
using Names = std::map<std::string, std::string, std::less<>>;

void gather(const pb::Descriptor& type, std::set<const pb::Descriptor*>& seen, Names& names) {
  if (!seen.insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    if (field.name().find('_') != std::string::npos)
      names.try_emplace(field.name(), word_of(field));
    if (field.message_type() != nullptr) gather(*field.message_type(), seen, names);
  }
}

const Names& names() {
  static const Names all = [] {
    Names found;
    std::set<const pb::Descriptor*> seen;
    gather(*v1::Config::descriptor(), seen, found);
    return found;
  }();
  return all;
}

// "media.codec_profiles" from the top; empty if it is no such path.
std::string words_of_fields(std::string_view path) {
  const pb::Descriptor* type = v1::Config::descriptor();
  std::string words;
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    const pb::FieldDescriptor* field =
        type == nullptr ? nullptr : type->FindFieldByName(std::string(name));
    if (field == nullptr) return "";
    words += (words.empty() ? "" : " ") + word_of(*field);
    type = field->message_type();
  }
  return words;
}

std::string in_words(std::string_view token) {
  if (const auto at = names().find(token); at != names().end()) return at->second;
  if (token.find('.') == std::string_view::npos) return std::string(token);
  const std::string words = words_of_fields(token);
  return words.empty() ? std::string(token) : words;
}

bool is_of_name(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

}  // namespace

std::string reason_in_words(std::string_view reason) {
  std::string out;
  bool is_quoted = false;
  while (!reason.empty()) {
    std::size_t end = 0;
    // A dot is of a path only if another name follows it.
    while (end < reason.size() &&
           (is_of_name(reason[end]) || (end > 0 && reason[end] == '.' && end + 1 < reason.size() &&
                                        is_of_name(reason[end + 1]))))
      ++end;
    if (end == 0) {
      is_quoted ^= reason.front() == '"';
      end = 1;
      out += reason.front();
    } else {
      out += is_quoted ? std::string(reason.substr(0, end)) : in_words(reason.substr(0, end));
    }
    reason.remove_prefix(end);
  }
  return out;
}

}  // namespace junctor::config
