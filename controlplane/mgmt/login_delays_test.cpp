// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/login_delays.hpp"

#include <gtest/gtest.h>

namespace junctor::cp {
namespace {

TEST(LoginDelays, GrowForAUserAndEndWithARightPassword) {
  LoginDelays delays;
  Nanoseconds now = Seconds{100};
  for (const int seconds : {1, 2, 4, 8, 16}) {
    EXPECT_EQ(delays.wait("ann", now), Nanoseconds{0});
    EXPECT_EQ(delays.failed("ann", now), Seconds{seconds});
    EXPECT_EQ(delays.wait("ann", now + Milliseconds{500}), Seconds{seconds} - Milliseconds{500});
    EXPECT_EQ(delays.wait("bob", now), Nanoseconds{0}) << "another's mistakes are not bob's";
    now += Seconds{seconds};
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(delays.failed("ann", now), LoginDelays::kLongest);
    now += LoginDelays::kLongest;
  }
  delays.succeeded("ann");
  now += Seconds{61};
  EXPECT_EQ(delays.failed("ann", now), Seconds{1});
}

TEST(LoginDelays, GrowForAllSoThatNamesCannotBeTried) {
  LoginDelays delays;
  const Nanoseconds now = Seconds{100};
  for (unsigned i = 0; i < LoginDelays::kFreeOfAll + 3; ++i)
    delays.failed("user" + std::to_string(i), now);
  EXPECT_EQ(delays.wait("another", now), Seconds{4});
  delays.succeeded("user1");
  EXPECT_EQ(delays.wait("another", now), Seconds{4}) << "a guesser's own login is no excuse";
  EXPECT_EQ(delays.failed("another", now + Seconds{65}), Seconds{1}) << "after a minute of peace";
}

TEST(LoginDelays, AreForgottenAfterAWhile) {
  LoginDelays delays;
  delays.failed("ann", Seconds{0});
  delays.failed("ann", Seconds{1});
  EXPECT_EQ(delays.failed("ann", Seconds{700}), Seconds{1});
}

}  // namespace
}  // namespace junctor::cp
