// SPDX-License-Identifier: MIT
// Exposition: figures as Prometheus reads them (text format 0.0.4): families, each with its HELP and
// TYPE once, and their samples.
//
//   out.family("junctor_calls", Kind::Gauge, "Calls that are up or being set up.");
//   out.sample({}, 12);
//   --> # HELP junctor_calls Calls that are up or being set up.
//       # TYPE junctor_calls gauge
//       junctor_calls 12
//
// Threads   a plain value.
// Errors    label values and sentences may be anything: what would break a line is escaped.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace junctor::cp {

// Label names are ours, and are taken as they are.
using Label = std::pair<std::string_view, std::string_view>;

class Exposition {
 public:
  enum class Kind : std::uint8_t { Counter, Gauge, Histogram };

  // What follows are its samples, until the next family.
  void family(std::string_view name, Kind kind, std::string_view help);
  void sample(std::initializer_list<Label> labels, double value);
  // One line of a histogram: "_bucket", "_sum", "_count".
  void sample(std::string_view suffix, std::span<const Label> labels, double value);

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

// "rtp_relay.wrong_source" as a part of a name: what may not stand there becomes an underscore.
std::string metric_name(std::string_view text);

}  // namespace junctor::cp
