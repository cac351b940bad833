// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <gtest/gtest.h>

#include <array>

namespace pyvm {
namespace {

TEST(Random, RepeatsForTheSameSeedOnly) {
  Random one(42);
  Random same(42);
  Random other(43);
  int differing = 0;
  for (int i = 0; i < 1'000; ++i) {
    const std::uint64_t number = one.next();
    ASSERT_EQ(number, same.next());
    if (number != other.next()) ++differing;
  }
  EXPECT_EQ(differing, 1'000);
}

TEST(Random, SeedZeroIsNoException) {
  Random random(0);
  std::uint64_t bits = 0;
  for (int i = 0; i < 64; ++i) bits |= random.next();
  EXPECT_EQ(bits, ~std::uint64_t{0});
}

TEST(Random, BelowIsInRangeAndEven) {
  Random random(7);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60'000; ++i) ++counts.at(random.below(6));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(random.below(1), 0u);
  constexpr std::uint64_t kLarge = (std::uint64_t{1} << 63) + 1;  // almost half of the draws are over
  for (int i = 0; i < 1'000; ++i) EXPECT_LT(random.below(kLarge), kLarge);
}

TEST(Random, UnitIsHalfOpen) {
  Random random(9);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double x = random.unit();
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    sum += x;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

TEST(RandomSeed, DiffersEachTime) { EXPECT_NE(random_seed(), random_seed()); }

}  // namespace
}  // namespace pyvm
