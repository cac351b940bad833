// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "sched/timer_wheel.h"

#include <array>

#include "base/seeds.h"

namespace pyvm {
namespace {

struct Timer : TimerNode {
  int fired = 0;
  int given_back = 0;
};

TEST(TimerWheelSystematic, EachTimerFiresOrComesBackOnceWhoeverCancels) {
  constexpr std::uint64_t kMs = TimerWheel::kTickNs;
  constexpr int kTimers = 4;
  for_each_seed([](std::uint64_t seed) {
    TimerWheel wheel(0);
    std::array<Timer, kTimers> timers;
    for (int i = 0; i < kTimers; ++i) wheel.start(timers[i], static_cast<std::uint64_t>(1 + i / 2) * kMs);
    std::array<int, kTimers> cancelled{};
    const auto cancel_all = [&] {
      for (int i = 0; i < kTimers; ++i) {
        if (wheel.cancel(timers[i]) == CancelResult::Cancelled) ++cancelled[i];
      }
    };
    const auto advance = [&](std::uint64_t ms) {
      wheel.advance(
          ms * kMs, [](TimerNode& node) { ++static_cast<Timer&>(node).fired; },
          [](TimerNode& node) { ++static_cast<Timer&>(node).given_back; }, 1);
    };
    systematic::run(seed, {cancel_all, cancel_all, [&] {
                             for (std::uint64_t ms = 0; ms < 6; ++ms) {
                               if (ms == 1 && wheel.owner_cancel(timers[1]) == CancelResult::Cancelled) {
                                 wheel.start(timers[1], 2 * kMs);
                               }
                               advance(ms);
                             }
                           }});
    for (int i = 0; i < 20; ++i) advance(10);
    EXPECT_EQ(wheel.pending(), 0u);
    EXPECT_TRUE(wheel.is_consistent());
    for (int i = 0; i < kTimers; ++i) {
      EXPECT_EQ(timers[i].given_back, cancelled[i]);
      EXPECT_EQ(timers[i].fired + timers[i].given_back, 1);  // W3
    }
  });
}

}  // namespace
}  // namespace pyvm
