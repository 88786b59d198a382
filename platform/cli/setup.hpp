// SPDX-License-Identifier: MIT
// Setup: the few values by which a gateway can be reached, asked one after the other (request system
// setup; offered at the first login of a serial line).
//
//   question [what holds] --answer--> config::set, on a copy --wrong--> why, and again
//                         --empty---> stays as it is
//                         --^C------> all stays as it is
//
// What an answer may be is said by the schema alone: each becomes the words that `set` would be given.
//
// Threads   the session's.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/v1/config.pb.h"
#include "platform/config/tree.hpp"
#include "platform/console/language.hpp"

namespace junctor::cli {

// Whether nobody has configured anything yet, but who may log in.
bool is_untouched(const config::v1::Config& config);

class Setup {
 public:
  // port: the first of the machine by its name; "" if it has none of a name. Changes the candidate.
  Setup(config::v1::Config& candidate, std::string port)
      : candidate_(candidate), port_(std::move(port)) {}

  // False: ^C, and the candidate is as it was.
  bool ask(console::Sink& out);

 private:
  // What is wrong with an answer, or nothing.
  using Take = std::function<std::optional<std::string>(const std::string& answer)>;
  bool ask_one(console::Sink& out, const std::string& question, const std::string& now,
               const Take& take);
  bool ask_address(console::Sink& out);
  bool ask_gateway(console::Sink& out);
  // Gives a place one value, or some, in place of all that it has.
  std::optional<std::string> put(config::Words place, const std::vector<std::string>& values);
  std::optional<std::string> put_gateway(const std::string& interface, const std::string& answer);

  // Given.
  config::v1::Config& candidate_;
  const std::string port_;
};

}  // namespace junctor::cli
