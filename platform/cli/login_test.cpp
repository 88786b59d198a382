// SPDX-License-Identifier: MIT
#include "platform/cli/login.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace junctor::cli {
namespace {

using management::v1::Reply;
using management::v1::Request;

// Answers what is asked from a list, and notes all that is said and asked.
class Typist final : public Prompter {
 public:
  explicit Typist(std::deque<std::string> lines) : lines_(std::move(lines)) {}
  void say(std::string_view line) override { seen += std::string(line) + "\n"; }
  std::optional<std::string> ask(std::string_view question, bool is_secret) override {
    seen += std::string(question) + (is_secret ? "(secret)\n" : "\n");
    if (lines_.empty()) return std::nullopt;
    std::string line = lines_.front();
    lines_.pop_front();
    return line;
  }
  bool pause() override { return --patience > 0; }

  std::string seen;
  int patience = 0;

 private:
  std::deque<std::string> lines_;
};

struct Gateway {
  bool has_admin = true;
  Result<Reply> ask(const Request& request) const {
    Reply reply;
    const management::v1::Login& login = request.login();
    if (login.user().empty()) {
      reply.mutable_session()->set_needs_password(!has_admin);
    } else if (!login.new_password().empty()) {
      if (login.new_password().size() < 8) return Error{"", "too short"};
      reply.mutable_session()->set_user(login.user());
    } else {
      if (login.password() != "right") return Error{"", "wrong user or password"};
      reply.mutable_session()->set_user(login.user());
    }
    return reply;
  }
};

TEST(Login, AsksUntilItIsRightOrThreeTimesWrong) {
  struct Row {
    const char* sentence;
    bool has_admin;
    std::deque<std::string> typed;
    const char* user;  // "": nobody logged in
    std::string seen;
  };
  const std::string ask = "Login: \nPassword: (secret)\n", wrong = "% wrong user or password\n";
  const std::string first = "This gateway has no administrator yet. Choose a password for admin:\n";
  const std::string twice = "Password: (secret)\nOnce more: (secret)\n";
  for (const Row& row : std::vector<Row>{
           {"right", true, {"ann", "right"}, "ann", ask},
           {"right at last", true, {"ann", "x", "ann", "right"}, "ann", ask + wrong + ask},
           {"an empty line is no user", true, {"", "ann", "right"}, "ann", "Login: \n" + ask},
           {"three times",
            true,
            {"a", "x", "b", "x", "c", "x", "ann", "right"},
            "",
            ask + wrong + ask + wrong + ask + wrong},
           {"nobody there", true, {"ann"}, "", ask},
           {"the first", false, {"correct horse", "correct horse"}, "admin", first + twice},
           {"not the same",
            false,
            {"correct horse", "correct hors", "correct horse", "correct horse"},
            "admin",
            first + twice + "% the two differ\n" + twice},
           {"too short",
            false,
            {"short", "short"},
            "",
            first + twice + "% too short\nPassword: (secret)\n"}}) {
    Typist typist(row.typed);
    const Gateway gateway{row.has_admin};
    const auto entry =
        log_in([&gateway](const Request& request) { return gateway.ask(request); }, typist);
    EXPECT_EQ(entry ? entry->session.user() : "", row.user) << row.sentence;
    EXPECT_EQ(entry && entry->is_first, entry && !row.has_admin) << row.sentence;
    EXPECT_EQ(typist.seen, row.seen) << row.sentence;
  }
}

TEST(Login, SaysWhyThereIsNoGateway) {
  Typist typist({});
  EXPECT_FALSE(log_in(
      [](const Request&) -> Result<Reply> {
        return Error{"sock", "is gone"};
      },
      typist));
  EXPECT_EQ(typist.seen, "% sock: is gone\n");
}

TEST(Login, WaitsUntilThereIsAGateway) {
  const Error nobody{"sock", "junctor-control cannot be reached: No such file or directory"};
  const std::string waits = "% junctor-control does not run yet; it is waited for, ^C ends that\n";
  for (const int patience : {2, 9}) {
    Typist typist({"ann", "right"});
    typist.patience = patience;
    const Gateway gateway;
    int asked = 0;
    const auto entry = log_in(
        [&](const Request& request) -> Result<Reply> {
          if (++asked < 5) return nobody;
          return gateway.ask(request);
        },
        typist);
    const bool has_waited = patience > 5;
    EXPECT_EQ(entry.has_value(), has_waited);
    EXPECT_EQ(typist.seen, waits + (has_waited ? "Login: \nPassword: (secret)\n" : ""));
  }
}

TEST(Login, EndsWithTheWaitThatIsInterrupted) {
  Typist typist({"ann", "right", "bob", "right"});
  const auto entry = log_in(
      [](const Request& request) -> Result<Reply> {
        if (request.login().user().empty()) return Reply();
        return Error{"interrupted", "junctor-control has not answered yet"};
      },
      typist);
  EXPECT_FALSE(entry);
  EXPECT_THAT(typist.seen, testing::Not(testing::HasSubstr("Login: \nPassword: (secret)\n% "
                                                           "interrupted: junctor-control has not "
                                                           "answered yet\nLogin")));
}

TEST(Login, OffersTheSetUpWhileNothingIsConfigured) {
  const std::string offer =
      "Set up name, address and servers of this gateway now? (yes/no) [yes]: \n";
  const std::string later = "`request system setup` asks for them at any time.\n";
  struct Row {
    const char* sentence;
    const char* name;
    std::deque<std::string> typed;
    bool is_wanted;
    std::string seen;
  };
  for (const Row& row : std::vector<Row>{{"yes", "junctor", {"yes"}, true, offer},
                                         {"an empty line", "junctor", {""}, true, offer},
                                         {"cut short", "junctor", {"y"}, true, offer},
                                         {"no", "junctor", {"no"}, false, offer + later},
                                         {"^C", "junctor", {}, false, offer + later},
                                         {"something is configured", "gw7", {"yes"}, false, ""}}) {
    Typist typist(row.typed);
    const bool is_wanted = wants_setup(
        [&row](const Request&) {
          Reply reply;
          auto& system = *reply.mutable_configuration()->mutable_config()->mutable_system();
          system.set_name(row.name);
          system.add_users()->set_name("admin");
          return reply;
        },
        typist);
    EXPECT_EQ(is_wanted, row.is_wanted) << row.sentence;
    EXPECT_EQ(typist.seen, row.seen) << row.sentence;
  }
}

}  // namespace
}  // namespace junctor::cli
