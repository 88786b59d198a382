// SPDX-License-Identifier: MIT
// A typed line: any octets give words, a plan or a mistake within the line, and help; a word that is
// quoted is read back as itself; nothing unsafe is shown.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/base/assert.hpp"
#include "platform/console/expand.hpp"
#include "platform/console/help.hpp"
#include "platform/console/test_language.hpp"
#include "platform/console/text.hpp"

using namespace junctor::console;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const Toy toy;
  const Split words = split(line);
  JUNCTOR_ASSERT(words.parts.size() == words.pipes.size() + 1);
  for (const auto& part : words.parts) {
    for (const Word& word : part) {
      JUNCTOR_ASSERT(word.at < size);
      const Split again = split(quoted(word.text));
      JUNCTOR_ASSERT(!again.mistake && again.parts[0].size() == 1);
      JUNCTOR_ASSERT(again.parts[0][0].text == word.text);
    }
  }
  const auto planned = plan(words, size, toy);
  if (const auto* mistake = std::get_if<Mistake>(&planned)) {
    JUNCTOR_ASSERT(mistake->at <= size && !mistake->text.empty());
    for (const char c : describe(*mistake, line, 10, 80))
      JUNCTOR_ASSERT(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  } else if (!words.is_comment) {
    const Plan& good = std::get<Plan>(planned);
    JUNCTOR_ASSERT(good.places.size() == good.command.words.size() + good.command.view.size());
  }
  const Help help = help_at(line, toy);
  JUNCTOR_ASSERT(!list_of(help, 80).empty());
  JUNCTOR_ASSERT(tab_at(help, line).erase <= size);
  return 0;
}
