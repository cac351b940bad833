// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "sched/timers.h"

#include <atomic>

#include "proc/kit.h"
#include "proc/registry.h"
#include "term/off_heap.h"

namespace pyvm {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kHour = 3'600'000 * kMs;

/// Counts the messages that carry it and are still somewhere.
class Token final : public OffHeap {
 public:
  explicit Token(std::atomic<int>& alive) : alive_(alive) { ++alive_; }

 private:
  ~Token() override { --alive_; }
  void destroy() override { delete this; }
  std::atomic<int>& alive_;
};

Signal* message_with_token(std::atomic<int>& alive) {
  TermBuilder builder;
  const OwnedTerm term(builder.make_opaque(new Token(alive), 1), builder.take_storage());
  return Signal::with_copy(SignalKind::Message, term.get());
}

Signal* number(int value) { return Signal::with_copy(SignalKind::Message, Term::small(value)); }

TEST(Timers, FireAtTheirDeadlineAndNotBefore) {
  std::atomic<std::uint64_t> at{0};
  const Started runtime;
  const Spawned receiver = spawn_function({}, [&](Process& self) {
    if (receive(self)) at = process_time_ns();
    return Outcome::Wait;
  });
  const std::uint64_t deadline = process_time_ns() + 20 * kMs;
  const TimerRef ref = send_later(deadline, receiver.pid, number(1));
  EXPECT_TRUE(read_later(ref));
  EXPECT_TRUE(wait_until([&] { return at != 0; }));
  EXPECT_GE(at, deadline);
  EXPECT_FALSE(read_later(ref));
  EXPECT_FALSE(cancel_later(ref));
}

TEST(Timers, FireInTheOrderOfTheirDeadlines) {
  const Started runtime(1);
  Puppet puppet;
  puppet.run([](Process& self) {
    const std::uint64_t now = process_time_ns();
    for (const int ms : {30, 10, 20, 40, 0}) {
      static_cast<void>(send_later(now + static_cast<std::uint64_t>(ms) * kMs, self.pid(), number(ms)));
    }
  });
  for (const char* expected : {"0", "10", "20", "30", "40"}) EXPECT_EQ(puppet.receive_text(), expected);
}

TEST(Timers, ACancelledTimerSaysWhatWasLeftAndDoesNotFire) {
  const Started runtime;
  Puppet puppet, other;
  const auto cancels = [&](TimerRef ref) {
    const std::optional<std::uint64_t> left = cancel_later(ref);
    EXPECT_TRUE(left && *left > 0 && *left <= kHour);
    EXPECT_FALSE(cancel_later(ref));
    EXPECT_FALSE(read_later(ref));
  };
  TimerRef ref;
  puppet.run([&](Process& self) {
    ref = send_later(process_time_ns() + kHour, self.pid(), number(1));
    cancels(ref);  // on the thread that has it
    ref = send_later(process_time_ns() + kHour, self.pid(), number(2));
  });
  cancels(ref);  // on a thread that is no scheduler
  puppet.run([&](Process& self) { ref = send_later(process_time_ns() + kHour, self.pid(), number(3)); });
  other.run([&](Process&) { cancels(ref); });
  cancels(send_later(process_time_ns() + kHour, puppet.pid(), number(4)));
  EXPECT_TRUE(puppet.receive_all().empty());
}

TEST(Timers, AReceiverIsFoundByNameWhenTheTimerFires) {
  const Started runtime;
  Puppet first({.name = "server"});
  ASSERT_TRUE(start_later(reserve_later(), process_time_ns() + 30 * kMs, Pid(), "server", number(7)));
  first.exit("normal");
  Puppet second({.name = "server"});
  EXPECT_EQ(second.receive_text(), "7");
}

TEST(Timers, WithoutItsReceiverATimerIsNone) {
  const Started runtime;
  Puppet puppet;
  const TimerRef ref = send_later(process_time_ns() + kHour, puppet.pid(), number(1));
  EXPECT_TRUE(read_later(ref));
  puppet.exit("normal");
  EXPECT_FALSE(read_later(ref));
}

TEST(Timers, StaleReferencesMeanNothing) {
  const Started runtime;
  Puppet puppet;
  const TimerRef old = send_later(process_time_ns() + kHour, puppet.pid(), number(1));
  EXPECT_TRUE(cancel_later(old));
  for (int i = 0; i < 200; ++i) {
    const TimerRef ref = send_later(process_time_ns() + kHour, puppet.pid(), number(2));
    EXPECT_FALSE(cancel_later(old));
    EXPECT_FALSE(cancel_later({0, old.slot}));
    EXPECT_TRUE(cancel_later(ref));
  }
  EXPECT_FALSE(cancel_later({old.id, 0}));
  EXPECT_FALSE(cancel_later({old.id, 1 << 26}));
}

TEST(Timers, CancelledByOneThreadWhileTheyFireOnAnotherEachHappensOnce) {
  std::atomic<int> fired{0}, cancelled{0};
  std::atomic<int> ended{0};
  const Started runtime;
  constexpr int kThreads = 3;
  constexpr int kEach = 4'000;
  const Spawned receiver = spawn_function({}, [&](Process& self) {
    while (receive(self)) ++fired;
    return Outcome::Wait;
  });
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      Random random(static_cast<std::uint64_t>(thread));
      std::vector<TimerRef> refs;
      for (int i = 0; i < kEach; ++i) {
        const std::uint64_t delay = random.below(3) * kMs;
        refs.push_back(send_later(process_time_ns() + delay, receiver.pid, number(i)));
        if (random.below(2) == 0) {
          const std::size_t at = random.below(refs.size());
          cancelled += cancel_later(refs[at]).has_value();
        }
        if (random.below(2) == 0) cancelled += cancel_later(refs.back()).has_value();  // while it is armed
      }
    });
  }
  // Processes too: their timers move with them, and are cancelled where they are not.
  constexpr int kProcesses = 100;
  for (int i = 0; i < kProcesses; ++i) {
    static_cast<void>(spawn_function({}, [&, runs = 0](Process& self) mutable {
      if (++runs == 60) {
        ++ended;
        return Outcome::Exit;
      }
      const TimerRef ref = send_later(process_time_ns() + kMs, receiver.pid, number(runs));
      self.set_deadline(process_time_ns() + static_cast<std::uint64_t>(runs % 3) * kMs);
      if (runs % 2 == 0) cancelled += cancel_later(ref).has_value();
      return runs % 5 == 0 ? Outcome::Wait : Outcome::Yield;
    }));
  }
  for (std::thread& thread : threads) thread.join();
  const int started = kThreads * kEach + kProcesses * 59;
  EXPECT_TRUE(wait_until([&] { return ended == kProcesses && fired + cancelled == started; }))
      << fired << " fired, " << cancelled << " cancelled, of " << started;
}

