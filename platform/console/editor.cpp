// SPDX-License-Identifier: MIT
#include "platform/console/editor.hpp"

#include <histedit.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "platform/base/assert.hpp"
#include "platform/console/text.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::console {
namespace {

struct FileCloser {
  void operator()(FILE* file) const { fclose(file); }
};
using File = std::unique_ptr<FILE, FileCloser>;

constexpr wchar_t kInterruptKey = 3;  // ^C

struct Binding {
  const char* key;
  const char* function;
};
// What libedit's own keys of Emacs lack, or do otherwise than hands expect.
constexpr std::array<Binding, 15> kBindings{{
    {"?", "console-help"},
    {"^I", "console-tab"},
    {"^C", "console-discard"},
    {"^Z", "console-end"},
    {"^D", "em-delete-or-list"},
    {"^W", "ed-delete-prev-word"},
    {"^U", "vi-kill-line-prev"},
    {"^R", "em-inc-search-prev"},
    {"^V", "ed-quoted-insert"},
    {"\\e[3~", "ed-delete-next-char"},
    {"\\e[1~", "ed-move-to-beg"},
    {"\\e[4~", "ed-move-to-end"},
    {"\\e[H", "ed-move-to-beg"},
    {"\\e[F", "ed-move-to-end"},
    {"^H", "em-delete-prev-char"},
}};

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (c & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

}  // namespace

class Editor::Impl {
 public:
  Impl(Terminal& terminal, Language& language, const std::string& term, HistoryFile history,
       std::size_t history_lines);
  ~Impl();

  Read read(const std::string& prompt);
  void keep(const std::string& line, bool is_for_later);
  void show_above(std::string_view text);

 private:
  static Impl& of(EditLine* edit) {
    void* impl = nullptr;
    el_get(edit, EL_CLIENTDATA, &impl);
    return *static_cast<Impl*>(impl);
  }
  template <unsigned char (Impl::*kMember)()>
  static unsigned char call(EditLine* edit, int) {
    return (of(edit).*kMember)();
  }

  void bind_keys();
  void set_modes();
  int next_char(wchar_t* out);
  std::optional<wchar_t> typed_char();
  unsigned char on_help();
  unsigned char on_tab();
  unsigned char on_discard();
  unsigned char on_end();
  std::string before_cursor() const;
  std::string whole_line() const;
  std::size_t row_of(std::string_view text) const;
  void go_below();
  void list(const Help& help);
  void redraw() { el_set(edit_, EL_REFRESH); }

