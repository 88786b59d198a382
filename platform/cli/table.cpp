// SPDX-License-Identifier: MIT
#include "platform/cli/table.hpp"

#include <algorithm>

#include "platform/base/assert.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {
namespace {

constexpr std::string_view kGap = "  ";

void append_cell(std::string& line, std::string_view cell, std::size_t width, Align align) {
  const std::string padding(width - width_of(cell), ' ');
  if (align == Align::Right) line += padding;
  line += cell;
  if (align == Align::Left) line += padding;
}

void end_line(std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
  line += '\n';
}

}  // namespace

std::size_t width_of(std::string_view text) {
  const auto is_first_octet = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return static_cast<std::size_t>(std::ranges::count_if(text, is_first_octet));
}

std::string shorten(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string(text);
  constexpr std::string_view kDots = "...";
  std::string out;
  for (std::size_t taken = 0; taken + kDots.size() < width; ++taken) {
    const std::size_t length = std::max<std::size_t>(decode_utf8(text).length, 1);
    out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out + std::string(kDots.substr(0, width));
}

void Table::add(std::vector<std::string> cells) {
  JUNCTOR_ASSERT(cells.size() == columns_.size());
  for (std::string& cell : cells) cell = cell.empty() ? "-" : escape(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::text(std::string_view when_empty) const {
  if (rows_.empty()) return std::string(when_empty) + "\n";
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = columns_[i].title.size();
    for (const auto& row : rows_) width = std::max(width, width_of(row[i]));
    widths.push_back(width);
  }
  std::string out;
  const auto add_line = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line += kGap;
      append_cell(line, cell_of(i), widths[i], columns_[i].align);
    }
    end_line(line);
    out += line;
  };
  add_line([&](std::size_t i) { return columns_[i].title; });
  for (const auto& row : rows_) add_line([&](std::size_t i) { return std::string_view(row[i]); });
  return out;
}

}  // namespace junctor::cli
