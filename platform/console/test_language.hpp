// SPDX-License-Identifier: MIT
// A small language for the tests: a gateway that does nothing.
#pragma once

#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "platform/console/language.hpp"

namespace junctor::console {

class Toy : public Language {
 public:
  std::string prompt() const override { return in_config ? "toy(config)# " : "toy> "; }

  Completion complete(Words words) const override {
    if (words.empty()) return first_word();
    const std::string& verb = words[0];
    if (verb == "show") return after_show(words.subspan(1));
    if (verb == "set") return after_set(words.subspan(1));
    if (verb == "wait" || verb == "ask" || verb == "secret" || verb == "watch") {
      return {{}, words.size() == 1};
    }
    return {{}, words.size() == 1};
  }

  Completion complete_view(Words words, Words view) const override {
    if (words.size() < 2 || words[1] != "config") return {};
    if (view.empty()) return {{{"compare", "What is changed"}}, false};
    if (view.size() == 1) return {{{"rollback", "With an older one"}}, true};
    if (view.size() == 2) return {{{"<0-49>", "Revision", Candidate::Kind::Placeholder}}, false};
    return {{}, view.size() == 3};
  }

  Outcome run(const Command& command, Sink& out) override {
    std::string line;
    for (const std::string& word : command.words) line += (line.empty() ? "" : " ") + word;
    for (const std::string& word : command.view) line += " |" + word;
    lines.push_back(line);
    if (line == "exit") return Outcome::leave();
    if (line == "end" || line == "configure") in_config = line == "configure";
    if (line == "fail") return Outcome::failed("it did not work");
    if (command.words[0] == "set") return set(command);
    if (command.words[0] == "wait") return wait(out);
    if (line == "pause") out.wait(-1, std::chrono::milliseconds(50));
    if (command.words[0] == "ask" || command.words[0] == "secret") return ask(command, out);
    if (command.words[0] == "watch") return watch(out);
    if (line == "show long") return show_long(out);
    if (command.is_json) {
      out.write("{\"ran\": \"" + line + "\"}\n");
    } else if (command.words[0] == "show") {
      out.write("ran " + line + "\n");
    }
    return {};
  }

  bool may_keep(std::string_view line) const override {
    return line.find("password") == std::string_view::npos;
  }
  int watch_fd() const override { return notice_fd; }
  // Each octet in the pipe is a notice.
  std::vector<std::string> on_watch() override {
    char octet = 0;
    if (read(notice_fd, &octet, 1) != 1) return {};
    return {std::string("notice ") + octet};
  }

  std::vector<std::string> lines;  // that ran
  int long_lines = 100;
  int notice_fd = -1;
  bool in_config = false;

 private:
  static Completion first_word() {
    return {{{"show", "Show what is going on"},
             {"shutdown", "Turn it off"},
             {"set", "Change a setting"},
             {"configure", "Change the configuration"},
             {"wait", "Until ^C"},
             {"watch", "Until q"},
             {"pause", "For a moment"},
             {"ask", "A question"},
             {"secret", "A password"},
             {"fail", "Not to work"},
             {"end", "Leave the configuration"},
             {"exit", "Leave"}},
            false};
  }

  static Completion after_show(Words words) {
    if (words.size() == 1 && words[0] == "trunk")
      return {{{"pbx", "", Candidate::Kind::Value},
               {"provider", "", Candidate::Kind::Value},
               {"two words", "", Candidate::Kind::Value}},
              false};
    if (!words.empty()) return {{}, true};
    return {{{"calls", "Calls that are up"},
             {"calendar", "Days"},
             {"config", "The configuration"},
             {"long", "Many lines"},
             {"trunk", "One trunk"}},
            false};
  }

  static Completion after_set(Words words) {
    if (words.empty()) return {{{"port", "Where to listen"}, {"password", "To log in"}}, false};
    if (words.size() == 1 && words[0] == "port")
      return {{{"<1-65535>", "A port", Candidate::Kind::Placeholder}, {"any", "One that is free"}},
              false};
    if (words.size() == 1) return {{{"<text>", "", Candidate::Kind::Placeholder}}, false};
    return {{}, true};
  }

  static Outcome set(const Command& command) {
    if (command.words[2] == "0") return Outcome::wrong(2, "0 is outside 1..65535");
    return {};
  }
  Outcome show_long(Sink& out) const {
    for (int i = 1; i <= long_lines && !out.is_interrupted(); ++i)
      out.write("line " + std::to_string(i) + "\n");
    return {};
  }
  static Outcome wait(Sink& out) {
    out.write("waiting\n");
    while (out.wait(-1, std::chrono::hours(1)) != Sink::Event::Interrupted) {
    }
    return Outcome::failed("interrupted");
  }
  static Outcome ask(const Command& command, Sink& out) {
    const auto answer = out.ask("Well? ", command.words[0] == "secret");
    out.write(answer ? "answer <" + *answer + ">\n" : "no answer\n");
    return {};
  }
  static Outcome watch(Sink& out) {
    out.redraw("one\ntwo\n");
    while (out.wait(-1, std::chrono::hours(1), true) == Sink::Event::Key) {
      if (out.take_key() == 'q') break;
      out.redraw("three\n");
    }
    return {};
  }
};

}  // namespace junctor::console