  // Given.
  Terminal& terminal_;
  Language& language_;
  HistoryFile file_;
  // Owned.
  File in_;
  File out_;
  File errors_;
  EditLine* edit_ = nullptr;
  History* history_ = nullptr;
  termios before_{};
  // State.
  std::string prompt_;
  std::string last_tab_;  // the line at the last Tab that typed nothing
  End end_ = End::Gone;
  bool is_reading_ = false;
};

Editor::Impl::Impl(Terminal& terminal, Language& language, const std::string& term,
                   HistoryFile history, std::size_t history_lines)
    : terminal_(terminal),
      language_(language),
      file_(std::move(history)),
      in_(fdopen(dup(terminal.in()), "r")),
      out_(fdopen(dup(terminal.out()), "w")),
      errors_(fopen("/dev/null", "w")) {
  JUNCTOR_ASSERT(in_ && out_ && errors_);
  const Utf8Locale locale;  // which characters can be typed is asked here
  tcgetattr(terminal.in(), &before_);
  edit_ = el_init_fd("junctor", in_.get(), out_.get(), errors_.get(), terminal.in(), terminal.out(),
                     fileno(errors_.get()));
  history_ = history_init();
  JUNCTOR_ASSERT(edit_ != nullptr && history_ != nullptr);
  HistEvent event{};
  ::history(history_, &event, H_SETSIZE, static_cast<int>(history_lines));
  ::history(history_, &event, H_SETUNIQUE, 1);
  for (const std::string& line : file_.load()) ::history(history_, &event, H_ENTER, line.c_str());
  el_set(edit_, EL_CLIENTDATA, this);
  el_set(edit_, EL_TERMINAL, term.empty() ? "dumb" : term.c_str());
  el_set(edit_, EL_EDITOR, "emacs");
  el_set(edit_, EL_SIGNAL, 0);
  el_set(edit_, EL_HIST, ::history, history_);
  el_set(
      edit_, EL_PROMPT, +[](EditLine* edit) { return of(edit).prompt_.data(); });
  el_set(
      edit_, EL_GETCFN, +[](EditLine* edit, wchar_t* out) { return of(edit).next_char(out); });
  set_modes();
  bind_keys();
}

Editor::Impl::~Impl() {
  // libedit's own end would throw away what is typed ahead.
  tcsetattr(terminal_.in(), TCSADRAIN, &before_);
  el_set(edit_, EL_EDITMODE, 0);
  el_end(edit_);
  history_end(history_);
}

// Never the tty's own line discipline, which would echo what is typed ahead into an answer, and cut
// long lines. While a line is edited (-d) ^C is a character; while a command runs (-x) a signal, whose
// flushing is left to Terminal: the kernel does it after the signal, and may flush the next prompt.
void Editor::Impl::set_modes() {
  el_set(edit_, EL_SETTY, "-d", "-isig", "-iexten", "-icrnl", "-inlcr", "-igncr", "+ignbrk",
         nullptr);
  el_set(edit_, EL_SETTY, "-x", "-icanon", "-echo", "-iexten", "-icrnl", "-inlcr", "-igncr",
         "+ignbrk", terminal_.has_signals() ? "+isig" : "-isig", "+noflsh",
         "quit=", "susp=", nullptr);
}

void Editor::Impl::bind_keys() {
  el_set(edit_, EL_ADDFN, "console-help", "What may stand here", &call<&Impl::on_help>);
  el_set(edit_, EL_ADDFN, "console-tab", "Completes the word", &call<&Impl::on_tab>);
  el_set(edit_, EL_ADDFN, "console-discard", "Discards the line", &call<&Impl::on_discard>);
  el_set(edit_, EL_ADDFN, "console-end", "Leaves the mode", &call<&Impl::on_end>);
  for (const Binding& binding : kBindings)
    el_set(edit_, EL_BIND, binding.key, binding.function, nullptr);
}

Editor::Read Editor::Impl::read(const std::string& prompt) {
  const Utf8Locale locale;
  prompt_ = prompt;
  last_tab_.clear();
  end_ = End::Line;
  is_reading_ = true;
  el_set(edit_, EL_PREP_TERM,
         1);  // before the prompt is seen: what is typed then is for the editor
  int length = 0;
  const char* text = el_gets(edit_, &length);
  is_reading_ = false;
  if (terminal_.is_gone()) return {End::Gone, {}};
  if (end_ != End::Line) return {end_, {}};
  if (text == nullptr) {
    terminal_.write("\n");
    return {End::Left, {}};
  }
  std::string line(text, static_cast<std::size_t>(length));
  while (!line.empty() && line.back() == '\n') line.pop_back();
  return {End::Line, std::move(line)};
}

void Editor::Impl::keep(const std::string& line, bool is_for_later) {
  HistEvent event{};
  const bool is_again = ::history(history_, &event, H_FIRST) == 0 && line == event.str;
  if (is_again) return;
  ::history(history_, &event, H_ENTER, line.c_str());
  if (is_for_later) file_.append(line);
}

// libedit asks for the next character: 1, or 0 for the end.
int Editor::Impl::next_char(wchar_t* out) {
  for (;;) {
    switch (terminal_.wait_idle(language_.watch_fd())) {
      case Terminal::Wake::Typed:
        if (const auto c = typed_char()) {
          *out = *c;
          return 1;
        }
        break;
      case Terminal::Wake::Watched:
        for (const std::string& notice : language_.on_watch()) show_above(notice);
        break;
      case Terminal::Wake::Resized:
        el_resize(edit_);
        redraw();
        break;
      case Terminal::Wake::Interrupted:  // from elsewhere, by kill -INT
        terminal_.end_command();
        *out = kInterruptKey;
        return 1;
      case Terminal::Wake::TimedOut:
        break;
      case Terminal::Wake::Gone:
        return 0;
    }
  }
}

// One character of the queue; nothing if what is there is no text. Other than a key's sequence, the
// octets of a character are waited for, as a serial line brings them one by one.
std::optional<wchar_t> Editor::Impl::typed_char() {
  constexpr Terminal::Milliseconds kSoon{100};
  std::string octets;
  for (;;) {
    const auto octet = terminal_.take();
    if (!octet) return std::nullopt;
    octets += *octet;
    const Utf8Char c = decode_utf8(octets);
    if (c.length != 0) return static_cast<wchar_t>(c.code);
    const bool is_lead = (octets[0] & 0xc0) == 0xc0;
    if (!is_lead || octets.size() == 4) return std::nullopt;
    if (terminal_.wait(-1, kSoon) != Terminal::Wake::Typed) return std::nullopt;
  }
}

std::string Editor::Impl::before_cursor() const {
  const LineInfo* line = el_line(edit_);
  return {line->buffer, line->cursor};
}

std::string Editor::Impl::whole_line() const {
  const LineInfo* line = el_line(edit_);
  return {line->buffer, line->lastchar};
}

// The row, from the prompt's, on which the place after this text is.
std::size_t Editor::Impl::row_of(std::string_view text) const {
  return (cells(prompt_) + cells(safe_line(text))) / terminal_.columns();
}

// To the beginning of the row below the line that is edited.
void Editor::Impl::go_below() {
  const std::size_t down = row_of(whole_line()) - row_of(before_cursor()) + 1;
  terminal_.write(std::string(down, '\n'));
}

void Editor::Impl::show_above(std::string_view text) {
  if (is_reading_ && terminal_.can_erase()) {
    const std::size_t up = row_of(before_cursor());
    terminal_.write("\r" + (up > 0 ? "\x1b[" + std::to_string(up) + "A" : "") + "\x1b[J");
  } else if (is_reading_) {
    go_below();
  }
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    terminal_.write(safe_line(line) + "\n");
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  if (is_reading_) redraw();
}

void Editor::Impl::list(const Help& help) {
  go_below();
  std::string text;
  if (help.mistake) {
    text = describe(*help.mistake, whole_line(), cells(prompt_), terminal_.columns());
  } else {
    text = list_of(help, terminal_.columns());
  }
  Pager pager(terminal_, terminal_.has_pages());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (!pager.line(std::string_view(text).substr(at, end - at))) break;
    at = end + 1;
  }
  redraw();
}

