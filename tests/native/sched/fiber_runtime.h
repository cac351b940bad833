// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// FiberRuntime: the real schedulers, each run by a fiber of a systematic test beside the functions of the test.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <vector>

#include "proc/fibers.h"
#include "proc/lambda_body.h"
#include "proc/native.h"
#include "sched/runtime.h"

namespace pyvm {

/// Sleeps until it is woken, and never for no reason, so that a lost wake-up shows: after so many looks nobody will come.
class FiberHooks final : public SchedulerHooks {
 public:
  void sleep(Atomic<std::uint32_t>& state, std::uint32_t sleeping, std::uint64_t timeout_ns) override {
    constexpr int kLooks = 50'000;
    for (int looks = 0; state.load_seq_cst() == sleeping && looks < kLooks && !lost; ++looks) {
      if (timeout_ns != kForever && looks >= 10) return;  // to look at what it has retired
    }
    if (state.load_seq_cst() == sleeping) lost = true;
  }
  void wake(Atomic<std::uint32_t>&) override {}

  bool lost = false;
};

class FiberRuntime {
 public:
  explicit FiberRuntime(unsigned schedulers, bool has_python = false) {
    // Made now: fibers cannot take turns at the making of a static variable.
    static_cast<void>(process_table::limit());
    static_cast<void>(read_later({1, 1}));
    runtime = Runtime::start({.native_schedulers = schedulers,
                              .python_hooks = has_python ? &hooks : nullptr,
                              .native_hooks = &hooks,
                              .threads = false});
  }
  ~FiberRuntime() { Runtime::stop(); }

  static Pid spawn_function(std::function<Outcome(Process&)> run, Priority priority = Priority::Normal) {
    return spawn<LambdaBody>({.priority = priority}, std::move(run)).pid;
  }
  void switch_fibers() { static_cast<void>(nothing.load_relaxed()); }

  /// A moment, mostly long enough for schedulers to go to sleep, sometimes only for them to be about to.
  void wait_a_little(Random& random) {
    const std::uint64_t most = std::uint64_t{8} << random.below(6);
    for (std::uint64_t left = random.below(most); left > 0; --left) switch_fibers();
  }

  /// Until `done`.
  void run(std::uint64_t seed, std::vector<std::function<void()>> threads, const std::function<bool()>& done) {
    Scheduler::keep_for_each_fiber();
    for (const auto& scheduler : runtime->schedulers()) threads.emplace_back([raw = scheduler.get()] { raw->run(); });
    threads.emplace_back([&] {
      while (!done() && !hooks.lost) switch_fibers();
      for (const auto& scheduler : runtime->schedulers()) scheduler->stop();
    });
    run_fibers_as_threads(seed, std::move(threads));
    EXPECT_FALSE(hooks.lost) << "a scheduler sleeps though there is work, or it was stopped";
    if (hooks.lost) std::exit(1);  // its processes are still there: nothing more can be tested
  }

  FiberHooks hooks;
  Runtime* runtime = nullptr;
  Atomic<int> nothing;
};

}  // namespace pyvm
