// SPDX-License-Identifier: MIT
// FakeLoop: timers and posted functions on a clock that only the test advances.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::cp::testing {

class FakeLoop final : public ipc::Loop {
 public:
  ipc::HandlePtr watch(int, std::uint8_t, std::function<void(std::uint8_t)>) override {
    return nullptr;  // nobody here reads sockets
  }
  ipc::HandlePtr after(Nanoseconds delay, std::function<void()> on_time) override {
    return add(delay, Nanoseconds{0}, std::move(on_time));
  }
  ipc::HandlePtr every(Nanoseconds interval, std::function<void()> on_time) override {
    return add(interval, interval, std::move(on_time));
  }
  void post(std::function<void()> function) override { posted_.push_back(std::move(function)); }
  void run() override { run_posted(); }
  void stop() override {}
  const Clock& clock() const override { return clock_; }

  void run_posted() {
    while (!posted_.empty()) {
      const auto now = std::exchange(posted_, {});
      for (const auto& function : now) function();
    }
  }
  // Time passes; what is due happens at its time.
  void advance(Nanoseconds by) {
    const Nanoseconds end = clock_.now() + by;
    run_posted();
    while (!timers_.empty() && timers_.begin()->first <= end) {
      auto node = timers_.extract(timers_.begin());
      if (node.key() > clock_.now()) clock_.advance(node.key() - clock_.now());
      const std::shared_ptr<Timer> timer = node.mapped().lock();
      if (!timer) continue;
      if (timer->interval.count() > 0) timers_.emplace(node.key() + timer->interval, timer);
      const auto function = timer->function;  // the handle may be destroyed within
      function();
      run_posted();
    }
    clock_.advance(end - clock_.now());
  }
  std::size_t timers() const {
    std::size_t live = 0;
    for (const auto& [when, timer] : timers_) live += timer.expired() ? 0 : 1;
    return live;
  }

 private:
  struct Timer {
    std::function<void()> function;
    Nanoseconds interval{0};
  };
  struct TimerHandle final : ipc::Handle {
    std::shared_ptr<Timer> timer;
  };
  ipc::HandlePtr add(Nanoseconds delay, Nanoseconds interval, std::function<void()> on_time) {
    auto handle = std::make_unique<TimerHandle>();
    handle->timer = std::make_shared<Timer>(Timer{std::move(on_time), interval});
    timers_.emplace(clock_.now() + delay, handle->timer);
    return handle;
  }

  FakeClock clock_;
  std::multimap<Nanoseconds, std::weak_ptr<Timer>> timers_;
  std::vector<std::function<void()>> posted_;
};

}  // namespace junctor::cp::testing
