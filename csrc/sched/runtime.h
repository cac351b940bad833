// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Runtime: the schedulers of this system process. At most one runs at a time; processes, names and pids outlive none.
//
//   start(options)          the embedding   threads up
//   stop(grace)             the embedding   ends every process, then timers, then the threads; returns when all are gone
//   set_online(n)           any thread      native schedulers that take work; the others only serve their timers
//   wake_one(group, but)    schedulers      wakes one sleeping scheduler, if there is one
//
// Threads that are no schedulers use current() and stopping() inside of an epoch section, in which they also spawn or send what depends on
// it: stop waits for sections that are open. From then on nothing is born, not even of processes, so that their number falls to 0.
//
// A seeded runtime has one thread that serves both groups, chooses by `seed`, and a virtual clock that jumps to the next deadline when
// there is nothing to run. It numbers its processes, references and timers from the start, so those of an earlier run in the same
// system process mean nothing in it. So the same program replays exactly, in this system process or another one.
#pragma once

#include <memory>
#include <optional>

#include "base/clock.h"
#include "sched/guest_slot.h"
#include "sched/scheduler.h"

namespace pyvm {

struct RuntimeOptions {
  unsigned native_schedulers = 0;          // 0: usable_threads()
  SchedulerHooks* python_hooks = nullptr;  // null: no python group
  std::optional<std::uint64_t> seed = {};
  SchedulerHooks* native_hooks = nullptr;  // null: they sleep on a futex
  bool threads = true;                     // false, in tests: the caller runs each scheduler, and ends them all before stop()
};

class PYVM_EXPORT Runtime {
 public:
  static Runtime* current() { return current_.load_acquire(); }
  /// Null when one runs already.
  static Runtime* start(const RuntimeOptions& options);
  static void stop();
  /// In a forked child: its threads are not here. Nothing of it may be used again.
  static void forget() { current_.store_release(nullptr); }

  const RuntimeOptions& options() const { return options_; }
  bool seeded() const { return options_.seed.has_value(); }
  bool stopping() const { return stopping_.load_acquire(); }

  std::vector<std::unique_ptr<Scheduler>>& schedulers() { return schedulers_; }
  unsigned native_count() const { return native_count_; }
  unsigned online() const { return online_.load_acquire(); }
  void set_online(unsigned count);

  /// A scheduler for a process made ready outside of its group's threads.
  Scheduler& choose(const Process& process);
  bool wake_one(Group group, const Scheduler& but);

  Atomic<std::uint32_t>& asleep(Group group) { return asleep_[group == Group::Python]; }
  GuestSlot& guests() { return guests_; }
  VirtualClock& virtual_clock() { return virtual_clock_; }

 private:
  explicit Runtime(const RuntimeOptions& options);
  void stop_all();
  void end_all_processes();

  static constexpr std::uint64_t kVirtualStartNs = 1'000'000'000;  // not 0, which means no deadline
  static constexpr std::uint64_t kVirtualWallNs = 1'700'000'000'000'000'000;

  static Atomic<Runtime*> current_;

  RuntimeOptions options_;
  unsigned native_count_ = 0;
  std::vector<std::unique_ptr<Scheduler>> schedulers_;  // native ones first, then python
  std::vector<std::thread> threads_;
  Atomic<std::uint32_t> online_;
  Atomic<bool> stopping_;
  Atomic<std::uint32_t> next_choice_;
  VirtualClock virtual_clock_{kVirtualStartNs, kVirtualWallNs};
  SchedulerHooks plain_hooks_;
  GuestSlot guests_;
  alignas(64) Atomic<std::uint32_t> asleep_[2];  // schedulers of a group that sleep or are about to (R2)
};

}  // namespace pyvm
