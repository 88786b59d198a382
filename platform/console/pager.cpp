// SPDX-License-Identifier: MIT
#include "platform/console/pager.hpp"

#include <algorithm>

#include "platform/console/text.hpp"

namespace junctor::console {
namespace {

constexpr std::string_view kMore = "--More--";

void erase_prompt(Screen& screen) {
  if (screen.can_erase()) {
    screen.write("\r\x1b[K");
  } else {
    screen.write("\r" + std::string(kMore.size(), ' ') + "\r");
  }
}

}  // namespace

bool Pager::line(std::string_view line) {
  if (has_ended_) return false;
  const std::size_t columns = std::max<std::size_t>(1, screen_.columns());
  const std::size_t taken = std::max<std::size_t>(1, (cells(line) + columns - 1) / columns);
  // The last row is the prompt's.
  const std::size_t page = std::max<std::size_t>(2, screen_.rows()) - 1;
  if (stops_ && shown_ > 0 && shown_ + taken > page && !ask()) {
    has_ended_ = true;
    return false;
  }
  screen_.write(std::string(line) + "\n");
  shown_ += taken;
  return true;
}

bool Pager::ask() {
  if (screen_.has_typed()) {
    stops_ = false;
    return true;
  }
  screen_.write(kMore);
  const std::size_t page = std::max<std::size_t>(2, screen_.rows()) - 1;
  for (;;) {
    const Key key = screen_.key();
    if (key.kind == Key::Kind::Other || key.kind == Key::Kind::Control) continue;
    erase_prompt(screen_);
    if (key.kind == Key::Kind::PageDown || key.text == " ") {
      shown_ = 0;
      return true;
    }
    if (key.kind == Key::Kind::Enter || key.kind == Key::Kind::Down) {
      shown_ = page - 1;
      return true;
    }
    if (key.kind == Key::Kind::Text && key.text != "q" && key.text != "Q") screen_.untype(key.text);
    return false;
  }
}

}  // namespace junctor::console
