// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The python scheduler's hooks, the watch over it, calls from threads that are no process, crash reports, start and stop.
//
// H1  The python scheduler's thread holds the GIL whenever it runs processes, and lets go of it while it sleeps and every few polls.
// H2  Who wakes it exchanges its state first and then looks at loop_waiting_; it sets loop_waiting_ first and then looks at its state.
//     So a wake-up is never lost between the futex and the event loop.
#include <fcntl.h>
#include <pybind11/pybind11.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <mutex>

#include "base/clock.h"
#include "proc/call.h"
#include "proc/process_info.h"
#include "python/core.h"
#include "sched/runtime.h"

namespace py = pybind11;

namespace pyvm::python {

const TermsApi* terms;
Package package;

namespace {

constexpr std::uint64_t kGilEveryNs = 2'000'000;
constexpr std::uint64_t kLoopEveryNs = 500'000;
constexpr std::uint64_t kWatchNs = 50'000'000;
constexpr unsigned kLoopEveryPolls = 8;  // of a seeded run, where real time must not matter

using clock_internal::real_monotonic_ns;  // the GIL, asyncio and the watch live in real time, whatever processes see

struct CrashReport {
  Pid pid;
  OwnedTerm info;
  OwnedTerm reason;
};

class PythonHooks final : public SchedulerHooks {
 public:
  explicit PythonHooks(bool seeded) : wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), seeded_(seeded) {}
  ~PythonHooks() override { close(wake_fd_); }

  void thread_begins() override {
    gil_ = PyGILState_Ensure();
    thread_id_.store_release(PyThread_get_thread_ident());
  }
  void thread_ends() override {
    poll();
    Py_CLEAR(package.loop_step);
    PyGILState_Release(gil_);
  }

  bool poll() override {
    if (terms->has_releases()) terms->drain_releases();
    give_reports();
    const std::uint64_t now = real_monotonic_ns();
    if (package.loop_step != nullptr && (seeded_ ? ++polls_ % kLoopEveryPolls == 0 : now - last_loop_ns_ >= kLoopEveryNs)) {
      last_loop_ns_ = now;
      step_loop(0);
    }
    if (now - last_gil_ns_ >= kGilEveryNs) {
      last_gil_ns_ = now;
      Py_BEGIN_ALLOW_THREADS
      Py_END_ALLOW_THREADS
    }
    return false;
  }

  bool awaits_outside() override { return is_pending_outside(); }

  void sleep(Atomic<std::uint32_t>& state, std::uint32_t sleeping, std::uint64_t timeout_ns) override {
    give_reports();
    asleep_.store_release(1);
    if (package.loop_step != nullptr) {
      loop_waiting_.store_seq_cst(true);  // H2
      if (state.load_seq_cst() == sleeping) step_loop(timeout_ns == kForever ? -1.0 : static_cast<double>(timeout_ns) * 1e-9);
      loop_waiting_.store_relaxed(false);
    } else {
      Py_BEGIN_ALLOW_THREADS
      futex_wait(state, sleeping, timeout_ns);
      Py_END_ALLOW_THREADS
    }
    asleep_.store_release(0);
    if (watch_parked_.load_acquire() != 0 && watch_parked_.exchange_acq_rel(0) != 0) futex_wake_all(watch_parked_);
  }

  void wake(Atomic<std::uint32_t>& state) override {
    futex_wake_one(state);
    if (!loop_waiting_.load_seq_cst()) return;  // H2
    const std::uint64_t one = 1;
    static_cast<void>(!write(wake_fd_, &one, sizeof one));
  }

  void add_report(CrashReport report) {
    const std::lock_guard lock(reports_lock_);  // once a crash
    reports_.push_back(std::move(report));
    has_reports_.store_release(true);
  }

  int wake_fd() const { return wake_fd_; }

