// SPDX-License-Identifier: MIT
#include "controlplane/metrics/exposition.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "controlplane/metrics/histogram.hpp"

namespace junctor::cp {
namespace {

TEST(Exposition, WritesFamiliesAndSamples) {
  Exposition out;
  out.family("junctor_calls", Exposition::Kind::Gauge, "Calls \\ and\nlines.");
  out.sample({}, 12);
  out.family("junctor_x_total", Exposition::Kind::Counter, "X.");
  out.sample({{"trunk", "a\"b\\c\nd"}, {"direction", "in"}}, 0.25);
  EXPECT_EQ(out.text(),
            "# HELP junctor_calls Calls \\\\ and\\nlines.\n"
            "# TYPE junctor_calls gauge\n"
            "junctor_calls 12\n"
            "# HELP junctor_x_total X.\n"
            "# TYPE junctor_x_total counter\n"
            "junctor_x_total{trunk=\"a\\\"b\\\\c\\nd\",direction=\"in\"} 0.25\n");
}

TEST(Exposition, WritesNumbersThatReadAsTheSame) {
  const struct {
    double value;
    const char* text;
  } rows[] = {
      {0, "0"},
      {-1.5, "-1.5"},
      {0.1, "0.1"},
      {1234567890123.0, "1234567890123"},
      {std::numeric_limits<double>::infinity(), "+Inf"},
      {-std::numeric_limits<double>::infinity(), "-Inf"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN"},
  };
  for (const auto& row : rows) {
    Exposition out;
    out.sample({}, row.value);
    EXPECT_EQ(out.text(), std::string(" ") + row.text + "\n");
  }
}

TEST(Exposition, NamesAreMadeOfWhatMayStandThere) {
  EXPECT_EQ(metric_name("rtp_relay.wrong-source 2"), "rtp_relay_wrong_source_2");
}

TEST(Histogram, CountsUpToEachBound) {
  constexpr std::array kBounds{0.1, 1.0, 10.0};
  Histogram histogram(kBounds);
  for (const double value : {0.05, 0.1, 0.5, 10.0, 11.0}) histogram.observe(value);
  Exposition out;
  out.family("h", Exposition::Kind::Histogram, "H.");
  const std::array<Label, 1> labels{{{"trunk", "pbx"}}};
  histogram.write(out, labels);
  EXPECT_EQ(out.text(),
            "# HELP h H.\n# TYPE h histogram\n"
            "h_bucket{trunk=\"pbx\",le=\"0.1\"} 2\n"
            "h_bucket{trunk=\"pbx\",le=\"1\"} 3\n"
            "h_bucket{trunk=\"pbx\",le=\"10\"} 4\n"
            "h_bucket{trunk=\"pbx\",le=\"+Inf\"} 5\n"
            "h_sum{trunk=\"pbx\"} 21.65\n"
            "h_count{trunk=\"pbx\"} 5\n");
}

}  // namespace
}  // namespace junctor::cp
