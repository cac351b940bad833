// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/futex.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/clock.h"

namespace pyvm {
namespace {

TEST(Futex, DoesNotSleepOnAnotherValue) {
  std::atomic<std::uint32_t> word(7);
  EXPECT_EQ(futex_wait(word, 6), FutexResult::Changed);
}

TEST(Futex, TimesOutNotEarly) {
  constexpr std::uint64_t kTimeout = 20'000'000;
  Atomic<std::uint32_t> word(1);
  const std::uint64_t start = monotonic_ns();
  FutexResult result = FutexResult::Woken;
  while (result == FutexResult::Woken) result = futex_wait(word, 1, kTimeout);  // waking for no reason is allowed
  EXPECT_EQ(result, FutexResult::TimedOut);
  EXPECT_GE(monotonic_ns() - start, kTimeout);
}

TEST(Futex, WakesNobodyWhereNobodySleeps) {
  std::atomic<std::uint32_t> word(0);
  EXPECT_FALSE(futex_wake_one(word));
  EXPECT_EQ(futex_wake_all(word), 0);
}

TEST(Futex, LosesNoWakeUpInAPingPong) {
  constexpr std::uint32_t kTurns = 20'000;
  Atomic<std::uint32_t> turn(0);
  const auto play = [&](std::uint32_t parity) {
    for (;;) {
      const std::uint32_t now = turn.load_acquire();  // pairs with the other side's store
      if (now >= kTurns) return;
      if (now % 2 != parity) {
        futex_wait(turn, now);
      } else {
        turn.store_release(now + 1);
        futex_wake_one(turn);
      }
    }
  };
  std::thread other([&] { play(1); });
  play(0);
  other.join();
  EXPECT_EQ(turn.load_relaxed(), kTurns);
}

TEST(Futex, WakesAll) {
  Atomic<std::uint32_t> gate(0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (gate.load_acquire() == 0) futex_wait(gate, 0);
    });
  }
  gate.store_release(1);
  futex_wake_all(gate);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace pyvm
