// SPDX-License-Identifier: MIT
// Whatever two peers do in whatever order: nothing asserts, every request is answered, and when they fall silent nothing
// is left. 5,000 walks of random steps with a fixed seed.
#include <gtest/gtest.h>

#include <random>

#include "controlplane/b2bua/testing/world.hpp"

namespace junctor::cp {
namespace {

using testing::Sent;
using testing::Served;
using testing::World;

constexpr int kWalks = 5000;
constexpr int kSteps = 40;

class Walk {
 public:
  explicit Walk(std::uint32_t seed) : random_(seed) {}

  // The steps that were taken, for whoever must find out what went wrong.
  std::string run() {
    step("a INVITE " + number() + description());
    for (int i = 0; i < kSteps; ++i) step(choose());
    world_.fall_silent();
    return world_.leftovers();
  }
  const std::string& steps() const { return steps_; }

 private:
  void step(const std::string& line) {
    steps_ += line + "\n";
    world_.act(line);
    world_.take_output();
  }
  unsigned any(unsigned below) { return static_cast<unsigned>(random_()) % below; }
  template <std::size_t N>
  std::string pick(const char* const (&of)[N]) {
    return of[any(N)];
  }
  std::string number() { return pick({"", "to=200 ", "to=300 ", "to=150 "}); }
  std::string description() {
    return pick({"sdp:u", "sdp:uae", "sdp:a", "sdp:ue,sendonly", "sdp:ue,inactive", "sdp:u,null",
                 "sdp:ga,recvonly", "sdp:ue,port=5000", "", "", "bad"});
  }
  std::string side() { return pick({"a", "a", "b", "b", "c", "d"}); }

  std::string respond() {
    // The last request that has no final response, most of the time.
    for (auto state = world_.sent.rbegin(); state != world_.sent.rend(); ++state) {
      if (((*state)->is_answered && any(4) != 0) || any(4) == 0) continue;
      const std::string& method = (*state)->request.message.method();
      std::string status =
          method == "INVITE" ? pick({"180", "183", "181", "200", "200", "200", "200", "486", "503",
                                     "491", "488", "487", "302", "LOCAL 408", "481", "603", "407"})
                             : pick({"200", "200", "481", "LOCAL 408", "500"});
      std::string line = std::string(1, (*state)->side) + " " + status + " " + method;
      if (method == "INVITE" && any(5) != 0) line += " " + description();
      if (method == "INVITE" && any(5) == 0) line += pick({" tag=f1", " tag=f2"});
      return line;
    }
    return "time 100";
  }

  std::string choose() {
    switch (any(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        return respond();
      case 5:
      case 6:
        return side() + " ACK " + description();
      case 7:
        return "a ACK";
      case 8:
        return side() + " INVITE " + description();
      case 9:
        return side() + " UPDATE " + description();
      case 10:
        return any(3) == 0 ? side() + " BYE" : side() + " INVITE " + description();
      case 11:
        return any(3) == 0 ? side() + " CANCEL reason" : respond();
      case 12:
        return side() + " INFO dtmf";
      case 13:
        return side() + " " + pick({"OPTIONS", "REFER", "PRACK", "NOTIFY", "JUMP"});
      case 14:
        return "time " + std::to_string(any(5000));
      default:
        break;
    }
    switch (any(12)) {
      case 0:
        return "media timeout";
      case 1:
        return "media refused";
      case 2:
        return side() + " NOACK";
      case 3:
        return "time 33000";
      case 4:
        return "a INVITE new " + number() + description();
      case 5:
        return side() + " INFO cseq=1";
      default:
        return respond();
    }
  }

  std::mt19937 random_;
  World world_;
  std::string steps_;
};

TEST(Property, NothingIsLeftAfterAnything) {
  for (std::uint32_t seed = 1; seed <= kWalks; ++seed) {
    Walk walk(seed);
    ASSERT_EQ(walk.run(), "") << "seed " << seed << ", after\n" << walk.steps();
  }
}

}  // namespace
}  // namespace junctor::cp
