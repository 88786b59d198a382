// SPDX-License-Identifier: MIT
#include "controlplane/sip/su_loop.hpp"

#include <dlfcn.h>

#include <atomic>
#include <ctime>

#include "controlplane/sip/sofia.hpp"
#include "controlplane/sip/stack_fixture.hpp"
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

// What a request sets going as it is heard goes by the time of the transport that heard it.
TEST_F(StackTest, WhoeverSetsTheClockRequestsAreSentAgainInTime) {
  for (const std::time_t shift : {-3600, 3600}) {
    stack.reset();
    loop = make_su_loop();
    start();
    UdpPeer caller;
    UdpPeer callee;
    std::unique_ptr<ServerTransaction> in;
    std::unique_ptr<ClientTransaction> out;
    int heard = 0;
    on_request = [&](std::unique_ptr<ServerTransaction> transaction) {
      in = std::move(transaction);
      out = stack->send(request_to(callee.address(), "INVITE"), [&](const Response&) { ++heard; });
    };
    shift_s = shift;
    caller.send(gateway, caller.request("INVITE", 1));
    int sent = 0;
    for (int i = 0; i < 200 && sent < 3; ++i) {
      run_for(Milliseconds{50});
      while (!callee.take().empty()) ++sent;
    }
    shift_s = 0;
    EXPECT_EQ(sent, 3) << shift;  // at 0, 0.5 and 1.5 s: RFC 3261, section 17.1.1.2
    EXPECT_EQ(heard, 0) << shift;
    out.reset();
    in.reset();
    on_request = {};
  }
}

}  // namespace
}  // namespace junctor::cp
#endif
