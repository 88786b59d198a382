// SPDX-License-Identifier: MIT
// The seam between the gateway and its plugins, as the gateway uses it: shared objects opened from
// directories, chosen by the name that a trunk's configuration gives, with messages passing
// through.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "controlplane/dialect/dialect.hpp"
#include "plugins/sdk/test_kit.hpp"

namespace junctor::cp {
namespace {

using interop::Message;
using interop::SdpRole;
using interop::Verdict;

class PluginSeam : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* directory : {PLUGINS, TEST_PLUGINS}) {
      const auto loaded = table_.load(directory);
      ASSERT_TRUE(loaded.ok()) << loaded.error().text();
    }
  }

  std::unique_ptr<Dialect> make(std::string_view plugin,
                                std::map<std::string, std::string, std::less<>> options = {}) {
    auto made = table_.create(plugin, {"pbx", std::move(options)});
    if (!made.ok()) {
      ADD_FAILURE() << made.error().text();
      return nullptr;
    }
    return std::move(*made);
  }

  std::uint64_t counted(std::string_view name) const {
    for (const auto& row : counters_.rows()) {
      if (row.name == name) return row.value;
    }
    return UINT64_MAX;
  }

  CounterRegistry counters_;
  PluginTable table_{counters_};
};

constexpr std::string_view kInvite =
    "INVITE sip:+4930123456@pbx SIP/2.0\nFrom: <sip:anonymous@anonymous.invalid>;tag=1\n";

TEST_F(PluginSeam, TrunksSpeakTheDialectThatTheyName) {
  const auto generic = make("generic");
  const auto plain = make("plain_numbers");
  ASSERT_TRUE(generic && plain);
  Message untouched = interop::message_from_text(kInvite);
  EXPECT_EQ(generic->send(untouched).kind, Verdict::Kind::Pass);
  EXPECT_EQ(interop::text_of(untouched), kInvite);
  Message rewritten = interop::message_from_text(kInvite);
  EXPECT_EQ(plain->send(rewritten).kind, Verdict::Kind::Rewritten);
  EXPECT_EQ(rewritten.request_uri(), "sip:4930123456@pbx");
  EXPECT_EQ(plain->receive(rewritten).kind, Verdict::Kind::Rewritten);
  EXPECT_EQ(interop::text_of(rewritten), kInvite) << "there and back is the same";
  EXPECT_EQ(counted("plugin.plain_numbers.plus_removed"), 1U);
  EXPECT_EQ(counted("plugin.plain_numbers.plus_added"), 1U);
  EXPECT_EQ(counted("plugin.generic.messages_sent"), 1U);
}

TEST_F(PluginSeam, OptionsAreOfTheTrunk) {
  const auto strict = make("plain_numbers", {{"anonymous", "refuse"}});
  const auto mild = make("plain_numbers");
  ASSERT_TRUE(strict && mild);
  Message m = interop::message_from_text(kInvite);
  EXPECT_EQ(mild->receive(m).kind, Verdict::Kind::Pass);
  const Verdict verdict = strict->receive(m);
  EXPECT_EQ(verdict.kind, Verdict::Kind::Refuse);
  EXPECT_EQ(verdict.status, 433);
  EXPECT_EQ(counted("plugin.plain_numbers.anonymous_refused"), 1U);
  EXPECT_EQ(table_.create("plain_numbers", {"pbx", {{"hold", "sometimes"}}}).error().text(),
            "plugin_options[\"hold\"]: 'sometimes' does not fit inactive|as_is");
}

TEST_F(PluginSeam, DescriptionsPassThroughIt) {
  const auto plain = make("plain_numbers");
  ASSERT_TRUE(plain);
  interop::Sdp sdp = interop::audio_sdp("192.0.2.1", 4000, {"0 PCMU/8000"}, {"sendonly"});
  EXPECT_EQ(plain->receive_sdp(sdp, SdpRole::Offer).kind, Verdict::Kind::Pass);
  EXPECT_EQ(plain->send_sdp(sdp, SdpRole::Offer).kind, Verdict::Kind::Rewritten);
  EXPECT_EQ(interop::text_of(sdp), "audio 4000 RTP/AVP [0 PCMU/8000] inactive");
  EXPECT_EQ(counted("plugin.plain_numbers.hold_rewritten"), 1U);
}

}  // namespace
}  // namespace junctor::cp
