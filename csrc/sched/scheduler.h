// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Scheduler: one thread that runs processes of one group, and its queues.
//
//   run()               its thread    until stop(); a slice of a process at a time
//   enqueue(process)    its thread    a process made ready by what runs here: the next slot, or the run queue of its priority
//   inject(process)     any thread    a process made ready elsewhere
//   host(process)       its thread    true: a process of the other group that what runs here made ready will run here, as a guest
//   wake()              any thread    ends its sleep, or the one it is about to begin
//
// Order of work: injected processes join the queues; then the next slot (at most kNextBudget times running while others wait), then
// high before normal, low once in kLowEvery; then what another scheduler has too much of; then timers; then sleep.
//
// R1  A ready process is in exactly one place: next_, one run queue, one injection queue, the guest slot, or a local variable of the thread that moves it.
// R2  sleep: mark the injection queue sleeping, state Sleeping, idle count up, then look once more at every place work can be; only
//     then wait on the futex. Who adds work looks at the mark, the state or the count after adding. So one of the two sees the other.
// R3  A scheduler is woken for work that lasts: an injected process, or a backlog older than kBacklogSlices slices; never for one hop.
// R4  A process is not touched after its mailbox was marked sleeping, or after it was given to a queue.
// R5  A guest gets a short slice, and only if its body ends that in time; what it leaves undone goes to its own group. One that waits
//     for the end of the running slice is taken by the native scheduler that watches (guest_slot.h). Its timers are not on the host's
//     wheel, which waits for coroutines.
// Design: docs/design/scheduling.md. Source: Go proc.go and Tokio's worker for the next slot and idle protocol; BEAM for priorities.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "base/chase_lev_deque.h"
#include "base/futex.h"
#include "base/random.h"
#include "proc/process.h"
#include "sched/flight_recorder.h"
#include "sched/timers.h"

namespace pyvm {

inline constexpr std::int32_t kSliceReductions = 4000;

/// What a group of schedulers does besides running processes. The python group takes the GIL here and serves its event loop.
class PYVM_EXPORT SchedulerHooks {
 public:
  virtual ~SchedulerHooks() = default;
  virtual void thread_begins() {}
  virtual void thread_ends() {}
  /// Between slices, every so often. True when there may be more to do at once.
  virtual bool poll() { return false; }
  /// True while something outside of the runtime is awaited, so that a virtual clock must not jump over it.
  virtual bool awaits_outside() { return false; }
  /// Sleeps until `state` is not `sleeping`, or timeout_ns passed, or wake() was called.
  virtual void sleep(Atomic<std::uint32_t>& state, std::uint32_t sleeping, std::uint64_t timeout_ns) {
    futex_wait(state, sleeping, timeout_ns);
  }
  virtual void wake(Atomic<std::uint32_t>& state) { futex_wake_one(state); }
};

struct SchedulerStatistics {
  std::uint64_t slices = 0;
  std::uint64_t reductions = 0;
  std::uint64_t stolen = 0;
  std::uint64_t sleeps = 0;
};

class Runtime;

class PYVM_EXPORT Scheduler {
 public:
  Scheduler(Runtime& runtime, Group group, unsigned index, SchedulerHooks& hooks);
  Scheduler(const Scheduler&) = delete;

  void run();
  void stop() {
    stopping_.store_release(true);
    wake();
  }

  static constexpr std::uint8_t kGuestPause = 64;  // messages for which one that needed more than a guest gets is none

  void enqueue(Process& process);
  void inject(Process& process);
  [[nodiscard]] bool host(Process& process);
  /// Whether what runs is a guest.
  bool runs_guest() const;
  void wake();

  Group group() const { return group_; }
  unsigned index() const { return index_; }
  bool is_asleep() const { return state_.load_seq_cst() == kSleeping; }
  std::size_t backlog() const { return normal_.size(); }
  Timers& timers() { return timers_; }
  Random& random() { return random_; }
  FlightRecorder& recorder() { return *recorder_; }
  /// Advisory; exact when the scheduler has stopped.
  SchedulerStatistics statistics() const;

  static Scheduler* current() { return current_; }
#ifdef PYVM_SYSTEMATIC
  static void keep_for_each_fiber() { systematic::keep_for_each(reinterpret_cast<void**>(&current_)); }
#endif

 private:
  static constexpr std::uint32_t kAwake = 0, kSleeping = 1, kWoken = 2;
  static constexpr unsigned kNextBudget = 64;
  static constexpr unsigned kLowEvery = 8;
  static constexpr unsigned kHousekeepEvery = 32;
  static constexpr unsigned kBacklogSlices = 32;
  static constexpr unsigned kStealMost = 64;

  enum class Next : std::uint8_t { Sleeps, Ready, Ended };

  void run_process(Process& process);
  Next run_slice(Process& process, std::int32_t reductions);
  Next used_up(Process& process);
  Process* pick();
  Process* pick_seeded();
  Process* steal();
  void drain_injected();
  void housekeep();
  void idle();
  bool has_work() const;
  void sleep();
  void doze(std::uint64_t until_ns);
  void give_away_all();
  bool is_online() const;
  void note_backlog();

  static constinit thread_local Scheduler* current_ __attribute__((tls_model("initial-exec")));

  Runtime& runtime_;
  SchedulerHooks& hooks_;
  const Group group_;
  const unsigned index_;

  // Owner's.
  Process* next_ = nullptr;
  bool sleeping_ = false;
  unsigned next_used_ = 0;
  unsigned until_housekeeping_ = 0;
  unsigned backlog_slices_ = 0;
  unsigned normal_since_low_ = 0;
  std::uint32_t crossings_ = 0;   // those that its last watch has seen
  std::vector<Process*> seeded_;  // ready processes of a seeded run, in place of the queues
  Timers timers_;
  Random random_;
  FlightRecorder::Owner recorder_;
  Atomic<std::uint64_t> slices_, reductions_, stolen_, sleeps_;  // written by the owner, read for reports

  // Shared.
  ChaseLevDeque<Process> high_, normal_, low_;
  MpscQueue injected_;
  alignas(64) Atomic<std::uint32_t> state_{kAwake};
  Atomic<bool> stopping_;
};

}  // namespace pyvm
