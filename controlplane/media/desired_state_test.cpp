// SPDX-License-Identifier: MIT
#include "controlplane/media/desired_state.hpp"

#include <gtest/gtest.h>

#include <map>

namespace junctor::cp {
namespace {

using media::v1::Request;
using media::v1::Session;

Session session(const std::string& id, std::uint32_t timeout_s = 0) {
  Session s;
  s.set_id(id);
  s.set_timeout_s(timeout_s);
  return s;
}

// "apply a b", "remove a", "sync a", "sync last": what a request says.
std::string text(const Request& request) {
  std::string out;
  const auto add = [&](const auto& sessions) {
    for (const Session& s : sessions) out += " " + s.id();
  };
  if (request.has_apply()) {
    out = "apply";
    add(request.apply().sessions());
  } else if (request.has_remove()) {
    out = "remove";
    for (const auto& id : request.remove().session_ids()) out += " " + id;
  } else if (request.has_sync()) {
    out = "sync";
    add(request.sync().sessions());
    if (request.sync().last()) out += " last";
  }
  return out;
}

std::vector<std::string> drain(DesiredState& state) {
  std::vector<std::string> out;
  while (state.is_syncing()) out.push_back(text(state.take_sync()));
  while (state.has_changes()) {
    const Request request = state.take_changes();
    if (text(request) != "apply") out.push_back(text(request));
  }
  return out;
}

TEST(DesiredState, SaysThingsInTheirOrder) {
  using Lines = std::vector<std::string>;
  struct Row {
    const char* sentence;
    std::function<void(DesiredState&)> what;
    Lines said;
  };
  const Row rows[] = {
      {"changes of one turn are one Apply",
       [](DesiredState& s) { s.apply(session("a")), s.apply(session("b")); },
       {"apply a b"}},
      {"a session changed twice is said once",
       [](DesiredState& s) { s.apply(session("a")), s.apply(session("a")); },
       {"apply a"}},
      {"what was removed is not applied",
       [](DesiredState& s) { s.apply(session("a")), s.remove("a"); },
       {"remove a"}},
      {"a session with the id of one removed comes after the removal",
       [](DesiredState& s) { s.apply(session("a")), s.remove("a"), s.apply(session("a")); },
       {"remove a", "apply a"}},
      {"a removal between changes keeps its place",
       [](DesiredState& s) { s.apply(session("a")), s.remove("b"), s.apply(session("c")); },
       {"apply a", "remove b", "apply c"}},
      {"an empty set is said as well", [](DesiredState& s) { s.begin_sync(); }, {"sync last"}},
      {"a sync says what was changed and removed before",
       [](DesiredState& s) {
         s.apply(session("a")), s.apply(session("b")), s.remove("b"), s.begin_sync();
       },
       {"sync a last"}},
      {"a change during a sync, before its piece, goes with the piece",
       [](DesiredState& s) { s.apply(session("a")), s.begin_sync(), s.apply(session("a")); },
       {"sync a last"}},
      {"a new session during a sync comes after it",
       [](DesiredState& s) { s.apply(session("a")), s.begin_sync(), s.apply(session("b")); },
       {"sync a last", "apply b"}},
      {"removed during a sync",
       [](DesiredState& s) { s.apply(session("a")), s.begin_sync(), s.remove("a"); },
       {"sync last", "remove a"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    DesiredState state(1);
    row.what(state);
    EXPECT_EQ(drain(state), row.said);
  }
}

TEST(DesiredState, GenerationsGrow) {
  DesiredState state(1000);
  state.apply(session("a", 1));
  const auto first = state.take_changes().apply().sessions(0).generation();
  EXPECT_GE(first, 1000u);
  state.apply(session("a", 2));
  const auto change = state.take_changes();
  EXPECT_EQ(change.apply().sessions(0).timeout_s(), 2u);
  EXPECT_GT(change.apply().sessions(0).generation(), first);
  state.begin_sync();
  EXPECT_EQ(state.take_sync().sync().sessions(0).generation(),
            change.apply().sessions(0).generation())
      << "a sync repeats what is";
}

TEST(DesiredState, RisesAboveAGenerationFromTheFuture) {
  DesiredState state(1000);
  state.apply(session("a"));
  const auto ours = state.take_changes().apply().sessions(0).generation();
  EXPECT_FALSE(state.raise_above("a", ours));
  EXPECT_FALSE(state.raise_above("unknown", 5000));
  EXPECT_TRUE(state.raise_above("a", 5000));
  EXPECT_GT(state.take_changes().apply().sessions(0).generation(), 5000u);
}

TEST(DesiredState, PiecesAreBoundedAndTogetherWhole) {
  DesiredState state(1);
  for (int i = 0; i < 5000; ++i) {
    Session s = session("call" + std::to_string(i));
    s.add_legs()->set_cname(std::string(400, 'c'));
    state.apply(s);
  }
  std::map<std::string, int> seen;
  std::size_t pieces = 0;
  bool last = false;
  state.begin_sync();
  while (state.is_syncing()) {
    ASSERT_FALSE(last) << "last is said in the last piece only";
    const Request request = state.take_sync();
    EXPECT_LE(request.ByteSizeLong(), 200'000u);
    for (const Session& s : request.sync().sessions()) ++seen[s.id()];
    last = request.sync().last();
    ++pieces;
  }
  EXPECT_TRUE(last);
  EXPECT_GT(pieces, 10u);
  EXPECT_EQ(seen.size(), 5000u);
  EXPECT_TRUE(drain(state).empty()) << "a sync leaves nothing to say";
}

}  // namespace
}  // namespace junctor::cp
