// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

namespace pyvm {
namespace {

TEST(Clock, NeverGoesBack) {
  std::uint64_t last = monotonic_ns();
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t now = monotonic_ns();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(Clock, WallTimeIsOfThisAge) {
  constexpr std::uint64_t kYear2020 = 1'577'836'800'000'000'000;
  EXPECT_GT(wall_ns(), kYear2020);
}

TEST(VirtualClock, StandsStillUntilAdvanced) {
  VirtualClock clock(1'000, 50'000);
  clock.install();
  EXPECT_EQ(monotonic_ns(), 1'000u);
  EXPECT_EQ(wall_ns(), 50'000u);
  clock.advance_to(4'000);
  EXPECT_EQ(monotonic_ns(), 4'000u);
  EXPECT_EQ(wall_ns(), 53'000u);
  clock.advance_to(2'000);
  EXPECT_EQ(monotonic_ns(), 4'000u);
  clock.advance_by(1);
  EXPECT_EQ(monotonic_ns(), 4'001u);
}

TEST(VirtualClock, LeavesTheRealOneBehind) {
  {
    VirtualClock clock;
    clock.install();
    EXPECT_TRUE(VirtualClock::installed());
    EXPECT_EQ(monotonic_ns(), 0u);
  }
  EXPECT_FALSE(VirtualClock::installed());
  EXPECT_GT(monotonic_ns(), 0u);
}

}  // namespace
}  // namespace pyvm
