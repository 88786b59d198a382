// SPDX-License-Identifier: MIT
#include "platform/config/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "platform/config/codecs.hpp"
#include "platform/config/test_config.hpp"

namespace junctor::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ParseJson, ReadsAGoodConfiguration) {
  const Parsed parsed = parse_json(kGood);
  EXPECT_THAT(texts(parsed), IsEmpty());
  EXPECT_EQ(parsed.config.system().log_level(), v1::DEBUG);
  EXPECT_EQ(parsed.config.interfaces(1).vlans(0).id(), 7U);
  EXPECT_EQ(parsed.config.trunks(1).peers(0).port(), 5062U);
  EXPECT_EQ(parsed.config.trunks(1).plugin_options().at("greeting"), "hello");
  EXPECT_EQ(parsed.config.sip().listeners(1).transports(0), v1::TCP);
  EXPECT_FALSE(parsed.config.trunks(0).has_enabled()) << "what is left out stays left out";
}

TEST(ParseJson, ADefaultConfigurationIsNoMistake) {
  EXPECT_THAT(texts(parse_json("{}")), IsEmpty());
}

// Each row changes one place of the good configuration, and expects these findings, whole.
TEST(ParseJson, NamesEachMistakeOfAField) {
  const Row rows[] = {
      {"an unknown key, with the one that was meant",
       "\"log_level\"",
       "\"loglevel\"",
       {"gw:3: system.loglevel: unknown key; did you mean \"log_level\"?"}},
      {"an unknown key like no other",
       "\"log_level\"",
       "\"colour\"",
       {"gw:3: system.colour: unknown key"}},
      {"a name of JSON's mapping is no name of ours",
       "\"log_level\"",
       "\"logLevel\"",
       {"gw:3: system.logLevel: unknown key; did you mean \"log_level\"?"}},
      {"a key that is there twice",
       "\"log_level\": \"DEBUG\"",
       "\"name\": \"b\"",
       {"gw:3: system.name: the key is there twice"}},
      {"a key that would rewrite the screen",
       "\"log_level\"",
       "\"\\u001b[2J\"",
       {"gw:3: system.\\x1b[2J: unknown key"}},
      {"a word that is no value of an enum",
       "\"DEBUG\"",
       "\"LOUD\"",
       {"gw:3: system.log_level: \"LOUD\" is none of DEBUG, INFO, WARNING, ERROR"}},
      {"the unspecified value may not be written",
       "\"DEBUG\"",
       "\"LOG_LEVEL_UNSPECIFIED\"",
       {"gw:3: system.log_level: \"LOG_LEVEL_UNSPECIFIED\" is none of DEBUG, INFO, WARNING, "
        "ERROR"}},
      {"an enum by number",
       "\"DEBUG\"",
       "1",
       {"gw:3: system.log_level: one of DEBUG, INFO, WARNING, ERROR is expected, a number is "
        "there"}},
      {"a number above its range",
       "\"mtu\": 1500",
       "\"mtu\": 70000",
       {"gw:7: interfaces[0].mtu: 70000 is outside 576..9000"}},
      {"a number below zero",
       "\"mtu\": 1500",
       "\"mtu\": -1",
       {"gw:7: interfaces[0].mtu: -1 is outside 576..9000"}},
      {"a number that is no whole one",
       "\"mtu\": 1500",
       "\"mtu\": 1500.5",
       {"gw:7: interfaces[0].mtu: \"1500.5\" is no whole number"}},
      {"a number as a string",
       "\"mtu\": 1500",
       "\"mtu\": \"1500\"",
       {"gw:7: interfaces[0].mtu: a whole number is expected, a string is there"}},
      {"an element of a list above its range",
       "[503, 408]",
       "[503, 200]",
       {"gw:32: trunks[1].failover_codes[1]: 200 is outside 400..699"}},
      {"an element that is there twice",
       "[503, 408]",
       "[503, 503]",
       {"gw:32: trunks[1].failover_codes[1]: 503 is there twice"}},
      {"an element in the place of a list",
       "[503, 408]",
       "503",
       {"gw:32: trunks[1].failover_codes: a list is expected, a number is there"}},
      {"a list in the place of an object",
       "{\"greeting\": \"hello\"}",
       "[\"hello\"]",
       {"gw:33: trunks[1].plugin_options: an object is expected, a list is there"}},
      {"a number in the place of text",
       "\"hello\"",
       "5",
       {"gw:33: trunks[1].plugin_options[\"greeting\"]: a string is expected, a number is there"}},
      {"a switch that is no switch",
       "\"rtcp_mux\": true",
       "\"rtcp_mux\": 1",
       {"gw:34: trunks[1].rtcp_mux: true or false is expected, a number is there"}},
      {"what is required and left out",
       "\"address\": \"192.0.2.1\", ",
       "",
       {"gw:17: sip.listeners[0].address: is required"}},
      {"what is required and empty",
       "\"net_tap0\"",
       "\"\"",
       {"gw:7: interfaces[0].device: must not be empty"}},
      {"what is required and wrong has one finding",
       "\"net_tap0\"",
       "17",
       {"gw:7: interfaces[0].device: a string is expected, a number is there"}},
      {"a trunk without address",
       "[{\"address\": \"192.0.2.20\"}]",
       "[]",
       {"gw:24: trunks[0].peers: at least one is required"}},
      {"a peer without address",
       "[{\"address\": \"192.0.2.20\"}]",
       "[{}]",
       {"gw:24: trunks[0].peers[0].address: is required"}},
      {"a name with a space",
       "\"name\": \"gw-1\"",
       "\"name\": \"gw 1\"",
       {"gw:2: system.name: \"gw 1\" is no name (a letter, then letters, digits, '-' and '_', at "
        "most 32)"}},
      {"a name for the kernel that is too long",
       "\"name\": \"east\"",
       "\"name\": \"east-side-12\"",
       {"gw:7: interfaces[0].name: \"east-side-12\" does not fit the pattern "
        "[a-z][a-z0-9_]{0,10}"}},
      {"a host name in the place of an address",
       "192.0.2.20",
       "pbx.example",
       {"gw:24: trunks[0].peers[0].address: \"pbx.example\" is no IP address"}},
      {"an address without its network",
       "192.0.2.1/24",
       "192.0.2.1",
       {
           "gw:8: interfaces[0].addresses[0]: \"192.0.2.1\" needs the length of its network, "
           "as in 192.0.2.1/24",
       },
       /*others_may_follow=*/true},
      {"a network that is too long",
       "192.0.2.1/24",
       "192.0.2.1/33",
       {"gw:8: interfaces[0].addresses[0]: \"192.0.2.1/33\" is no IP address with the length "
        "of its network, as in 192.0.2.1/24"},
       /*others_may_follow=*/true},
      {"a MAC address",
       "02:00:00:00:00:01",
       "02:00:00:00:00",
       {"gw:7: interfaces[0].mac: \"02:00:00:00:00\" is no MAC address, as in "
        "02:00:00:00:00:01"}},
      {"a MAC address of many",
       "02:00:00:00:00:01",
       "01:00:5E:00:00:01",
       {"gw:7: interfaces[0].mac: \"01:00:5E:00:00:01\" is the MAC address of a group"}},
      {"a MAC address of nobody",
       "02:00:00:00:00:01",
       "00:00:00:00:00:00",
       {"gw:7: interfaces[0].mac: \"00:00:00:00:00:00\" is the MAC address of nobody"}},
      {"a codec that nobody knows",
       "\"PCMA\"",
       "\"PCMB\"",
       {"gw:31: trunks[1].codecs[0]: \"PCMB\" is no codec that the gateway knows; did you mean "
        "\"PCMU\"?"}},
      {"a pattern",
       "_1XXX",
       "_1.X",
       {"gw:38: routes[0].called: \"_1.X\" is no pattern of numbers: '.' can only be at the end"}},
      {"the same key in a list",
       "\"name\": \"provider\"",
       "\"name\": \"pbx\"",
       {"gw:28: trunks[1].name: pbx is the name of trunks[0] already (line 22)",
        "gw:38: routes[0].to[1]: \"provider\" is not in trunks",
        "gw:39: routes[1].to[0]: \"provider\" is not in trunks"}},
      {"a reference to nothing",
       "\"listener\": \"west\"",
       "\"listener\": \"wst\"",
       {"gw:29: trunks[1].listener: \"wst\" is not in sip.listeners; did you mean \"west\"?"}},
      {"a VLAN twice on a port",
       "{\"id\": 8",
       "{\"id\": 7",
       {"gw:12: interfaces[1].vlans[1].id: 7 is the id of interfaces[1].vlans[0] already "
        "(line 11)"}},
      {"an element of a wrong kind does not shift the others",
       "[{\"address\": \"192.0.2.20\"}]",
       "[17, {\"address\": \"x\"}]",
       {"gw:24: trunks[0].peers[0]: an object is expected, a number is there",
        "gw:24: trunks[0].peers[1].address: \"x\" is no IP address"}},
      {"two mistakes are two findings, in order",
       "\"DEBUG\"",
       "\"LOUD\", \"x\": 1",
       {"gw:3: system.log_level: \"LOUD\" is none of DEBUG, INFO, WARNING, ERROR",
        "gw:3: system.x: unknown key"}},
  };
  for (const Row& row : rows) expect(row);
}

