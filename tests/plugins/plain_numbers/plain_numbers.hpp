// SPDX-License-Identifier: MIT
// plain_numbers: a peer that writes E.164 numbers without their '+', and knows no hold but
// inactive.
//
// Contract  as of plugins/sdk/plugin.hpp.
#pragma once

#include <array>
#include <cstddef>

#include "plugins/sdk/plugin.hpp"

namespace junctor::interop {

class PlainNumbers final : public Plugin {
 public:
  enum Reason : std::uint8_t {
    kPlusRemoved,
    kPlusAdded,
    kHoldRewritten,
    kAnonymousRefused,
    kReasonCount
  };
  static constexpr std::array<CounterDesc, kReasonCount> kReasons{{
      {"plus_removed", Severity::Info, "numbers of a message lost their '+' towards the peer"},
      {"plus_added", Severity::Info, "numbers of a message got their '+' back"},
      {"hold_rewritten", Severity::Info, "hold was said as inactive instead of sendonly"},
      {"anonymous_refused", Severity::Warning, "a call of an anonymous caller was refused"},
  }};
  static constexpr std::array<OptionDesc, 3> kOptions{{
      {"min_digits", "how many digits a number has at least, to be one with a country code",
       "[1-9]|1[0-5]", "7"},
      {"hold", "how hold is said to the peer", "inactive|as_is", "inactive"},
      {"anonymous", "whether calls of anonymous callers are taken", "allow|refuse", "allow"},
  }};

  static Result<std::unique_ptr<Plugin>> create(const TrunkContext& trunk);

  Verdict on_receive(Message& message) override;
  Verdict on_send(Message& message) override;
  Verdict on_send_sdp(Sdp& sdp, SdpRole role) override;

 private:
  std::size_t min_digits_ = 0;
  bool holds_by_inactive_ = false;
  bool refuses_anonymous_ = false;
};

extern const Descriptor kPlainNumbers;

}  // namespace junctor::interop
