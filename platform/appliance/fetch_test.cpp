// SPDX-License-Identifier: MIT
#include "platform/appliance/fetch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace junctor::appliance {
namespace {

using testing::Contains;
using testing::Not;

TEST(Fetch, IsDoneByCurlThatFollowsNothingButHttps) {
  const auto words = fetch_words("https://a/$b?{c}", "");
  EXPECT_EQ(words.front(), "systemd-run");
  EXPECT_THAT(words, Contains("--property=DynamicUser=yes"));
  EXPECT_THAT(words, Not(Contains("--cacert")));
  const auto curl = std::ranges::find(words, "curl");
  ASSERT_NE(curl, words.end());
  const std::string line = testing::PrintToString(std::vector(curl, words.end()));
  EXPECT_THAT(line, testing::HasSubstr(R"("--proto", "=https", "--proto-redir", "=https")"));
  EXPECT_THAT(line, testing::HasSubstr(R"("--max-filesize", "536870912")"));
  EXPECT_EQ(words.back(), "https://a/$$b?{c}") << "systemd would take $b for a variable";
}

TEST(Fetch, IsGivenTheAuthoritiesAsACredential) {
  const auto words = fetch_words("https://a/b", "/run/x/trust.pem");
  EXPECT_THAT(words, Contains("--property=LoadCredential=trust:/run/x/trust.pem"));
  const auto at = std::ranges::find(words, "--cacert");
  ASSERT_NE(at, words.end());
  EXPECT_EQ(*(at + 1), "/run/credentials/junctor-fetch.service/trust");
}

TEST(Fetch, ProgressIsReadFromTheBar) {
  const struct {
    const char* line;
    std::optional<std::uint32_t> percent;
  } rows[] = {
      {"######                 42.7%", 42},
      {"########################## 100.0%", 100},
      {"0.0%", 0},
      {"#=#=-  #   #", std::nullopt},
      {"% Total", std::nullopt},
      {"# x%", std::nullopt},
      {"", std::nullopt},
      {"999%", 100},
  };
  for (const auto& row : rows) EXPECT_EQ(fetch_percent(row.line), row.percent) << row.line;
}

TEST(Fetch, TroubleIsASentence) {
  constexpr std::int64_t kNow = 1767225600;  // 2026-01-01
  const struct {
    std::string_view said;
    const char* sentence;
  } rows[] = {
      {"(1) Protocol \"http\" not supported or disabled in libcurl",
       "the server sends elsewhere, and not to https: Protocol \"http\" not supported or disabled "
       "in libcurl"},
      {"(6) Could not resolve host: a",
       "the name of the server cannot be resolved: Could not resolve host: a"},
      {"(7) Failed to connect to a port 443 after 3 ms: Couldn't connect to server",
       "the server cannot be reached: Failed to connect to a port 443 after 3 ms: Couldn't connect "
       "to server"},
      {"(18) transfer closed with 9 bytes remaining to read",
       "the server ended the connection before the file was whole: transfer closed with 9 bytes "
       "remaining to read"},
      {"(22) The requested URL returned error: 404",
       "the server does not give the file: The requested URL returned error: 404"},
      {"(23) Failure writing output to destination",
       "the file cannot be written: is the data partition full?"},
      {"(60) SSL certificate problem: unable to get local issuer certificate",
       "the server's certificate is not trusted: SSL certificate problem: unable to get local "
       "issuer certificate (an authority of your own: set system trust-anchor)"},
      {"(60) SSL certificate problem: certificate is not yet valid",
       "the server's certificate is not trusted: SSL certificate problem: certificate is not yet "
       "valid (the clock of this machine says 2026-01-01 00:00 UTC)"},
      {"(60) SSL: no alternative certificate subject name matches target host name 'a'",
       "the server's certificate is not trusted: SSL: no alternative certificate subject name "
       "matches target host name 'a'"},
      {"(63) Maximum file size exceeded",
       "the file is larger than 512 MiB: it is no version of Junctor"},
      {"", "the file cannot be fetched"},
      {"Failed to connect to bus: Connection refused",
       "the file cannot be fetched: Failed to connect to bus: Connection refused"},
      {"(99) \x1b[2J", "the file cannot be fetched: \\x1b[2J"},
      {kTooLarge, "the file is larger than 512 MiB: it is no version of Junctor"},
  };
  for (const auto& row : rows) EXPECT_EQ(fetch_trouble(row.said, kNow), row.sentence) << row.said;
}

}  // namespace
}  // namespace junctor::appliance
