// SPDX-License-Identifier: MIT
// First line: a Content-Type; the rest: a body. Parts and descriptions that are found lie within
// the body.
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "controlplane/sdp/multipart.hpp"
#include "platform/base/assert.hpp"
#include "plugins/sdk/text.hpp"

namespace {

bool lies_within(std::string_view inner, std::string_view outer) {
  return inner.empty() || (inner.data() >= outer.data() &&
                           inner.data() + inner.size() <= outer.data() + outer.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace junctor;
  std::string_view body{reinterpret_cast<const char*>(data), size};
  const std::string_view type = interop::take_until(body, '\n');

  const auto parsed = cp::parse_multipart(type, body);
  if (const auto* parts = std::get_if<std::vector<cp::Part>>(&parsed)) {
    JUNCTOR_ASSERT(!parts->empty() && parts->size() <= cp::kMaxParts);
    for (const cp::Part& part : *parts) {
      JUNCTOR_ASSERT(lies_within(part.body, body));
      JUNCTOR_ASSERT(part.headers.size() <= cp::kMaxPartHeaders);
    }
  }

  interop::Message message = interop::Message::request("INVITE", "sip:a@b");
  message.set_body(std::string(type), std::string(body));
  const cp::FoundSdp found = cp::find_sdp(message);
  JUNCTOR_ASSERT(lies_within(found.text, message.body()));
  JUNCTOR_ASSERT(found.status == 0 || (found.text.empty() && !found.reason.empty()));
  return 0;
}
