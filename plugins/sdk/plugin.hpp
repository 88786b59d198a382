// SPDX-License-Identifier: MIT
// Interop plugin: teaches the gateway one product's dialect of SIP and SDP.
//
//   wire --> sip --> [on_receive] --> b2bua --> [on_send] --> sip --> wire
//                    [on_receive_sdp]          [on_send_sdp]
//
// Every message of every trunk passes through the trunk's plugin: requests and responses, in and
// out of dialogs, OPTIONS, 100 and refusals too, before the gateway judges it and before the
// gateway's own leaves; SDP is handed to it parsed. Not so what two transaction layers alone share
// (repetitions, the ACK of a failure, the 200 to a CANCEL; RFC 3261, 17), and what is no SIP.
//
// Threads   every call arrives on the control thread; a plugin needs no locks.
// Lifetime  one instance per trunk: created at commit, destroyed when its last call ends.
// Errors    a plugin refuses a message with a SIP status; it never throws or blocks.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "platform/base/result.hpp"
#include "platform/telemetry/counter.hpp"
#include "plugins/sdk/message.hpp"
#include "plugins/sdk/sdp.hpp"

namespace junctor::interop {

// Changes whenever a plugin built before could misread what it is given.
inline constexpr std::uint32_t kAbiVersion = 1;

// What the plugin decided about one message.
struct Verdict {
  enum class Kind : std::uint8_t { Pass, Rewritten, Refuse };
  Kind kind = Kind::Pass;
  std::uint16_t status =
      0;  // SIP status, 400..699; only with Refuse. A refused response is dropped
  std::uint16_t counter = 0;  // index into Descriptor::counters; counted unless Pass

  static Verdict pass() { return {}; }
  static Verdict rewritten(std::uint16_t counter) { return {Kind::Rewritten, 0, counter}; }
  static Verdict refuse(std::uint16_t status, std::uint16_t counter) {
    return {Kind::Refuse, status, counter};
  }
};

// Whether a description is an offer or an answer (RFC 3264).
enum class SdpRole : std::uint8_t { Offer, Answer };

class Plugin {
 public:
  virtual ~Plugin() = default;

  // From the peer: turn the product's message into what RFC 3261 would have said.
  virtual Verdict on_receive([[maybe_unused]] Message& message) { return {}; }
  // To the peer: turn the gateway's message into what this product accepts.
  virtual Verdict on_send([[maybe_unused]] Message& message) { return {}; }
  // From the peer: its description, before offer/answer.
  virtual Verdict on_receive_sdp([[maybe_unused]] Sdp& sdp, [[maybe_unused]] SdpRole role) {
    return {};
  }
  // To the peer: the gateway's description (codecs to reorder, hold format, ptime, attributes).
  virtual Verdict on_send_sdp([[maybe_unused]] Sdp& sdp, [[maybe_unused]] SdpRole role) {
    return {};
  }
};

// An option that the operator may set in the trunk's plugin_options.
struct OptionDesc {
  std::string_view name;     // "strip_plus"
  std::string_view help;     // one sentence without a full stop
  std::string_view pattern;  // RE2 of the whole value: "true|false"
  std::string_view default_value;
};

// What a plugin is given when it is created: every option of its descriptor has a value that fits
// its pattern.
struct TrunkContext {
  std::string trunk;
  std::map<std::string, std::string, std::less<>> options;
};

// One per plugin, constant. A shared object exports it by JUNCTOR_PLUGIN.
struct Descriptor {
  std::uint32_t abi_version = kAbiVersion;
  std::string_view name;                  // "generic": folder, CLI word, counter prefix
  std::string_view summary;               // one line for people
  std::span<const CounterDesc> counters;  // why messages were rewritten or refused
  std::span<const OptionDesc> options;
  Result<std::unique_ptr<Plugin>> (*create)(const TrunkContext& trunk) = nullptr;
};

// What is wrong with a descriptor (a name that is no snake_case, a counter without a sentence,
// ...); empty if nothing is.
std::string fault_of(const Descriptor& descriptor);

inline constexpr const char* kDescriptorSymbol = "junctor_plugin_descriptor";

}  // namespace junctor::interop

// The one symbol of a plugin's shared object; JUNCTOR_PLUGIN defines it.
extern "C" __attribute__((visibility("default"))) const ::junctor::interop::Descriptor*
junctor_plugin_descriptor();

// In the plugin's one .cpp: JUNCTOR_PLUGIN(kDescriptor);
#define JUNCTOR_PLUGIN(descriptor)                                                        \
  extern "C" __attribute__((visibility("default"))) const ::junctor::interop::Descriptor* \
  junctor_plugin_descriptor() {                                                           \
    return &(descriptor);                                                                 \
  }
