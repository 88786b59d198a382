// SPDX-License-Identifier: MIT
// A good configuration whose lines tests know, and rows that spoil one place of it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "platform/config/config.hpp"

namespace junctor::config {

inline constexpr std::string_view kGood = R"({
  "system": {"name": "gw-1",
    "log_level": "DEBUG"},
  // two ports, the second with networks of its own
  "dataplane": {},
  "interfaces": [
      {"name": "east", "device": "net_tap0", "mtu": 1500, "mac": "02:00:00:00:00:01",
       "addresses": ["192.0.2.1/24", "2001:db8::1/64"],
       "routes": [{"destination": "198.51.100.0/24", "gateway": "192.0.2.254"}]},
      {"name": "west", "device": "net_tap1", "addresses": ["203.0.113.1/25"], "vlans": [
        {"id": 7, "addresses": ["10.7.0.1/24"]},
        {"id": 8, "addresses": ["10.8.0.1/24"],
         "routes": [{"destination": "10.9.0.0/16", "gateway": "10.8.0.2"}]}]}],

  "sip": {
    "listeners": [
      {"name": "east", "address": "192.0.2.1", "port": 5060},
      {"name": "west", "address": "203.0.113.1", "transports": ["TCP"]}]
  },
  // who is joined
  "trunks": [
    {"name": "pbx",
     "listener": "east",
     "peers": [{"address": "192.0.2.20"}],
     "codecs": ["PCMU", "telephone-event"],
     "media_address": "192.0.2.1"
    },
    {"name": "provider",
     "listener": "west", "transport": "TCP",
     "peers": [{"address": "203.0.113.9", "port": 5062}],
     "codecs": ["PCMA"],
     "failover_codes": [503, 408],
     "plugin_options": {"greeting": "hello"},
     "rtcp_mux": true
    }
  ],
  "routes": [
    {"name": "out", "from": "pbx", "called": "_1XXX", "to": ["pbx", "provider"]},
    {"name": "in", "called": "_.", "to": ["provider"]}
  ]
})";

inline std::vector<std::string> texts(const Parsed& parsed) {
  std::vector<std::string> out;
  for (const Finding& finding : parsed.findings) out.push_back(finding.text("gw"));
  return out;
}

struct Row {
  const char* sentence;
  std::string_view what;  // stands once in kGood, or the first counts
  std::string_view by;
  std::vector<std::string> findings;
  bool others_may_follow = false;
};

inline void expect(const Row& row) {
  std::string text(kGood);
  const std::size_t at = text.find(row.what);
  ASSERT_NE(at, std::string::npos) << row.sentence;
  text.replace(at, row.what.size(), row.by);
  std::vector<std::string> got = texts(parse_json(text));
  if (row.others_may_follow && got.size() > row.findings.size()) got.resize(row.findings.size());
  EXPECT_EQ(got, row.findings) << row.sentence;
}

}  // namespace junctor::config