TEST(ParseJson, RefusesATextThatIsNoConfiguration) {
  const struct {
    const char* text;
    const char* finding;
  } rows[] = {
      {"", "gw:1: a value was expected, the end of the text is there"},
      {"[]", "gw:1: an object is expected, a list is there"},
      {"{}\n}", "gw:2: text follows after the end"},
      {"{\n\"trunks\": [\n}", "gw:3: a value was expected, '}' is there"},
  };
  for (const auto& row : rows) EXPECT_THAT(texts(parse_json(row.text)), ElementsAre(row.finding));
}

TEST(ParseJson, DoesNotListEndlessly) {
  std::string text = "{";
  for (int i = 0; i < 1000; ++i) text += "\"key" + std::to_string(i) + "\": 1,\n";
  const auto found = texts(parse_json(text + "\"x\": 1}"));
  ASSERT_EQ(found.size(), 201U);
  EXPECT_EQ(found.back(), "gw: and 801 more mistakes");
}

TEST(Finding, SaysWhatItKnows) {
  EXPECT_EQ((Finding{"a.b", 3, "is wrong"}).text("gw.json"), "gw.json:3: a.b: is wrong");
  EXPECT_EQ((Finding{"", 3, "is wrong"}).text("gw.json"), "gw.json:3: is wrong");
  EXPECT_EQ((Finding{"a.b", 0, "is wrong"}).text("gw.json"), "gw.json: a.b: is wrong");
  EXPECT_EQ((Finding{"a.b", 3, "is wrong"}).text(""), "line 3: a.b: is wrong");
}

