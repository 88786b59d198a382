// SPDX-License-Identifier: MIT
// Configurations as commands, for tests of the tree.
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "platform/config/tree.hpp"

namespace junctor::config {

inline Words words_of(const std::string& line) {
  std::istringstream in(line);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// Runs "set ...", "delete ...", ...; why not, with the word that is wrong: "5: is outside".
inline std::string run(v1::Config& config, const std::string& line) {
  Words words = words_of(line);
  const std::string verb = words.front();
  words.erase(words.begin());
  const auto edit = verb == "set"      ? set
                    : verb == "delete" ? erase
                    : verb == "rename" ? rename
                    : verb == "copy"   ? copy
                                       : insert;
  const MaybeMistake mistake = edit(config, words);
  return mistake ? std::to_string(mistake->word) + ": " + mistake->reason : "";
}

inline v1::Config made_of(const std::vector<std::string>& lines) {
  v1::Config config;
  for (const std::string& line : lines) EXPECT_EQ(run(config, line), "") << line;
  return config;
}

inline std::vector<std::string> lines_of(const v1::Config& config) {
  std::vector<std::string> lines;
  for (const Setting& one : settings(config, Secrets::Masked)) lines.push_back(text_of(one.words));
  return lines;
}

using Lines = std::vector<std::string>;

inline const Lines kSmall{
    "set sip listener lan address 10.0.0.1 port 5060",
    "set trunk phones listener lan",
    "set trunk phones peer 10.0.0.2",
    "set trunk pbx listener lan transport tcp max-calls 5",
    "set trunk pbx peer 10.0.0.3 port 5070",
    "set trunk pbx codec [ PCMA PCMU ]",
    "set trunk pbx plugin-option strip true",
    "set route out from phones called _1XXX to pbx",
    "set route in called _2. to [ phones pbx ]",
};

}  // namespace junctor::config