TEST(Timers, ACancelledTimerIsLetGoOfWhileItsSchedulerRuns) {
  std::atomic<int> alive{0};
  const Started runtime(1);
  Puppet puppet;
  TimerRef ref;
  puppet.run([&](Process& self) { ref = send_later(process_time_ns() + kHour, self.pid(), message_with_token(alive)); });
  EXPECT_EQ(alive, 1);
  EXPECT_TRUE(cancel_later(ref));
  EXPECT_TRUE(wait_until([&] {
    puppet.settle();
    return alive == 0;
  }));
}

TEST(Timers, ShutdownLetsGoOfEveryMessage) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> alive{0};
    {
      const Started runtime;
      Puppet puppet;
      for (int i = 0; i < 50; ++i) {
        static_cast<void>(
            send_later(process_time_ns() + kHour, puppet.pid(), message_with_token(alive)));  // armed, or about to be
        puppet.run([&](Process& self) {
          const TimerRef ref = send_later(process_time_ns() + kHour, self.pid(), message_with_token(alive));
          const bool cancelled = i % 2 == 0 && cancel_later(ref).has_value();
          EXPECT_EQ(cancelled, i % 2 == 0);
        });
      }
      static_cast<void>(send_later(process_time_ns() + kHour, puppet.pid(), message_with_token(alive)));
    }
    EXPECT_EQ(alive, 0);
  }
}

