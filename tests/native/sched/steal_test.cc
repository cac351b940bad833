// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <mutex>

#include "proc/kit.h"

namespace pyvm {
namespace {

std::uint64_t total_stolen() {
  std::uint64_t stolen = 0;
  for (const auto& scheduler : Runtime::current()->schedulers()) stolen += scheduler->statistics().stolen;
  return stolen;
}

TEST(Steal, WorkThatLastsIsSharedByAllSchedulers) {
  std::atomic<bool> stop{false};
  std::mutex lock;
  std::set<unsigned> homes;
  const Started runtime(3);
  Puppet parent;
  parent.run([&](Process&) {  // all of them on one scheduler's queue
    for (int i = 0; i < 200; ++i) {
      static_cast<void>(spawn_function({}, [&](Process& self) {
        {
          const std::lock_guard guard(lock);
          homes.insert(Scheduler::current()->index());
        }
        while (self.spend()) continue;
        return stop ? Outcome::Exit : Outcome::Yield;
      }));
    }
  });
  EXPECT_TRUE(wait_until([&] {
    const std::lock_guard guard(lock);
    return homes.size() == 3;
  }));
  EXPECT_GT(total_stolen(), 0u);
  stop = true;
}

TEST(Steal, LowPriorityWorkIsStolenToo) {
  std::atomic<bool> stop{false};
  std::atomic<unsigned> homes{0};
  const Started runtime(2);
  Puppet parent;
  parent.run([&](Process&) {
    for (int i = 0; i < 50; ++i) {
      static_cast<void>(spawn_function({.priority = Priority::Low}, [&](Process& self) {
        homes |= 1u << Scheduler::current()->index();
        while (self.spend()) continue;
        return stop ? Outcome::Exit : Outcome::Yield;
      }));
    }
  });
  EXPECT_TRUE(wait_until([&] { return homes == 3; }));
  stop = true;
}

/// A stolen process runs on one thread at a time, each run seeing what the one before did (Y1).
TEST(Steal, AProcessIsRunByOneThreadAtATime) {
  std::atomic<int> ended{0}, overlaps{0};
  const Started runtime(4);
  constexpr int kProcesses = 300;
  constexpr int kRuns = 300;
  for (int i = 0; i < kProcesses; ++i) {
    static_cast<void>(spawn_function({}, [&, runs = 0, inside = std::make_shared<std::atomic<int>>(0)](Process& self) mutable {
      if (inside->fetch_add(1) != 0) ++overlaps;
      for (int n = 0; n < 20; ++n) self.spend();
      ++runs;  // not atomic: the sanitizers watch it
      inside->fetch_sub(1);
      if (runs < kRuns) return Outcome::Yield;
      ++ended;
      return Outcome::Exit;
    }));
  }
  EXPECT_TRUE(wait_until([&] { return ended == kProcesses; }));
  EXPECT_EQ(overlaps, 0);
}

}  // namespace
}  // namespace pyvm
