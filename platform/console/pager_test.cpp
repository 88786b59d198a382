// SPDX-License-Identifier: MIT
#include "platform/console/pager.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace junctor::console {
namespace {

// A screen of few rows, at which somebody presses these keys: s(pace), e(nter), d(own), p(age down),
// a(rrow), c (^C), g(one), anything else is typed.
class FakeScreen : public Screen {
 public:
  FakeScreen(std::size_t rows, const std::string& keys)
      : rows_(rows), keys_(keys.begin(), keys.end()) {}
  void write(std::string_view text) override { shown += text; }
  std::size_t rows() const override { return rows_; }
  std::size_t columns() const override { return 10; }
  bool can_erase() const override { return is_vt100; }
  bool has_typed() override { return is_typing; }
  void untype(std::string_view text) override { given_back += text; }
  Key key() override {
    EXPECT_FALSE(keys_.empty()) << shown;
    if (keys_.empty()) return {Key::Kind::Gone, {}};
    const char c = keys_.front();
    keys_.pop_front();
    using Kind = Key::Kind;
    switch (c) {
      case 's':
        return {Kind::Text, " "};
      case 'e':
        return {Kind::Enter, {}};
      case 'd':
        return {Kind::Down, {}};
      case 'p':
        return {Kind::PageDown, {}};
      case 'a':
        return {Kind::Other, {}};
      case 'c':
        return {Kind::Interrupt, {}};
      case 'g':
        return {Kind::Gone, {}};
      default:
        return {Kind::Text, std::string(1, c)};
    }
  }

  std::string shown;
  std::string given_back;
  bool is_vt100 = false;
  bool is_typing = false;

 private:
  std::size_t rows_;
  std::deque<char> keys_;
};

// What was shown, with M for the prompt that was erased again.
std::string shown(FakeScreen& screen, bool stops, std::initializer_list<const char*> lines) {
  Pager pager(screen, stops);
  for (const char* line : lines) {
    if (!pager.line(line)) break;
  }
  std::string out = screen.shown;
  const std::string more = screen.is_vt100 ? "--More--\r\x1b[K" : "--More--\r        \r";
  for (std::size_t at; (at = out.find(more)) != std::string::npos;)
    out.replace(at, more.size(), "M");
  for (char& c : out) c = c == '\n' ? '/' : c;
  return out;
}

TEST(Pager, StopsAtEachPage) {
  const struct {
    const char* sentence;
    std::size_t rows;
    const char* keys;
    const char* expected;
  } rows[] = {
      {"all fits", 8, "", "1/2/3/4/5/6/7/"},
      {"a page", 4, "ss", "1/2/3/M4/5/6/M7/"},
      {"page down is as good", 4, "pp", "1/2/3/M4/5/6/M7/"},
      {"a line", 4, "eeee", "1/2/3/M4/M5/M6/M7/"},
      {"down is a line, then a page", 4, "ds", "1/2/3/M4/M5/6/7/"},
      {"no more", 4, "q", "1/2/3/M"},
      {"no more after a page", 4, "sQ", "1/2/3/M4/5/6/M"},
      {"^C", 4, "c", "1/2/3/M"},
      {"nobody there", 4, "g", "1/2/3/M"},
      {"an arrow is nothing", 4, "aass", "1/2/3/M4/5/6/M7/"},
      {"a screen of one row", 1, "eeeeee", "1/M2/M3/M4/M5/M6/M7/"},
  };
  for (const auto& row : rows) {
    FakeScreen screen(row.rows, row.keys);
    EXPECT_EQ(shown(screen, true, {"1", "2", "3", "4", "5", "6", "7"}), row.expected)
        << row.sentence;
    EXPECT_EQ(screen.given_back, "") << row.sentence;
  }
}

TEST(Pager, CountsRowsNotLines) {
  FakeScreen screen(4, "s");
  EXPECT_EQ(shown(screen, true, {"0123456789a", "x", "y"}), "0123456789a/x/My/");
  FakeScreen full(4, "s");
  EXPECT_EQ(shown(full, true, {"0123456789", "x", "y", "z"}), "0123456789/x/y/Mz/");
  FakeScreen taller(3, "");
  EXPECT_EQ(shown(taller, true, {"0123456789012345678901234567890123456789"}),
            "0123456789012345678901234567890123456789/");
}

TEST(Pager, DoesNotStopWhenNobodyIsToBeAsked) {
  FakeScreen screen(3, "");
  EXPECT_EQ(shown(screen, false, {"1", "2", "3", "4"}), "1/2/3/4/");
}

TEST(Pager, TakesNoTypedAheadLineForAnAnswer) {
  FakeScreen screen(3, "");
  screen.is_typing = true;
  EXPECT_EQ(shown(screen, true, {"1", "2", "3", "4"}), "1/2/3/4/");
}

TEST(Pager, GivesBackAKeyThatIsNoAnswer) {
  FakeScreen screen(3, "x");
  EXPECT_EQ(shown(screen, true, {"1", "2", "3", "4"}), "1/2/M");
  EXPECT_EQ(screen.given_back, "x");
}

TEST(Pager, ErasesItsPromptAsTheTerminalCan) {
  FakeScreen screen(3, "ss");
  screen.is_vt100 = true;
  EXPECT_EQ(shown(screen, true, {"1", "2", "3"}), "1/2/M3/");
}

}  // namespace
}  // namespace junctor::console
