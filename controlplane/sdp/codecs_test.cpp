// SPDX-License-Identifier: MIT
// What a configuration may name (platform/config) and what we can offer are two tables, since
// platform knows nothing of SDP: here they are held together.
#include "controlplane/sdp/codecs.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/sdp/offer_answer.hpp"
#include "platform/config/codecs.hpp"

namespace junctor::cp {
namespace {

using interop::Codec;

constexpr int kFirstDynamic = 96;  // RFC 3551, section 6

TEST(Codecs, WhatAConfigurationNamesCanBeOfferedAsItSays) {
  for (const config::CodecName& named : config::codec_names()) {
    SCOPED_TRACE(named.name);
    const std::vector<std::string> policy{std::string(named.name)};
    const std::vector<Codec> offered = policy_codecs(policy);
    ASSERT_EQ(offered.size(), 1u) << "it can be named, but not offered";
    const Codec& codec = offered.front();
    EXPECT_EQ(codec.encoding, named.name);
    EXPECT_EQ(codec.clock_rate, named.clock_rate);
    EXPECT_EQ(codec.channels, named.channels);
    EXPECT_EQ(is_voice(codec), named.is_voice);
    if (named.static_payload_type >= 0) {
      EXPECT_EQ(codec.payload_type, named.static_payload_type);
    } else {
      EXPECT_GE(codec.payload_type, kFirstDynamic);
    }
  }
}

TEST(Codecs, WhatCanBeOfferedCanBeNamed) {
  std::vector<std::string> all;
  for (const std::string_view encoding : known_encodings()) {
    EXPECT_NE(config::find_codec(encoding), nullptr) << encoding << " is known for nothing";
    all.emplace_back(encoding);
  }
  EXPECT_EQ(all.size(), config::codec_names().size());
  const std::vector<Codec> offered = policy_codecs(all);
  EXPECT_EQ(offered.size(), all.size());
  std::set<unsigned> numbers;
  for (const Codec& codec : offered) {
    EXPECT_TRUE(numbers.insert(codec.payload_type).second)
        << codec.encoding << " has the number of another: " << int{codec.payload_type};
  }
}

}  // namespace
}  // namespace junctor::cp
