// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <atomic>

#include "proc/kit.h"

namespace pyvm {
namespace {

bool all_asleep() {
  for (const auto& scheduler : Runtime::current()->schedulers()) {
    if (!scheduler->is_asleep()) return false;
  }
  return true;
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

TEST(Sleep, AnIdleRuntimeUsesNoProcessorTime) {
  const Started runtime(2);
  for (int i = 0; i < 100; ++i) static_cast<void>(spawn_function({}, [](Process&) { return Outcome::Wait; }));
  EXPECT_TRUE(wait_until(all_asleep));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // what was retired is reclaimed
  const double before = processor_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_LT(processor_seconds() - before, 0.1);
}

TEST(Sleep, AMessageFromAThreadWakesAScheduler) {
  std::atomic<int> received{0};
  const Started runtime(2);
  const Spawned echo = spawn_function({}, [&](Process& self) {
    while (receive(self)) ++received;
    return Outcome::Wait;
  });
  for (int i = 0; i < 300; ++i) {
    if (i % 10 == 0) {
      EXPECT_TRUE(wait_until(all_asleep));
    }
    static_cast<void>(send(echo.pid, Term::small(i)));
    ASSERT_TRUE(wait_until([&] { return received == i + 1; }));
  }
}

TEST(Sleep, ATimerWakesAScheduler) {
  std::atomic<int> received{0};
  const Started runtime(2);
  const Spawned echo = spawn_function({}, [&](Process& self) {
    while (receive(self)) ++received;
    return Outcome::Wait;
  });
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(
        send_later(process_time_ns() + 5'000'000, echo.pid, Signal::with_copy(SignalKind::Message, Term::small(i))));
    ASSERT_TRUE(wait_until([&] { return received == i + 1; }));
  }
}

/// Schedulers that have nothing to do but to go to sleep, again and again, as work comes from all sides at its worst moment.
TEST(Sleep, NoWakeUpIsLostWhenThreadsInjectIntoSchedulersThatPark) {
  for (const unsigned schedulers : {1u, 3u}) {
    const Started runtime(schedulers);
    constexpr int kThreads = 4;
    constexpr int kRounds = 1'500;
    std::atomic<int> stuck{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        Random random(static_cast<std::uint64_t>(thread));
        std::atomic<int> received{0};
        const Spawned echo = spawn_function({}, [&](Process& self) {
          while (receive(self)) ++received;
          return Outcome::Wait;
        });
        for (int round = 1; round <= kRounds; ++round) {
          static_cast<void>(send(echo.pid, Term::small(round)));
          if (!wait_until([&] { return received == round; })) {
            ++stuck;
            break;
          }
          for (std::uint64_t spin = random.below(20'000); spin > 0; --spin) std::atomic_signal_fence(std::memory_order_seq_cst);
        }
        send_exit(Pid(), echo.pid, reason::kill);
        while (is_alive(echo.pid)) std::this_thread::yield();
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(stuck, 0);
  }
}

TEST(Sleep, NoProcessIsLostWhenThreadsSpawnIntoSchedulersThatPark) {
  std::atomic<int> ran{0};
  const Started runtime(2);
  constexpr int kThreads = 4;
  constexpr int kRounds = 1'000;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        const Spawned one = spawn_function({}, [&](Process&) {
          ++ran;
          return Outcome::Exit;
        });
        if (round % 4 == 0) {
          ASSERT_TRUE(wait_until([&] { return !is_alive(one.pid); }));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(wait_until([&] { return ran == kThreads * kRounds; })) << ran;
}

/// Two groups that hand work to each other, each asleep while the other works.
TEST(Sleep, NoWakeUpIsLostBetweenTheTwoGroups) {
  SchedulerHooks hooks;
  std::atomic<int> turns{0};
  std::atomic<bool> done{false};
  Pid pair[2];
  const Started runtime(RuntimeOptions{.native_schedulers = 1, .python_hooks = &hooks});
  constexpr int kTurns = 5'000;
  for (int i = 0; i < 2; ++i) {
    pair[i] = spawn_function({.group = i == 0 ? Group::Native : Group::Python}, [&, i](Process& self) {
                while (receive(self)) {
                  EXPECT_EQ(Scheduler::current()->group(), i == 0 ? Group::Native : Group::Python);
                  if (++turns == kTurns) done = true;
                  if (!done) static_cast<void>(send(pair[1 - i], Term::small(1)));
                }
                return Outcome::Wait;
              }).pid;
  }
  static_cast<void>(send(pair[0], Term::small(1)));
  EXPECT_TRUE(wait_until([&] { return done.load(); })) << turns;
}

}  // namespace
}  // namespace pyvm
