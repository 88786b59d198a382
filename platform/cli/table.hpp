// SPDX-License-Identifier: MIT
// Table: rows of text under a header, aligned. What goes in may be foreign; what comes out is safe
// to print.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace junctor::cli {

enum class Align : std::uint8_t { Left, Right };

struct Column {
  std::string_view title;
  Align align = Align::Left;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as columns; an empty one is shown as "-", kBlank as nothing.
  void add(std::vector<std::string> cells);
  // With the header, each line ended; without rows the sentence alone. In a table that is wider than a
  // line may be the last column goes over several lines, between words, if there is room for a column
  // at all; else the columns that do not fit stand on a line below their row, indented. Width 0: no
  // limit.
  std::string text(std::string_view when_empty, std::size_t width = 0) const;

  static constexpr std::string_view kBlank = " ";

 private:
  std::vector<std::size_t> widths(std::size_t limit) const;
  void add_lines(const std::vector<std::string_view>& cells, std::size_t limit,
                 const std::vector<std::size_t>& widths, std::string& out) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Columns that a text takes on a terminal, as far as code points tell.
std::size_t width_of(std::string_view text);
// At most so wide, "..." at the end if something was cut.
std::string shorten(std::string_view text, std::size_t width);

}  // namespace junctor::cli
