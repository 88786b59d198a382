// SPDX-License-Identifier: MIT
// `test route`, as it is typed and as it is shown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

#include "platform/cli/gateway_language.hpp"
#include "platform/console/expand.hpp"
#include "platform/console/once.hpp"

namespace junctor::cli {
namespace {

using management::v1::Reply;
using management::v1::Request;
using testing::HasSubstr;

class TryCommandsTest : public testing::Test {
 protected:
  Result<Reply> answer(const Request& request) {
    Reply reply;
    if (request.has_show_trunks()) reply.add_trunks()->set_name("pbx");
    if (!request.has_test_route()) return reply;
    asked_ = request.test_route();
    if (asked_.trunk() != "pbx") return Error{"", "there is no trunk " + asked_.trunk()};
    auto& test = *reply.mutable_route_test();
    const auto add = [&test](const char* kind, const char* name, bool fits, const char* why) {
      auto& step = *test.add_steps();
      step.set_kind(kind);
      step.set_name(name);
      step.set_fits(fits);
      step.set_why(why);
    };
    add("route", "short", false, "_XXX does not match 0301");
    if (asked_.called() == "404") {
      test.set_status(404);
      return reply;
    }
    add("route", "out", true, "_0. matches 0301");
    test.add_targets("carrier 192.0.2.20:5060 called 0301 by route out");
    return reply;
  }
  std::string type(const std::string& line) {
    const int out = memfd_create("out", 0);
    console::run_once(language_, line, out, out);
    std::array<char, 1 << 14> text{};
    const ssize_t n = pread(out, text.data(), text.size(), 0);
    close(out);
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }
  std::vector<std::string> completions(const std::vector<std::string>& words) const {
    std::vector<std::string> out;
    for (const auto& candidate : console::candidates_of(language_.complete(words), {}))
      out.push_back(candidate.word);
    return out;
  }

  management::v1::TestRoute asked_;
  GatewayLanguage language_{
      {{[this](const Request& request) { return answer(request); }, [] { return 0; }}, "gw"}};
};

TEST_F(TryCommandsTest, TestRouteAsksAndShows) {
  EXPECT_EQ(type("test route from pbx called 0301"),
            "TRIED  NAME   FITS  WHY\n"
            "route  short  no    _XXX does not match 0301\n"
            "route  out    yes   _0. matches 0301\n"
            "\n"
            "the call would go to\n"
            "  1  carrier 192.0.2.20:5060 called 0301 by route out\n");
  EXPECT_EQ(asked_.called(), "0301");
  EXPECT_EQ(asked_.calling(), "");
  type("tes ro fr pbx calle 0301 calli 77");
  EXPECT_EQ(asked_.calling(), "77");
  EXPECT_THAT(type("test route from pbx called 404"),
              HasSubstr("the call would be refused with 404\n"));
  EXPECT_THAT(type("test route from nowhere called 1"), HasSubstr("there is no trunk nowhere"));
  EXPECT_THAT(type("test route from pbx called"), HasSubstr("%"));
}

TEST_F(TryCommandsTest, TestRouteAsJson) {
  const std::string json = type("test route from pbx called 0301 | json");
  for (const char* piece : {"\"status\": 0", "\"fits\": true", "\"why\": \"_0. matches 0301\"",
                            "\"carrier 192.0.2.20:5060 called 0301 by route out\""})
    EXPECT_THAT(json, HasSubstr(piece));
}

TEST_F(TryCommandsTest, TestRouteIsCompleted) {
  EXPECT_THAT(completions({"test", "route"}), testing::ElementsAre("from"));
  EXPECT_THAT(completions({"test", "route", "from"}), testing::Contains("pbx"));
  EXPECT_THAT(completions({"test", "route", "from", "pbx", "called", "1"}),
              testing::ElementsAre("calling"));
}

}  // namespace
}  // namespace junctor::cli
