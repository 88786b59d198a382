// SPDX-License-Identifier: MIT
// Typed lines and what they answer, on a gateway that is played by the test.
#include "platform/cli/gateway_language.hpp"

#include <filesystem>
#include <fstream>

#include "platform/cli/test_gateway.hpp"
#include "platform/console/help.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cli {
namespace {

using testing::HasSubstr;

TEST_F(GatewayLanguageTest, ChangesACandidateAndCommitsIt) {
  EXPECT_EQ(language_.prompt(), "gw> ");
  EXPECT_EQ(type({"configure"}), "");
  EXPECT_EQ(language_.prompt(), "gw(config)# ");
  EXPECT_EQ(type({"set trunk pbx max-calls 5", "set trunk new listener lan peer 10.0.0.9"}), "");
  EXPECT_EQ(type({"show | compare"}),
            "+ trunk pbx max-calls 5\n+ trunk new listener lan\n+ trunk new peer 10.0.0.9\n");
  EXPECT_EQ(type({"show trunk new"}), "set trunk new listener lan\nset trunk new peer 10.0.0.9\n");
  EXPECT_EQ(gateway_.revisions.size(), 1u);
  EXPECT_EQ(type({"commit check"}), "no mistake\n");
  EXPECT_EQ(gateway_.revisions.size(), 1u);
  EXPECT_EQ(type({"commit comment \"one more trunk\""}), "revision 2 holds\n");
  EXPECT_EQ(gateway_.comments.back(), "one more trunk");
  EXPECT_EQ(type({"show | compare", "exit"}), "");
  EXPECT_EQ(language_.prompt(), "gw> ");
}

TEST_F(GatewayLanguageTest, ShowsAPlaceAloneInEveryForm) {
  type({"configure", "set trunk pbx max-calls 5", "set media dscp 26"});
  EXPECT_EQ(type({"show trunk pbx | compare"}), "+ trunk pbx max-calls 5\n");
  EXPECT_EQ(type({"show media | compare"}), "+ media dscp 26\n");
  EXPECT_EQ(type({"show route | compare"}), "");
  EXPECT_EQ(type({"show media | json"}),
            "{\n  \"version\": 2,\n  \"media\": {\n    \"dscp\": 26\n  }\n}\n");
  EXPECT_THAT(type({"show trunk | json"}),
              testing::AllOf(HasSubstr("\"max_calls\": 5"), testing::Not(HasSubstr("routes"))));
  type({"edit trunk pbx"});
  EXPECT_EQ(type({"show | compare"}), "+ trunk pbx max-calls 5\n");
  EXPECT_THAT(type({"show | json"}), testing::Not(HasSubstr("dscp")));
}

TEST_F(GatewayLanguageTest, OldWordsMeanWhatTheyDid) {
  EXPECT_THAT(type({"show records last 3"}), HasSubstr("4711"));
  EXPECT_THAT(type({"show trunks pbx"}), HasSubstr("pbx"));
  EXPECT_THAT(type({"show trace last 3 full"}), HasSubstr("Digest f00d"));
  EXPECT_EQ(gateway_.asked_trace.last(), 3u);
  EXPECT_THAT(type({"show trace last x"}), HasSubstr("a number, 1 or more"));
  EXPECT_EQ(type({"show workers"}), type({"show cores"}));
}

TEST_F(GatewayLanguageTest, TellsAShellWhatThereIs) {
  std::istringstream lines(language_.usage());
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  for (const char* command : {"\n  show calls ", "\n  clear call CALL ", "\n  trace sip ... "})
    EXPECT_THAT(language_.usage(), HasSubstr(command));
}

TEST_F(GatewayLanguageTest, SaysWhatIsWrongAndWhere) {
  type({"configure"});
  const struct {
    const char *line, *answer;
  } rows[] = {
      {"set trunk pbx max-calls 9999999", "9999999 is outside 0..1000000"},
      {"set trunk pbx max-cals 1", "max-cals"},
      {"delete trunk none", "none"},
      {"edit trunk pbx max-calls", "is no place to go to"},
      {"rollback x", "the number of a revision is expected"},
      {"rollback 7", "there is no such revision"},
      {"commit confirmed 0", "minutes, 1 to 65535, are expected"},
      {"run configure", "no command to run from here"},
      {"load /nonexistent", "/nonexistent: No such file or directory"},
  };
  for (const auto& row : rows) EXPECT_THAT(type({row.line}), HasSubstr(row.answer)) << row.line;
  EXPECT_EQ(type({"show | compare"}), "") << "nothing was done";
}

TEST_F(GatewayLanguageTest, ACommitWithMistakesIsRefusedByPlace) {
  type({"configure", "set route all to none"});
  const std::string answer = type({"commit"});
  EXPECT_THAT(answer, HasSubstr("% route all to none: \"none\" is not in trunks"));
  EXPECT_THAT(answer, HasSubstr("the configuration has mistakes"));
  EXPECT_EQ(gateway_.revisions.size(), 1u);
}

TEST_F(GatewayLanguageTest, FindingsNameWhatIsTyped) {
  const std::string answer =
      type({"configure", "set media port-min 40000", "set media port-max 39999", "commit"});
  EXPECT_THAT(answer, HasSubstr("% media port-max: 39999 is not above port-min, which is"));
}

TEST_F(GatewayLanguageTest, ThePromptIsTheNameThatHolds) {
  type({"configure", "set system name east"});
  EXPECT_EQ(language_.prompt(), "gw(config)# ") << "not before the commit";
  type({"commit"});
  EXPECT_EQ(language_.prompt(), "east(config)# ");
  gateway_.commit_elsewhere({"system", "name", "west"});
  type({"exit", "configure"});
  EXPECT_EQ(language_.prompt(), "west(config)# ");
  type({"delete system name", "commit", "exit"});
  EXPECT_EQ(language_.prompt(), "gw> ");
}

TEST_F(GatewayLanguageTest, WordsAreBelowWhereEditWent) {
  EXPECT_EQ(type({"configure", "edit trunk pbx"}), "");
  EXPECT_EQ(language_.prompt(), "gw(config trunk pbx)# ");
  EXPECT_EQ(type({"set max-calls 3", "set max-calls x"}).substr(0, 0), "");
  EXPECT_THAT(type({"show"}), HasSubstr("set max-calls 3\n"));
  EXPECT_EQ(type({"up", "up", "top"}), "");
  EXPECT_EQ(language_.prompt(), "gw(config)# ");
  EXPECT_EQ(type({"show | compare"}), "+ trunk pbx max-calls 3\n");
}

TEST_F(GatewayLanguageTest, TwoEditorsKeepBothTheirWork) {
  type({"configure", "set trunk pbx max-calls 5"});
  gateway_.commit_elsewhere({"media", "dscp", "26"});
  EXPECT_EQ(type({"commit"}), "revision 3 holds\n");
  EXPECT_EQ(gateway_.revisions.back().media().dscp(), 26u);
  EXPECT_EQ(gateway_.revisions.back().trunks(0).max_calls(), 5u);
  type({"set media dscp 10"});
  gateway_.commit_elsewhere({"media", "dscp", "18"});
  EXPECT_THAT(type({"commit"}), HasSubstr("another commit changed the same: media dscp 10"));
  EXPECT_EQ(type({"rollback", "show | compare"}), "");
}

TEST_F(GatewayLanguageTest, UpdatePutsChangesUponWhatHolds) {
  type({"configure", "set media dscp 10", "delete route all", "set trunk pbx peer 10.0.0.3"});
  EXPECT_EQ(type({"update"}), "nothing was committed meanwhile\n");
  gateway_.commit_elsewhere({"media", "dscp", "18"});
  gateway_.commit_elsewhere({"trunk", "pbx", "max-calls", "5"});
  EXPECT_THAT(type({"commit"}), HasSubstr("another commit changed the same"));
  EXPECT_EQ(type({"update"}),
            "upon revision 3:\n- media dscp 18\n+ media dscp 10\n+ trunk pbx peer 10.0.0.3\n"
            "- route all called _.\n- route all to pbx\n");
  EXPECT_EQ(type({"set media dscp 18", "show | compare"}),
            "+ trunk pbx peer 10.0.0.3\n- route all called _.\n- route all to pbx\n");
  EXPECT_EQ(type({"commit"}), "revision 4 holds\n");
  EXPECT_EQ(gateway_.revisions.back().trunks(0).max_calls(), 5u);
  // What a change was about is gone: the others are kept.
  type({"set trunk pbx max-calls 9", "insert trunk pbx last", "delete trunk pbx max-calls",
        "set media dscp 11"});
  config::v1::Config without = gateway_.revisions.back();
  without.mutable_trunks(0)->clear_max_calls();
  gateway_.revisions.push_back(without);
  gateway_.comments.emplace_back("elsewhere");
  EXPECT_EQ(type({"update"}),
            "! left out: trunk pbx max-calls: \"max-calls\" is not set\nupon revision 5:\n- media "
            "dscp 18\n"
            "+ media dscp 11\n");
}

TEST_F(GatewayLanguageTest, SaysWhoConfiguresExclusively) {
  gateway_.locked_by = "ann";
  EXPECT_EQ(type({"configure"}),
            "! ann configures exclusively: nothing can be committed until then\n");
}

TEST_F(GatewayLanguageTest, ReturnsToARevision) {
  type({"configure", "set trunk pbx max-calls 5", "commit"});
  EXPECT_EQ(type({"rollback 1", "show | compare"}), "- trunk pbx max-calls 5\n");
  EXPECT_EQ(type({"commit confirmed 10 comment back"}),
            "revision 3 holds\n! revision 3 returns to 2 in 600 s unless it is committed again\n");
  EXPECT_EQ(gateway_.confirm_s, 600u);
  EXPECT_THAT(type({"run show commits"}), HasSubstr("no, 600 s left"));
  EXPECT_THAT(type({"run show commits | json"}),
              HasSubstr("\"return_to\": 2,\n    \"left_s\": 600\n"));
  EXPECT_EQ(type({"show | compare rollback 2"}), "- trunk pbx max-calls 5\n");
  EXPECT_THAT(type({"run show commits"}), HasSubstr("back"));
}

TEST_F(GatewayLanguageTest, LeavesWithChangesOnlyWhenToldTwice) {
  type({"configure exclusive"});
  EXPECT_TRUE(gateway_.is_locked);
  type({"set media dscp 10"});
  EXPECT_THAT(type({"exit"}), HasSubstr("not committed"));
  EXPECT_EQ(language_.prompt(), "gw(config)# ");
  EXPECT_EQ(type({"exit"}), "");
  EXPECT_EQ(language_.prompt(), "gw> ");
  EXPECT_FALSE(gateway_.is_locked);
}

TEST_F(GatewayLanguageTest, SavesAndLoadsBothForms) {
  const ipc::TempDir dir;
  type({"configure", "set trunk pbx max-calls 5", "save " + (dir / "a.json"),
        "save " + (dir / "a.set") + " set", "rollback"});
  EXPECT_EQ(type({"load " + (dir / "a.json"), "show | compare"}), "+ trunk pbx max-calls 5\n");
  std::ofstream(dir / "b.set") << "# a comment\n\ndelete trunk pbx max-calls\nset media dscp 1\n";
  EXPECT_EQ(type({"load " + (dir / "b.set"), "show | compare"}), "+ media dscp 1\n");
  std::ofstream(dir / "bad.set") << "set media dscp 2\nset media dscp 99\n";
  EXPECT_THAT(type({"load " + (dir / "bad.set")}), HasSubstr("bad.set:2: 99 is outside 0..63"));
  EXPECT_EQ(type({"show | compare"}), "+ media dscp 1\n") << "nothing of it";
}

TEST_F(GatewayLanguageTest, AsksThePluginOfItsOptions) {
  type({"configure", "set trunk pbx plugin plain"});
  const struct {
    const char *line, *answer;
  } rows[] = {
      {"set trunk pbx plugin-option hold as_is", ""},
      {"set trunk pbx plugin-option hold sendonly",
       "% \"sendonly\" does not fit the pattern inactive|as_is: sendonly\n"},
      {"set trunk pbx max-calls 7 plugin-option colour red",
       "% plugin plain has no such option: colour\n"},
      // Its plugin is none that this gateway knows: that is the commit's affair.
      {"set trunk other listener lan plugin unknown plugin-option colour red", ""},
      {"copy trunk pbx to twin", ""},
      {"edit trunk twin", ""},
      {"set plugin-option hold none", "% \"none\" does not fit the pattern inactive|as_is: none\n"},
      {"top", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(type({row.line}), row.answer) << row.line;
  EXPECT_EQ(type({"delete trunk other", "delete trunk twin", "show | compare"}),
            "+ trunk pbx plugin plain\n+ trunk pbx plugin-option hold as_is\n");
}

TEST_F(GatewayLanguageTest, NoLineWaitsForAPlugin) {
  answers_hints_ = false;
  EXPECT_EQ(type({"configure", "set trunk pbx plugin plain plugin-option hold sendonly"}), "")
      << "the commit says it";
  answers_hints_ = true;
  EXPECT_THAT(type({"set trunk pbx plugin-option hold off"}), HasSubstr("does not fit"));
}

TEST_F(GatewayLanguageTest, KeepsFilesByTheirNames) {
  const std::string path = dir_ / "export/a";
  type({"configure", "set trunk pbx max-calls 5"});
  EXPECT_THAT(type({"save a"}), testing::StartsWith(path + ": "));
  EXPECT_EQ(type({"save a"}), "% " + path + ": is there already; the word force overwrites it\n");
  type({"set trunk pbx max-calls 6"});
  EXPECT_THAT(type({"save a set force"}), testing::StartsWith(path + ": "));
  EXPECT_THAT(type({"save a | json"}), HasSubstr("is there already"));
  EXPECT_THAT(type({"save a set"}), HasSubstr("is there already"));
  EXPECT_EQ(type({"rollback", "load a", "show | compare"}), "+ trunk pbx max-calls 6\n");
  for (const char* line : {"load ", "run show file ", "run delete file "}) {
    const console::Help help = console::help_at(line, language_);
    ASSERT_FALSE(help.candidates.empty()) << line;
    EXPECT_EQ(help.candidates.front().word, "a") << line;
    EXPECT_THAT(help.candidates.front().help, testing::MatchesRegex("[0-9]+ B, 20.* UTC")) << line;
  }
  EXPECT_THAT(type({"run show file a"}), HasSubstr("set trunk pbx max-calls 6\n"));
  EXPECT_THAT(type({"run show files"}), HasSubstr("\na "));
  EXPECT_THAT(type({"run delete file a", "load a"}), HasSubstr("No such file"));
}

TEST_F(GatewayLanguageTest, ShowsNoSecretAndSavesOnlySealedOnes) {
  const ipc::TempDir dir;
  const std::string sealed = "$sealed$1$" + std::string(40, 'A');
  type({"configure", "set monitoring hep address 10.0.0.9 password \"" + sealed + "\"", "commit"});
  EXPECT_THAT(type({"save " + (dir / "a.json"), "save " + (dir / "a.set") + " set"}),
              testing::AllOf(HasSubstr((dir / "a.json") + ": "), HasSubstr((dir / "a.set") + ": "),
                             testing::Not(HasSubstr("%"))));
  const auto mode = std::filesystem::status(dir / "a.json").permissions();
  EXPECT_EQ(mode, std::filesystem::perms(0600));
  for (const char* file : {"a.json", "a.set"})
    EXPECT_EQ(type({"load " + (dir / file), "show | compare"}), "") << file;
  EXPECT_EQ(type({"set monitoring hep password geheim"}), "");
  for (const char* line :
       {"show", "show | json", "show | compare", "run show configuration | json"})
    EXPECT_THAT(type({line}),
                testing::AllOf(HasSubstr("********"), testing::Not(HasSubstr("geheim")),
                               testing::Not(HasSubstr("sealed"))))
        << line;
  EXPECT_EQ(type({"set monitoring hep password \"ge heim\""}),
            "% password: what was typed does not fit the pattern [!-~]{1,128}\n");
  EXPECT_THAT(type({"save " + (dir / "b.json")}), HasSubstr("commit before you save"));
  EXPECT_THAT(type({"set monitoring hep password ********"}), HasSubstr("no secret"));
  std::ofstream(dir / "masked.json") << R"({"monitoring": {"hep": {"password": "********"}}})";
  EXPECT_THAT(type({"load " + (dir / "masked.json")}), HasSubstr("no secret"));
}

TEST_F(GatewayLanguageTest, KeepsNoLineThatMayHoldASecret) {
  for (const char* line : {"set monitoring hep password geheim", "set monitoring hep pass geheim",
                           "set system user ann role viewer p geheim", "password geheim"})
    EXPECT_FALSE(language_.may_keep(line)) << line;
  for (const char* line : {"show calls", "set trunk pbx peer 10.0.0.3", ""})
    EXPECT_TRUE(language_.may_keep(line)) << line;
}

TEST_F(GatewayLanguageTest, SaysWhenItIsNotExclusiveAnyMore) {
  type({"configure exclusive", "set media dscp 10"});
  EXPECT_EQ(type({"commit"}), "revision 2 holds\n");
  ++made_;
  type({"set media dscp 11"});
  EXPECT_THAT(type({"commit"}),
              testing::AllOf(HasSubstr("! the connection"), HasSubstr("revision 3 holds\n")));
  type({"set media dscp 12"});
  EXPECT_EQ(type({"commit"}), "revision 4 holds\n") << "said once";
  ++made_;
  gateway_.refuses_lock = "ann configures exclusively";
  type({"set media dscp 13"});
  EXPECT_THAT(type({"commit"}), testing::AllOf(HasSubstr("not exclusive any more"),
                                               HasSubstr("ann configures exclusively")));
  EXPECT_EQ(gateway_.revisions.size(), 4u);
}

TEST_F(GatewayLanguageTest, SetsTheTerminalOfItsSession) {
  EXPECT_EQ(type({"terminal length 0", "terminal width 132"}), "");
  EXPECT_EQ(settings_.length, 0u);
  EXPECT_EQ(settings_.width, 132u);
  EXPECT_THAT(type({"terminal length x"}), HasSubstr("0 (never stop) to 512"));
  EXPECT_THAT(type({"terminal width 39"}), HasSubstr("40 to 512"));
  EXPECT_EQ(settings_.width, 132u);
  EXPECT_THAT(type({"password"}), HasSubstr("typed at a terminal"));
}

TEST_F(GatewayLanguageTest, KnowsWhatMayFollow) {
  const auto words_after = [this](const std::vector<std::string>& words) {
    std::string line, all;
    for (const std::string& word : words) line += word + " ";
    for (const auto& candidate : console::help_at(line, language_).candidates)
      all += (all.empty() ? "" : " ") + candidate.word;
    return all;
  };
  EXPECT_EQ(
      words_after({}),
      "show clear trunk trace capture request terminal debug undebug monitor save delete test "
      "password login configure write end exit quit logout");
  EXPECT_EQ(words_after({"terminal"}), "monitor no length width");
  EXPECT_EQ(words_after({"show", "trunk"}), "pbx <trunk>");
  EXPECT_EQ(words_after({"show", "calls"}), "brief detail trunk number 3f2a9c <call> history");
  EXPECT_EQ(words_after({"configure"}), "terminal exclusive");
  type({"configure"});
  EXPECT_EQ(words_after({"set", "trunk", "pbx", "transport"}), "udp tcp");
  EXPECT_EQ(words_after({"delete", "trunk"}), "pbx");
  EXPECT_EQ(words_after({"insert", "route"}), "all");
  EXPECT_EQ(words_after({"insert", "route", "all"}), "called to before after first last");
  EXPECT_EQ(words_after({"insert", "route", "all", "before"}), "all");
  EXPECT_EQ(words_after({"rename", "trunk", "pbx", "to"}), "<name>");
  EXPECT_EQ(words_after({"commit"}), "check comment confirmed force");
  EXPECT_EQ(words_after({"run", "show", "configuration"}), "revision");
}

}  // namespace
}  // namespace junctor::cli
