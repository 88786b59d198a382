// SPDX-License-Identifier: MIT
// Commits, confirmations and returns in any order, of which some fail, are killed or lose their
// power: what holds then is what held before or what was asked for, and a start finds what the one
// before it has found.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "platform/config/store.hpp"
#include "platform/config/test_store.hpp"

namespace junctor::config {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kRuns = 1000;
constexpr int kSteps = 12;
constexpr Seconds kWindow = 10min;

struct Held {
  std::string name;
  bool is_pending = false;
  std::string before;  // what a pending one returns to

  bool operator==(const Held& other) const {
    return name == other.name && is_pending == other.is_pending;
  }
};

enum class Trouble { None, Failure, Kill, PowerCut };

class Life {
 public:
  explicit Life(unsigned seed) : random_(seed) { EXPECT_TRUE(t_.open().ok()); }

  void step() {
    const auto trouble = static_cast<Trouble>(below(4));
    prepare(trouble);
    Held next;
    const bool is_done = act(next);
    if (trouble == Trouble::None) {
      EXPECT_TRUE(is_done) << "nothing stood in its way";
    }
    t_.disk.cut_before(TestDisk::kNever);
    t_.disk.mend();
    if (trouble == Trouble::Kill || trouble == Trouble::PowerCut) {
      if (!is_done) doubtful_.push_back(next);
      if (is_done) hold(next);
      start_again(trouble == Trouble::PowerCut);
    } else if (is_done) {
      hold(next);
    } else {
      // A disk that fails right after the exchange, and does not let it be undone: Store's Errors.
      doubtful_.push_back(next);
    }
    EXPECT_EQ(now(), held_) << now().name << " in place of " << held_.name;
    return_what_is_due();
    if (!may_have_freed_) {
      EXPECT_EQ(t_.disk.freed().find("\"name\""), std::string::npos);
    }
    if (below(4) == 0) start_again(false);
  }

 private:
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }

  void prepare(Trouble trouble) {
    const std::size_t operation = t_.disk.operations() + below(25);
    if (trouble == Trouble::Kill || trouble == Trouble::PowerCut) t_.disk.cut_before(operation);
    if (trouble == Trouble::Failure)
      t_.disk.fail(operation, below(2) == 0 ? 1 + below(5) : TestDisk::kNever);
    // What cannot be written over is removed, and so is what the medium knows by no name yet.
    may_have_freed_ |= trouble == Trouble::Failure || trouble == Trouble::PowerCut;
  }

  // What would hold then, and whether it was done.
  bool act(Held& next) {
    const std::string name = "gw-" + std::to_string(++commits_);
    const std::size_t what = below(4);
    if (what == 0 || (what == 1 && held_.is_pending)) {
      next = {name, false, ""};
      return t_.commit(name).ok();
    }
    if (what == 1 || !held_.is_pending) {
      next = {name, true, held_.name};
      return t_.commit(name, kWindow).ok();
    }
    if (what == 2) {
      next = {held_.name, false, ""};
      return t_.store->confirm("joe").ok();
    }
    next = {held_.before, false, ""};
    t_.clock.advance(kWindow);
    return returns();
  }

  bool returns() {
    const auto back = t_.store->return_if_due();
    return back.ok() && *back && !(*back)->not_kept;
  }

  void return_what_is_due() {
    if (!t_.store->pending() || t_.store->pending()->due > t_.clock.now()) return;
    EXPECT_TRUE(returns());
    hold({held_.before, false, ""});
    EXPECT_EQ(now(), held_);
  }

  void hold(Held held) {
    held_ = std::move(held);
    doubtful_.clear();
  }

  Held now() const { return {t_.name(), t_.store->pending().has_value(), ""}; }

  void start_again(bool has_lost_power) {
    if (has_lost_power) {
      std::vector<TestDisk> found = t_.disk.survivors();
      t_.disk = std::move(found[below(found.size())]);
    }
    ASSERT_TRUE(t_.open(std::nullopt).ok());
    doubtful_.push_back(held_);
    const auto found = std::ranges::find(doubtful_, now());
    ASSERT_NE(found, doubtful_.end()) << now().name << " " << now().is_pending;
    hold(Held(*found));
    // The power may go at once, and takes nothing of it.
    TestStore later;
    later.disk = t_.disk.least_survivor();
    later.clock = t_.clock;
    ASSERT_TRUE(later.open(std::nullopt).ok());
    EXPECT_EQ(Held({later.name(), later.store->pending().has_value(), ""}), held_);
  }

  std::mt19937 random_;
  TestStore t_;
  Held held_{"first", false, ""};
  std::vector<Held> doubtful_;  // may hold besides, after a start
  unsigned commits_ = 0;
  bool may_have_freed_ = false;
};

TEST(StoreRandom, HoldsWhatHeldOrWhatWasAskedFor) {
  for (unsigned seed = 0; seed < kRuns; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life life(seed);
    for (int step = 0; step < kSteps; ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      life.step();
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace junctor::config
