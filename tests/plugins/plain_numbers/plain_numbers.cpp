// SPDX-License-Identifier: MIT
#include "tests/plugins/plain_numbers/plain_numbers.hpp"

#include <algorithm>
#include <string>

#include "plugins/sdk/text.hpp"

namespace junctor::interop {
namespace {

constexpr std::uint16_t kAnonymityDisallowed = 433;  // RFC 5079

// Where numbers stand.
constexpr std::string_view kNumberHeaders[] = {"From", "To", "Contact", "P-Asserted-Identity",
                                               "Diversion"};

// The user part of the first URI in a value: where it begins and how long it is.
struct User {
  std::size_t at = 0;
  std::size_t length = 0;
};
User find_user(std::string_view value) {
  for (const std::string_view scheme : {"sip:", "sips:", "tel:"}) {
    const auto found = value.find(scheme);
    if (found == std::string_view::npos) continue;
    const std::size_t at = found + scheme.size();
    const std::size_t end = std::min(value.find_first_of("@;>", at), value.size());
    return {at, end - at};
  }
  return {};
}

// Each changes one URI in place and says whether it did.
bool remove_plus(std::string& value) {
  const User user = find_user(value);
  if (user.length < 2 || value[user.at] != '+') return false;
  value.erase(user.at, 1);
  return true;
}

bool add_plus(std::string& value, std::size_t min_digits) {
  const User user = find_user(value);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::string_view digits = std::string_view(value).substr(user.at, user.length);
  if (digits.size() < min_digits || !std::all_of(digits.begin(), digits.end(), is_digit))
    return false;
  value.insert(user.at, 1, '+');
  return true;
}

// Applies change to the Request-URI and every header with a number.
template <typename Change>
bool change_numbers(Message& message, Change change) {
  bool changed = false;
  if (message.is_request()) {
    std::string uri = message.request_uri();
    if (change(uri)) {
      message.set_request_uri(std::move(uri));
      changed = true;
    }
  }
  for (const std::string_view name : kNumberHeaders) {
    const auto first = message.get(name);
    if (!first) continue;
    std::string value(*first);
    if (!change(value)) continue;
    message.set(name, std::move(value));
    changed = true;
  }
  return changed;
}

bool is_anonymous(const Message& message) {
  const std::string from = to_lower(message.get("From").value_or(""));
  return from.find("sip:anonymous@") != std::string::npos;
}

}  // namespace

Result<std::unique_ptr<Plugin>> PlainNumbers::create(const TrunkContext& trunk) {
  auto plugin = std::make_unique<PlainNumbers>();
  const auto digits = parse_number<std::size_t>(trunk.options.at("min_digits"));
  if (!digits) return Error{"min_digits", "is no number"};
  plugin->min_digits_ = *digits;
  plugin->holds_by_inactive_ = trunk.options.at("hold") == "inactive";
  plugin->refuses_anonymous_ = trunk.options.at("anonymous") == "refuse";
  return std::unique_ptr<Plugin>(std::move(plugin));
}

Verdict PlainNumbers::on_receive(Message& message) {
  if (refuses_anonymous_ && message.is_request() && message.method() == "INVITE" &&
      is_anonymous(message)) {
    return Verdict::refuse(kAnonymityDisallowed, kAnonymousRefused);
  }
  const auto add = [this](std::string& value) { return add_plus(value, min_digits_); };
  return change_numbers(message, add) ? Verdict::rewritten(kPlusAdded) : Verdict::pass();
}

Verdict PlainNumbers::on_send(Message& message) {
  return change_numbers(message, remove_plus) ? Verdict::rewritten(kPlusRemoved) : Verdict::pass();
}

Verdict PlainNumbers::on_send_sdp(Sdp& sdp, SdpRole role) {
  Media* audio = sdp.audio();
  if (!holds_by_inactive_ || role != SdpRole::Offer || audio == nullptr) return Verdict::pass();
  if (sdp.direction(*audio) != Direction::SendOnly) return Verdict::pass();
  sdp.set_direction(*audio, Direction::Inactive);
  return Verdict::rewritten(kHoldRewritten);
}

const Descriptor kPlainNumbers = {
    .name = "plain_numbers",
    .summary = "numbers without '+', hold by inactive only",
    .counters = PlainNumbers::kReasons,
    .options = PlainNumbers::kOptions,
    .create = &PlainNumbers::create,
};

}  // namespace junctor::interop

JUNCTOR_PLUGIN(junctor::interop::kPlainNumbers)