TEST(ApplyDefaults, FillsInWhatIsLeftOut) {
  v1::Config config = parse_json(kGood).config;
  apply_defaults(config);
  EXPECT_EQ(config.system().log_level(), v1::DEBUG) << "what was given stays";
  EXPECT_EQ(config.media().port_min(), 16384U) << "in a message that was absent";
  EXPECT_EQ(config.dataplane().huge_pages(), v1::AUTO);
  EXPECT_TRUE(config.trunks(0).enabled());
  EXPECT_TRUE(config.trunks(0).has_rtcp_mux()) << "even if the default is false";
  EXPECT_EQ(config.trunks(0).transport(), v1::UDP);
  EXPECT_EQ(config.trunks(0).plugin(), "generic");
  EXPECT_EQ(config.trunks(0).peers(0).port(), 5060U) << "in elements of lists of elements";
  EXPECT_FALSE(config.trunks(1).has_media_address()) << "what has no default stays left out";
}

TEST(ApplyDefaults, TheyAreWithinTheirOwnRules) {
  v1::Config config;
  apply_defaults(config);
  EXPECT_EQ(config.media().port_max(), 32767U);
  EXPECT_EQ(config.sip().max_calls(), 10000U);
}

TEST(Codecs, AreFoundWithoutRegardToCase) {
  EXPECT_EQ(find_codec("pcmu")->static_payload_type, 0);
  EXPECT_EQ(find_codec("ILBC")->name, "iLBC");
  EXPECT_EQ(find_codec("opus")->channels, 2);
  EXPECT_FALSE(find_codec("Telephone-Event")->is_voice);
  EXPECT_EQ(find_codec("PCM"), nullptr);
  EXPECT_EQ(find_codec(""), nullptr);
}

