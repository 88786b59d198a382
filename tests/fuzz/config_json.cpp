// SPDX-License-Identifier: MIT
// The configuration: any text gives findings or a configuration, and what was found good stays good
// once its defaults are applied.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "platform/base/assert.hpp"
#include "platform/config/config.hpp"
#include "platform/config/number_pattern.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  junctor::config::Parsed parsed = junctor::config::parse_json(text);
  for (const auto& finding : parsed.findings) {
    JUNCTOR_ASSERT(!finding.reason.empty());
    for (const char c : finding.text("gw.json"))
      JUNCTOR_ASSERT(static_cast<unsigned char>(c) >= 0x20);
  }
  if (!parsed.findings.empty()) return 0;
  junctor::config::apply_defaults(parsed.config);
  for (const auto& route : parsed.config.routes()) {
    const auto pattern = junctor::config::NumberPattern::parse(route.called());
    JUNCTOR_ASSERT(pattern.ok() && pattern->covers(*pattern));
  }
  return 0;
}