TEST(Timers, WithoutARuntimeNoneStarts) {
  std::atomic<int> alive{0};
  EXPECT_FALSE(start_later(reserve_later(), process_time_ns(), Pid(1, 1), {}, message_with_token(alive)));
  EXPECT_EQ(alive, 0);
}

TEST(Timers, StopMeetsThreadsThatCancel) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<bool> stop{false};
    std::thread canceller;
    {
      const Started runtime;
      Puppet puppet;
      std::vector<TimerRef> refs;
      puppet.run([&](Process& self) {
        for (int i = 0; i < 500; ++i) refs.push_back(send_later(process_time_ns() + kHour, self.pid(), number(i)));
      });
      canceller = std::thread([&stop, refs] {
        for (std::size_t i = 0; !stop; i = (i + 1) % refs.size()) static_cast<void>(cancel_later(refs[i]));
      });
    }
    stop = true;
    canceller.join();
  }
}

// Receive deadlines.

/// Waits for each of `waits_ms` in turn and notes how late each ended.
TEST(Timers, AReceiveDeadlineEndsTheWaitNotBeforeItsTime) {
  std::atomic<bool> done{false};
  const Started runtime;
  static_cast<void>(spawn_function({}, [&, step = 0, until = std::uint64_t{0}](Process& self) mutable {
    constexpr std::uint64_t kWaits[] = {5, 1, 0, 20, 3};
    if (until != 0) {
      if (!self.timed_out) return Outcome::Wait;
      EXPECT_GE(process_time_ns(), until);
      self.clear_deadline();
      until = 0;
    }
    if (step == 5) {
      done = true;
      return Outcome::Exit;
    }
    until = process_time_ns() + kWaits[step++] * kMs;
    self.set_deadline(until);
    return Outcome::Wait;
  }));
  EXPECT_TRUE(wait_until([&] { return done.load(); }));
}

TEST(Timers, ADeadlineThatWasClearedOrPutOffEndsNothing) {
  std::atomic<bool> timed_out{false};
  const Started runtime;
  const Spawned process = spawn_function({}, [&, begun = false](Process& self) mutable {
    if (!std::exchange(begun, true)) {
      self.set_deadline(process_time_ns() + 2 * kMs);
      self.clear_deadline();
      self.set_deadline(process_time_ns() + 5 * kMs);
      self.set_deadline(process_time_ns() + kHour);
    }
    if (self.timed_out) timed_out = true;
    return receive(self) ? Outcome::Exit : Outcome::Wait;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  static_cast<void>(send(process.pid, Term::small(1)));
  EXPECT_TRUE(wait_until([&] { return !is_alive(process.pid); }));
  EXPECT_FALSE(timed_out);
}

TEST(Timers, DeadlinesFollowTheirProcessesFromSchedulerToScheduler) {
  std::atomic<int> timeouts{0};
  std::atomic<bool> stop{false};
  const Started started(4);
  std::thread switcher([&] {
    for (unsigned i = 0; !stop; ++i) {
      Runtime::current()->set_online(1 + i % 4);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  constexpr int kProcesses = 300;
  constexpr int kTimeouts = 10;
  for (int i = 0; i < kProcesses; ++i) {
    static_cast<void>(spawn_function({}, [&, i, left = kTimeouts](Process& self) mutable {
      if (self.timed_out) {
        ++timeouts;
        self.clear_deadline();
        if (--left == 0) return Outcome::Exit;
        if (left % 2 == 0) return Outcome::Yield;
      }
      if (self.deadline_ns == 0) self.set_deadline(process_time_ns() + static_cast<std::uint64_t>(i % 4) * kMs);
      return Outcome::Wait;
    }));
  }
  EXPECT_TRUE(wait_until([&] { return timeouts == kProcesses * kTimeouts; })) << timeouts;
  stop = true;
  switcher.join();
}

}  // namespace
}  // namespace pyvm
