// SPDX-License-Identifier: MIT
// Answers: which handler answers which request of management/v1, and who may ask it.
//
//   Request, who asks --[least role]--> [handler of its kind] --Reply--> asker
//
// Each part of the gateway that can be asked adds its handlers (show_answers.hpp is one); nothing of
// them stands here.
//
// Threads   the control loop's.
// Lifetime  what handlers hold outlives it; an answer may come after its asker is gone.
// Errors    a request that nobody answers, or that the asker may not make, gets a Reply with a
//           sentence.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "management/v1/management.pb.h"

namespace junctor::cp {

class Answers {
 public:
  // Who asks: a user, what that user may, and by which connection.
  struct Asker {
    std::string user;
    config::v1::Role role = config::v1::VIEWER;
    const void* connection = nullptr;
    // From now on the connection speaks for that user (a login); "" may do nothing but log in.
    std::function<void(std::string user)> become = {};
    // The process at the other end is root's, or of this program's own user.
    bool is_owner = false;
    // The connection became this user's by a password.
    bool by_password = false;
  };
  // The whole answer, however large; id and more are not set. Once for each request, then or later.
  using OnReply = std::function<void(management::v1::Reply reply)>;
  using Handler = std::function<void(const management::v1::Request& request, const Asker& asker,
                                     const OnReply& on_reply)>;
  // For handlers that have the answer at once.
  using Plain = std::function<void(const management::v1::Request& request, const Asker& asker,
                                   management::v1::Reply& reply)>;
  using What = management::v1::Request::WhatCase;

  // What role a user of the gateway has, by name; and whether one who logged in is a user still (if
  // that is not asked: yes).
  explicit Answers(std::function<config::v1::Role(const std::string& user)> role_of,
                   std::function<bool(const std::string& user)> is_user = {})
      : role_of_(std::move(role_of)), is_user_(std::move(is_user)) {}

  void add_later(What what, config::v1::Role least, Handler handler);
  void add(What what, config::v1::Role least, Plain handler);
  // Is called when a connection is gone, with what it held.
  void add_on_closed(std::function<void(const void* connection)> on_closed);

  // The role of the asker is filled in here.
  void answer(const management::v1::Request& request, Asker asker, const OnReply& on_reply) const;
  void on_closed(const void* connection) const;

 private:
  struct Entry {
    config::v1::Role least;
    Handler handler;
  };

  // Given.
  std::function<config::v1::Role(const std::string& user)> role_of_;
  std::function<bool(const std::string& user)> is_user_;
  // State.
  std::unordered_map<int, Entry> entries_;
  std::vector<std::function<void(const void* connection)>> on_closed_;
};

}  // namespace junctor::cp
