// SPDX-License-Identifier: MIT
#include "platform/console/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "platform/telemetry/escape.hpp"

namespace junctor::console {
namespace {

constexpr char kInterrupt = 3;  // ^C
constexpr char kEscape = 27;
// What is typed ahead beyond this waits in the kernel, which tells the other end to wait.
constexpr std::size_t kMostQueued = 1U << 20;

winsize size_of(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) size = {};
  return size;
}

}  // namespace

Terminal::Terminal(int in, int out, std::string_view term)
    : in_(in),
      out_(out),
      signals_(in),
      is_terminal_(isatty(in) == 1 && isatty(out) == 1),
      has_signals_(is_terminal_ && tcgetsid(in) == getsid(0)),
      can_erase_(is_terminal_ && !term.empty() && term != "dumb" && term != "unknown") {}

void Terminal::write(std::string_view text) {
  while (!text.empty() && !is_gone_) {
    const ssize_t written = ::write(out_, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd ready{out_, POLLOUT, 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      is_gone_ = true;
    }
  }
}

void Terminal::write_last(std::string_view text) {
  is_gone_ = false;
  write(text);
  is_gone_ = true;
}

std::size_t Terminal::rows() const {
  if (set_rows_ && *set_rows_ != 0) return *set_rows_;
  const winsize size = size_of(out_);
  return size.ws_row == 0 ? 24 : size.ws_row;
}

std::size_t Terminal::columns() const {
  const winsize size = size_of(out_);
  return size.ws_col < 2 ? 80 : size.ws_col;
}

void Terminal::set_columns(std::size_t columns) {
  winsize size = size_of(out_);
  if (size.ws_col == columns) return;
  size.ws_col = static_cast<unsigned short>(columns);
  if (size.ws_row == 0) size.ws_row = 24;
  ioctl(out_, TIOCSWINSZ, &size);
}

bool Terminal::can_read(int timeout_ms) const {
  pollfd ready{in_, POLLIN, 0};
  return poll(&ready, 1, timeout_ms) == 1;
}

void Terminal::drain() {
  std::array<char, 4096> octets{};
  while (!is_gone_ && queue_.size() < kMostQueued && can_read(0)) {
    const ssize_t got = signals_.read_typed(octets.data(), octets.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) {
      is_gone_ = true;
      return;
    }
    queue_.insert(queue_.end(), octets.begin(), octets.begin() + got);
    skip_void();
    if (is_running_ && !has_signals_) find_interrupt();
  }
}

// What types nothing does not stand at the queue's front: the second half of CR LF, and NUL, which is a
// break or the padding of an old terminal.
void Terminal::skip_void() {
  while (!queue_.empty() && (queue_.front() == 0 || (queue_.front() == '\n' && was_return_))) {
    was_return_ = was_return_ && queue_.front() == 0;
    queue_.pop_front();
  }
}

bool Terminal::has_typed() {
  drain();
  return !queue_.empty();
}

Terminal::Wake Terminal::wait_for(int watch_fd, std::optional<Milliseconds> timeout,
                                  bool for_typed) {
  using Clock = std::chrono::steady_clock;
  const auto end = timeout ? Clock::now() + *timeout : Clock::time_point::max();
  for (;;) {
    if (is_interrupted()) return Wake::Interrupted;
    if (signals_.take_resize()) return Wake::Resized;
    if (for_typed && !queue_.empty()) return Wake::Typed;
    if (is_gone_) return Wake::Gone;
    int left = -1;
    if (timeout) {
      const auto rest = std::chrono::ceil<Milliseconds>(end - Clock::now()).count();
      left = static_cast<int>(std::clamp<decltype(rest)>(rest, 0, 1 << 30));
    }
    const int in = queue_.size() < kMostQueued ? in_ : -1;
    std::array<pollfd, 3> ready{
        {{in, POLLIN, 0}, {signals_.fd(), POLLIN, 0}, {watch_fd, POLLIN, 0}}};
    const int count = poll(ready.data(), ready.size(), left);
    if (count == 0) return Wake::TimedOut;
    if (count < 0) continue;
    if (ready[1].revents != 0) signals_.clear_fd();
    if (ready[0].revents != 0) drain();
    const bool has_other = is_gone_ || (for_typed && !queue_.empty());
    if (!has_other && ready[2].revents != 0) return Wake::Watched;
  }
}

Terminal::Wake Terminal::wait_idle(int watch_fd) {
  const auto limit = idle_.count() > 0 ? std::optional<Milliseconds>(idle_) : std::nullopt;
  const Wake wake = wait(watch_fd, limit);
  if (wake != Wake::TimedOut) return wake;
  is_idle_ = true;
  is_gone_ = true;
  return Wake::Gone;
}

std::optional<char> Terminal::take() {
  if (queue_.empty()) return std::nullopt;
  const char c = queue_.front();
  queue_.pop_front();
  was_return_ = c == '\r';
  skip_void();
  return c == '\r' ? '\n' : c;
}

// The next octet of a key that sends several: they come at once, even at 300 baud.
std::optional<char> Terminal::take_soon() {
  constexpr Milliseconds kSoon{100};
  if (queue_.empty() && wait(-1, kSoon) != Wake::Typed) return std::nullopt;
  return take();
}

Key Terminal::key() {
  for (;;) {
    const Wake wake = wait_idle(-1);
    if (wake == Wake::Gone) return {Key::Kind::Gone, {}};
    if (wake == Wake::Interrupted) return {Key::Kind::Interrupt, {}};
    if (wake == Wake::Typed) break;
  }
  std::string text(1, *take());
  const char c = text.front();
  if (c == '\n') return {Key::Kind::Enter, {}};
  if (c == kInterrupt) return {Key::Kind::Interrupt, {}};
  if (c == kEscape) return escape_key();
  if ((c & 0x80) != 0) {
    while (decode_utf8(text).length == 0 && text.size() < 4) {
      const auto more = take_soon();
      if (!more) return {Key::Kind::Other, {}};
      text += *more;
    }
    if (decode_utf8(text).length == 0) return {Key::Kind::Other, {}};
  } else if (is_control(static_cast<std::uint32_t>(c))) {
    return {Key::Kind::Control, text};
  }
  return {Key::Kind::Text, text};
}

// ESC [ parameters letter, or ESC O letter (ECMA-48, section 5.4; VT100's application mode).
Key Terminal::escape_key() {
  const auto lead = take_soon();
  if (!lead || (*lead != '[' && *lead != 'O')) return {Key::Kind::Other, {}};
  std::string sequence;
  for (;;) {
    const auto c = take_soon();
    if (!c) return {Key::Kind::Other, {}};
    sequence += *c;
    if (*lead == 'O' || (*c >= 0x40 && *c <= 0x7e)) break;
  }
  if (sequence == "B") return {Key::Kind::Down, {}};
  if (sequence == "6~") return {Key::Kind::PageDown, {}};
  return {Key::Kind::Other, {}};
}

void Terminal::begin_command() {
  end_command();
  is_running_ = true;
  drain();
  find_interrupt();
}

void Terminal::find_interrupt() {
  const auto last = std::find(queue_.rbegin(), queue_.rend(), kInterrupt);
  if (last == queue_.rend()) return;
  queue_.erase(queue_.begin(), last.base());
  is_interrupt_known_ = true;
  ++interrupts_;
}

bool Terminal::is_interrupted() {
  if (signals_.is_interrupted()) {
    // What of the octets then known is still in the queue was typed before ^C.
    drain();
    const std::uint64_t known = signals_.read_so_far();
    const auto after =
        static_cast<std::size_t>(known - std::min(known, signals_.typed_at_interrupt()));
    if (queue_.size() > after)
      queue_.erase(queue_.begin(), queue_.end() - static_cast<std::ptrdiff_t>(after));
    signals_.clear_interrupt();
    is_interrupt_known_ = true;
    ++interrupts_;
    // An answer that still waits for a slow line is not wanted any more.
    if (is_running_ && is_terminal_) tcflush(out_, TCOFLUSH);
  }
  return is_interrupt_known_;
}

unsigned Terminal::interrupts() {
  drain();
  is_interrupted();
  return interrupts_;
}

void Terminal::end_command() {
  is_running_ = false;
  signals_.clear_interrupt();
  is_interrupt_known_ = false;
}

}  // namespace junctor::console
