// SPDX-License-Identifier: MIT
#include "controlplane/sip/su_loop.hpp"

#include <dlfcn.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "controlplane/sip/sofia.hpp"
#include "platform/base/assert.hpp"

namespace junctor::cp {
namespace {

class Core;

// One descriptor registered at the root. Shared, so that it stays while its callback ends it.
struct Watch : std::enable_shared_from_this<Watch> {
  int fd = -1;
  int index = -1;
  std::function<void(std::uint8_t)> on_ready;
};

struct Timer {
  Nanoseconds interval{0};  // 0: once
  std::function<void()> on_time;
};
using TimerKey = std::pair<Nanoseconds, std::uint64_t>;  // when, number

int on_wait(su_root_magic_t*, su_wait_t* wait, su_wakeup_arg_t* arg) {
  const std::shared_ptr<Watch> watch = reinterpret_cast<Watch*>(arg)->shared_from_this();
  const int events = su_wait_events(wait, watch->fd);
  std::uint8_t ready = 0;
  if (events & SU_WAIT_IN) ready |= ipc::Loop::kRead;
  if (events & SU_WAIT_OUT) ready |= ipc::Loop::kWrite;
  if (events & (SU_WAIT_ERR | SU_WAIT_HUP)) ready |= ipc::Loop::kError;
  if (ready != 0 && watch->on_ready) watch->on_ready(ready);
  return 0;
}

// What handles hold on to: goes with the last of loop and handles.
class Core : public std::enable_shared_from_this<Core> {
 public:
  Core() : root_(su_root_create(nullptr)) {
    JUNCTOR_ASSERT(root_ != nullptr);
    su_root_threading(root_, 0);
    timer_fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    event_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    JUNCTOR_ASSERT(timer_fd_ >= 0 && event_fd_ >= 0);
    timer_watch_ = watch(timer_fd_, ipc::Loop::kRead, [this](std::uint8_t) { run_timers(); });
    event_watch_ = watch(event_fd_, ipc::Loop::kRead, [this](std::uint8_t) { run_posted(); });
  }

  // The loop is gone; handles that outlive it find nothing to end.
  void close() {
    end(*timer_watch_);
    end(*event_watch_);
    for (const auto& [fd, watch] : watches_) su_root_deregister(root_, watch->index);
    watches_.clear();
    timers_.clear();
    su_root_destroy(std::exchange(root_, nullptr));
    ::close(timer_fd_);
    ::close(event_fd_);
  }

  su_root_t* root() const { return root_; }
  const Clock& clock() const { return clock_; }

  std::shared_ptr<Watch> watch(int fd, std::uint8_t interest,
                               std::function<void(std::uint8_t)> on_ready) {
    JUNCTOR_ASSERT(root_ != nullptr && !watches_.contains(fd));
    auto watch = std::make_shared<Watch>();
    watch->fd = fd;
    watch->on_ready = std::move(on_ready);
    int events = SU_WAIT_ERR | SU_WAIT_HUP;
    if (interest & ipc::Loop::kRead) events |= SU_WAIT_IN;
    if (interest & ipc::Loop::kWrite) events |= SU_WAIT_OUT;
    su_wait_t wait[1] = {SU_WAIT_INIT};
    JUNCTOR_ASSERT(su_wait_create(wait, fd, events) == 0);
    watch->index =
        su_root_register(root_, wait, on_wait, reinterpret_cast<su_wakeup_arg_t*>(watch.get()), 0);
    JUNCTOR_ASSERT(watch->index > 0);
    watches_.emplace(fd, watch);
    return watch;
  }
  void end(Watch& watch) {
    if (root_ == nullptr || watch.index <= 0) return;
    su_root_deregister(root_, std::exchange(watch.index, -1));
    watches_.erase(watch.fd);
  }

