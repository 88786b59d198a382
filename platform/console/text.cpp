// SPDX-License-Identifier: MIT
#include "platform/console/text.hpp"

#include <clocale>
#include <cwchar>

#include "platform/telemetry/escape.hpp"

namespace junctor::console {
namespace {

locale_t utf8() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

std::size_t width_of(std::uint32_t code) {
  const int width = wcwidth(static_cast<wchar_t>(code));
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

}  // namespace

Utf8Locale::Utf8Locale() : before_(uselocale(utf8())) {}
Utf8Locale::~Utf8Locale() { uselocale(static_cast<locale_t>(before_)); }

std::size_t cells(std::string_view text) {
  const Utf8Locale locale;
  std::size_t sum = 0;
  while (!text.empty()) {
    const Utf8Char c = decode_utf8(text);
    sum += c.length == 0 || c.code < 0x80 ? 1 : width_of(c.code);
    text.remove_prefix(c.length == 0 ? 1 : c.length);
  }
  return sum;
}

std::string safe_line(std::string_view line) {
  constexpr std::size_t kTabStop = 8;
  std::string out;
  out.reserve(line.size());
  std::size_t column = 0;
  while (!line.empty()) {
    const Utf8Char c = decode_utf8(line);
    const std::string_view octets = line.substr(0, c.length == 0 ? 1 : c.length);
    line.remove_prefix(octets.size());
    std::string shown(octets);
    if (c.length != 0 && c.code == '\t') {
      shown.assign(kTabStop - column % kTabStop, ' ');
    } else if (c.length == 0 || is_control(c.code)) {
      shown = escape(octets);
    }
    column += cells(shown);
    out += shown;
  }
  return out;
}

std::string two_columns(std::string_view word, std::string_view help, std::size_t first_width,
                        std::size_t width) {
  constexpr std::size_t kLeastHelp = 20;
  std::string out = "  " + std::string(word);
  const std::size_t taken = cells(out);
  const std::size_t indent = first_width + 4;
  if (help.empty()) return out + "\n";
  if (taken + 2 > indent) {
    out += "\n" + std::string(indent, ' ');
  } else {
    out.append(indent - taken, ' ');
  }
  const std::size_t room = width > indent + kLeastHelp ? width - indent - 1 : kLeastHelp;
  while (cells(help) > room) {
    std::size_t cut = help.rfind(' ', room);
    if (cut == std::string_view::npos || cut == 0) cut = help.find(' ', 1);
    if (cut == std::string_view::npos) break;
    out += std::string(help.substr(0, cut)) + "\n" + std::string(indent, ' ');
    help.remove_prefix(cut + 1);
  }
  return out + std::string(help) + "\n";
}

}  // namespace junctor::console