TEST(LoadFile, SaysEveryFindingOrWhyThereIsNoFile) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("junctor-config-" + std::to_string(getpid()) + ".json");
  const auto write = [&](std::string_view text) { std::ofstream(path) << text; };
  write(kGood);
  const auto good = load_file(path);
  ASSERT_TRUE(good.ok()) << good.error().text();
  EXPECT_EQ(good->trunks_size(), 2);
  write("{\"a\": 1,\n\"b\": 2}");
  const auto bad = load_file(path);
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().text(),
            path.string() + ":1: a: unknown key\n" + path.string() + ":2: b: unknown key");
  std::filesystem::remove(path);
  EXPECT_EQ(load_file(path).error().text(), path.string() + ": No such file or directory");
  EXPECT_EQ(load_file("/").error().text(), "/: Is a directory");
}

TEST(RevisionOfFile, IsReadFromItsFirstLineAlsoThroughItsFolder) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("junctor-revision-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const auto file = folder / "running.json";
  EXPECT_EQ(revision_of_file(file), 0U);
  EXPECT_EQ(revision_of_file(folder), 0U);
  std::ofstream(file) << kGood;
  EXPECT_EQ(revision_of_file(file), 0U) << "made by hand";
  std::ofstream(file) << "// revision 42; what is changed here\n" << kGood;
  EXPECT_EQ(revision_of_file(file), 42U);
  EXPECT_EQ(revision_of_file(folder), 42U);
  std::filesystem::remove_all(folder);
}

TEST(Locate, NamesTheLineOfAPathAsEveryFindingDoes) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("junctor-locate-" + std::to_string(getpid()) + ".json");
  std::ofstream(path) << kGood;
  const std::string file = path.string();
  struct Case {
    const char* sentence;
    std::string where;
    std::string text;
  };
  const Case cases[] = {
      {"a field that is there", "trunks[1].codecs", file + ":31: trunks[1].codecs: is odd"},
      {"an option of a plugin", "trunks[1].plugin_options[\"greeting\"]",
       file + ":33: trunks[1].plugin_options[\"greeting\"]: is odd"},
      {"one that is left out has the line of what it belongs to", "trunks[1].plugin",
       file + ":28: trunks[1].plugin: is odd"},
      {"what is no path of the file has none", "/usr/lib", file + ": /usr/lib: is odd"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(locate(file, {c.where, "is odd"}).text(), c.text) << c.sentence;
  std::ofstream(path) << "[";
  EXPECT_EQ(locate(file, {"trunks", "is odd"}).text(), file + ": trunks: is odd")
      << "the file was changed meanwhile";
  std::filesystem::remove(path);
  EXPECT_EQ(locate(file, {"trunks", "is odd"}).text(), file + ": trunks: is odd");
}

}  // namespace
}  // namespace junctor::config