  TimerKey add_timer(Nanoseconds delay, Nanoseconds interval, std::function<void()> on_time) {
    const TimerKey key{clock_.now() + std::max(delay, Nanoseconds{0}), ++last_timer_};
    timers_.emplace(key, Timer{interval, std::move(on_time)});
    arm();
    return key;
  }
  // The number is the timer's identity; its time moves if it repeats.
  void end_timer(TimerKey key) {
    if (running_ == key.second) running_ended_ = true;
    timers_.erase(key);
  }
  bool is_running(std::uint64_t number) const { return running_ == number; }

  void post(std::function<void()> function) {
    {
      const std::lock_guard lock(posted_mutex_);
      posted_.push_back(std::move(function));
    }
    const std::uint64_t one = 1;
    // Fails only when the count is full: then the loop is awake already.
    [[maybe_unused]] const ssize_t written = ::write(event_fd_, &one, sizeof one);
  }

  void run() {
    if (!std::exchange(stop_, false)) su_root_run(root_);
    stop_ = false;
  }
  void stop() {
    stop_ = true;
    su_root_break(root_);
  }

  struct TimerState {
    TimerKey key;
  };
  std::map<std::uint64_t, std::shared_ptr<TimerState>> repeating;

 private:
  void arm() {
    if (timers_.empty()) return;
    const Nanoseconds first = timers_.begin()->first.first;
    if (first == armed_) return;
    armed_ = first;
    itimerspec spec{};
    // 0 would disarm it.
    const auto at = std::max<std::int64_t>(first.count(), 1);
    spec.it_value.tv_sec = at / 1'000'000'000;
    spec.it_value.tv_nsec = at % 1'000'000'000;
    timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &spec, nullptr);
  }

  void run_timers() {
    std::uint64_t expirations = 0;
    [[maybe_unused]] const ssize_t n = ::read(timer_fd_, &expirations, sizeof expirations);
    armed_ = Nanoseconds{-1};
    const Nanoseconds now = clock_.now();
    // Timers made by these callbacks wait for the next round.
    const std::uint64_t last = last_timer_;
    const auto keep = shared_from_this();
    for (auto it = timers_.begin(); it != timers_.end() && it->first.first <= now;) {
      if (it->first.second > last) {
        ++it;
        continue;
      }
      run_timer(it, now);
      if (root_ == nullptr) return;
      it = timers_.begin();
    }
    arm();
  }

  void run_timer(std::map<TimerKey, Timer>::iterator it, Nanoseconds now) {
    const std::uint64_t number = it->first.second;
    Timer timer = std::move(it->second);
    timers_.erase(it);
    running_ = number;
    running_ended_ = false;
    timer.on_time();
    running_ = 0;
    const auto state = repeating.find(number);
    if (running_ended_ || state == repeating.end() || root_ == nullptr) return;
    state->second->key.first = now + std::max(timer.interval, Nanoseconds{1});
    timers_.emplace(state->second->key, std::move(timer));
  }

  void run_posted() {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t n = ::read(event_fd_, &count, sizeof count);
    std::vector<std::function<void()>> functions;
    {
      const std::lock_guard lock(posted_mutex_);
      functions.swap(posted_);
    }
    const auto keep = shared_from_this();
    for (auto& function : functions) function();
  }

  SystemClock clock_;
  su_root_t* root_;
  int timer_fd_ = -1;
  int event_fd_ = -1;
  std::map<int, std::shared_ptr<Watch>> watches_;
  std::shared_ptr<Watch> timer_watch_, event_watch_;
  std::map<TimerKey, Timer> timers_;
  std::uint64_t last_timer_ = 0;
  std::uint64_t running_ = 0;
  bool running_ended_ = false;
  Nanoseconds armed_{-1};
  bool stop_ = false;
  std::mutex posted_mutex_;  // guards posted_
  std::vector<std::function<void()>> posted_;
};

class WatchHandle final : public ipc::Handle {
 public:
  WatchHandle(std::shared_ptr<Core> core, std::shared_ptr<Watch> watch)
      : core_(std::move(core)), watch_(std::move(watch)) {}
  ~WatchHandle() override { core_->end(*watch_); }

