// SPDX-License-Identifier: MIT
#include "platform/cli/setup.hpp"

#include <deque>

#include "platform/cli/test_gateway.hpp"
#include "platform/cli/text_sink.hpp"

namespace junctor::cli {
namespace {

using console::Outcome;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Untouched, IsWhatAFactoryLeavesAndAFirstLogin) {
  struct Row {
    const char* sentence;
    std::vector<config::Words> settings;
    bool is_untouched;
  };
  const Row rows[] = {
      {"nothing", {}, true},
      {"the name of the factory", {{"system", "name", "junctor"}}, true},
      {"and who may log in",
       {{"system", "name", "junctor"}, {"system", "user", "admin", "role", "admin"}},
       true},
      {"a name", {{"system", "name", "gw7"}}, false},
      {"a server", {{"system", "ntp", "server", "time.example.com"}}, false},
      {"a port", {{"interface", "lan", "device", "port1"}}, false},
      {"a trunk", {{"trunk", "pbx", "plugin", "generic"}}, false},
  };
  for (const Row& row : rows) {
    config::v1::Config config;
    for (const config::Words& words : row.settings) ASSERT_FALSE(config::set(config, words));
    EXPECT_EQ(is_untouched(config), row.is_untouched) << row.sentence;
  }
}

class SetupTest : public GatewayLanguageTest {
 protected:
  SetupTest() {
    gateway_.revisions.back().Clear();
    gateway_.revisions.back().mutable_system()->set_name("junctor");
    for (const char* name : {"port1", "port2"})
      gateway_.hardware.mutable_machine()->add_ports()->set_name(name);
    gateway_.version.add_waiting()->set_program("junctor-dataplane");
  }
  // What is said, the mistake last.
  std::string answer(std::deque<std::string> answers) {
    TextSink sink;
    sink.terminal = true;
    sink.answers = std::move(answers);
    const Outcome outcome = language_.run({{"request", "system", "setup"}, {}, false}, sink);
    return sink.text + (outcome.kind == Outcome::Kind::Done ? "" : "% " + outcome.text + "\n");
  }
  std::vector<std::string> held() const {
    std::vector<std::string> all;
    for (const config::Setting& one :
         config::settings(gateway_.revisions.back(), config::Secrets::Masked))
      all.push_back(config::text_of(one.words));
    return all;
  }
};

TEST_F(SetupTest, AsksShowsAndCommitsOnce) {
  const std::string said = answer({"gw7", "192.0.2.10/24", "192.0.2.1", "192.0.2.53, 192.0.2.54",
                                   "time.example.com 192.0.2.7", ""});
  EXPECT_THAT(said, HasSubstr("Name of this gateway [junctor]: \n"
                              "Address of port1 with its prefix (192.0.2.1/24): \n"
                              "Default gateway: \n"
                              "Name servers (DNS), addresses: \n"
                              "Time servers (NTP), names or addresses: \n"));
  EXPECT_THAT(said, HasSubstr("+ interface lan device port1\n"));
  EXPECT_THAT(said, HasSubstr("Commit that? (yes/no) [yes]: \nrevision 2 holds\n"
                              "it ends now and is started again\n"));
  EXPECT_THAT(held(),
              testing::UnorderedElementsAre("system name gw7", "interface lan device port1",
                                            "interface lan address 192.0.2.10/24",
                                            "interface lan route 0.0.0.0/0 gateway 192.0.2.1",
                                            "system dns server [ 192.0.2.53 192.0.2.54 ]",
                                            "system ntp server [ time.example.com 192.0.2.7 ]"));
  EXPECT_EQ(gateway_.comments.back(), "set-up");
  EXPECT_THAT(gateway_.restarted, ElementsAre(management::v1::PROGRAM_DATAPLANE));
  EXPECT_EQ(language_.prompt(), "gw7> ");
}

TEST_F(SetupTest, EachAnswerIsCheckedAsItIsTyped) {
  const std::string said =
      answer({"two words", "gw7", "192.0.2.10", "192.0.2.300/24", "192.0.2.10/24", "198.51.100.1",
              "nowhere", "192.0.2.1", "dns.example.com", "192.0.2.53", "", "yes"});
  for (const char* mistake :
       {"% two words: ", "% 192.0.2.10: ", "% 192.0.2.300/24: ",
        "% 198.51.100.1 is in no network of lan\n", "% nowhere: ", "% dns.example.com: "})
    EXPECT_THAT(said, HasSubstr(mistake));
  EXPECT_THAT(held(),
              testing::UnorderedElementsAre("system name gw7", "interface lan device port1",
                                            "interface lan address 192.0.2.10/24",
                                            "interface lan route 0.0.0.0/0 gateway 192.0.2.1",
                                            "system dns server 192.0.2.53"));
}

TEST_F(SetupTest, EmptyAnswersAndInterruptsChangeNothing) {
  struct Row {
    const char* sentence;
    std::deque<std::string> answers;
    std::string said;
  };
  const Row rows[] = {
      {"all empty", {"", "", "", ""}, "nothing is changed\n"},
      {"^C at the first", {}, "% nothing is changed\n"},
      {"^C in the midst", {"gw7", "192.0.2.10/24"}, "% nothing is changed\n"},
      {"no at the end", {"gw7", "", "", "", "no"}, "% nothing is changed\n"},
      {"^C at the end", {"gw7", "", "", ""}, "% nothing is changed\n"},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(answer(row.answers), testing::EndsWith(row.said)) << row.sentence;
    EXPECT_EQ(gateway_.revisions.size(), 1U) << row.sentence;
  }
  EXPECT_THAT(gateway_.restarted, IsEmpty());
}

TEST_F(SetupTest, RunAgainItShowsWhatHoldsAndReplacesIt) {
  answer({"gw7", "192.0.2.10/24", "192.0.2.1", "192.0.2.53", "", ""});
  gateway_.version.set_calls(1);
  const std::string said = answer({"", "198.51.100.2/24", "198.51.100.1", "", "192.0.2.7", "y"});
  EXPECT_THAT(said, HasSubstr("Name of this gateway [gw7]: \n"
                              "Address of port1 with its prefix (192.0.2.1/24) [192.0.2.10/24]: \n"
                              "Default gateway [192.0.2.1]: \n"
                              "Name servers (DNS), addresses [192.0.2.53]: \n"));
  EXPECT_THAT(held(),
              testing::IsSupersetOf({"system name gw7", "interface lan address 198.51.100.2/24",
                                     "interface lan route 0.0.0.0/0 gateway 198.51.100.1",
                                     "system dns server 192.0.2.53"}));
  EXPECT_EQ(gateway_.revisions.size(), 3U);
  EXPECT_THAT(gateway_.restarted, testing::SizeIs(1)) << "not while a call is up";
}

TEST_F(SetupTest, AMachineWithoutNamedPortsIsNotAskedForAnAddress) {
  gateway_.hardware.Clear();
  const std::string said = answer({"gw7", "", "", "yes"});
  EXPECT_THAT(said, HasSubstr("this machine has no port of a name"));
  EXPECT_THAT(held(), ElementsAre("system name gw7"));
}

TEST_F(SetupTest, IsRefusedWhereItCannotBe) {
  TextSink sink;
  const console::Command command{{"request", "system", "setup"}, {}, false};
  EXPECT_THAT(language_.run(command, sink).text, HasSubstr("at a terminal"));
  sink.terminal = true;
  gateway_.role = config::v1::OPERATOR;
  EXPECT_EQ(language_.run(command, sink).text, "only an admin may configure");
  gateway_.role = config::v1::ADMIN;
  EXPECT_EQ(language_.run({{"configure"}, {}, false}, sink).text, "");
  const console::Command within{{"run", "request", "system", "setup"}, {}, false};
  EXPECT_THAT(language_.run(within, sink).text, HasSubstr("leave the configuration first"));
}

TEST_F(SetupTest, PortsAreOfferedWhereADeviceIsAsked) {
  gateway_.hardware.mutable_machine()->mutable_ports(0)->set_state("ready");
  gateway_.hardware.add_uses()->set_port("port1");
  gateway_.hardware.mutable_uses(0)->set_interface("lan");
  type({"configure"});
  const std::vector<std::string> words = {"set", "interface", "wan", "device"};
  std::vector<std::string> offered;
  for (const console::Candidate& one : language_.complete(words).candidates)
    offered.push_back(one.word + ": " + one.help);
  EXPECT_THAT(offered, testing::IsSupersetOf({"port1: ready, of interface lan"}));
  EXPECT_THAT(offered, testing::Contains(testing::StartsWith("port2")));
}

}  // namespace
}  // namespace junctor::cli