  /// Its own thread, from start to stop: reports a process that holds the python scheduler's thread, and breaks it when all must end.
  void watch() {
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
      if (now - since < slow_ns_.load_relaxed()) continue;
      const Runtime* runtime = Runtime::current();
      const bool must_end = runtime != nullptr && runtime->stopping();
      if (reported && !must_end) continue;
      reported = true;
      const PyGILState_STATE gil = PyGILState_Ensure();
      if (run_number.load_acquire() == run) report_slow(static_cast<double>(now - since) * 1e-9, must_end);
      PyGILState_Release(gil);
    }
  }
  void stop_watch() {
    watch_stops_.store_seq_cst(true);
    watch_stopping_word_.store_seq_cst(1);
    futex_wake_all(watch_stopping_word_);
    watch_parked_.store_seq_cst(0);
    futex_wake_all(watch_parked_);
  }
  void set_slow(double seconds) { slow_ns_.store_relaxed(static_cast<std::uint64_t>(seconds * 1e9)); }

  /// Odd while a coroutine is being resumed.
  Atomic<std::uint64_t> run_number;
  Atomic<Word> running_pid;

 private:
  void step_loop(double seconds) {
    PyObject* result = seconds < 0 ? PyObject_CallFunctionObjArgs(package.loop_step, Py_None, nullptr)
                                   : PyObject_CallFunction(package.loop_step, "d", seconds);
    if (result == nullptr) PyErr_WriteUnraisable(package.loop_step);
    Py_XDECREF(result);
  }

  void give_reports() {
    if (!has_reports_.load_acquire()) return;
    std::vector<CrashReport> reports;
    {
      const std::lock_guard lock(reports_lock_);
      reports.swap(reports_);
      has_reports_.store_release(false);
    }
    for (const CrashReport& report : reports) {
      PyObject* info = terms->object_from_term(report.info.get());
      PyObject* reason = info == nullptr ? nullptr : terms->object_from_term(report.reason.get());
      PyObject* result = reason == nullptr ? nullptr
                                           : PyObject_CallFunction(package.crash_report, "NOO", object_from_pid(report.pid), info, reason);
      if (result == nullptr) PyErr_WriteUnraisable(package.crash_report);
      Py_XDECREF(result);
      Py_XDECREF(reason);
      Py_XDECREF(info);
    }
  }

  void report_slow(double seconds, bool must_end) {
    if (must_end) {
      PyThreadState_SetAsyncExc(thread_id_.load_acquire(), package.process_exit);
      return;
    }
    PyObject* result = PyObject_CallFunction(package.slow_report, "Ndk", object_from_pid(Pid::from_value(running_pid.load_relaxed())),
                                             seconds, thread_id_.load_acquire());
    if (result == nullptr) PyErr_WriteUnraisable(package.slow_report);
    Py_XDECREF(result);
  }

  PyGILState_STATE gil_{};
  const int wake_fd_;
  const bool seeded_;
  unsigned polls_ = 0;
  std::uint64_t last_loop_ns_ = 0, last_gil_ns_ = 0;
  Atomic<bool> loop_waiting_;
  Atomic<unsigned long> thread_id_;
  std::mutex reports_lock_;
  std::vector<CrashReport> reports_;
  Atomic<bool> has_reports_;
  Atomic<std::uint32_t> asleep_, watch_parked_, watch_stopping_word_;
  Atomic<bool> watch_stops_;
  Atomic<std::uint64_t> slow_ns_{250'000'000};
};

std::unique_ptr<PythonHooks> hooks;
std::thread watch_thread;
Atomic<bool> forked;

void report_crash(Process& process) {
  hooks->add_report({process.pid(), collect_info(process, false), OwnedTerm(process.exit_reason.get())});
  Runtime::current()->schedulers().back()->wake();
}

void start(unsigned schedulers, const py::object& seed, double slow_seconds) {
  if (forked.load_acquire()) {
    throw std::runtime_error("pyvm cannot run in a forked child, whose threads are gone; start the child with multiprocessing's 'spawn'");
  }
  if (Runtime::current() != nullptr) throw std::runtime_error("the runtime is started already; stop it first, or use the one that runs");
  RuntimeOptions options;
  options.native_schedulers = schedulers;
  if (!seed.is_none()) options.seed = py::cast<std::uint64_t>(seed);
  hooks = std::make_unique<PythonHooks>(options.seed.has_value());
  hooks->set_slow(slow_seconds);
  options.python_hooks = hooks.get();
  set_crash_reporter(report_crash);
  Runtime::start(options);
  watch_thread = std::thread([] { hooks->watch(); });
}

