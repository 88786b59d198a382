// SPDX-License-Identifier: MIT
#include "platform/ipc/epoll_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "platform/base/assert.hpp"

namespace junctor::ipc {
namespace {

std::uint32_t epoll_interest(std::uint8_t interest) {
  std::uint32_t events = 0;
  if ((interest & Loop::kRead) != 0) events |= EPOLLIN;
  if ((interest & Loop::kWrite) != 0) events |= EPOLLOUT;
  return events;
}

std::uint8_t ready_bits(std::uint32_t events) {
  std::uint8_t ready = 0;
  if ((events & EPOLLIN) != 0) ready |= Loop::kRead;
  if ((events & EPOLLOUT) != 0) ready |= Loop::kWrite;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) ready |= Loop::kError;
  return ready;
}

struct Watch {
  int fd;
  std::function<void(std::uint8_t)> on_ready;
};

struct Timer {
  std::function<void()> on_time;
  Nanoseconds interval{0};  // zero: once
};

// What handles refer to; they may outlive the loop.
struct State {
  ~State() { close(epoll_fd); }

  int epoll_fd = -1;
  std::uint64_t next_id = 1;  // 0 is the wake-up
  std::unordered_map<std::uint64_t, std::shared_ptr<Watch>> watches;
  using TimerKey = std::pair<Nanoseconds, std::uint64_t>;  // due time, then order of arming
  std::map<TimerKey, std::shared_ptr<Timer>> timers;
  std::unordered_map<std::uint64_t, Nanoseconds> due;  // of each timer, by id
};

class WatchHandle final : public Handle {
 public:
  WatchHandle(std::weak_ptr<State> state, std::uint64_t id) : state_(std::move(state)), id_(id) {}
  ~WatchHandle() override {
    const auto state = state_.lock();
    if (!state) return;
    const auto node = state->watches.extract(id_);
    epoll_ctl(state->epoll_fd, EPOLL_CTL_DEL, node.mapped()->fd, nullptr);
  }

 private:
  std::weak_ptr<State> state_;
  std::uint64_t id_;
};

class TimerHandle final : public Handle {
 public:
  TimerHandle(std::weak_ptr<State> state, std::uint64_t id) : state_(std::move(state)), id_(id) {}
  ~TimerHandle() override {
    const auto state = state_.lock();
    if (!state) return;
    const auto node = state->due.extract(id_);
    if (!node.empty()) state->timers.erase({node.mapped(), id_});
  }

 private:
  std::weak_ptr<State> state_;
  std::uint64_t id_;
};

class EpollLoop final : public Loop {
 public:
  EpollLoop() : wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    state_->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    JUNCTOR_ASSERT(wake_fd_ >= 0 && state_->epoll_fd >= 0);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = 0}};
    JUNCTOR_ASSERT(epoll_ctl(state_->epoll_fd, EPOLL_CTL_ADD, wake_fd_, &event) == 0);
  }
  ~EpollLoop() override { close(wake_fd_); }

  HandlePtr watch(int fd, std::uint8_t interest,
                  std::function<void(std::uint8_t)> on_ready) override;
  HandlePtr after(Nanoseconds delay, std::function<void()> on_time) override;
  HandlePtr every(Nanoseconds interval, std::function<void()> on_time) override;
  void post(std::function<void()> function) override;
  void run() override;
  void stop() override { is_stopped_ = true; }
  const Clock& clock() const override { return clock_; }

 private:
  HandlePtr arm(Nanoseconds delay, Nanoseconds interval, std::function<void()> on_time);
  int wait_ms() const;
  void run_ready(const epoll_event& event);
  void run_timers();
  void run_posted();

  // Owned.
  SystemClock clock_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
  int wake_fd_;
  // State.
  bool is_stopped_ = false;
  std::mutex mutex_;  // guards posted_, which any thread fills
  std::vector<std::function<void()>> posted_;
};