 private:
  std::shared_ptr<Core> core_;
  std::shared_ptr<Watch> watch_;
};

class TimerHandle final : public ipc::Handle {
 public:
  TimerHandle(std::shared_ptr<Core> core, TimerKey key, bool repeats)
      : core_(std::move(core)), state_(std::make_shared<Core::TimerState>(Core::TimerState{key})) {
    if (repeats) core_->repeating.emplace(key.second, state_);
  }
  ~TimerHandle() override {
    core_->repeating.erase(state_->key.second);
    core_->end_timer(state_->key);
  }

 private:
  std::shared_ptr<Core> core_;
  std::shared_ptr<Core::TimerState> state_;
};

class SuLoop final : public ipc::Loop {
 public:
  SuLoop() {
    su_init();
    core_ = std::make_shared<Core>();
  }
  ~SuLoop() override {
    core_->close();
    core_.reset();
    su_deinit();
  }

  ipc::HandlePtr watch(int fd, std::uint8_t interest,
                       std::function<void(std::uint8_t)> on_ready) override {
    return std::make_unique<WatchHandle>(core_, core_->watch(fd, interest, std::move(on_ready)));
  }
  ipc::HandlePtr after(Nanoseconds delay, std::function<void()> on_time) override {
    const TimerKey key = core_->add_timer(delay, Nanoseconds{0}, std::move(on_time));
    return std::make_unique<TimerHandle>(core_, key, false);
  }
  ipc::HandlePtr every(Nanoseconds interval, std::function<void()> on_time) override {
    const TimerKey key = core_->add_timer(interval, interval, std::move(on_time));
    return std::make_unique<TimerHandle>(core_, key, true);
  }
  void post(std::function<void()> function) override { core_->post(std::move(function)); }
  void run() override { core_->run(); }
  void stop() override { core_->stop(); }
  const Clock& clock() const override { return core_->clock(); }
  su_root_t* root() const { return core_->root(); }

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace

std::unique_ptr<ipc::Loop> make_su_loop() { return std::make_unique<SuLoop>(); }

su_root_t* su_root_of(ipc::Loop& loop) {
  auto* su = dynamic_cast<SuLoop*>(&loop);
  return su == nullptr ? nullptr : su->root();
}

}  // namespace junctor::cp

// Sofia's timers go by the wall clock: set back, they would wait for so much longer, and all that come
// after them; set forward, requests that have just been sent would be given up. It calls this function
// through its PLT as well: a clock that begins as the wall's does, and that nobody sets. Seconds since
// 1900.
extern "C" su_time_t su_now(void) {
  static const std::chrono::nanoseconds kAhead =
      std::chrono::system_clock::now().time_since_epoch() -
      std::chrono::steady_clock::now().time_since_epoch();
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now().time_since_epoch() + kAhead);
  constexpr std::int64_t kMicroseconds = 1'000'000;
  return {static_cast<unsigned long>(now.count() / kMicroseconds) + SU_TIME_EPOCH,
          static_cast<unsigned long>(now.count() % kMicroseconds)};
}

// What transports give every message that they hear, for the timers that are set while it is handled:
// the same clock.
extern "C" void su_time(su_time_t* time) {
  if (time != nullptr) *time = su_now();
}

// Sofia cuts the time until its next timer to whole milliseconds, and so spins through the last one:
// with many transactions most of its time. It calls this function through its PLT, so ours is found
// first: the original, and then one millisecond more.
extern "C" int su_timer_expire(su_timer_queue_t* const timers, su_duration_t* timeout,
                               su_time_t now) {
  using Original = int (*)(su_timer_queue_t*, su_duration_t*, su_time_t);
  static const auto original = reinterpret_cast<Original>(dlsym(RTLD_NEXT, "su_timer_expire"));
  JUNCTOR_ASSERT(original != nullptr);
  const su_duration_t before = *timeout;
  const int expired = original(timers, timeout, now);
  if (*timeout != before) ++*timeout;
  return expired;
}
