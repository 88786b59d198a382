// SPDX-License-Identifier: MIT
#include "platform/config/diff.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "platform/config/value.hpp"
#include "platform/config/walk.hpp"

namespace junctor::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

Words key_words(const Words& prefix, const std::string& key) {
  Words words = prefix;
  words.push_back(key);
  return words;
}

// The longest run of places that are in order already: those stay, the others are moved.
std::vector<bool> in_order(const std::vector<std::size_t>& places) {
  std::vector<std::size_t> length(places.size(), 1), before(places.size(), places.size());
  std::size_t last = places.size();
  for (std::size_t i = 0; i < places.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (places[j] >= places[i] || length[j] + 1 <= length[i]) continue;
      length[i] = length[j] + 1;
      before[i] = j;
    }
    if (last == places.size() || length[i] > length[last]) last = i;
  }
  std::vector<bool> stays(places.size(), false);
  for (; last < places.size(); last = before[last]) stays[last] = true;
  return stays;
}

class Differ {
 public:
  void compare(const pb::Message& a, const pb::Message& b, const Words& prefix);
  std::vector<Change> take();

 private:
  void compare_list(const pb::Message& a, const pb::Message& b, const Field& list,
                    const Words& prefix);
  void compare_leaf(const pb::Message& a, const pb::Message& b, const Field& field,
                    const Words& words);
  void compare_map(const pb::Message& a, const pb::Message& b, const Field& map,
                   const Words& words);
  void compare_order(const std::vector<std::string>& a, const std::vector<std::string>& b,
                     const Words& prefix);
  void remove(Words words) {
    const std::size_t size = words.size();
    deletions_.push_back({Change::Kind::Delete, std::move(words), size});
  }
  void put(Words place, const Words& value) {
    const std::size_t size = place.size();
    place.insert(place.end(), value.begin(), value.end());
    settings_.push_back({Change::Kind::Set, std::move(place), size});
  }

  std::vector<Change> deletions_, settings_, moves_;
};

std::vector<Change> Differ::take() {
  std::vector<Change> all = std::move(deletions_);
  all.insert(all.end(), settings_.begin(), settings_.end());
  all.insert(all.end(), moves_.begin(), moves_.end());
  return all;
}

void Differ::compare(const pb::Message& a, const pb::Message& b, const Words& prefix) {
  const pb::Reflection& reflection = *a.GetReflection();
  for (int i = 0; i < a.GetDescriptor()->field_count(); ++i) {
    const Field& field = *a.GetDescriptor()->field(i);
    if (options_of(field).key() || (!is_set(a, field) && !is_set(b, field))) continue;
    const Words words = key_words(prefix, word_of(field));
    switch (kind_of(field)) {
      case Kind::Container:
        compare(reflection.GetMessage(a, &field), reflection.GetMessage(b, &field), words);
        break;
      case Kind::List:
        compare_list(a, b, field, words);
        break;
      case Kind::Leaf:
        compare_leaf(a, b, field, words);
    }
  }
}

void Differ::compare_leaf(const pb::Message& a, const pb::Message& b, const Field& field,
                          const Words& words) {
  if (field.is_map()) return compare_map(a, b, field, words);
  if (!is_set(b, field)) return remove(words);
  const auto values_of = [&field](const pb::Message& message) {
    Words values;
    if (!field.is_repeated()) {
      if (is_set(message, field)) values.push_back(write_value(message, field, -1));
      return values;
    }
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i)
      values.push_back(write_value(message, field, i));
    return values;
  };
  Words values = values_of(b);
  if (values_of(a) == values) return;
  if (field.is_repeated()) {
    values.insert(values.begin(), "[");
    values.emplace_back("]");
  }
  put(words, values);
}

void Differ::compare_map(const pb::Message& a, const pb::Message& b, const Field& map,
                         const Words& words) {
  const auto entries_of = [&map](const pb::Message& message) {
    std::map<std::string, std::string> entries;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &map); ++i) {
      const pb::Message& entry = message.GetReflection()->GetRepeatedMessage(message, &map, i);
      entries[write_value(entry, *map.message_type()->map_key(), -1)] =
          write_value(entry, *map.message_type()->map_value(), -1);
    }
    return entries;
  };
  const auto before = entries_of(a), after = entries_of(b);
  for (const auto& [name, value] : before)
    if (!after.contains(name)) remove(key_words(words, name));
  for (const auto& [name, value] : after) {
    const auto old = before.find(name);
    if (old == before.end() || old->second != value) put(key_words(words, name), {value});
  }
}