HandlePtr EpollLoop::watch(int fd, std::uint8_t interest,
                           std::function<void(std::uint8_t)> on_ready) {
  const std::uint64_t id = state_->next_id++;
  epoll_event event{.events = epoll_interest(interest), .data = {.u64 = id}};
  // Fails only for a descriptor that is closed, watched already, or no thing to wait for.
  JUNCTOR_ASSERT(epoll_ctl(state_->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0);
  state_->watches.emplace(id, std::make_shared<Watch>(Watch{fd, std::move(on_ready)}));
  return std::make_unique<WatchHandle>(state_, id);
}

HandlePtr EpollLoop::after(Nanoseconds delay, std::function<void()> on_time) {
  return arm(delay, Nanoseconds{0}, std::move(on_time));
}

HandlePtr EpollLoop::every(Nanoseconds interval, std::function<void()> on_time) {
  JUNCTOR_ASSERT(interval > Nanoseconds{0});
  return arm(interval, interval, std::move(on_time));
}

HandlePtr EpollLoop::arm(Nanoseconds delay, Nanoseconds interval, std::function<void()> on_time) {
  const std::uint64_t id = state_->next_id++;
  const Nanoseconds due = clock_.now() + std::max(delay, Nanoseconds{0});
  state_->due.emplace(id, due);
  state_->timers.emplace(State::TimerKey{due, id},
                         std::make_shared<Timer>(Timer{std::move(on_time), interval}));
  return std::make_unique<TimerHandle>(state_, id);
}

void EpollLoop::post(std::function<void()> function) {
  {
    const std::scoped_lock lock(mutex_);
    posted_.push_back(std::move(function));
    if (posted_.size() > 1) return;  // the loop is awake already, or will be
  }
  const std::uint64_t one = 1;
  JUNCTOR_ASSERT(write(wake_fd_, &one, sizeof one) == sizeof one);
}

int EpollLoop::wait_ms() const {
  if (state_->timers.empty()) return -1;
  const Nanoseconds left = state_->timers.begin()->first.first - clock_.now();
  const auto ms = std::chrono::ceil<Milliseconds>(std::max(left, Nanoseconds{0})).count();
  return static_cast<int>(std::min<Milliseconds::rep>(ms, 60'000));
}

void EpollLoop::run() {
  std::array<epoll_event, 64> events;
  while (!is_stopped_) {
    const int n =
        epoll_wait(state_->epoll_fd, events.data(), static_cast<int>(events.size()), wait_ms());
    JUNCTOR_ASSERT(n >= 0 || errno == EINTR);
    for (int i = 0; i < n && !is_stopped_; ++i) run_ready(events[static_cast<std::size_t>(i)]);
    if (!is_stopped_) run_timers();
  }
  is_stopped_ = false;
}

void EpollLoop::run_ready(const epoll_event& event) {
  const std::uint64_t id = event.data.u64;  // a copy: epoll_event is packed, its members misaligned
  if (id == 0) {
    run_posted();
    return;
  }
  // A callback before this one may have ended the watch: then its id is unknown.
  const auto at = state_->watches.find(id);
  if (at == state_->watches.end()) return;
  const std::shared_ptr<Watch> watch = at->second;  // lives through its own end
  watch->on_ready(ready_bits(event.events));
}

void EpollLoop::run_timers() {
  const Nanoseconds now = clock_.now();
  // Timers that callbacks arm wait for the next turn, so that none can keep the loop from its
  // descriptors.
  const std::uint64_t newer = state_->next_id;
  std::vector<State::TimerKey> due;
  for (const auto& [key, timer] : state_->timers) {
    if (key.first > now) break;
    if (key.second < newer) due.push_back(key);
  }
  for (const State::TimerKey& key : due) {
    if (is_stopped_) return;
    const auto at = state_->timers.find(key);
    if (at == state_->timers.end()) continue;  // ended by a callback before
    const std::shared_ptr<Timer> timer = at->second;
    state_->timers.erase(at);
    if (timer->interval == Nanoseconds{0}) {
      state_->due.erase(key.second);
    } else {
      // Late turns are not made up for.
      const Nanoseconds next = std::max(key.first + timer->interval, now);
      state_->due[key.second] = next;
      state_->timers.emplace(State::TimerKey{next, key.second}, timer);
    }
    timer->on_time();
  }
}

void EpollLoop::run_posted() {
  std::uint64_t count = 0;
  JUNCTOR_ASSERT(read(wake_fd_, &count, sizeof count) == sizeof count);
  std::vector<std::function<void()>> functions;
  {
    const std::scoped_lock lock(mutex_);
    functions.swap(posted_);
  }
  for (const auto& function : functions) function();
}

}  // namespace

std::unique_ptr<Loop> make_epoll_loop() { return std::make_unique<EpollLoop>(); }

}  // namespace junctor::ipc
