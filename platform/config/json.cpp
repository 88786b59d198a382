// SPDX-License-Identifier: MIT
#include "platform/config/json.hpp"

#include <algorithm>
#include <optional>

#include "platform/telemetry/escape.hpp"

namespace junctor::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Recursive descent. Each function leaves at_ behind what it read; the first failure is kept, and
// ends all.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  std::variant<Json, Finding> read() {
    if (text_.size() > Json::kMaxBytes) return Finding{"", 0, "the text is larger than 16 MiB"};
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;  // a byte order mark
    Json root;
    if (!read_value(root, 0) || !skip_blank()) return failure_.value();
    if (at_ < text_.size()) {
      fail("text follows after the end");
      return failure_.value();
    }
    return root;
  }

 private:
  bool fail(const std::string& reason) {
    if (!failure_) failure_ = Finding{"", line_, reason};
    return false;
  }
  bool fail_here(const std::string& wanted) {
    return fail(wanted + " was expected, " + what_is_here() + " is there");
  }
  std::string what_is_here() const {
    if (at_ >= text_.size()) return "the end of the text";
    const Utf8Char c = decode_utf8(text_.substr(at_));
    return "'" + escape(text_.substr(at_, c.length == 0 ? 1 : c.length)) + "'";
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool skip_blank();
  bool read_value(Json& out, int depth);
  bool read_object(Json& out, int depth);
  bool read_array(Json& out, int depth);
  bool read_string(std::string& out);
  bool read_escape(std::string& out);
  bool read_hex4(std::uint32_t& out);
  bool read_number(std::string& out);
  bool read_word(Json& out);
  bool skip_digits();

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int values_ = 0;
  std::optional<Finding> failure_;
};

bool JsonReader::skip_blank() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    const std::string_view next = text_.substr(at_, 2);
    if (c == '\n') ++line_;
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      ++at_;
    } else if (next == "//") {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (next == "/*") {
      const std::size_t end = text_.find("*/", at_ + 2);
      if (end == std::string_view::npos) return fail("a comment is not closed");
      for (const char in : text_.substr(at_, end - at_)) line_ += in == '\n' ? 1 : 0;
      at_ = end + 2;
    } else {
      break;
    }
  }
  return true;
}

bool JsonReader::read_value(Json& out, int depth) {
  if (depth > Json::kMaxDepth) return fail("values are nested more than 64 deep");
  if (++values_ > Json::kMaxValues) return fail("there are more than 1000000 values");
  if (!skip_blank()) return false;
  out.line = line_;
  const char c = peek();
  if (c == '{') return read_object(out, depth);
  if (c == '[') return read_array(out, depth);
  if (c == '"') {
    out.kind = Json::Kind::String;
    return read_string(out.text);
  }
  if (c == '-' || is_digit(c)) {
    out.kind = Json::Kind::Number;
    return read_number(out.text);
  }
  return read_word(out);
}

bool JsonReader::read_object(Json& out, int depth) {
  out.kind = Json::Kind::Object;
  ++at_;
  if (!skip_blank()) return false;
  if (take('}')) return true;
  for (;;) {
    if (!skip_blank()) return false;
    if (peek() != '"') return fail_here("a key in quotes");
    Json::Member& member = out.members.emplace_back();
    member.line = line_;
    if (!read_string(member.key) || !skip_blank()) return false;
    if (!take(':')) return fail_here("':'");
    if (!read_value(member.value, depth + 1) || !skip_blank()) return false;
    if (take('}')) return true;
    if (!take(',')) return fail_here("',' or '}'");
  }
}

bool JsonReader::read_array(Json& out, int depth) {
  out.kind = Json::Kind::Array;
  ++at_;
  if (!skip_blank()) return false;
  if (take(']')) return true;
  for (;;) {
    if (!read_value(out.items.emplace_back(), depth + 1) || !skip_blank()) return false;
    if (take(']')) return true;
    if (!take(',')) return fail_here("',' or ']'");
  }
}

bool JsonReader::read_string(std::string& out) {
  ++at_;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (take('"')) return true;
    if (c == '\n') return fail("a string is not closed");
    if (static_cast<unsigned char>(c) < 0x20) return fail("a control character is in a string");
    if (take('\\')) {
      if (!read_escape(out)) return false;
      continue;
    }
    const Utf8Char character = decode_utf8(text_.substr(at_));
    if (character.length == 0) return fail("a string is not UTF-8");
    out += text_.substr(at_, character.length);
    at_ += character.length;
  }
  return fail("a string is not closed");
}

bool JsonReader::read_escape(std::string& out) {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
  const std::size_t which = kNames.find(peek());
  if (at_ < text_.size() && which != std::string_view::npos) {
    out += kValues[which];
    ++at_;
    return true;
  }
  if (!take('u')) return fail("a string has an unknown escape: \\ and " + what_is_here());
  std::uint32_t code = 0;
  if (!read_hex4(code)) return false;
  if (code >= 0xd800 && code < 0xdc00) {
    std::uint32_t low = 0;
    if (!take('\\') || !take('u')) return fail("half of a character is in a string");
    if (!read_hex4(low)) return false;
    if (low < 0xdc00 || low > 0xdfff) return fail("half of a character is in a string");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  } else if (code >= 0xdc00 && code <= 0xdfff) {
    return fail("half of a character is in a string");
  }
  append_utf8(out, code);
  return true;
}

bool JsonReader::read_hex4(std::uint32_t& out) {
  out = 0;
  for (int i = 0; i < 4; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const char c = peek();
    const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    const std::size_t digit = kDigits.find(lower);
    if (at_ >= text_.size() || digit == std::string_view::npos)
      return fail("\\u needs four hexadecimal digits");
    out = out << 4 | static_cast<std::uint32_t>(digit);
    ++at_;
  }
  return true;
}

bool JsonReader::skip_digits() {
  if (!is_digit(peek())) return fail_here("a digit");
  while (is_digit(peek())) ++at_;
  return true;
}

bool JsonReader::read_number(std::string& out) {
  const std::size_t begin = at_;
  take('-');
  if (take('0')) {
    if (is_digit(peek())) return fail("a number begins with 0");
  } else if (!skip_digits()) {
    return false;
  }
  if (take('.') && !skip_digits()) return false;
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    if (!skip_digits()) return false;
  }
  out = text_.substr(begin, at_ - begin);
  return true;
}

bool JsonReader::read_word(Json& out) {
  const auto is = [&](std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  };
  out.kind = Json::Kind::Bool;
  if (is("true")) {
    out.is_true = true;
    return true;
  }
  if (is("false")) return true;
  out.kind = Json::Kind::Null;
  return is("null") || fail_here("a value");
}

}  // namespace

std::string_view Json::kind_name() const {
  switch (kind) {
    case Kind::Null:
      return "null";
    case Kind::Bool:
      return "true or false";
    case Kind::Number:
      return "a number";
    case Kind::String:
      return "a string";
    case Kind::Array:
      return "a list";
    case Kind::Object:
      return "an object";
  }
  return "";
}

std::variant<Json, Finding> read_json(std::string_view text) { return JsonReader(text).read(); }

}  // namespace junctor::config
