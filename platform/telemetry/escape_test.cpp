// SPDX-License-Identifier: MIT
#include "platform/telemetry/escape.hpp"

#include <gtest/gtest.h>

namespace junctor {
namespace {

TEST(Escape, LetsNothingThroughThatATerminalObeys) {
  const struct {
    const char* sentence;
    std::string_view in;
    std::string_view out;
  } rows[] = {
      {"plain text stays", "INVITE sip:100@pbx", "INVITE sip:100@pbx"},
      {"letters of all languages stay", "Gr\xc3\xbc\xc3\x9f Gott \xe4\xbd\xa0\xf0\x9f\x93\x9e",
       "Gr\xc3\xbc\xc3\x9f Gott \xe4\xbd\xa0\xf0\x9f\x93\x9e"},
      {"a line cannot be forged", "a\r\nb\tc", "a\\r\\nb\\tc"},
      {"an escape sequence is shown", "\x1b[2J", "\\x1b[2J"},
      {"NUL is shown", std::string_view("a\0b", 3), "a\\x00b"},
      {"DEL is shown", "\x7f", "\\x7f"},
      {"a C1 control is shown (CSI)",
       "\xc2\x9b"
       "2J",
       "\\xc2\\x9b2J"},
      {"text cannot be turned around",
       // NOLINTNEXTLINE(misc-misleading-bidirectional): what this row is about
       "\xe2\x80\xae"
       "cba",
       "\\xe2\\x80\\xae"
       "cba"},
      {"a backslash cannot imitate an escape", "\\x1b", "\\\\x1b"},
      {"an overlong form is not UTF-8", "\xc0\xaf", "\\xc0\\xaf"},
      {"a surrogate is not UTF-8", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"beyond Unicode is not UTF-8", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"a cut character is not UTF-8", "a\xe2\x82", "a\\xe2\\x82"},
  };
  for (const auto& row : rows) EXPECT_EQ(escape(row.in), row.out) << row.sentence;
}

TEST(Utf8, GoesThereAndBackAtTheEdges) {
  for (const std::uint32_t code :
       {0x0U, 0x7fU, 0x80U, 0x7ffU, 0x800U, 0xd7ffU, 0xe000U, 0xffffU, 0x10000U, 0x10ffffU}) {
    std::string text;
    append_utf8(text, code);
    const Utf8Char got = decode_utf8(text);
    EXPECT_EQ(got.code, code);
    EXPECT_EQ(got.length, text.size());
  }
  EXPECT_EQ(decode_utf8("").length, 0U);
}

}  // namespace
}  // namespace junctor
