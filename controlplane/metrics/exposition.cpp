// SPDX-License-Identifier: MIT
#include "controlplane/metrics/exposition.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "platform/base/assert.hpp"

namespace junctor::cp {
namespace {

std::string_view kind_name(Exposition::Kind kind) {
  switch (kind) {
    case Exposition::Kind::Counter:
      return "counter";
    case Exposition::Kind::Gauge:
      return "gauge";
    case Exposition::Kind::Histogram:
      return "histogram";
  }
  return "untyped";
}

void append_escaped(std::string& out, std::string_view text, bool is_label) {
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && is_label)
      out += "\\\"";
    else
      out += c;
  }
}

// The shortest text that reads as the same number.
void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    std::array<char, 32> text{};
    const auto done = std::to_chars(text.data(), text.data() + text.size(), value);
    JUNCTOR_ASSERT(done.ec == std::errc{});
    out.append(text.data(), done.ptr);
  }
}

}  // namespace

void Exposition::family(std::string_view name, Kind kind, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name) += ' ';
  append_escaped(text_, help, false);
  text_.append("\n# TYPE ").append(name) += ' ';
  text_.append(kind_name(kind)) += '\n';
}

void Exposition::sample(std::initializer_list<Label> labels, double value) {
  sample({}, std::span(labels.begin(), labels.size()), value);
}

void Exposition::sample(std::string_view suffix, std::span<const Label> labels, double value) {
  text_.append(name_).append(suffix);
  char separator = '{';
  for (const auto& [name, label] : labels) {
    text_ += std::exchange(separator, ',');
    text_.append(name).append("=\"");
    append_escaped(text_, label, true);
    text_ += '"';
  }
  if (separator != '{') text_ += '}';
  text_ += ' ';
  append_number(text_, value);
  text_ += '\n';
}

std::string metric_name(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const bool is_good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!is_good) c = '_';
  }
  return out;
}

}  // namespace junctor::cp
