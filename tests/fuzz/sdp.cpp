// SPDX-License-Identifier: MIT
// Whatever comes: it is refused with a reason, or it can be printed, reads the same again, and
// offer/answer takes or refuses it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "controlplane/sdp/offer_answer.hpp"
#include "controlplane/sdp/parser.hpp"
#include "platform/base/assert.hpp"

namespace {

using namespace junctor;
using interop::Sdp;

// Numbers as words become longer when printed: only shorter texts must fit the limits again.
constexpr std::size_t kSurelyFits = cp::kMaxSdpLineBytes / 2;

void check_printed(const Sdp& sdp, std::size_t size) {
  const std::string text = cp::print_sdp(sdp);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool is_line_end =
        (c == '\r' && text[i + 1] == '\n') || (c == '\n' && text[i - 1] == '\r');
    JUNCTOR_ASSERT(is_line_end || (c >= 0x20 && c != 0x7f));
  }
  if (size > kSurelyFits) return;
  const auto again = cp::parse_sdp(text);
  JUNCTOR_ASSERT(std::holds_alternative<Sdp>(again));
  JUNCTOR_ASSERT(cp::print_sdp(std::get<Sdp>(again)) == text);
  JUNCTOR_ASSERT(!cp::changes(sdp, std::get<Sdp>(again)).any());
}

void negotiate(const Sdp& sdp) {
  static const std::vector<std::string> kPolicy = {"PCMU", "opus", "AMR", "G729", "telephone-event",
                                                   "CN"};
  cp::LocalSide local;
  local.rtp = *SocketAddress::parse("203.0.113.1:20000");
  local.rtcp_mux = true;
  const auto codecs = cp::policy_codecs(kPolicy);
  const auto our_offer = std::get<Sdp>(cp::make_offer(codecs, local));
  static_cast<void>(cp::check_answer(our_offer, sdp));
  static_cast<void>(cp::check_offer(sdp, kPolicy, local));

  const auto offer = cp::make_offer(sdp, kPolicy, local);
  if (const Sdp* made = std::get_if<Sdp>(&offer)) {
    JUNCTOR_ASSERT(made->audio() != nullptr && !made->audio()->codecs().empty());
    check_printed(*made, 0);
    JUNCTOR_ASSERT(std::holds_alternative<cp::Agreed>(cp::check_answer(*made, *made)));
  }
  const auto answer = cp::make_answer(sdp, codecs, local);
  if (const auto* made = std::get_if<cp::Answer>(&answer)) {
    JUNCTOR_ASSERT(made->sdp.media.size() == sdp.media.size());
    JUNCTOR_ASSERT(!cp::payload_map(made->agreed).empty());
    check_printed(made->sdp, 0);
    local.previous = &made->sdp;
    const auto refresh = cp::make_offer(made->agreed.codec_list(), local);
    JUNCTOR_ASSERT(std::holds_alternative<Sdp>(refresh));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto result = cp::parse_sdp({reinterpret_cast<const char*>(data), size});
  if (const auto* error = std::get_if<cp::SdpError>(&result)) {
    JUNCTOR_ASSERT(!error->reason.empty());
    return 0;
  }
  const Sdp& sdp = std::get<Sdp>(result);
  check_printed(sdp, size);
  negotiate(sdp);
  return 0;
}
