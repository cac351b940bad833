// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The schedulers themselves, each run by a fiber: real queues, real sleep and wake (R2), no real time.
#include "sched/scheduler.h"

#include "base/seeds.h"
#include "sched/fiber_runtime.h"

namespace pyvm {
namespace {

Pid spawn_function(std::function<Outcome(Process&)> run, Priority priority = Priority::Normal) {
  return FiberRuntime::spawn_function(std::move(run), priority);
}

// While nothing has ended nothing waits to be reclaimed, so schedulers sleep without a limit: a lost wake-up shows. So processes
// end only when all is done.

TEST(SchedulerSystematic, ASleepingSchedulerMissesNoInjectedProcess) {
  for_each_seed([](std::uint64_t seed) {
    constexpr int kInjectors = 2;
    constexpr int kEach = 3;
    FiberRuntime f(2);
    Random random(seed);
    int ran = 0;
    std::vector<Pid> pids;
    const auto injector = [&] {
      for (int i = 0; i < kEach; ++i) {
        f.wait_a_little(random);
        pids.push_back(spawn_function([&, runs = 0](Process&) mutable {
          if (runs++ == 0) ++ran;
          return Outcome::Wait;
        }));
      }
    };
    f.run(seed, {injector, injector}, [&] {
      if (ran < kInjectors * kEach) return false;
      for (const Pid pid : std::exchange(pids, {})) send_exit(Pid(), pid, reason::kill);
      return process_table::alive() == 0;
    });
    EXPECT_EQ(ran, kInjectors * kEach);
  });
}

/// D2: who closes the ring sees it, also when two do at once.
TEST(SchedulerSystematic, ARingOfFullMailboxesStopsNobodyForEver) {
  for_each_seed([](std::uint64_t seed) {
    constexpr int kEach = 6;
    const std::size_t size = 2 + seed % 2;
    FiberRuntime f(2);
    std::vector<Pid> pids(size);
    int done = 0;
    const auto member = [&](std::size_t i) {
      return [&, i, left = kEach, taken = 0](Process& self) mutable {
        if (!pids.back()) return Outcome::Yield;
        for (; left > 0; --left) {
          if (self.reductions_left <= 0) return Outcome::Yield;
          static_cast<void>(send(pids[(i + 1) % size], Term::small(left)));
        }
        while (receive(self)) {
          if (++taken == kEach) ++done;
        }
        return Outcome::Wait;
      };
    };
    for (std::size_t i = 0; i < size; ++i) {
      pids[i] = spawn<LambdaBody>({.policy = MailboxPolicy::SuspendSender, .max_mailbox = 2}, member(i)).pid;
    }
    bool killed = false;
    f.run(seed, {}, [&] {
      if (done < static_cast<int>(size)) return false;
      if (!std::exchange(killed, true)) {
        for (const Pid pid : pids) send_exit(Pid(), pid, reason::kill);
      }
      return process_table::alive() == 0;
    });
    EXPECT_EQ(done, static_cast<int>(size));
  });
}

TEST(SchedulerSystematic, AWaitingProcessGetsEachMessageOfAThread) {
  for_each_seed([](std::uint64_t seed) {
    constexpr int kMessages = 24;
    FiberRuntime f(1);
    Random random(seed);
    int received = 0;
    const Pid pid = spawn_function([&](Process& self) {
      while (receive(self)) ++received;
      return Outcome::Wait;
    });
    const auto sender = [&] {
      for (int sent = 0; sent < kMessages; ++sent) {
        static_cast<void>(send(pid, Term::small(sent)));
        while (received <= sent && !f.hooks.lost) f.switch_fibers();
        for (std::uint64_t wait = random.below(100); wait > 0; --wait) f.switch_fibers();  // it goes to sleep, or is about to
      }
    };
    bool killed = false;
    f.run(seed, {sender}, [&] {
      if (received < kMessages) return false;
      if (!std::exchange(killed, true)) send_exit(Pid(), pid, reason::kill);
      return process_table::alive() == 0;
    });
    EXPECT_EQ(received, kMessages);
  });
}

TEST(SchedulerSystematic, WorkHandedOutByOneSchedulerIsDoneOnceWhoeverStealsIt) {
  for_each_seed([](std::uint64_t seed) {
    constexpr int kChildren = 6;
    FiberRuntime f(3);
    int ran = 0;
    spawn_function([&](Process& self) {
      for (int i = 0; i < kChildren; ++i) {
        spawn_function([&, runs = 0](Process&) mutable {
          if (++runs < 3) return Outcome::Yield;
          ++ran;
          return Outcome::Exit;
        });
      }
      self.spend();
      return Outcome::Exit;
    });
    f.run(seed, {}, [&] { return ran == kChildren && process_table::alive() == 0; });
    EXPECT_EQ(ran, kChildren);
  });
}

TEST(SchedulerSystematic, NoProcessStaysBehindOnASchedulerTakenOffline) {
  for_each_seed([](std::uint64_t seed) {
    constexpr int kProcesses = 4;
    FiberRuntime f(2);
    Random random(seed);
    int ran = 0;
    const auto injector = [&] {
      for (int i = 0; i < kProcesses; ++i) {
        f.wait_a_little(random);
        spawn_function(
            [&, runs = 0](Process&) mutable {
              if (++runs < 3) return Outcome::Yield;
              ++ran;
              return Outcome::Exit;
            },
            i % 2 == 0 ? Priority::High : Priority::Normal);
      }
    };
    const auto switcher = [&] {
      for (const unsigned online : {2u, 1u, 2u, 1u}) {
        f.wait_a_little(random);
        f.runtime->set_online(online);
      }
    };
    f.run(seed, {injector, switcher}, [&] { return ran == kProcesses && process_table::alive() == 0; });
    EXPECT_EQ(ran, kProcesses);
  });
}

TEST(SchedulerSystematic, AKillReachesABodyThatNeverReceives) {
  for_each_seed([](std::uint64_t seed) {
    constexpr int kMost = 3'000;
    FiberRuntime f(1);
    int runs = 0;
    const Pid busy = spawn_function([&](Process&) { return ++runs < kMost ? Outcome::Yield : Outcome::Exit; });
    const auto chatter = [&] {
      static_cast<void>(send(busy, Term::small(1)));
      if (seed % 2 == 0) static_cast<void>(deliver(busy, make_pid_signal(SignalKind::Resume, Pid())));
    };
    f.run(seed, {chatter, [&] { send_exit(Pid(), busy, reason::kill); }, chatter}, [&] { return process_table::alive() == 0; });
    EXPECT_LT(runs, kMost);
  });
}

TEST(SchedulerSystematic, StopEndsASchedulerWhereverItIs) {
  for_each_seed([](std::uint64_t seed) {
    FiberRuntime f(2);
    f.run(seed, {}, [] { return true; });
  });
}

}  // namespace
}  // namespace pyvm