void stop() {
  if (Runtime::current() == nullptr) return;
  if (Scheduler::current() != nullptr) throw std::runtime_error("stop() is not for processes: it would wait for its caller to end");
  const py::gil_scoped_release release;
  Runtime::stop();
  hooks->stop_watch();
  watch_thread.join();
  set_crash_reporter(nullptr);
  hooks.reset();
}

// Calls from outside.

struct OutsideCall {
  Call call;
  Call::State state = Call::State::Waiting;
  OwnedTerm result;
  Atomic<std::uint32_t> done;
};

/// A process of one call, for a thread that is none.
class OutsideCallBody final : public Body {
 public:
  explicit OutsideCallBody(std::shared_ptr<OutsideCall> outside) : outside_(std::move(outside)) {}
  ~OutsideCallBody() override {
    outside_->done.store_release(1);  // pairs with the acquire in call_from_outside
    futex_wake_all(outside_->done);
  }
  Outcome run(Process& self) override {
    if (!std::exchange(begun_, true)) outside_->call.begin(self);
    Message message;
    const Call::State state = outside_->call.step(self, message);
    if (state == Call::State::Waiting) return Outcome::Wait;
    outside_->state = state;
    if (message) outside_->result = OwnedTerm(state == Call::State::Down ? element(message.term(), 4) : message.term());
    return Outcome::Exit;
  }
  const char* name() const override { return "pyvm.call"; }

 private:
  std::shared_ptr<OutsideCall> outside_;
  bool begun_ = false;
};

py::object call_from_outside(py::handle pid, py::handle request, py::handle timeout) {
  if (Scheduler::current() != nullptr) throw std::runtime_error("pid.call would block a scheduler; in a process use: await pid.acall(...)");
  Pid to;
  OwnedTerm term;
  std::uint64_t timeout_ns = kForever;
  if (!pid_from_object(pid.ptr(), &to, "pid") || !owned_from_object(request.ptr(), term, "request") ||
      (!timeout.is_none() && !nanoseconds_from_object(timeout.ptr(), "timeout", &timeout_ns))) {
    throw py::error_already_set();
  }
  const Runtime* runtime = Runtime::current();
  if (runtime == nullptr || runtime->stopping()) throw std::runtime_error("the runtime is not started: use pyvm.run(main), or pyvm.start() first");
  auto outside = std::make_shared<OutsideCall>(Call(to, std::move(term), timeout_ns));
  const Spawned spawned = spawn<OutsideCallBody>({}, outside);
  if (spawned.error != SpawnError::None) throw std::runtime_error("system_limit: too many processes");
  while (outside->done.load_acquire() == 0) {
    {
      const py::gil_scoped_release release;
      futex_wait(outside->done, 0);
    }
    if (PyErr_CheckSignals() != 0) {  // Ctrl-C: the call is given up
      send_exit(Pid(), spawned.pid, reason::kill);
      throw py::error_already_set();
    }
  }
  switch (outside->state) {
    case Call::State::Replied:
      break;
    case Call::State::TimedOut:
      PyErr_SetString(PyExc_TimeoutError, "no reply in time; a reply that comes later will be dropped");
      throw py::error_already_set();
    default: {
      const py::object reason = outside->result ? py::reinterpret_steal<py::object>(terms->object_from_term(outside->result.get()))
                                                : py::object(py::str("killed"));
      set_process_down(reason.ptr());
      throw py::error_already_set();
    }
  }
  PyObject* reply = terms->object_from_term(outside->result.get());
  if (reply == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(reply);
}

py::dict system_info() {
  py::dict info;
  Runtime* runtime = Runtime::current();
  info["started"] = runtime != nullptr;
  info["process_count"] = process_table::alive();
  info["process_limit"] = process_table::limit();
  if (runtime == nullptr) return info;
  info["schedulers"] = runtime->native_count();
  info["schedulers_online"] = runtime->online();
  info["seeded"] = runtime->seeded();
  py::list each;
  for (const auto& scheduler : runtime->schedulers()) {
    const SchedulerStatistics statistics = scheduler->statistics();
    py::dict one;
    one["group"] = scheduler->group() == Group::Native ? "native" : "python";
    one["slices"] = statistics.slices;
    one["reductions"] = statistics.reductions;
    one["stolen"] = statistics.stolen;
    one["sleeps"] = statistics.sleeps;
    one["asleep"] = scheduler->is_asleep();
    each.append(one);
  }
  info["scheduler_statistics"] = each;
  return info;
}

/// Whether every scheduler sleeps, and how many slices they have run. The same count twice with all asleep: nothing ran in between.
py::tuple activity() {
  Runtime* runtime = Runtime::current();
  if (runtime == nullptr) throw std::runtime_error("the runtime is not started");
  bool asleep = true;
  std::uint64_t slices = 0;
  for (const auto& scheduler : runtime->schedulers()) {
    asleep = asleep && scheduler->is_asleep();
    slices += scheduler->statistics().slices;
  }
  return py::make_tuple(asleep, slices);
}

void dump_flight_recorder(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) {
    PyErr_SetFromErrnoWithFilename(PyExc_OSError, path.c_str());
    throw py::error_already_set();
  }
  dump_flight_recorders(fd);
  close(fd);
}

