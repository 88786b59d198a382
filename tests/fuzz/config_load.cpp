// SPDX-License-Identifier: MIT
// What `load` takes: any text gives a configuration or mistakes that are safe to show; what lines
// brought about is brought about again by the lines that say it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/base/assert.hpp"
#include "platform/cli/load.hpp"
#include "platform/config/tree.hpp"

using namespace junctor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const cli::Loaded loaded = cli::load_text({}, "f", text);
  for (const std::string& mistake : loaded.mistakes)
    for (const char c : mistake) JUNCTOR_ASSERT(static_cast<unsigned char>(c) >= 0x20);
  if (!loaded.mistakes.empty()) return 0;
  std::string lines;
  for (const config::Setting& one : config::settings(loaded.config, config::Secrets::Shown))
    lines += "set " + config::text_of(one.words) + '\n';
  const cli::Loaded again = cli::load_text({}, "f", lines);
  JUNCTOR_ASSERT(again.mistakes.empty());
  std::string lines_again;
  for (const config::Setting& one : config::settings(again.config, config::Secrets::Shown))
    lines_again += "set " + config::text_of(one.words) + '\n';
  JUNCTOR_ASSERT(lines == lines_again);
  return 0;
}
