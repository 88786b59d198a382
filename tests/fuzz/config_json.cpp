// SPDX-License-Identifier: MIT
// The configuration: any text gives findings or a configuration, and what was found good is the same
// when it is written and read again, and stays good once its defaults are applied.
#include <google/protobuf/util/message_differencer.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "platform/base/assert.hpp"
#include "platform/config/config.hpp"
#include "platform/config/number_pattern.hpp"
#include "platform/config/write_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  junctor::config::Parsed parsed = junctor::config::parse_json(text);
  for (const auto& finding : parsed.findings) {
    JUNCTOR_ASSERT(!finding.reason.empty());
    for (const char c : finding.text("gw.json"))
      JUNCTOR_ASSERT(static_cast<unsigned char>(c) >= 0x20);
  }
  if (!parsed.findings.empty()) return 0;
  const auto again = junctor::config::parse_json(junctor::config::write_json(parsed.config));
  JUNCTOR_ASSERT(again.findings.empty());
  JUNCTOR_ASSERT(google::protobuf::util::MessageDifferencer::Equals(again.config, parsed.config));
  junctor::config::apply_defaults(parsed.config);
  for (const auto& route : parsed.config.routes()) {
    const auto pattern = junctor::config::NumberPattern::parse(route.called());
    JUNCTOR_ASSERT(pattern.ok() && pattern->covers(*pattern));
  }
  return 0;
}
