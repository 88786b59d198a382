// SPDX-License-Identifier: MIT
#include "platform/config/tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <memory>
#include <set>

#include "platform/config/test_words.hpp"
#include "platform/config/value.hpp"

namespace junctor::config {
namespace {

TEST(Tree, SettingsAreWhatWouldBeTyped) {
  EXPECT_EQ(lines_of(made_of(kSmall)), (Lines{
                                           "sip listener lan address 10.0.0.1",
                                           "sip listener lan port 5060",
                                           "trunk phones listener lan",
                                           "trunk phones peer 10.0.0.2",
                                           "trunk pbx listener lan",
                                           "trunk pbx transport tcp",
                                           "trunk pbx peer 10.0.0.3 port 5070",
                                           "trunk pbx plugin-option strip true",
                                           "trunk pbx codec [ PCMA PCMU ]",
                                           "trunk pbx max-calls 5",
                                           "route out from phones",
                                           "route out called _1XXX",
                                           "route out to pbx",
                                           "route in called _2.",
                                           "route in to [ phones pbx ]",
                                       }));
}

TEST(Tree, EditsAsTheWordsSay) {
  const struct {
    const char* sentence;
    Lines edits, gone, come;
  } rows[] = {
      {"a leaf is replaced",
       {"set trunk pbx max-calls 6"},
       {"trunk pbx max-calls 5"},
       {"trunk pbx max-calls 6"}},
      {"words may be cut short",
       {"set tr pbx max-calls 7"},
       {"trunk pbx max-calls 5"},
       {"trunk pbx max-calls 7"}},
      {"an enum takes any case",
       {"set trunk pbx transport UDP"},
       {"trunk pbx transport tcp"},
       {"trunk pbx transport udp"}},
      {"a value is added to a list",
       {"set trunk pbx codec G722"},
       {"trunk pbx codec [ PCMA PCMU ]"},
       {"trunk pbx codec [ PCMA PCMU G722 ]"}},
      {"one that is there stays where it is", {"set trunk pbx codec PCMA"}, {}, {}},
      {"brackets replace a list",
       {"set trunk pbx codec [ G722 ]"},
       {"trunk pbx codec [ PCMA PCMU ]"},
       {"trunk pbx codec G722"}},
      {"a value leaves its list",
       {"delete trunk pbx codec PCMA"},
       {"trunk pbx codec [ PCMA PCMU ]"},
       {"trunk pbx codec PCMU"}},
      {"a leaf goes", {"delete trunk pbx max-calls"}, {"trunk pbx max-calls 5"}, {}},
      {"an option of a map goes",
       {"delete trunk pbx plugin-option strip"},
       {"trunk pbx plugin-option strip true"},
       {}},
      {"a list goes whole",
       {"delete route"},
       {"route out from phones", "route out called _1XXX", "route out to pbx",
        "route in called _2.", "route in to [ phones pbx ]"},
       {}},
      {"an element goes",
       {"delete route out"},
       {"route out from phones", "route out called _1XXX", "route out to pbx"},
       {}},
      {"an element may have its name alone", {"set trunk new"}, {}, {"trunk new"}},
      {"a container goes",
       {"delete sip"},
       {"sip listener lan address 10.0.0.1", "sip listener lan port 5060"},
       {}},
  };
  const Lines before = lines_of(made_of(kSmall));
  for (const auto& row : rows) {
    SCOPED_TRACE(row.sentence);
    v1::Config config = made_of(kSmall);
    for (const std::string& edit : row.edits) ASSERT_EQ(run(config, edit), "");
    const Lines after = lines_of(config);
    Lines wanted = before;
    for (const std::string& line : row.gone) std::erase(wanted, line);
    wanted.insert(wanted.end(), row.come.begin(), row.come.end());
    EXPECT_THAT(after, testing::UnorderedElementsAreArray(wanted));
  }
}

TEST(Tree, SaysWhichWordIsWrong) {
  const struct {
    const char *line, *mistake;
  } rows[] = {
      {"set trunk pbx max-cals 5", "2: \"max-cals\" is unknown here; did you mean \"max-calls\"?"},
      {"set s pbx", "0: \"s\" may be system, sip"},
      {"set trunk pbx max-calls 9999999", "3: 9999999 is outside 0..1000000"},
      {"set trunk pbx max-calls five", "3: \"five\" is no whole number"},
      {"set trunk pbx enabled maybe", "3: true or false is expected, a string is there"},
      {"set trunk pbx transport sctp", "3: \"sctp\" is none of UDP, TCP"},
      {"set trunk pbx peer 10.0.0.256", "3: \"10.0.0.256\" is no IP address"},
      {"set trunk", "1: <name> is missing"},
      {"set trunk 1st listener lan",
       "1: \"1st\" is no name (a letter, then letters, digits, '-' and '_', at most 32)"},
      {"set trunk pbx max-calls", "3: <0..1000000> is missing"},
      {"set media", "1: something must follow"},
      {"set trunk pbx codec [ PCMU", "5: ] is missing"},
      {"set trunk pbx codec [ PCMU PCMU ]", "5: \"PCMU\" is there twice"},
      {"set trunk pbx plugin-option strip", "4: its value is missing"},
      {"set trunk pbx transport tcp nonsense 1", "4: \"nonsense\" is unknown here"},
      {"delete trunk none", "1: \"none\" is not set"},
      {"delete trunk phones max-calls", "2: \"max-calls\" is not set"},
      {"delete trunk pbx max-calls 5", "3: nothing can follow here"},
      {"delete trunk pbx codec G722", "3: \"G722\" is not set"},
      {"rename trunk pbx to phones", "3: \"phones\" is there already"},
      {"rename trunk pbx too x", "2: \"too\" is unknown here"},
      {"rename trunk pbx to", "3: the new name is missing"},
      {"rename trunk pbx to 9",
       "3: \"9\" is no name (a letter, then letters, digits, '-' and '_', at most 32)"},
      {"copy media to x", "1: \"to\" is unknown here"},
      {"insert route in", "2: \"before\", \"after\", \"first\" or \"last\" is missing"},
      {"insert route in before none", "3: \"none\" is not set"},
      {"insert route in before in", "3: is the same"},
      {"insert route in beside out", "2: \"beside\" is unknown here"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.line);
    v1::Config config = made_of(kSmall);
    const Lines before = lines_of(config);
    EXPECT_EQ(run(config, row.line), row.mistake);
    EXPECT_EQ(lines_of(config), before) << "nothing is done";
  }
}

TEST(Tree, ReferencesFollowARename) {
  v1::Config config = made_of(kSmall);
  ASSERT_EQ(run(config, "rename trunk phones to desk"), "");
  ASSERT_EQ(run(config, "rename sip listener lan to inside"), "");
  const Lines lines = lines_of(config);
  for (const char* line : {"route out from desk", "route in to [ desk pbx ]",
                           "trunk desk listener inside", "trunk pbx listener inside"})
    EXPECT_THAT(lines, testing::Contains(line));
  for (const std::string& line : lines) EXPECT_EQ(line.find("phones"), std::string::npos) << line;
}

TEST(Tree, ReferencesToWhatStandsDeeperFollowToo) {
  v1::Config config = made_of(kSmall);
  for (const char* line :
       {"set media codec-profile narrow codec PCMA", "set number-plan plus rule all match _.",
        "set trunk pbx codec-profile narrow number-plan-in plus number-plan-out plus",
        "set message-rule one trunk pbx", "rename media codec-profile narrow to thin",
        "rename number-plan plus to e164", "rename trunk pbx to desk"})
    ASSERT_EQ(run(config, line), "") << line;
  const Lines lines = lines_of(config);
  for (const char* line : {"trunk desk codec-profile thin", "trunk desk number-plan-in e164",
                           "trunk desk number-plan-out e164", "message-rule one trunk desk"})
    EXPECT_THAT(lines, testing::Contains(line));
  const Completion found = complete(config, words_of("trunk desk codec-profile"), For::Set);
  ASSERT_EQ(found.candidates.size(), 2u);
  EXPECT_EQ(found.candidates[0].word, "thin");
}

TEST(Tree, ACopyIsTheSameButForItsName) {
  v1::Config config = made_of(kSmall);
  ASSERT_EQ(run(config, "copy trunk pbx to pbx2"), "");
  EXPECT_EQ(config.trunks(2).name(), "pbx2");
  v1::Trunk again = config.trunks(2);
  again.set_name("pbx");
  EXPECT_EQ(again.SerializeAsString(), config.trunks(1).SerializeAsString());
}

TEST(Tree, InsertChangesTheOrder) {
  const struct {
    const char* line;
    Lines order;
  } rows[] = {
      {"insert route c before a", {"c", "a", "b", "d"}},
      {"insert route a after c", {"b", "c", "a", "d"}},
      {"insert route d first", {"d", "a", "b", "c"}},
      {"insert route b last", {"a", "c", "d", "b"}},
      {"insert route a before b", {"a", "b", "c", "d"}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.line);
    v1::Config config = made_of({"set route a", "set route b", "set route c", "set route d"});
    ASSERT_EQ(run(config, row.line), "");
    Lines order;
    for (const v1::Route& route : config.routes()) order.push_back(route.name());
    EXPECT_EQ(order, row.order);
  }
  v1::Config config = made_of(kSmall);
  ASSERT_EQ(run(config, "insert trunk pbx codec PCMU before PCMA"), "");
  EXPECT_THAT(config.trunks(1).codecs(), testing::ElementsAre("PCMU", "PCMA"));
}

TEST(Tree, TheTrunksOfARouteAreAListInOrder) {
  const struct {
    const char* line;
    Lines to;
  } rows[] = {
      {"insert route R to T2 before T1", {"T2", "T1", "T3"}},
      {"insert route R to T1 after T2", {"T2", "T1", "T3"}},
      {"insert route R to T3 first", {"T3", "T1", "T2"}},
      {"insert route R to T1 last", {"T2", "T3", "T1"}},
      {"set route R to T4", {"T1", "T2", "T3", "T4"}},
      {"set route R to T2", {"T1", "T2", "T3"}},
      {"set route R to [ T3 T1 ]", {"T3", "T1"}},
      {"delete route R to T2", {"T1", "T3"}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.line);
    v1::Config config = made_of({"set route R to [ T1 T2 T3 ]"});
    ASSERT_EQ(run(config, row.line), "");
    const auto& to = config.routes(0).to();
    EXPECT_EQ(Lines(to.begin(), to.end()), row.to);
  }
  v1::Config config = made_of({"set route R to [ T1 T2 ]"});
  EXPECT_EQ(run(config, "insert route R to T9 first"), "3: \"T9\" is not set");
  EXPECT_EQ(run(config, "rename route R to S"), "") << "there it is the word before the new name";
  EXPECT_EQ(config.routes(0).name(), "S");
}

TEST(Tree, PathsOfFindingsAreWords) {
  const struct {
    const char *path, *words;
  } rows[] = {
      {"trunks[1].peers[0].port", "trunk pbx peer 10.0.0.3 port"},
      {"trunks[1].name", "trunk pbx"},
      {"trunks[1].codecs[1]", "trunk pbx codec PCMU"},
      {"trunks[1].plugin_options[\"strip\"]", "trunk pbx plugin-option strip"},
      {"sip.listeners[0].address", "sip listener lan address"},
      {"trunks[9].name", "trunk"},
      {"media.dscp", "media dscp"},
      {"nothing", ""},
      {"", ""},
  };
  const v1::Config config = made_of(kSmall);
  for (const auto& row : rows) EXPECT_EQ(text_of(words_of_path(config, row.path)), row.words);
}

TEST(Tree, WordsThatNeedQuotesHaveThem) {
  EXPECT_EQ(text_of({"a", "", "b c", "q\"\\", "x|y", "[", "]"}), R"(a "" "b c" "q\"\\" "x|y" [ ])");
}

std::string completion(const std::string& line, For what) {
  const v1::Config config = made_of(kSmall);
  const Completion found = complete(config, words_of(line), what);
  std::string text = found.may_end ? "." : "";
  for (const Candidate& candidate : found.candidates)
    text += (text.empty() ? "" : " ") + candidate.word;
  return text;
}

TEST(Tree, KnowsWhatMayFollow) {
  const struct {
    For what;
    const char *line, *candidates;
  } rows[] = {
      {For::Set, "",
       "system interface dataplane media sip trunk number-plan route message-rule records "
       "monitoring"},
      {For::Set, "trunk", "phones pbx <name>"},
      {For::Set, "trunk pbx transport", "udp tcp"},
      {For::Set, "trunk pbx enabled", "true false"},
      {For::Set, "trunk pbx listener", "lan <name>"},
      {For::Set, "route out to", "phones pbx <name> ["},
      {For::Set, "route out to [ pbx", "phones pbx <name> ]"},
      {For::Set, "trunk pbx max-calls", "<0..1000000>"},
      {For::Set, "trunk pbx plugin-option", "<name>"},
      {For::Set, "trunk pbx plugin-option strip", "<value>"},
      {For::Set, "media", "port-min port-max dscp timeout timeout-on-hold codec-profile"},
      {For::Set, "media dscp 46", ". port-min port-max dscp timeout timeout-on-hold codec-profile"},
      {For::Set, "nonsense", ""},
      {For::Delete, "", "sip trunk route"},
      {For::Delete, "trunk phones", ". listener peer"},
      {For::Delete, "trunk pbx codec", ". PCMA PCMU"},
      {For::Delete, "trunk pbx max-calls", "."},
      {For::Delete, "trunk pbx plugin-option", ". strip"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.line);
    EXPECT_EQ(completion(row.line, row.what), row.candidates);
  }
}

void check_type(const google::protobuf::Descriptor& type) {
  std::set<std::string> words;
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& field = *type.field(i);
    SCOPED_TRACE(field.full_name());
    EXPECT_NE(options_of(field).help(), "");
    EXPECT_TRUE(words.insert(word_of(field)).second) << word_of(field) << " is two fields' word";
    const RE2 pattern(options_of(field).pattern(), RE2::Quiet);
    EXPECT_TRUE(pattern.ok()) << pattern.error();
    EXPECT_EQ(word_of(field).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
              std::string::npos);
    if (const std::string& text = options_of(field).default_value(); !text.empty()) {
      v1::Config unused;
      const std::unique_ptr<google::protobuf::Message> message(
          unused.GetReflection()->GetMessageFactory()->GetPrototype(&type)->New());
      EXPECT_EQ(read_value(*message, field, text), "") << "its default";
    }
    if (field.is_map() || field.message_type() == nullptr) continue;
    if (field.is_repeated()) {
      EXPECT_NE(key_of(*field.message_type()), nullptr);
    }
    check_type(*field.message_type());
  }
}

TEST(Schema, EveryFieldCanBeTypedAndExplainsItself) { check_type(*v1::Config::descriptor()); }

}  // namespace
}  // namespace junctor::config
