// SPDX-License-Identifier: MIT
#include "controlplane/sip/entry.hpp"

#include "controlplane/sip/messages.hpp"
#include "controlplane/sip/precheck.hpp"
#include "controlplane/sip/sofia.hpp"

namespace junctor::cp {
namespace {

constexpr int kFlags = MSG_DO_CANONIC | MSG_DO_EXTRACT_COPY;

}  // namespace

std::optional<Entry> read_message(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  msg_t* msg =
      msg_make(sip_default_mclass(), kFlags, bytes.data(), static_cast<ssize_t>(bytes.size()));
  if (msg == nullptr) return std::nullopt;
  std::optional<Entry> entry;
  sip_t* sip = sip_object(msg);
  if (sip != nullptr && (sip->sip_flags & MSG_FLG_ERROR) == 0 && sip_sanity_check(sip) >= 0) {
    entry.emplace(Entry{from_sofia(msg, sip), 0});
    if (sip->sip_request != nullptr) {
      if (const auto refusal = precheck(sip, entry->message)) entry->refused = refusal->status;
    }
  }
  msg_destroy(msg);
  return entry;
}

std::string write_message(const interop::Message& message) {
  msg_t* msg = msg_create(sip_default_mclass(), kFlags);
  if (msg == nullptr) return {};
  std::string text;
  sip_t* sip = sip_object(msg);
  if (to_sofia(message, msg) && sip_complete_message(msg) >= 0 &&
      msg_serialize(msg, nullptr) >= 0) {
    su_home_t home[1] = {SU_HOME_INIT(home)};
    std::size_t length = 0;
    const char* printed = msg_as_string(home, msg, reinterpret_cast<msg_pub_t*>(sip), 0, &length);
    if (printed != nullptr) text.assign(printed, length);
    su_home_deinit(home);
  }
  msg_destroy(msg);
  return text;
}

}  // namespace junctor::cp
