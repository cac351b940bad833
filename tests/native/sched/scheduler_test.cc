// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "sched/scheduler.h"

#include <atomic>

#include "proc/kit.h"

namespace pyvm {
namespace {

using namespace std::chrono_literals;

TEST(Scheduler, RunsEveryProcessToItsEnd) {
  for (const unsigned schedulers : {1u, 2u, 4u}) {
    std::atomic<int> ran{0};
    const Started runtime(schedulers);
    for (int i = 0; i < 2'000; ++i) {
      static_cast<void>(spawn_function({}, [&](Process&) {
        ++ran;
        return Outcome::Exit;
      }));
    }
    EXPECT_TRUE(wait_until([&] { return ran == 2'000 && process_table::alive() == 0; }));
  }
}

TEST(Scheduler, ABodyThatNeverWaitsStopsNobody) {
  std::atomic<bool> stop{false};
  std::atomic<int> pongs{0};
  const Started runtime(1);
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(spawn_function({}, [&](Process& self) {
      while (self.spend()) {
        if (stop) return Outcome::Exit;
      }
      return Outcome::Yield;
    }));
  }
  const Spawned echo = spawn_function({}, [&](Process& self) {
    while (receive(self)) ++pongs;
    return Outcome::Wait;
  });
  for (int i = 0; i < 50; ++i) {
    static_cast<void>(send(echo.pid, Term::small(i)));
    EXPECT_TRUE(wait_until([&] { return pongs == i + 1; }));
  }
  stop = true;
}

TEST(Scheduler, ATalkativePairStopsNobody) {
  std::atomic<bool> stop{false};
  std::atomic<int> turns{0};
  Pid pair[2];
  const Started runtime(1);
  for (int i = 0; i < 2; ++i) {
    pair[i] = spawn_function({}, [&, other = 1 - i](Process& self) {
                while (receive(self)) {
                  if (stop) return Outcome::Exit;
                  static_cast<void>(send(pair[other], Term::small(1)));
                }
                return Outcome::Wait;
              }).pid;
  }
  static_cast<void>(send(pair[0], Term::small(1)));
  for (int i = 0; i < 20; ++i) {
    const Spawned other = spawn_function({}, [&](Process&) {
      ++turns;
      return Outcome::Exit;
    });
    EXPECT_TRUE(wait_until([&] { return !is_alive(other.pid); }));
  }
  EXPECT_EQ(turns, 20);
  stop = true;
}

TEST(Scheduler, ABodyThatCountsNothingStillEndsItsSlice) {
  std::atomic<bool> stop{false};
  const Started runtime(1);
  const Spawned busy = spawn_function({}, [&](Process& self) {
    while (receive(self)) continue;
    static_cast<void>(send(self.pid(), Term::small(1)));  // always something to do
    return stop ? Outcome::Exit : Outcome::Wait;
  });
  Puppet other;
  EXPECT_TRUE(other.settle());
  stop = true;
  EXPECT_TRUE(wait_until([&] { return !is_alive(busy.pid); }));
}

TEST(Scheduler, HigherPrioritiesGoFirstAndLowOnesStillRun) {
  std::atomic<bool> stop{false}, go{false};
  std::atomic<int> low{0};
  std::mutex lock;
  std::string order;
  const Started runtime(1);
  Puppet gate;
  std::thread holder([&] {
    gate.run([&](Process&) {
      const auto note = [&](const char* name, Priority priority) {
        static_cast<void>(spawn_function({.priority = priority}, [&, name](Process&) {
          const std::lock_guard guard(lock);
          order += name;
          return Outcome::Exit;
        }));
      };
      note("l", Priority::Low);
      note("n", Priority::Normal);
      note("n", Priority::Normal);
      note("h", Priority::High);
      note("m", Priority::Max);
    });
  });
  holder.join();
  EXPECT_TRUE(wait_until([&] {
    const std::lock_guard guard(lock);
    return order.size() == 5;
  }));
  EXPECT_EQ(order, "hmnnl");
  for (int i = 0; i < 4; ++i) {
    static_cast<void>(spawn_function({}, [&](Process&) { return stop ? Outcome::Exit : Outcome::Yield; }));
  }
  static_cast<void>(spawn_function({.priority = Priority::Low}, [&](Process&) {
    ++low;
    return stop ? Outcome::Exit : Outcome::Yield;
  }));
  EXPECT_TRUE(wait_until([&] { return low > 20; }));
  stop = true;
}

TEST(Scheduler, OneRuntimeAtATime) {
  const Started runtime;
  EXPECT_EQ(Runtime::start({}), nullptr);
}

TEST(Scheduler, StartsAndStopsAgainAndAgain) {
  for (int i = 0; i < 50; ++i) {
    std::atomic<int> ran{0};
    const Started runtime(static_cast<unsigned>(1 + i % 4));
    for (int n = 0; n < i % 5; ++n) {
      static_cast<void>(spawn_function({}, [&](Process&) {
        ++ran;
        return Outcome::Wait;
      }));
    }
    if (i % 2 == 0) {
      EXPECT_TRUE(wait_until([&] { return ran == i % 5; }));
    }
  }
  EXPECT_EQ(process_table::alive(), 0u);
}

TEST(Scheduler, StopEndsTenThousandProcessesOfAllKinds) {
  struct Counted : Body {
    explicit Counted(std::atomic<int>& alive, int kind) : alive_(alive), kind_(kind) { ++alive_; }
    ~Counted() override { --alive_; }
    Outcome run(Process& self) override {
      if (kind_ == 0) return Outcome::Yield;  // always ready
      if (kind_ == 1 && self.deadline_ns == 0) self.set_deadline(process_time_ns() + 3'600'000'000'000);
      if (kind_ == 2) static_cast<void>(spawn<Counted>({.parent = &self, .link = true}, alive_, 3));
      while (receive(self)) continue;
      return Outcome::Wait;
    }
    std::atomic<int>& alive_;
    int kind_;
  };
  std::atomic<int> alive{0};
  {
    const Started runtime;
    for (int i = 0; i < 10'000; ++i)
      static_cast<void>(spawn<Counted>({.trap_exit = i % 7 == 0}, alive, i % 100 == 0 ? 0 : 1 + i % 3));
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(process_table::alive(), 0u);
}

TEST(Scheduler, StopMeetsThreadsThatSpawnAndSend) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    {
      const Started runtime;
      for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
          Pid last;
          while (!stop) {
            const EpochGuard guard;  // stop() waits for it
            const Runtime* current = Runtime::current();
            if (current == nullptr || current->stopping()) continue;
            static_cast<void>(send(last, Term::small(1)));
            last = spawn_function({}, [](Process& self) { return receive(self) ? Outcome::Exit : Outcome::Wait; }).pid;
          }
        });
      }
      std::this_thread::sleep_for(2ms);
    }
    EXPECT_EQ(process_table::alive(), 0u);
    stop = true;
    for (std::thread& thread : threads) thread.join();
  }
}

TEST(Scheduler, TakingSchedulersOfflineAndBackLosesNoProcess) {
  std::atomic<int> ran{0};
  std::atomic<bool> stop{false};
  const Started started(4);
  Runtime& runtime = *Runtime::current();
  std::thread switcher([&] {
    Random random(1);
    while (!stop) {
      runtime.set_online(static_cast<unsigned>(1 + random.below(4)));
      std::this_thread::yield();
    }
  });
  constexpr int kProcesses = 5'000;
  for (int i = 0; i < kProcesses; ++i) {
    const Priority priority = static_cast<Priority>(i % 3);
    static_cast<void>(spawn_function({.priority = priority}, [&, runs = 0](Process& self) mutable {
      if (++runs < 4) return Outcome::Yield;
      if (runs == 4) static_cast<void>(send(self.pid(), Term::small(1)));
      if (!receive(self)) return Outcome::Wait;
      ++ran;
      return Outcome::Exit;
    }));
  }
  EXPECT_TRUE(wait_until([&] { return ran == kProcesses; })) << ran;
  stop = true;
  switcher.join();
}

TEST(Scheduler, AnOfflineSchedulerRunsNothing) {
  std::atomic<int> ran{0};
  const Started started(2);
  Runtime& runtime = *Runtime::current();
  runtime.set_online(1);
  EXPECT_EQ(runtime.online(), 1u);
  EXPECT_TRUE(wait_until([&] { return runtime.schedulers()[1]->is_asleep(); }));
  const std::uint64_t before = runtime.schedulers()[1]->statistics().slices;
  for (int i = 0; i < 500; ++i) {
    static_cast<void>(spawn_function({}, [&](Process&) {
      ++ran;
      return Outcome::Exit;
    }));
  }
  EXPECT_TRUE(wait_until([&] { return ran == 500; }));
  EXPECT_EQ(runtime.schedulers()[1]->statistics().slices, before);
  runtime.set_online(0);
  EXPECT_EQ(runtime.online(), 1u) << "one stays";
  runtime.set_online(100);
  EXPECT_EQ(runtime.online(), 2u);
}

/// What happens in one seeded run of processes that spawn, talk, wait and end: as text, in order.
std::string seeded_run(std::uint64_t seed) {
  SchedulerHooks hooks;
  std::string log;
  std::atomic<bool> done{false};
  const Started runtime(RuntimeOptions{.python_hooks = &hooks, .seed = seed});
  static_cast<void>(spawn_function({}, [&, begun = false, ends = 0](Process& self) mutable {
    if (!std::exchange(begun, true)) {
      for (int i = 0; i < 12; ++i) {
        static_cast<void>(spawn_function({.parent = &self, .monitor = true}, [&log, i, runs = 0](Process& child) mutable {
          log += std::to_string(i) + (child.timed_out ? "t" : ".") + " ";
          ++runs;
          if (runs < 3) return Outcome::Yield;
          if (runs == 3) {
            child.set_deadline(process_time_ns() + static_cast<std::uint64_t>(1 + i % 4) * 1'000'000);
            return Outcome::Wait;
          }
          return child.timed_out ? Outcome::Exit : Outcome::Wait;
        }));
      }
    }
    while (receive(self)) ++ends;
    if (ends < 12) return Outcome::Wait;
    log += "at " + std::to_string(process_time_ns());
    done = true;
    return Outcome::Exit;
  }));
  EXPECT_TRUE(wait_until([&] { return done.load(); }));
  return log;
}

TEST(Scheduler, TheSameSeedGivesTheSameRunAndAnotherAnother) {
  std::set<std::string> runs;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const std::string first = seeded_run(seed);
    EXPECT_EQ(seeded_run(seed), first);
    EXPECT_EQ(seeded_run(seed), first);
    runs.insert(first);
  }
  EXPECT_GE(runs.size(), 8u);
}

TEST(Scheduler, ASeededRunWaitsNoRealTime) {
  SchedulerHooks hooks;
  std::atomic<bool> done{false};
  const Started runtime(RuntimeOptions{.python_hooks = &hooks, .seed = 7});
  static_cast<void>(spawn_function({}, [&](Process& self) {
    if (self.timed_out) {
      done = true;
      return Outcome::Exit;
    }
    if (self.deadline_ns == 0) self.set_deadline(process_time_ns() + 3'600'000'000'000);
    return Outcome::Wait;
  }));
  EXPECT_TRUE(wait_until([&] { return done.load(); }));
}

}  // namespace
}  // namespace pyvm
