// SPDX-License-Identifier: MIT
#include "platform/config/reason_words.hpp"

#include <gtest/gtest.h>

namespace junctor::config {
namespace {

TEST(ReasonInWords, NamesFieldsAsTheyAreTyped) {
  const struct {
    const char *reason, *words;
  } rows[] = {
      {"3000 is not above port_min, which is 4000", "3000 is not above port-min, which is 4000"},
      {"\"g\" is not in media.codec_profiles", "\"g\" is not in media codec-profile"},
      {"\"wst\" is not in sip.listeners; did you mean \"west\"?",
       "\"wst\" is not in sip listener; did you mean \"west\"?"},
      {"\"port_min\" is not in number_plans.", "\"port_min\" is not in number-plan."},
      {"the gateway has idle_logout_min.", "the gateway has idle-logout."},
      {"10.0.0.1 is used by sip.example.com, see no_such_name",
       "10.0.0.1 is used by sip.example.com, see no_such_name"},
      {"", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(reason_in_words(row.reason), row.words);
}

}  // namespace
}  // namespace junctor::config
