// SPDX-License-Identifier: MIT
#include "controlplane/sip/su_loop.hpp"

#include <dlfcn.h>

#include <atomic>
#include <ctime>

#include "controlplane/sip/sofia.hpp"
#include "platform/ipc/loop_contract.hpp"

namespace junctor::ipc {
namespace {

INSTANTIATE_TEST_SUITE_P(SuLoop, LoopContract, ::testing::Values(&cp::make_su_loop));

}  // namespace
}  // namespace junctor::ipc

#ifndef JUNCTOR_SANITIZED  // sanitizers have a clock_gettime of their own
namespace {
std::atomic<std::time_t> shift_s{0};
}

// The wall clock of this program, as somebody sets it.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  using Original = int (*)(clockid_t, timespec*);
  static const auto original = reinterpret_cast<Original>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int status = original(clock, time);
  if (clock == CLOCK_REALTIME) time->tv_sec += shift_s;
  return status;
}

namespace junctor::cp {
namespace {

TEST(SuLoop, SofiasTimersDoNotCareWhoSetsTheClock) {
  for (const std::time_t shift : {-3600, 3600}) {
    const auto loop = make_su_loop();
    su_timer_t* const timer = su_timer_create(su_root_task(su_root_of(*loop)), 300);
    const Nanoseconds begun = loop->clock().now();
    Nanoseconds rung{0};
    struct Rung {
      ipc::Loop& loop;
      Nanoseconds& at;
    } ring{*loop, rung};
    su_timer_set(
        timer,
        [](su_root_magic_t*, su_timer_t*, su_timer_arg_t* arg) {
          const auto& it = *reinterpret_cast<Rung*>(arg);
          it.at = it.loop.clock().now();
          it.loop.stop();
        },
        reinterpret_cast<su_timer_arg_t*>(&ring));
    shift_s = shift;
    const auto enough = loop->after(Seconds{20}, [&loop] { loop->stop(); });
    loop->run();
    shift_s = 0;
    EXPECT_GE(rung - begun, Milliseconds{290}) << shift;
    su_timer_destroy(timer);
  }
}

}  // namespace
}  // namespace junctor::cp
#endif
