// SPDX-License-Identifier: MIT
#include "controlplane/metrics/histogram.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace junctor::cp {
namespace {

std::string bound_text(double bound) {
  Exposition number;  // the same form as a value has
  number.sample({}, bound);
  const std::string& line = number.text();
  return line.substr(1, line.size() - 2);
}

}  // namespace

void Histogram::observe(double value) {
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  if (bound != bounds_.end()) ++counts_[static_cast<std::size_t>(bound - bounds_.begin())];
  ++count_;
  sum_ += value;
}

void Histogram::write(Exposition& out, std::span<const Label> labels) const {
  std::vector<Label> with_bound(labels.begin(), labels.end());
  with_bound.emplace_back("le", "");
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    below += counts_[i];
    const std::string bound = bound_text(bounds_[i]);
    with_bound.back().second = bound;
    out.sample("_bucket", with_bound, static_cast<double>(below));
  }
  with_bound.back().second = "+Inf";
  out.sample("_bucket", with_bound, static_cast<double>(count_));
  out.sample("_sum", labels, sum_);
  out.sample("_count", labels, static_cast<double>(count_));
}

}  // namespace junctor::cp
