// SPDX-License-Identifier: MIT
#include "platform/config/load_message.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "config/v1/config.pb.h"
#include "platform/config/json.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::config {
namespace {

TEST(LoadMessage, ReadsAnyMessageOfOurs) {
  v1::Interface port;
  ASSERT_TRUE(
      parse_message("// one\n{\"name\": \"lan\", \"device\": \"x\", \"mtu\": 1400}", "", port)
          .ok());
  EXPECT_EQ(port.mtu(), 1400u);
}

TEST(LoadMessage, TellsAllMistakesInTheOrderOfTheText) {
  v1::Interface port;
  const auto read =
      parse_message("{\n\"mtu\": 1,\n\"name\": \"lan\",\n\"quues\": 1}", "p.json", port,
                    [](Findings& findings) { findings.add("name", "is not liked"); });
  EXPECT_EQ(read.error().text(),
            "p.json: device: is required\n"
            "p.json:2: mtu: 1 is outside 576..9000\n"
            "p.json:3: name: is not liked\n"
            "p.json:4: quues: unknown key; did you mean \"queues\"?");
  EXPECT_EQ(parse_message("[]", "p.json", port).error().text(),
            "p.json:1: an object is expected, a list is there");
}

TEST(LoadMessage, ReadsFilesWhole) {
  ipc::TempDir dir;
  v1::Interface port;
  EXPECT_EQ(load_message(dir / "none", port).error().text(),
            dir / "none" + ": No such file or directory");
  const std::string text = std::string(200'000, ' ') + R"({"name": "lan", "device": "x"})";
  std::ofstream(dir / "port.json") << text;
  EXPECT_EQ(read_text(dir / "port.json").value(), text);
  EXPECT_TRUE(load_message(dir / "port.json", port).ok());
  std::ofstream(dir / "large") << std::string(Json::kMaxBytes + 5, ' ');
  EXPECT_EQ(read_text(dir / "large").value().size(), Json::kMaxBytes + 1);
}

}  // namespace
}  // namespace junctor::config
