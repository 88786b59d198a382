// SPDX-License-Identifier: MIT
// Whatever two peers do in whatever order: nothing asserts, every request is answered, and when they fall silent nothing
// is left. And if they keep to the rules, each was told what the other does. Thousands of walks with fixed seeds.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <tuple>

#include "controlplane/b2bua/testing/world.hpp"

namespace junctor::cp {
namespace {

using testing::World;

constexpr int kWalks = 5000;
constexpr int kPoliteWalks = 1000;
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
    switch (any(13)) {
      case 12:
        return "operator clears";
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

// Two peers of an established call that hold, resume and ask for offers as they like, and answer
// what they are offered as they wish.
class PoliteWalk {
 public:
  explicit PoliteWalk(std::uint32_t seed) : random_(seed) {
    for (const char* line : {"a INVITE sdp:ue", "b 200 INVITE sdp:ue", "a ACK"}) act(line);
    peers_['b'].told = "sdp:ue";
  }
  // What is heard against what was told, "" if they agree.
  std::string run() {
    for (int i = 0; i < kSteps; ++i) step("ab"[any(2)], true);
    // All that is open comes to its end.
    for (int i = 0; i < 20; ++i) {
      step('a', false);
      step('b', false);
      act("time 5000");
    }
    const auto& session = world_.session();
    return compare('a', session.legs(0).receive(), session.legs(0).send()) +
           compare('b', session.legs(1).receive(), session.legs(1).send());
  }
  const std::string& steps() const { return steps_; }

 private:
  struct Peer {
    bool owes_ack = false;     // to a 200 of the gateway's
    bool owes_answer = false;  // in that ACK
    bool has_asked = false;    // its own re-INVITE has no final response
    bool sends = true;         // what it wishes
    bool receives = true;
    std::pair<bool, bool> before{true, true};  // what it goes back to if it is refused
    std::string told;                          // by the gateway, and agreed
    std::string offered;                       // by the gateway, and open; "" if nothing is
  };

  unsigned any(unsigned below) { return static_cast<unsigned>(random_()) % below; }
  static bool sends(const std::string& told) {
    return !told.ends_with("recvonly") && !told.ends_with("inactive");
  }
  static bool receives(const std::string& told) {
    return !told.ends_with("sendonly") && !told.ends_with("inactive");
  }
  static std::string description(bool sends, bool receives) {
    return std::string("sdp:ue") +
           (sends ? (receives ? "" : ",sendonly") : (receives ? ",recvonly" : ",inactive"));
  }
  static std::string answer(const Peer& peer) {
    return description(peer.sends && receives(peer.told), peer.receives && sends(peer.told));
  }
  std::string compare(char side, bool is_heard, bool hears) {
    const Peer& peer = peers_[side];
    std::string out;
    if (is_heard != (peer.sends && receives(peer.told))) out += std::string(1, side) + " talks; ";
    if (hears != (peer.receives && sends(peer.told))) out += std::string(1, side) + " hears; ";
    return out;
  }

  void act(const std::string& line) {
    steps_ += "> " + line + "\n";
    world_.act(line);
    for (const std::string& out : world_.take_output()) {
      steps_ += "< " + out + "\n";
      Peer& peer = peers_[out[0]];
      const auto sdp = out.find("sdp:");
      const std::string described = sdp == std::string::npos ? "" : out.substr(sdp);
      const std::string_view what = std::string_view(out).substr(2);
      if (what.starts_with("INVITE")) peer.offered = described;
      if (what.find(" INVITE") == std::string_view::npos) continue;
      peer.has_asked = false;
      if (!what.starts_with("200")) {
        std::tie(peer.sends, peer.receives) = peer.before;
        continue;
      }
      peer.owes_ack = true;
      peer.told = described;
    }
  }

  void step(char side, bool may_begin) {
    Peer& peer = peers_[side];
    const std::string who(1, side);
    if (!peer.offered.empty()) {
      const std::string offer = std::exchange(peer.offered, "");
      if (peer.has_asked || peer.owes_ack) return act(who + " 491 INVITE");
      peer.told = offer;
      return act(who + " 200 INVITE " + answer(peer));
    }
    if (peer.owes_ack) return acknowledge(who, peer);
    if (!may_begin || peer.has_asked) return;
    if (any(3) == 0) return act("time " + std::to_string(any(3000)));
    peer.has_asked = true;
    peer.before = {peer.sends, peer.receives};
    peer.owes_answer = any(2) == 0;
    if (peer.owes_answer) return act(who + " INVITE");
    peer.sends = any(2) == 0;
    peer.receives = any(2) == 0;
    act(who + " INVITE " + description(peer.sends, peer.receives));
  }

  void acknowledge(const std::string& who, Peer& peer) {
    peer.owes_ack = false;
    if (!std::exchange(peer.owes_answer, false)) return act(who + " ACK");
    // It changes its mind as far as the offer lets it say so.
    if (receives(peer.told)) peer.sends = any(2) == 0;
    if (sends(peer.told)) peer.receives = any(2) == 0;
    act(who + " ACK " + answer(peer));
  }

  std::mt19937 random_;
  World world_;
  std::map<char, Peer> peers_;
  std::string steps_;
};

TEST(Property, EachSideIsToldWhatTheOtherDoes) {
  for (std::uint32_t seed = 1; seed <= kPoliteWalks; ++seed) {
    PoliteWalk walk(seed);
    ASSERT_EQ(walk.run(), "") << "seed " << seed << ", after\n" << walk.steps();
  }
}

}  // namespace
}  // namespace junctor::cp
