// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "sched/timers.h"

#include "base/clock.h"
#include "base/seeds.h"
#include "sched/fiber_runtime.h"

namespace pyvm {
namespace {

constexpr std::uint64_t kMs = 1'000'000;

TEST(TimersSystematic, EachTimerFiresOrIsCancelledOnceWhoeverCancels) {
  for_each_seed([](std::uint64_t seed) {
    constexpr int kTimers = 3;
    VirtualClock clock(10 * kMs);
    clock.install();
    {
      FiberRuntime f(2);
      int fired = 0, cancelled = 0, starting = 2;
      const Pid receiver = f.spawn_function([&](Process& self) {
        while (receive(self)) ++fired;
        return fired + cancelled == 2 * kTimers ? Outcome::Exit : Outcome::Wait;
      });
      const auto starter = [&](int late) {
        for (int i = 0; i < kTimers; ++i) {
          Signal* message = Signal::with_copy(SignalKind::Message, Term::small(i));
          const TimerRef ref = send_later(monotonic_ns() + static_cast<std::uint64_t>(i % 2) * kMs, receiver, message);
          for (int wait = 0; wait < 10 * late * i; ++wait) f.switch_fibers();
          cancelled += cancel_later(ref).has_value();
          EXPECT_FALSE(cancel_later(ref));
        }
        --starting;
      };
      const auto over = [&] { return starting == 0 && fired + cancelled >= 2 * kTimers; };
      f.run(seed,
            {[&] { starter(1); }, [&] { starter(4); },
             [&] {
               while (!over() && !f.hooks.lost) {
                 clock.advance_by(kMs / 4);
                 f.switch_fibers();
               }
               send_exit(Pid(), receiver, reason::kill);
             }},
            [&] { return over() && process_table::alive() == 0; });
      EXPECT_EQ(fired + cancelled, 2 * kTimers);
    }
    clock.uninstall();
  });
}

}  // namespace
}  // namespace pyvm