unsigned set_online(unsigned count) {
  Runtime* runtime = Runtime::current();
  if (runtime == nullptr) throw std::runtime_error("the runtime is not started");
  if (count < 1 || count > runtime->native_count()) {
    throw py::value_error("schedulers online: 1 to " + std::to_string(runtime->native_count()));
  }
  const unsigned old = runtime->online();
  runtime->set_online(count);
  return old;
}

/// Takes the exceptions and functions of the package by name.
void install(const py::dict& objects) {
  const auto take = [&](const char* name) { return py::object(objects[name]).release().ptr(); };
  package.receive_timeout = take("receive_timeout");
  package.process_exit = take("process_exit");
  package.process_down = take("process_down");
  package.crash_report = take("crash_report");
  package.slow_report = take("slow_report");
  package.selection_of_objects = take("selection_of_objects");
  package.parameters = take("parameters");
  package.spawn_options = take("spawn_options");
  package.acall_outside = take("acall_outside");
}

void set_loop_step(const py::object& step) {
  PyObject* old = package.loop_step;
  package.loop_step = step.is_none() ? nullptr : py::object(step).release().ptr();
  Py_XDECREF(old);
}

}  // namespace

void note_running(Word pid) {
  hooks->running_pid.store_relaxed(pid);
  hooks->run_number.store_release(hooks->run_number.load_relaxed() + 1);
}

void add_runtime(py::module_& module) {
  module.def("install", install);
  module.def("start", start);
  module.def("stop", stop);
  module.def("call_from_outside", call_from_outside);
  module.def("system_info", system_info);
  module.def("set_schedulers_online", set_online);
  module.def("set_process_limit", process_table::set_limit);
  module.def("set_loop_step", set_loop_step);
  module.def("wake_fd", [] { return hooks ? hooks->wake_fd() : -1; });
  module.def("activity", activity);
  module.def("monotonic", [] { return static_cast<double>(monotonic_ns()) * 1e-9; });
  module.def("has_flight_recorder", has_flight_recorder);
  module.def("dump_flight_recorder", dump_flight_recorder);
  module.def("install_crash_handler", install_crash_handler);
  module.def("is_started", [] { return Runtime::current() != nullptr; });
  module.def("after_fork_in_child", [] {
    forked.store_release(true);
    Runtime::forget();
  });
}

}  // namespace pyvm::python
