// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "sched/timer_wheel.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "base/random.h"

namespace pyvm {
namespace {

constexpr std::uint64_t kMs = TimerWheel::kTickNs;
constexpr std::size_t kAll = 1'000'000'000;

struct Timer : TimerNode {
  int number = 0;
};

int number_of(TimerNode& node) { return static_cast<Timer&>(node).number; }

/// A wheel on virtual time that remembers what happened, in order.
struct Fixture {
  TimerWheel wheel{0};
  std::vector<int> fired;
  std::vector<int> given_back;

  std::size_t advance(std::uint64_t now_ns, std::size_t limit = kAll) {
    return wheel.advance(
        now_ns, [&](TimerNode& node) { fired.push_back(number_of(node)); },
        [&](TimerNode& node) { given_back.push_back(number_of(node)); }, limit);
  }
};

std::vector<std::unique_ptr<Timer>> make_timers(int count) {
  std::vector<std::unique_ptr<Timer>> timers;
  for (int number = 0; number < count; ++number) {
    timers.push_back(std::make_unique<Timer>());
    timers.back()->number = number;
  }
  return timers;
}

TEST(TimerWheel, FiresInTheOrderOfDeadlinesAndZeroFirst) {
  Fixture f;
  auto timers = make_timers(5);
  const std::uint64_t deadlines[] = {100, 101, 102, 103, 0};
  for (int i = 0; i < 5; ++i) f.wheel.start(*timers[i], deadlines[i] * kMs);
  f.advance(0);
  EXPECT_EQ(f.fired, std::vector<int>{4});
  f.advance(1'000 * kMs);
  EXPECT_EQ(f.fired, (std::vector<int>{4, 0, 1, 2, 3}));
  EXPECT_EQ(f.wheel.pending(), 0u);
}

TEST(TimerWheel, NeverFiresEarly) {
  Fixture f;
  auto timers = make_timers(2);
  f.wheel.start(*timers[0], 5 * kMs);
  f.wheel.start(*timers[1], 5 * kMs + 1);
  EXPECT_EQ(f.advance(5 * kMs - 1), 0u);
  EXPECT_EQ(f.advance(5 * kMs), 1u);
  EXPECT_EQ(f.advance(6 * kMs - 1), 0u);
  EXPECT_EQ(f.advance(6 * kMs), 1u);
}

TEST(TimerWheel, KeepsTheOrderOfStartingAmongEqualDeadlinesWhateverTheDistance) {
  Fixture f;
  auto timers = make_timers(8);
  constexpr std::uint64_t kDeadline = 70'000;
  const std::uint64_t starts[] = {0, 1, 40'000, 65'536, 69'631, 69'632, 69'999, 70'000};
  for (int i = 0; i < 8; ++i) {
    f.advance(starts[i] * kMs - (i == 7 ? 1 : 0));
    f.wheel.start(*timers[i], kDeadline * kMs);
  }
  EXPECT_TRUE(f.fired.empty());
  f.advance(kDeadline * kMs);
  EXPECT_EQ(f.fired, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(TimerWheel, AnOwnersCancelFreesTheNodeAtOnce) {
  Fixture f;
  Timer timer;
  f.wheel.start(timer, 3 * kMs);
  EXPECT_EQ(f.wheel.owner_cancel(timer), CancelResult::Cancelled);
  EXPECT_EQ(f.wheel.owner_cancel(timer), CancelResult::TooLate);
  EXPECT_EQ(f.wheel.pending(), 0u);
  EXPECT_EQ(f.wheel.next_deadline_ns(), TimerWheel::kNever);
  f.wheel.start(timer, 4 * kMs);
  EXPECT_EQ(f.advance(4 * kMs), 1u);
  EXPECT_EQ(f.wheel.owner_cancel(timer), CancelResult::TooLate);
}

TEST(TimerWheel, GivesCancelledNodesBackInTheNextAdvance) {
  Fixture f;
  auto timers = make_timers(2);
  f.wheel.start(*timers[0], 3 * kMs);
  f.wheel.start(*timers[1], 3 * kMs);
  EXPECT_EQ(f.wheel.cancel(*timers[0]), CancelResult::Cancelled);
  EXPECT_EQ(f.wheel.cancel(*timers[0]), CancelResult::TooLate);
  EXPECT_EQ(f.wheel.owner_cancel(*timers[0]), CancelResult::TooLate);
  f.advance(0);
  EXPECT_EQ(f.given_back, std::vector<int>{0});
  f.advance(3 * kMs);
  EXPECT_EQ(f.fired, std::vector<int>{1});
  EXPECT_EQ(f.wheel.cancel(*timers[1]), CancelResult::TooLate);
}

TEST(TimerWheel, ACallbackMayStartAndCancelTimers) {
  TimerWheel wheel(0);
  auto timers = make_timers(4);
  std::vector<int> fired;
  for (int i = 0; i < 3; ++i) wheel.start(*timers[i], 10 * kMs);
  const auto fire = [&](TimerNode& node) {
    fired.push_back(number_of(node));
    if (node.tick == 10 && number_of(node) == 0) {
      EXPECT_EQ(wheel.owner_cancel(*timers[1]), CancelResult::Cancelled);  // due at the same tick
      wheel.start(node, 12 * kMs);
      wheel.start(*timers[3], 0);  // due already
    }
  };
  wheel.advance(20 * kMs, fire, [](TimerNode&) {}, kAll);
  EXPECT_EQ(fired, (std::vector<int>{0, 2, 3, 0}));
}

TEST(TimerWheel, ContinuesInOrderAfterItsLimit) {
  Fixture f;
  constexpr int kTimers = 1'000;
  auto timers = make_timers(kTimers);
  for (auto& timer : timers) f.wheel.start(*timer, (500 + static_cast<std::uint64_t>(timer->number) / 400) * kMs);
  std::size_t calls = 0;
  while (f.fired.size() < kTimers) {
    EXPECT_LE(f.advance(600 * kMs, 7), 7u);
    EXPECT_TRUE(f.wheel.is_consistent());
    ASSERT_TRUE(f.fired.size() == kTimers || f.wheel.next_deadline_ns() <= 600 * kMs);  // W6
    ASSERT_LT(++calls, 400u);
  }
  for (int number = 0; number < kTimers; ++number) ASSERT_EQ(f.fired[number], number);
}

TEST(TimerWheel, ANodeStartedWhileASlotIsHalfDealtOutStillComesLast) {
  Fixture f;
  constexpr int kTimers = 100;
  auto timers = make_timers(kTimers + 2);
  for (int number = 0; number < kTimers; ++number) f.wheel.start(*timers[number], 500 * kMs);
  f.advance(300 * kMs, 1);  // a limit of 1 moves 8 nodes from the slot of ticks 256 to 511
  f.wheel.start(*timers[kTimers], 500 * kMs);
  f.advance(300 * kMs, 1);
  f.wheel.start(*timers[kTimers + 1], 500 * kMs);
  EXPECT_TRUE(f.wheel.is_consistent());
  f.advance(500 * kMs);
  ASSERT_EQ(f.fired.size(), kTimers + 2u);
  for (int number = 0; number < kTimers + 2; ++number) EXPECT_EQ(f.fired[number], number);
}

TEST(TimerWheel, ManyAtOneInstantHalfOfThemCancelled) {
  Fixture f;
  constexpr int kTimers = 300'000;
  std::vector<Timer> timers(kTimers);
  for (int number = 0; number < kTimers; ++number) {
    timers[number].number = number;
    f.wheel.start(timers[number], 5'000 * kMs);
  }
  for (int number = 0; number < kTimers; number += 2) {
    const CancelResult result = number % 4 == 0 ? f.wheel.cancel(timers[number]) : f.wheel.owner_cancel(timers[number]);
    ASSERT_EQ(result, CancelResult::Cancelled);
  }
  EXPECT_EQ(f.advance(4'999 * kMs), 0u);
  EXPECT_EQ(f.given_back.size(), kTimers / 4u);
  EXPECT_EQ(f.advance(5'000 * kMs), kTimers / 2u);
  for (int i = 0; i < kTimers / 2; ++i) ASSERT_EQ(f.fired[i], 2 * i + 1);
  EXPECT_EQ(f.wheel.pending(), 0u);
}

TEST(TimerWheel, ReachesEveryDistance) {
  for (unsigned bit = 0; bit < 44; ++bit) {
    for (const std::uint64_t present : {std::uint64_t{0}, std::uint64_t{0xffff'ffff}, (std::uint64_t{1} << 43) - 1}) {
      TimerWheel wheel(present * kMs);
      const std::uint64_t tick = present + (std::uint64_t{1} << bit);
      if (tick > TimerWheel::kNever / kMs) continue;
      Timer timer;
      wheel.start(timer, tick * kMs);
      ASSERT_TRUE(wheel.is_consistent());
      const auto nothing = [](TimerNode&) {};
      ASSERT_EQ(wheel.advance(tick * kMs - 1, nothing, nothing, 1), 0u);
      ASSERT_TRUE(wheel.is_consistent());
      ASSERT_EQ(wheel.advance(tick * kMs, nothing, nothing, 1), 1u);
    }
  }
}

TEST(TimerWheel, ADeadlineBeyondAllTimeIsKept) {
  Fixture f;
  Timer timer;
  f.wheel.start(timer, TimerWheel::kNever);
  EXPECT_GT(f.wheel.next_deadline_ns(), TimerWheel::kNever / 2);
  EXPECT_EQ(f.advance(TimerWheel::kNever - 1), 0u);
  EXPECT_EQ(f.wheel.owner_cancel(timer), CancelResult::Cancelled);
}

TEST(TimerWheel, WakesAnIdleThreadSevenTimesAtMostForFarTimers) {
  Fixture f;
  Random random(3);
  std::vector<Timer> timers(100'000);
  std::uint64_t earliest = TimerWheel::kNever;
  for (Timer& timer : timers) {
    const std::uint64_t deadline = (3'600'000 + random.below(36'000'000)) * kMs;
    earliest = std::min(earliest, deadline);
    f.wheel.start(timer, deadline);
  }
  int wakes = 0;
  while (f.fired.empty()) {
    const std::uint64_t next = f.wheel.next_deadline_ns();
    ASSERT_LE(next, earliest);  // W5
    f.advance(next);
    ++wakes;
  }
  EXPECT_LE(wakes, 8);  // and once for the timer itself
}

TEST(TimerWheel, GivesAwayEverythingWhenCleared) {
  Fixture f;
  auto timers = make_timers(100);
  for (auto& timer : timers) f.wheel.start(*timer, static_cast<std::uint64_t>(timer->number) * 1'000 * kMs);
  static_cast<void>(f.wheel.cancel(*timers[50]));
  std::set<int> taken;
  f.wheel.clear([&](TimerNode& node) { taken.insert(number_of(node)); });
  EXPECT_EQ(taken.size(), 100u);
  EXPECT_EQ(f.wheel.pending(), 0u);
  EXPECT_TRUE(f.wheel.is_consistent());
}

/// The wheel beside a sorted map, through random starts, cancellations and steps of time.
class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed), now_ns_(start_of(random_)), wheel_(now_ns_) {
    for (auto& timer : timers_) idle_.push_back(timer.get());
  }

  void step() {
    switch (random_.below(8)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return start();
      case 4:
        return cancel();
      default:
        return advance();
    }
  }

 private:
  using Order = std::pair<std::uint64_t, std::uint64_t>;  // tick, and number of the start

  static std::uint64_t start_of(Random& random) {
    const std::uint64_t starts[] = {0, 255 * kMs, (std::uint64_t{1} << 32) * kMs - 3, 12'345'678'901'234};
    return starts[random.below(4)];
  }

  std::uint64_t distance_ns() { return random_.next() >> (20 + random_.below(44)); }

  void start() {
    if (idle_.empty()) return;
    Timer* timer = idle_.back();
    idle_.pop_back();
    const bool past = random_.below(10) == 0;
    const std::uint64_t deadline = past ? now_ns_ / 2 : now_ns_ + distance_ns();
    wheel_.start(*timer, deadline);
    ASSERT_GE(timer->tick * kMs, deadline);  // W1
    expected_.emplace(Order(timer->tick, ++starts_), timer);
  }

  void cancel() {
    if (expected_.empty()) return;
    auto chosen = expected_.begin();
    std::advance(chosen, static_cast<std::ptrdiff_t>(random_.below(std::min<std::size_t>(expected_.size(), 20))));
    Timer* timer = chosen->second;
    expected_.erase(chosen);
    if (random_.below(2) == 0) {
      ASSERT_EQ(wheel_.owner_cancel(*timer), CancelResult::Cancelled);
      idle_.push_back(timer);
    } else {
      ASSERT_EQ(wheel_.cancel(*timer), CancelResult::Cancelled);
      cancelled_.insert(timer);
    }
  }

  void advance() {
    const std::uint64_t next = wheel_.next_deadline_ns();
    if (!expected_.empty()) {
      ASSERT_LE(next, expected_.begin()->first.first * kMs);  // W5
    }
    if (random_.below(3) == 0 && next != TimerWheel::kNever) {
      now_ns_ = std::max(now_ns_, next);
    } else {
      now_ns_ += distance_ns();
    }
    const std::size_t limit = random_.below(3) == 0 ? 1 + random_.below(5) : kAll;
    const std::size_t fired = wheel_.advance(
        now_ns_, [&](TimerNode& node) { fire(static_cast<Timer*>(&node)); },
        [&](TimerNode& node) {
          EXPECT_EQ(cancelled_.erase(static_cast<Timer*>(&node)), 1u);
          idle_.push_back(static_cast<Timer*>(&node));
        },
        limit);
    ASSERT_LE(fired, limit);
    ASSERT_TRUE(wheel_.is_consistent());
    const bool due = !expected_.empty() && expected_.begin()->first.first * kMs <= now_ns_;
    if (limit == kAll) {
      ASSERT_FALSE(due);
      ASSERT_TRUE(cancelled_.empty());
    } else if (due) {
      ASSERT_LE(wheel_.next_deadline_ns(), now_ns_);  // W6
    }
  }

  void fire(Timer* timer) {
    ASSERT_FALSE(expected_.empty());
    ASSERT_EQ(expected_.begin()->second, timer);  // W2
    ASSERT_LE(timer->tick * kMs, now_ns_);        // W1
    expected_.erase(expected_.begin());
    idle_.push_back(timer);
    if (random_.below(8) == 0) start();
  }

  Random random_;
  std::uint64_t now_ns_;
  TimerWheel wheel_;
  std::vector<std::unique_ptr<Timer>> timers_ = make_timers(300);
  std::vector<Timer*> idle_;
  std::map<Order, Timer*> expected_;
  std::set<Timer*> cancelled_;
  std::uint64_t starts_ = 0;
};

TEST(TimerWheel, AgreesWithASortedMap) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model model(seed);
    for (int i = 0; i < 2'000; ++i) {
      model.step();
      if (testing::Test::HasFailure()) return;
    }
  }
}

// The owner fires while others cancel; every timer ends once, and as the canceller was told.
TEST(TimerWheel, CancelsRaceWithFiringAndEachTimerEndsOnce) {
  constexpr int kTimers = 40'000;
  constexpr int kCancellers = 2;
  TimerWheel wheel(0);
  std::vector<Timer> timers(kTimers);
  for (int number = 0; number < kTimers; ++number) {
    timers[number].number = number;
    wheel.start(timers[number], (1 + static_cast<std::uint64_t>(number) / 20) * kMs);
  }
  std::vector<int> fired(kTimers);
  std::vector<int> given_back(kTimers);
  std::vector<std::vector<int>> cancelled(kCancellers, std::vector<int>(kTimers));
  std::atomic<int> running(kCancellers);
  std::vector<std::thread> cancellers;
  for (int canceller = 0; canceller < kCancellers; ++canceller) {
    cancellers.emplace_back([&, canceller] {
      Random random(static_cast<std::uint64_t>(canceller));
      for (int i = 0; i < kTimers; ++i) {
        const int number = std::min(kTimers - 1, i + static_cast<int>(random.below(50)));
        if (wheel.cancel(timers[number]) == CancelResult::Cancelled) ++cancelled[canceller][number];
      }
      running.fetch_sub(1);
    });
  }
  std::uint64_t now_ms = 0;
  const auto advance = [&] {
    wheel.advance(
        ++now_ms * kMs, [&](TimerNode& node) { ++fired[number_of(node)]; },
        [&](TimerNode& node) { ++given_back[number_of(node)]; }, 100);
  };
  while (running.load() != 0) advance();
  for (std::thread& canceller : cancellers) canceller.join();
  while (wheel.next_deadline_ns() != TimerWheel::kNever) advance();
  advance();
  EXPECT_EQ(wheel.pending(), 0u);
  for (int number = 0; number < kTimers; ++number) {
    ASSERT_EQ(cancelled[0][number] + cancelled[1][number], given_back[number]);
    ASSERT_EQ(fired[number] + given_back[number], 1);  // W3
  }
}

}  // namespace
}  // namespace pyvm
