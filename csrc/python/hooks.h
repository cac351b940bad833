// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// PythonHooks: what the python scheduler does besides running processes: the GIL, the event loop, crash reports; and the watch over it.
//
//   SchedulerHooks     the scheduler's thread, but for wake(), which any thread calls
//   add_report(r)      any thread               logged by the scheduler's thread when it next comes by
//   watch()            a thread of its own      until stop_watch()
//   begin_stop()       any thread               from now on a process that holds its thread is broken, not only reported
//
// H1  The python scheduler's thread holds the GIL whenever it runs processes, and lets go of it while it sleeps. Otherwise other threads
//     get it as from any Python code: the interpreter hands it over when they have waited for the switch interval. A release of our own
//     every few milliseconds would only restart that wait, and seldom give the GIL to anybody.
// H2  Who wakes it exchanges its state first and then looks at loop_waiting_; it sets loop_waiting_ first and then looks at its state.
//     So a wake-up is never lost between the futex and the event loop.
// H3  The event loop is made, stepped and closed by the python scheduler's thread.
// H4  While a process runs Python code, the python scheduler holds no pointer that only its lasting epoch section protects: each operation
//     has a section of its own. So who holds the GIL may say for it that it holds nothing (epoch_quiesce_for), and a process that
//     runs or blocks for seconds does not hold back the memory of what ends elsewhere.
#pragma once

#include <mutex>
#include <vector>

#include "python/core.h"
#include "sched/scheduler.h"

namespace pyvm::python {

struct CrashReport {
  Pid pid;
  OwnedTerm info;
  OwnedTerm reason;
};

class PythonHooks final : public SchedulerHooks {
 public:
  explicit PythonHooks(bool seeded);
  ~PythonHooks() override;

  void thread_begins() override;
  void thread_ends() override;
  bool poll() override;
  bool awaits_outside() override { return is_pending_outside(); }
  void sleep(Atomic<std::uint32_t>& state, std::uint32_t sleeping, std::uint64_t timeout_ns) override;
  void wake(Atomic<std::uint32_t>& state) override;

  void add_report(CrashReport report);
  int wake_fd() const { return wake_fd_; }

  /// Reports a process that holds the python scheduler's thread, breaks it when all must end, and lets memory be reclaimed meanwhile (H4).
  void watch();
  void stop_watch();
  void set_slow(double seconds) { slow_ns_.store_relaxed(static_cast<std::uint64_t>(seconds * 1e9)); }
  void begin_stop() { must_end_.store_release(true); }

  /// Odd while a coroutine is being resumed or closed.
  Atomic<std::uint64_t> run_number;
  Atomic<Word> running_pid;
  Atomic<bool> cleaning_up;  // closed, not resumed
  unsigned long thread_id() const { return thread_id_.load_acquire(); }

 private:
  void quiesce_for(std::uint64_t run);
  void step_loop(double seconds);
  void close_loop();
  void give_reports();
  void report_slow(double seconds, bool must_end);

  PyGILState_STATE gil_{};
  epoch_detail::Participant* participant_ = nullptr;  // of the scheduler's thread; set with the GIL
  const int wake_fd_;
  const bool seeded_;
  unsigned polls_ = 0;
  std::uint64_t last_loop_ns_ = 0, last_gil_ns_ = 0, last_run_ = 0;
  Atomic<bool> loop_waiting_;
  Atomic<unsigned long> thread_id_;
  std::mutex reports_lock_;
  std::vector<CrashReport> reports_;
  Atomic<bool> has_reports_;
  Atomic<std::uint32_t> asleep_, watch_parked_, watch_stopping_word_;
  Atomic<bool> watch_stops_, must_end_;
  Atomic<std::uint64_t> slow_ns_{250'000'000};
};

}  // namespace pyvm::python