void Differ::compare_list(const pb::Message& a, const pb::Message& b, const Field& list,
                          const Words& prefix) {
  const Field& key = *key_of(*list.message_type());
  const auto elements_of = [&list](const pb::Message& message) {
    std::vector<const pb::Message*> all;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &list); ++i)
      all.push_back(&message.GetReflection()->GetRepeatedMessage(message, &list, i));
    return all;
  };
  std::map<std::string, const pb::Message*> before;
  std::vector<std::string> order;  // as it is when deletions and settings are made
  for (const pb::Message* element : elements_of(a))
    before[write_value(*element, key, -1)] = element;
  std::vector<std::string> wanted;
  for (const pb::Message* element : elements_of(b)) {
    const std::string name = write_value(*element, key, -1);
    wanted.push_back(name);
    const auto old = before.find(name);
    const Words words = key_words(prefix, name);
    if (old != before.end()) {
      compare(*old->second, *element, words);
      continue;
    }
    const std::size_t settings = settings_.size();
    const std::unique_ptr<pb::Message> nothing(element->New());
    compare(*nothing, *element, words);
    if (settings_.size() == settings) put(words, {});
  }
  for (const pb::Message* element : elements_of(a)) {
    const std::string name = write_value(*element, key, -1);
    const bool stays = std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    if (stays) order.push_back(name);
    if (!stays) remove(key_words(prefix, name));
  }
  for (const std::string& name : wanted)
    if (!before.contains(name)) order.push_back(name);
  compare_order(order, wanted, prefix);
}

void Differ::compare_order(const std::vector<std::string>& a, const std::vector<std::string>& b,
                           const Words& prefix) {
  if (a == b) return;
  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < a.size(); ++i) place[a[i]] = i;
  std::vector<std::size_t> places;
  for (const std::string& name : b) places.push_back(place.at(name));
  const std::vector<bool> stays = in_order(places);
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (stays[i]) continue;
    Words words = key_words(prefix, b[i]);
    words.push_back(i == 0 ? "first" : "after");
    if (i > 0) words.push_back(b[i - 1]);
    moves_.push_back({Change::Kind::Insert, std::move(words), prefix.size()});
  }
}

bool is_within(const Change& inner, const Change& outer) {
  return inner.place >= outer.place &&
         std::equal(outer.words.begin(),
                    outer.words.begin() + static_cast<std::ptrdiff_t>(outer.place),
                    inner.words.begin());
}

bool are_at_odds(const Change& mine, const Change& theirs) {
  if (mine == theirs) return false;
  const bool is_same = mine.place == theirs.place;
  if (is_within(mine, theirs) && (is_same || theirs.kind == Change::Kind::Delete)) return true;
  return is_within(theirs, mine) && mine.kind == Change::Kind::Delete;
}

}  // namespace

std::vector<Change> diff(const v1::Config& before, const v1::Config& after) {
  Differ differ;
  differ.compare(before, after, {});
  return differ.take();
}

MaybeMistake apply_changes(v1::Config& config, std::span<const Change> changes) {
  for (const Change& change : changes) {
    const auto edit = change.kind == Change::Kind::Set      ? set
                      : change.kind == Change::Kind::Delete ? erase
                                                            : insert;
    if (MaybeMistake mistake = edit(config, change.words)) return mistake;
  }
  return std::nullopt;
}

std::string compare(const v1::Config& before, const v1::Config& after) {
  const auto lines_of = [](const v1::Config& config) {
    std::map<Words, Words> lines;  // by what they are about
    for (Setting& one : settings(config, Secrets::Shown)) {
      Words place(one.words.begin(), one.words.begin() + static_cast<std::ptrdiff_t>(one.place));
      lines.emplace(std::move(place), std::move(one.words));
    }
    return lines;
  };
  const auto old = lines_of(before), now = lines_of(after);
  const auto masked_before = settings(before, Secrets::Masked);
  const auto masked_after = settings(after, Secrets::Masked);
  std::string text;
  const auto place_of = [](const Setting& one) {
    return Words(one.words.begin(), one.words.begin() + static_cast<std::ptrdiff_t>(one.place));
  };
  // Lines of both in the order of the schema: what is gone stands where it stood.
  std::size_t i = 0;
  const auto gone = [&](const Setting& one) {
    const auto same = now.find(place_of(one));
    if (same == now.end() || same->second != old.at(place_of(one)))
      text += "- " + text_of(one.words) + "\n";
  };
  for (const Setting& one : masked_after) {
    const Words place = place_of(one);
    const auto same = old.find(place);
    if (same == old.end()) {
      text += "+ " + text_of(one.words) + "\n";
      continue;
    }
    for (; i < masked_before.size() && place_of(masked_before[i]) != place; ++i)
      gone(masked_before[i]);
    if (i < masked_before.size()) gone(masked_before[i++]);
    if (same->second != now.at(place)) text += "+ " + text_of(one.words) + "\n";
  }
  for (; i < masked_before.size(); ++i) gone(masked_before[i]);
  for (const Change& change : diff(before, after))
    if (change.kind == Change::Kind::Insert) text += "! " + text_of(change.words) + "\n";
  return text;
}

std::optional<Change> conflict(const v1::Config& base, const v1::Config& mine,
                               const v1::Config& theirs) {
  const std::vector<Change> others = diff(base, theirs);
  for (Change& change : diff(base, mine)) {
    const bool is_at_odds =
        std::any_of(others.begin(), others.end(),
                    [&change](const Change& other) { return are_at_odds(change, other); });
    if (is_at_odds) return std::move(change);
  }
  return std::nullopt;
}

}  // namespace junctor::config
