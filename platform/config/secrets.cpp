// SPDX-License-Identifier: MIT
#include "platform/config/secrets.hpp"

#include <google/protobuf/message.h>

#include <re2/re2.h>
#include <functional>
#include <map>
#include <set>

#include "platform/config/password.hpp"
#include "platform/config/tree.hpp"
#include "platform/config/value.hpp"
#include "platform/config/walk.hpp"

namespace junctor::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

// A secret of a configuration: the message that holds it, its field, its path ("system.users[0]
// .password"), and the same by keys, which stays when the list is ordered anew.
struct Place {
  pb::Message& holder;
  const Field& field;
  const std::string& path;
  const std::string& name;

  std::string value() const { return holder.GetReflection()->GetString(holder, &field); }
  void set(std::string value) const {
    holder.GetReflection()->SetString(&holder, &field, std::move(value));
  }
  bool is_hashed() const { return options_of(field).hashed(); }
};
// Whether the message that holds it shall stay.
using OnSecret = std::function<bool(const Place& place)>;

// Whether the message itself shall stay.
bool visit(pb::Message& message, const std::string& path, const std::string& name,
           const OnSecret& on_secret) {
  const pb::Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const Field& field = *message.GetDescriptor()->field(i);
    if (!is_set(message, field)) continue;
    const std::string at = join(path, field.name());
    const std::string known = name + "/" + field.name();
    switch (kind_of(field)) {
      case Kind::Container:
        if (!visit(*reflection.MutableMessage(&message, &field), at, known, on_secret))
          reflection.ClearField(&message, &field);
        break;
      case Kind::List:
        for (int n = reflection.FieldSize(message, &field) - 1; n >= 0; --n) {
          pb::Message& element = *reflection.MutableRepeatedMessage(&message, &field, n);
          const Field* key = key_of(*field.message_type());
          const std::string word = key == nullptr ? "" : write_value(element, *key, -1);
          if (!visit(element, at_index(at, n), known + "/" + word, on_secret))
            remove_element(message, field, n);
        }
        break;
      case Kind::Leaf:
        if (options_of(field).secret() && !on_secret({message, field, at, known})) return false;
    }
  }
  return true;
}

void each_secret(v1::Config& config, const OnSecret& on_secret) {
  (void)visit(config, "", "", on_secret);
}

std::map<std::string, std::string> secrets_of(const v1::Config& config) {
  std::map<std::string, std::string> all;
  v1::Config copy = config;
  each_secret(copy, [&all](const Place& place) {
    all[place.name] = place.value();
    return true;
  });
  return all;
}

bool has_clear(const v1::Config& config, bool only_hashed) {
  bool found = false;
  v1::Config copy = config;
  each_secret(copy, [&](const Place& place) {
    const bool counts = place.is_hashed() || !only_hashed;
    found = found || (counts && !is_kept_form(place.field, place.value()));
    return true;
  });
  return found;
}

std::vector<std::string> unseal_with(v1::Config& config, const keys::MachineKey* key) {
  std::vector<std::string> lost;
  each_secret(config, [&](const Place& place) {
    const std::string value = place.value();
    if (place.is_hashed() || !is_kept_form(place.field, value)) return true;
    const auto clear = key == nullptr ? std::nullopt : key->unseal(value);
    if (clear) {
      place.set(*clear);
      return true;
    }
    lost.push_back(place.path);
    return false;
  });
  return lost;
}

void collect_words(const pb::Descriptor& type, std::set<std::string>& words,
                   std::set<const pb::Descriptor*>& seen) {
  if (!seen.insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const Field& field = *type.field(i);
    if (options_of(field).secret()) words.insert(word_of(field));
    if (kind_of(field) != Kind::Leaf) collect_words(*field.message_type(), words, seen);
  }
}

}  // namespace

bool is_kept_form(const Field& field, std::string_view value) {
  if (options_of(field).hashed()) return is_hash(value);
  static const RE2 form(R"(\$sealed\$1\$[+/0-9A-Za-z]{37,}={0,2})");
  return RE2::FullMatch(value, form);
}

std::string secret_mistake(const Field& field, std::string_view value) {
  if (value == kMask) return "is the mask of a secret, and no secret";
  if (is_kept_form(field, value)) return {};
  if (value.starts_with(keys::kSealed)) return "is no sealed value, or not the whole of one";
  const std::string& pattern = options_of(field).pattern();
  if (pattern.empty() || RE2::FullMatch(value, pattern)) return {};
  return "what was typed does not fit the pattern " + pattern;
}

bool has_clear_password(const v1::Config& config) { return has_clear(config, true); }
bool has_clear_secret(const v1::Config& config) { return has_clear(config, false); }

void hash_all(v1::Config& config, const v1::Config& before) {
  if (!has_clear_password(config)) return;
  const auto known = secrets_of(before);
  each_secret(config, [&known](const Place& place) {
    const std::string value = place.value();
    if (!place.is_hashed() || is_hash(value)) return true;
    const auto old = known.find(place.name);
    const bool stays =
        old != known.end() && is_hash(old->second) && is_password(value, old->second);
    place.set(stays ? old->second : hash_password(value));
    return true;
  });
}

void seal_all(v1::Config& config, const keys::MachineKey& key, const v1::Config& before) {
  const auto known = secrets_of(before);
  each_secret(config, [&](const Place& place) {
    const std::string value = place.value();
    if (place.is_hashed() || is_kept_form(place.field, value)) return true;
    const auto old = known.find(place.name);
    const bool stays = old != known.end() && key.unseal(old->second) == value;
    place.set(stays ? old->second : key.seal(value));
    return true;
  });
}

std::vector<std::string> unseal_all(v1::Config& config, const keys::MachineKey& key) {
  return unseal_with(config, &key);
}

std::vector<std::string> leave_out_sealed(v1::Config& config) {
  return unseal_with(config, nullptr);
}

std::vector<std::string> foreign_secrets(const v1::Config& config, const keys::MachineKey& key,
                                         const v1::Config& before) {
  const auto known = secrets_of(before);
  std::vector<std::string> foreign;
  v1::Config copy = config;
  each_secret(copy, [&](const Place& place) {
    const std::string value = place.value();
    if (place.is_hashed() || !is_kept_form(place.field, value) || key.unseal(value)) return true;
    const auto old = known.find(place.name);
    if (old == known.end() || old->second != value) foreign.push_back(place.path);
    return true;
  });
  return foreign;
}

void mask_all(v1::Config& config) {
  each_secret(config, [](const Place& place) {
    place.set(std::string(kMask));
    return true;
  });
}

bool may_name_secret(std::string_view word) {
  static const std::set<std::string> words = [] {
    std::set<std::string> all;
    std::set<const pb::Descriptor*> seen;
    collect_words(*v1::Config::descriptor(), all, seen);
    return all;
  }();
  if (word.empty()) return false;
  for (const std::string& secret : words)
    if (secret.starts_with(word)) return true;
  return false;
}

}  // namespace junctor::config
