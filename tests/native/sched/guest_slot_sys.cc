// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "sched/guest_slot.h"

#include <array>

#include "base/seeds.h"
#include "sched/fiber_runtime.h"

namespace pyvm {
namespace {

TEST(GuestSlotSystematic, EachGuestIsRunOnceByTheHostOrByWhoWatches) {
  for_each_seed([](std::uint64_t seed) {
    constexpr std::size_t kProcesses = 8;
    GuestSlot slot;
    std::array<Process, kProcesses> processes;
    std::array<int, kProcesses> ran = {};
    const auto run = [&](const Process* process) {
      if (process != nullptr) ++ran[static_cast<std::size_t>(process - processes.data())];
    };
    Random random(seed);
    Atomic<int> nothing;
    const auto wait = [&] {
      for (std::uint64_t left = random.below(8); left > 0; --left) static_cast<void>(nothing.load_relaxed());
    };
    const auto host = [&] {
      for (Process& process : processes) {
        if (!slot.put(process)) run(&process);
        wait();
        run(slot.take());
      }
    };
    const auto watcher = [&] {
      for (int i = 0; i < 6; ++i, wait()) {
        if (!slot.begin_watch()) continue;
        wait();
        run(slot.end_watch());
      }
    };
    run_fibers_as_threads(seed, {host, watcher, watcher});
    EXPECT_FALSE(slot.has_guest()) << "K1: nobody watches";
    for (const int runs : ran) EXPECT_EQ(runs, 1);
  });
}

/// What the python scheduler makes ready stands in for coroutines; its partner is compiled in earnest.
class Echo final : public Body {
 public:
  Outcome run(Process& self) override {
    while (const Message message = receive(self)) reply(message.term(), Term::small(1));
    return Outcome::Wait;
  }
  bool may_be_guest() const override { return true; }
};

TEST(GuestSlotSystematic, AProcessOfTheOtherGroupGetsEachMessageWhoeverRunsIt) {
  for_each_seed([](std::uint64_t seed) {
    constexpr int kRoundTrips = 12;
    FiberRuntime f(1 + static_cast<unsigned>(seed % 2), true);
    Random random(seed);
    const Pid echo = spawn<Echo>({}).pid;
    int replies = 0;
    const Pid asks = spawn<LambdaBody>({.group = Group::Python}, [&, asked = 0](Process& self) mutable {
                       while (receive(self)) ++replies;
                       if (asked > replies || asked == kRoundTrips) return Outcome::Wait;
                       ++asked;
                       static_cast<void>(send(echo, self.pid_term()));
                       if (random.below(2) == 0) {  // it computes, while the guest waits
                         for (std::uint64_t left = random.below(200); left > 0; --left) f.switch_fibers();
                       }
                       return Outcome::Wait;
                     }).pid;
    bool killed = false;
    f.run(seed, {}, [&] {
      if (replies < kRoundTrips) return false;
      if (!std::exchange(killed, true)) {
        for (const Pid pid : {echo, asks}) send_exit(Pid(), pid, reason::kill);
      }
      return process_table::alive() == 0;
    });
    EXPECT_EQ(replies, kRoundTrips);
  });
}

}  // namespace
}  // namespace pyvm
