// SPDX-License-Identifier: MIT
#include "platform/cli/table.hpp"

#include <algorithm>
#include <utility>

#include "platform/base/assert.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {
namespace {

constexpr std::string_view kGap = "  ";
const std::string kIndent = "    ";
constexpr std::size_t kLeastLast = 16;  // columns; a narrower text is hard to read

void append_cell(std::string& line, std::string_view cell, std::size_t width, Align align) {
  const std::string padding(width - width_of(cell), ' ');
  if (align == Align::Right) line += padding;
  line += cell;
  if (align == Align::Left) line += padding;
}

// Takes what fits of a text, up to a blank if there is one.
std::string_view take_line(std::string_view& rest, std::size_t width) {
  std::size_t end = 0;    // in octets
  std::size_t blank = 0;  // the last one within
  for (std::size_t taken = 0; end < rest.size() && taken < width; ++taken) {
    if (rest[end] == ' ' && end > 0) blank = end;
    end += std::max<std::size_t>(decode_utf8(rest.substr(end)).length, 1);
  }
  if (end < rest.size() && rest[end] != ' ' && blank > 0) end = blank;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return line;
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

std::vector<std::size_t> Table::widths(std::size_t limit) const {
  std::vector<std::size_t> out;
  std::size_t before = 0;  // the last column
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = columns_[i].title.size();
    for (const auto& row : rows_) width = std::max(width, width_of(row[i]));
    out.push_back(width);
    if (i + 1 < columns_.size()) before += width + kGap.size();
  }
  const bool wraps = limit >= before + kLeastLast && columns_.back().align == Align::Left;
  if (wraps) out.back() = std::min(out.back(), limit - before);
  return out;
}

// One row, or the header.
void Table::add_lines(const std::vector<std::string_view>& cells, std::size_t limit,
                      const std::vector<std::size_t>& widths, std::string& out) const {
  const std::size_t last = columns_.size() - 1;
  std::string line;
  for (std::size_t i = 0; i <= last; ++i) {
    const bool is_first = i == 0 || line == kIndent;
    if (limit > 0 && !is_first && width_of(line) + kGap.size() + widths[i] > limit) {
      end_line(line);
      out += std::exchange(line, kIndent);
    } else if (!is_first) {
      line += kGap;
    }
    if (i < last) append_cell(line, cells[i], widths[i], columns_[i].align);
  }
  const std::string indent(width_of(line), ' ');
  std::string_view rest = cells[last];
  do {
    append_cell(line, take_line(rest, widths[last]), widths[last], columns_[last].align);
    end_line(line);
    out += std::exchange(line, indent);
  } while (!rest.empty());
}

std::string Table::text(std::string_view when_empty, std::size_t width) const {
  if (rows_.empty()) return std::string(when_empty) + "\n";
  const std::vector<std::size_t> widths = this->widths(width);
  std::vector<std::string_view> cells;
  for (const Column& column : columns_) cells.push_back(column.title);
  std::string out;
  add_lines(cells, width, widths, out);
  for (const auto& row : rows_) {
    cells.assign(row.begin(), row.end());
    add_lines(cells, width, widths, out);
  }
  return out;
}

}  // namespace junctor::cli
