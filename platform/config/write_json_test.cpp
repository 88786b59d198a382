// SPDX-License-Identifier: MIT
#include "platform/config/write_json.hpp"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "media/v1/media.pb.h"
#include "platform/config/read_message.hpp"
#include "platform/config/test_config.hpp"

namespace junctor::config {
namespace {

using namespace std::string_literals;
using google::protobuf::util::MessageDifferencer;

v1::Config with_defaults(v1::Config config) {
  apply_defaults(config);
  return config;
}

v1::Config with_a_text(const std::string& text) {
  v1::Config config = parse_json(kGood).config;
  (*config.mutable_trunks(0)->mutable_plugin_options())["greeting"] = text;
  (*config.mutable_trunks(0)->mutable_plugin_options())[text] = "x";
  return config;
}

v1::Config with_a_long_list() {
  v1::Config config = parse_json(kGood).config;
  for (std::uint32_t code = 400; code < 500; ++code)
    config.mutable_trunks(0)->add_failover_codes(code);
  return config;
}

TEST(WriteJson, IsReadAsTheSameConfiguration) {
  const Result<v1::Config> example = load_file(EXAMPLE);
  ASSERT_TRUE(example.ok()) << example.error().text();
  const struct {
    const char* sentence;
    v1::Config config;
  } rows[] = {
      {"the one that is shipped", *example},
      {"the shipped one with every default", with_defaults(*example)},
      {"one with networks, maps and comments", parse_json(kGood).config},
      {"the same with every default", with_defaults(parse_json(kGood).config)},
      {"a list of many lines", with_a_long_list()},
      {"quotes, backslashes and line ends", with_a_text("\"\\/\b\f\n\r\t\x01\x7f"s)},
      {"NUL", with_a_text("a\0b"s)},
      {"all that UTF-8 can be", with_a_text("\xc3\xbc \xe2\x82\xac \xf0\x9f\x93\x9e")},
      {"what turns a terminal's text around",
       with_a_text("\xe2\x80\xaetxt\xe2\x80\xac\xc2\x9b\xef\xbb\xbf")},
  };
  for (const auto& row : rows) {
    const std::string text = write_json(row.config);
    const Parsed again = parse_json(text);
    EXPECT_EQ(texts(again), std::vector<std::string>{}) << row.sentence;
    EXPECT_TRUE(MessageDifferencer::Equals(again.config, row.config)) << row.sentence << text;
    EXPECT_EQ(write_json(again.config), text) << row.sentence;
    for (const char c : text)
      EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << row.sentence;
  }
}

TEST(WriteJson, HasOneForm) {
  v1::Config config;
  EXPECT_EQ(write_json(config), "{\n  \"version\": 2\n}\n");
  config.mutable_media();
  config.mutable_system()->set_log_level(v1::DEBUG);
  auto& trunk = *config.add_trunks();
  trunk.set_enabled(false);
  trunk.set_max_calls(0);
  trunk.add_codecs("PCMA");
  trunk.add_codecs("G722");
  (*trunk.mutable_plugin_options())["b"] = "2";
  (*trunk.mutable_plugin_options())["a"] = "say \"1\"";
  trunk.add_peers()->set_address("192.0.2.1");
  trunk.add_peers()->set_port(5062);
  EXPECT_EQ(write_json(config), R"({
  "version": 2,
  "system": {
    "log_level": "DEBUG"
  },
  "media": {},
  "trunks": [
    {
      "enabled": false,
      "peers": [
        {
          "address": "192.0.2.1"
        },
        {
          "port": 5062
        }
      ],
      "plugin_options": {
        "a": "say \"1\"",
        "b": "2"
      },
      "codecs": ["PCMA", "G722"],
      "max_calls": 0
    }
  ]
}
)");
}

TEST(WriteJson, BreaksAListThatDoesNotFitALine) {
  v1::Config config;
  auto& codes = *config.add_trunks()->mutable_failover_codes();
  const auto widest = [&] {
    std::size_t width = 0;
    std::istringstream lines(write_json(config));
    for (std::string line; std::getline(lines, line);) width = std::max(width, line.size());
    return width;
  };
  while (codes.size() < 14) codes.Add(500);
  EXPECT_EQ(widest(), 94U);
  codes.Add(50);
  EXPECT_EQ(widest(), 98U) << "and a comma may follow";
  codes.Set(14, 500000);
  EXPECT_EQ(widest(), 25U) << "one value a line";
}

TEST(WriteJson, WritesEveryKindOfNumber) {
  media::v1::LegStatistics leg;
  leg.set_packets_received(UINT64_MAX);
  leg.set_packets_lost(INT64_MIN);
  leg.set_jitter_us(UINT32_MAX);
  const std::string text = write_json(leg);
  EXPECT_NE(text.find("\"packets_received\": \"18446744073709551615\""), text.npos) << text;
  EXPECT_NE(text.find("\"packets_lost\": \"-9223372036854775808\""), text.npos) << text;
  EXPECT_NE(text.find("\"jitter_us\": 4294967295"), text.npos) << text;
  media::v1::LegStatistics again;
  Findings findings;
  read_message(std::get<Json>(read_json(text)), "", again, findings);
  EXPECT_TRUE(MessageDifferencer::Equals(again, leg));
}

TEST(WriteJson, StaysJsonWhereTheMessageCannotBeWritten) {
  v1::Config config;
  config.mutable_system()->set_name("a\xff");
  config.mutable_system()->set_log_level(v1::LOG_LEVEL_UNSPECIFIED);
  config.add_trunks()->set_transport(static_cast<v1::Transport>(77));
  EXPECT_EQ(write_json(config),
            "{\n  \"version\": 2,\n  \"system\": {\n    \"name\": \"a\xef\xbf\xbd\"\n  },\n"
            "  \"trunks\": [\n    {\n      \"transport\": 77\n    }\n  ]\n}\n");
}

}  // namespace
}  // namespace junctor::config