unsigned char Editor::Impl::on_help() {
  const std::string before = before_cursor();
  if (is_plain_question(before)) return el_insertstr(edit_, "?") == 0 ? CC_REFRESH : CC_ERROR;
  list(help_at(before, language_));
  return CC_NORM;
}

unsigned char Editor::Impl::on_tab() {
  const std::string before = before_cursor();
  const Help help = help_at(before, language_);
  const TabEdit edit = tab_at(help, before);
  if (!edit.insert.empty()) {
    const std::string_view erased = std::string_view(before).substr(before.size() - edit.erase);
    el_deletestr(edit_, static_cast<int>(characters(erased)));
    return el_insertstr(edit_, edit.insert.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }
  if (last_tab_ != before + '\t') {
    last_tab_ = before + '\t';
    return CC_ERROR;  // beeps
  }
  last_tab_.clear();
  list(help);
  return CC_NORM;
}

unsigned char Editor::Impl::on_discard() {
  terminal_.write("^C");
  go_below();
  end_ = End::Discarded;
  return CC_NEWLINE;
}

unsigned char Editor::Impl::on_end() {
  terminal_.write("^Z");
  go_below();
  end_ = End::Upwards;
  return CC_NEWLINE;
}

Editor::Editor(Terminal& terminal, Language& language, const std::string& term, HistoryFile history,
               std::size_t history_lines)
    : impl_(std::make_unique<Impl>(terminal, language, term, std::move(history), history_lines)) {}
Editor::~Editor() = default;
Editor::Read Editor::read(const std::string& prompt) { return impl_->read(prompt); }
void Editor::keep(const std::string& line, bool is_for_later) { impl_->keep(line, is_for_later); }
void Editor::show_above(std::string_view text) { impl_->show_above(text); }

}  // namespace junctor::console
