// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "python/hooks.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "term/print.h"

namespace pyvm::python {

namespace {

constexpr std::uint64_t kGilEveryNs = 50'000'000;  // of a seeded run without Python code; many switch intervals (H1)
constexpr std::uint64_t kLoopEveryNs = 500'000;
constexpr std::uint64_t kWatchNs = 50'000'000;
constexpr std::uint64_t kCleanUpNs =
    2'000'000'000;                       // what the finally blocks of a killed process may take before it counts as slow
constexpr unsigned kLoopEveryPolls = 8;  // of a seeded run, where real time must not matter

using clock_internal::real_monotonic_ns;  // the GIL, asyncio and the watch live in real time, whatever processes see

PyObject* object_or_text(Term term) {
  PyObject* object = terms->object_from_term(term);
  if (object != nullptr) return object;
  PyErr_Clear();
  const std::string text = pyvm::print(term);
  return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
}

}  // namespace

PythonHooks::PythonHooks(bool seeded) : wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), seeded_(seeded) {}

PythonHooks::~PythonHooks() { close(wake_fd_); }

void PythonHooks::thread_begins() {
  gil_ = PyGILState_Ensure();
  begin_contexts();
  participant_ = &epoch_detail::participant();
  thread_id_.store_release(PyThread_get_thread_ident());
}

void PythonHooks::thread_ends() {
  poll();
  close_loop();  // H3
  end_contexts();
  PyGILState_Release(gil_);
}

bool PythonHooks::poll() {
  if (terms->has_releases()) terms->drain_releases();
  give_reports();
  const std::uint64_t now = real_monotonic_ns();
  if (package.loop_step != nullptr && (seeded_ ? ++polls_ % kLoopEveryPolls == 0 : now - last_loop_ns_ >= kLoopEveryNs)) {
    last_loop_ns_ = now;
    step_loop(0);
  }
  // Native processes of a seeded run are no Python code, in which the interpreter would see that others wait.
  if (const std::uint64_t run = run_number.load_relaxed(); run != last_run_) {
    last_run_ = run;
    last_gil_ns_ = now;
  } else if (now - last_gil_ns_ >= kGilEveryNs) {
    last_gil_ns_ = now;
    Py_BEGIN_ALLOW_THREADS Py_END_ALLOW_THREADS
  }
  return false;
}

void PythonHooks::sleep(Atomic<std::uint32_t>& state, std::uint32_t sleeping, std::uint64_t timeout_ns) {
  give_reports();
  asleep_.store_release(1);
  if (package.loop_step != nullptr) {
    loop_waiting_.store_seq_cst(true);  // H2
    if (state.load_seq_cst() == sleeping) step_loop(timeout_ns == kForever ? -1.0 : static_cast<double>(timeout_ns) * 1e-9);
    loop_waiting_.store_relaxed(false);
  } else {
    Py_BEGIN_ALLOW_THREADS futex_wait(state, sleeping, timeout_ns);
    Py_END_ALLOW_THREADS
  }
  asleep_.store_release(0);
  if (watch_parked_.load_acquire() != 0 && watch_parked_.exchange_acq_rel(0) != 0) futex_wake_all(watch_parked_);
}

void PythonHooks::wake(Atomic<std::uint32_t>& state) {
  futex_wake_one(state);
  if (!loop_waiting_.load_seq_cst()) return;  // H2
  const std::uint64_t one = 1;
  static_cast<void>(!write(wake_fd_, &one, sizeof one));
}

void PythonHooks::add_report(CrashReport report) {
  const std::lock_guard lock(reports_lock_);  // once a crash
  reports_.push_back(std::move(report));
  has_reports_.store_release(true);
}

void PythonHooks::watch() {
  std::uint64_t seen = 0, since = 0;
  bool reported = false;
  while (!watch_stops_.load_acquire()) {
    if (asleep_.load_acquire() != 0) {
      watch_parked_.store_seq_cst(1);
      if (asleep_.load_seq_cst() != 0 && !watch_stops_.load_acquire()) futex_wait(watch_parked_, 1);
      continue;
    }
    futex_wait(watch_stopping_word_, 0, kWatchNs);
    const std::uint64_t run = run_number.load_acquire();
    const std::uint64_t now = real_monotonic_ns();
    if (run != seen || (run & 1) == 0) {
      seen = run;
      since = now;
      reported = false;
      continue;
    }
    if (!seeded_) quiesce_for(run);  // a seeded run reclaims at the same steps every time
    if (now - since < (cleaning_up.load_relaxed() ? kCleanUpNs : slow_ns_.load_relaxed())) continue;
    const bool must_end = must_end_.load_acquire();
    if (reported && !must_end) continue;
    reported = true;
    const PyGILState_STATE gil = PyGILState_Ensure();
    if (run_number.load_acquire() == run) report_slow(static_cast<double>(now - since) * 1e-9, must_end);
    PyGILState_Release(gil);
  }
}

void PythonHooks::stop_watch() {
  watch_stops_.store_seq_cst(true);
  watch_stopping_word_.store_seq_cst(1);
  futex_wake_all(watch_stopping_word_);
  watch_parked_.store_seq_cst(0);
  futex_wake_all(watch_parked_);
}

void PythonHooks::quiesce_for(std::uint64_t run) {
  const PyGILState_STATE gil = PyGILState_Ensure();
  if (run_number.load_acquire() == run) epoch_quiesce_for(*participant_);
  PyGILState_Release(gil);
}

void PythonHooks::step_loop(double seconds) {
  PyObject* result = seconds < 0 ? PyObject_CallFunctionObjArgs(package.loop_step, Py_None, nullptr)
                                 : PyObject_CallFunction(package.loop_step, "d", seconds);
  if (result == nullptr) PyErr_WriteUnraisable(package.loop_step);
  Py_XDECREF(result);
}

void PythonHooks::close_loop() {
  PyObject* close = std::exchange(package.loop_close, nullptr);
  Py_CLEAR(package.loop_step);
  PyObject* result = close != nullptr ? PyObject_CallNoArgs(close) : nullptr;
  if (close != nullptr && result == nullptr) PyErr_WriteUnraisable(close);
  Py_XDECREF(result);
  Py_XDECREF(close);
}

void PythonHooks::give_reports() {
  if (!has_reports_.load_acquire()) return;
  std::vector<CrashReport> reports;
  {
    const std::lock_guard lock(reports_lock_);
    reports.swap(reports_);
    has_reports_.store_release(false);
  }
  for (const CrashReport& report : reports) {
    // What cannot be made an object here, a record of a class that is gone, must not hide the crash.
    PyObject* info = object_or_text(report.info.get());
    PyObject* reason = object_or_text(report.reason.get());
    PyObject* result = info == nullptr || reason == nullptr
                           ? nullptr
                           : PyObject_CallFunction(package.crash_report, "NOO", object_from_pid(report.pid), info, reason);
    if (result == nullptr) PyErr_WriteUnraisable(package.crash_report);
    Py_XDECREF(result);
    Py_XDECREF(reason);
    Py_XDECREF(info);
  }
}

void PythonHooks::report_slow(double seconds, bool must_end) {
  if (must_end) {
    PyThreadState_SetAsyncExc(thread_id_.load_acquire(), package.process_exit);
    return;
  }
  PyObject* result =
      PyObject_CallFunction(package.slow_report, "Ndk", object_from_pid(Pid::from_value(running_pid.load_relaxed())), seconds,
                            thread_id_.load_acquire());
  if (result == nullptr) PyErr_WriteUnraisable(package.slow_report);
  Py_XDECREF(result);
}

}  // namespace pyvm::python
