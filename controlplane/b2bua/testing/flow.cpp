// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/testing/flow.hpp"

#include <gtest/gtest.h>

#include "controlplane/b2bua/testing/world.hpp"

namespace junctor::cp::testing {

namespace {

constexpr std::string_view kUp = R"(> a INVITE sdp:uae
    < b INVITE sdp:uae
    > b 180 INVITE
    < a 180 INVITE
    > b 200 INVITE sdp:ue
    < b ACK
    < a 200 INVITE sdp:ue
    > a ACK
)";
constexpr std::string_view kHangUp = R"(> a BYE
    < a 200 BYE
    < b BYE
    > b 200 BYE
)";

}  // namespace

std::string expanded(std::string script) {
  const auto replace = [&](std::string_view mark, std::string_view lines) {
    const auto at = script.find(mark);
    if (at != std::string::npos) script.replace(at, mark.size(), lines);
  };
  replace("= up", kUp);
  replace("= a hangs up", kHangUp);
  return script;
}

void run(std::initializer_list<Flow> flows) {
  for (const Flow& flow : flows) {
    World world;
    EXPECT_EQ(world.play(expanded(flow.script)), "") << flow.sentence;
    EXPECT_EQ(world.leftovers(), "") << flow.sentence;
  }
}

}  // namespace junctor::cp::testing
