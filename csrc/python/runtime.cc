// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The python scheduler's hooks, the watch over it, calls from threads that are no process, crash reports, start and stop.
//
// H1  The python scheduler's thread holds the GIL whenever it runs processes, and lets go of it while it sleeps. Otherwise other threads
//     get it as from any Python code: the interpreter hands it over when they have waited for the switch interval. A release of our own
//     every few milliseconds would only restart that wait, and seldom give the GIL to anybody.
// H2  Who wakes it exchanges its state first and then looks at loop_waiting_; it sets loop_waiting_ first and then looks at its state.
//     So a wake-up is never lost between the futex and the event loop.
// H3  The phase changes with the GIL held. Who holds the GIL in phase Started may use the runtime; in phase Stopping only its threads may.
// H4  The event loop is made, stepped and closed by the python scheduler's thread.
// H5  While a process runs Python code, the python scheduler holds no pointer that only its lasting epoch section protects: each operation
//     has a section of its own. So who holds the GIL may say for it that it holds nothing (epoch_quiesce_for), and a process that
//     runs or blocks for seconds does not hold back the memory of what ends elsewhere.
#include <fcntl.h>
#include <pybind11/pybind11.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <mutex>
#include <system_error>

#include "base/clock.h"
#include "proc/call.h"
#include "proc/process_info.h"
#include "python/core.h"
#include "sched/runtime.h"
#include "term/print.h"

namespace py = pybind11;

namespace pyvm::python {

const TermsApi* terms;
Package package;

namespace {

constexpr std::uint64_t kGilEveryNs = 50'000'000;  // of a seeded run without Python code; many switch intervals (H1)
constexpr std::uint64_t kLoopEveryNs = 500'000;
constexpr std::uint64_t kWatchNs = 50'000'000;
constexpr std::uint64_t kCleanUpNs =
    2'000'000'000;                       // what the finally blocks of a killed process may take before it counts as slow
constexpr unsigned kLoopEveryPolls = 8;  // of a seeded run, where real time must not matter

/// Throws the Python exception that is set.
void check(bool good) {
  if (!good) throw py::error_already_set();
}

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
    begin_contexts();
    participant_ = &epoch_detail::participant();
    thread_id_.store_release(PyThread_get_thread_ident());
  }
  void thread_ends() override {
    poll();
    close_loop();  // H4
    end_contexts();
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

  bool awaits_outside() override { return is_pending_outside(); }

  void sleep(Atomic<std::uint32_t>& state, std::uint32_t sleeping, std::uint64_t timeout_ns) override {
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

  /// Its own thread, from start to stop: reports a process that holds the python scheduler's thread, breaks it when all must end, and
  /// lets memory be reclaimed meanwhile (H5).
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
  void stop_watch() {
    watch_stops_.store_seq_cst(true);
    watch_stopping_word_.store_seq_cst(1);
    futex_wake_all(watch_stopping_word_);
    watch_parked_.store_seq_cst(0);
    futex_wake_all(watch_parked_);
  }
  void set_slow(double seconds) { slow_ns_.store_relaxed(static_cast<std::uint64_t>(seconds * 1e9)); }
  /// From now on a process that holds its thread is broken, not only reported.
  void begin_stop() { must_end_.store_release(true); }

  /// Odd while a coroutine is being resumed or closed.
  Atomic<std::uint64_t> run_number;
  Atomic<Word> running_pid;
  Atomic<bool> cleaning_up;  // closed, not resumed
  unsigned long thread_id() const { return thread_id_.load_acquire(); }

 private:
  void quiesce_for(std::uint64_t run) {
    const PyGILState_STATE gil = PyGILState_Ensure();
    if (run_number.load_acquire() == run) epoch_quiesce_for(*participant_);
    PyGILState_Release(gil);
  }

  void step_loop(double seconds) {
    PyObject* result = seconds < 0 ? PyObject_CallFunctionObjArgs(package.loop_step, Py_None, nullptr)
                                   : PyObject_CallFunction(package.loop_step, "d", seconds);
    if (result == nullptr) PyErr_WriteUnraisable(package.loop_step);
    Py_XDECREF(result);
  }

  void close_loop() {
    PyObject* close = std::exchange(package.loop_close, nullptr);
    Py_CLEAR(package.loop_step);
    PyObject* result = close != nullptr ? PyObject_CallNoArgs(close) : nullptr;
    if (close != nullptr && result == nullptr) PyErr_WriteUnraisable(close);
    Py_XDECREF(result);
    Py_XDECREF(close);
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

  static PyObject* object_or_text(Term term) {
    PyObject* object = terms->object_from_term(term);
    if (object != nullptr) return object;
    PyErr_Clear();
    const std::string text = pyvm::print(term);
    return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
  }

  void report_slow(double seconds, bool must_end) {
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

enum class Phase : std::uint8_t { Stopped, Started, Stopping };

// Written with the GIL (H3). Nothing here is destroyed at exit: threads that could not be ended may still look.
Phase phase = Phase::Stopped;
PythonHooks* hooks;
std::thread* watch_thread;
Atomic<bool> watch_ended;
std::thread* stopping_thread;
std::uint32_t stops_begun;
Atomic<std::uint32_t> stops_done;  // by stopping_thread
bool was_started;
bool forked;  // this is a forked child of a process that had the runtime, and has no threads

void report_crash(Process& process) {
  hooks->add_report({process.pid(), collect_info(process, false), OwnedTerm(process.exit_reason.get())});
  Runtime::current()->schedulers().back()->wake();
}

/// Takes down what the threads left, once all have ended.
void finish_stop() {
  stopping_thread->join();
  delete std::exchange(stopping_thread, nullptr);
  delete std::exchange(watch_thread, nullptr);
  delete std::exchange(hooks, nullptr);
  set_crash_reporter(nullptr);
  phase = Phase::Stopped;
  terms->drain_releases();  // runs Python code
}

bool is_stop_done() { return phase == Phase::Stopping && stops_done.load_acquire() == stops_begun; }

void start(unsigned schedulers, const py::object& seed, double slow_seconds) {
  check(check_not_forked());
  if (is_stop_done()) finish_stop();
  if (phase == Phase::Stopping) throw std::runtime_error("the runtime is stopping; pyvm.stop() waits for its end");
  if (phase == Phase::Started)
    throw std::runtime_error("the runtime is started already; stop it first, or use the one that runs");
  RuntimeOptions options;
  options.native_schedulers = schedulers;
  if (!seed.is_none()) options.seed = py::cast<std::uint64_t>(seed);
  hooks = new PythonHooks(options.seed.has_value());
  hooks->set_slow(slow_seconds);
  options.python_hooks = hooks;
  set_crash_reporter(report_crash);
  try {
    Runtime::start(options);
    watch_ended.store_relaxed(false);
    watch_thread = new std::thread([raw = hooks] { raw->watch(); });
  } catch (const std::system_error& error) {  // of one of the threads; the others end again
    without_gil([] { Runtime::stop(); });
    set_crash_reporter(nullptr);
    delete std::exchange(hooks, nullptr);
    throw std::runtime_error(std::string("the system does not give so many threads (") + error.what() +
                             "): start with fewer schedulers");
  }
  phase = Phase::Started;
  was_started = true;
}

/// By whoever comes first: the thread that stops the runtime, or the end of the interpreter that no longer waits for it.
void end_watch() {
  hooks->stop_watch();
  if (!watch_ended.exchange_acq_rel(true)) watch_thread->join();
}

void begin_stop() {
  stopping_thread = new std::thread([] {
    Runtime::stop();
    end_watch();
    stops_done.fetch_add_acq_rel(1);
    futex_wake_all(stops_done);
  });
  hooks->begin_stop();
  ++stops_begun;
  phase = Phase::Stopping;  // from here on nothing is spawned from Python, so the processes become fewer
}

/// Any number of threads may stop; each returns when the runtime has stopped, or raises what a signal handler raised, or returns false
/// after `limit` seconds. The runtime goes on stopping then.
bool stop(const py::object& limit) {
  constexpr std::uint64_t kLookNs = 50'000'000;  // a signal may reach another thread than this one
  if (phase == Phase::Stopped) return true;
  if (Scheduler::current() != nullptr)
    throw std::runtime_error("stop() is not for processes: it would wait for its caller to end");
  const std::uint64_t most = limit.is_none() ? kForever : static_cast<std::uint64_t>(py::cast<double>(limit) * 1e9);
  if (phase == Phase::Started) begin_stop();
  const std::uint32_t mine = stops_begun;
  std::uint64_t waited = 0;
  for (std::uint32_t done = stops_done.load_acquire(); done - mine > mine - done; done = stops_done.load_acquire()) {
    if (waited >= most) return false;
    without_gil([&] { futex_wait(stops_done, done, kLookNs); });
    waited += kLookNs;
    check(PyErr_CheckSignals() == 0);
  }
  if (is_stop_done()) finish_stop();
  return true;
}

constexpr std::uint32_t kInterpreterEnds = 1u << 31;
Atomic<std::uint32_t> comers;  // threads on their way back to the GIL, and that bit
unsigned long ending_thread;   // written before the bit is set

/// The interpreter is going to end, and only the caller may come back to the GIL from a wait. Lets go of it until those who were on
/// their way have been there.
void end_waits() {
  ending_thread = PyThread_get_thread_ident();
  std::uint32_t others = comers.fetch_or_seq_cst(kInterpreterEnds);  // with come_back_to_gil: one of the two sees the other
  while ((others & ~kInterpreterEnds) != 0) {
    Py_BEGIN_ALLOW_THREADS std::this_thread::sleep_for(std::chrono::microseconds(100));
    Py_END_ALLOW_THREADS others = comers.load_acquire();
  }
}

/// The interpreter ends, and the runtime has not: its threads may not take the GIL any more, as far as that is in our hands.
void abandon() {
  if (hooks == nullptr || forked) return;
  Py_BEGIN_ALLOW_THREADS end_watch();
  Py_END_ALLOW_THREADS
}

/// (pid, thread identifier) of the process that holds the python scheduler's thread, or None.
py::object running_process() {
  if (hooks == nullptr || (hooks->run_number.load_acquire() & 1) == 0) return py::none();
  py::object pid = py::reinterpret_steal<py::object>(object_from_pid(Pid::from_value(hooks->running_pid.load_relaxed())));
  return py::make_tuple(std::move(pid), hooks->thread_id());
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
  if (Scheduler::current() != nullptr)
    throw std::runtime_error("pid.call would block a scheduler; in a process use: await pid.acall(...)");
  Pid to;
  OwnedTerm term;
  std::uint64_t timeout_ns = kForever;
  if (!pid_from_object(pid.ptr(), &to, "pid") || !owned_from_object(request.ptr(), term, "request") ||
      (!timeout.is_none() && !nanoseconds_from_object(timeout.ptr(), "timeout", &timeout_ns))) {
    throw py::error_already_set();
  }
  check(check_running());
  auto outside = std::make_shared<OutsideCall>(Call(to, std::move(term), timeout_ns));
  const Spawned spawned = spawn<OutsideCallBody>({}, outside);
  if (spawned.error != SpawnError::None) throw std::runtime_error("system_limit: too many processes");
  while (outside->done.load_acquire() == 0) {
    without_gil([&] { futex_wait(outside->done, 0); });
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
      const py::object reason = outside->result
                                    ? py::reinterpret_steal<py::object>(terms->object_from_term(outside->result.get()))
                                    : py::object(py::str("killed"));
      set_process_down(reason.ptr());
      throw py::error_already_set();
    }
  }
  PyObject* reply = terms->object_from_term(outside->result.get());
  if (reply == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(reply);
}

/// H3; null when there is none.
Runtime* usable_runtime() { return phase == Phase::Started || Scheduler::current() != nullptr ? Runtime::current() : nullptr; }

py::dict system_info() {
  py::dict info;
  Runtime* runtime = usable_runtime();
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
  Runtime* runtime = usable_runtime();
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
  check(check_running());
  Runtime* runtime = Runtime::current();
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

void set_loop(const py::object& step, const py::object& close) {
  package.loop_step = py::object(step).release().ptr();
  package.loop_close = py::object(close).release().ptr();
}

/// What the exception that is set means for a program: the code of SystemExit, or its traceback and 1. PyErr_Print would take down the
/// interpreter for SystemExit, here in the middle of a frame.
int status_of_failure() {
  if (!PyErr_ExceptionMatches(PyExc_SystemExit)) {
    PyErr_Print();
    return 1;
  }
  const auto exit = py::reinterpret_steal<py::object>(take_exception());
  const py::object code = exit.attr("code");
  if (code.is_none()) return 0;
  if (PyLong_Check(code.ptr())) return static_cast<int>(PyLong_AsLong(code.ptr()));
  PyObject_Print(code.ptr(), stderr, Py_PRINT_RAW);
  std::fputc('\n', stderr);
  return 1;
}

}  // namespace

bool check_running() {
  if (!check_not_forked()) return false;
  if (phase == Phase::Started) return true;
  PyErr_SetString(PyExc_RuntimeError, phase == Phase::Stopping
                                          ? "the runtime is stopping: nothing is begun any more"
                                          : "the runtime is not started: use pyvm.run(main), or pyvm.start() first");
  return false;
}

bool check_not_forked() {
  if (!forked) return true;
  PyErr_SetString(
      PyExc_RuntimeError,
      "pyvm does not run in a forked child, whose threads are gone; start the child with multiprocessing's 'spawn', or fork "
      "before pyvm.start()");
  return false;
}

void end_forked_child(bool failed) {
  if (!forked) return;
  const int status = failed ? status_of_failure() : 0;
  PyObject* flushed =
      PyRun_String("import sys; sys.stdout.flush(); sys.stderr.flush()", Py_file_input, PyEval_GetBuiltins(), nullptr);
  Py_XDECREF(flushed);
  _exit(status);
}

void come_back_to_gil(PyThreadState* state) {
  const bool ends = (comers.fetch_add_acq_rel(1) & kInterpreterEnds) != 0;
  if (ends && PyThread_get_thread_ident() != ending_thread && Scheduler::current() == nullptr) {
    comers.fetch_add_acq_rel(static_cast<std::uint32_t>(-1));
    for (;;) pause();
  }
  PyEval_RestoreThread(state);
  comers.fetch_add_acq_rel(static_cast<std::uint32_t>(-1));
}

void note_cleaning_up(bool begins) { hooks->cleaning_up.store_relaxed(begins); }

void note_running(Word pid) {
  hooks->running_pid.store_relaxed(pid);
  hooks->run_number.store_release(hooks->run_number.load_relaxed() + 1);
}

void add_runtime(py::module_& module) {
  module.def("install", install);
  module.def("start", start);
  module.def("stop", stop);
  module.def("end_waits", end_waits);
  module.def("abandon", abandon);
  module.def("running_process", running_process);
  module.def("call_from_outside", call_from_outside);
  module.def("system_info", system_info);
  module.def("set_schedulers_online", set_online);
  module.def("set_process_limit", process_table::set_limit);
  module.def("set_loop", set_loop);
  module.def("wake_fd", [] { return hooks != nullptr ? hooks->wake_fd() : -1; });
  module.def("activity", activity);
  module.def("monotonic", [] { return static_cast<double>(monotonic_ns()) * 1e-9; });
  module.def("has_flight_recorder", has_flight_recorder);
  module.def("dump_flight_recorder", dump_flight_recorder);
  module.def("install_crash_handler", install_crash_handler);
  module.def("is_started", [] { return phase != Phase::Stopped; });
  module.def("is_forked", [] { return forked; });
  module.def("after_fork_in_child", [] {
    forked = was_started;
    phase = Phase::Stopped;
    comers.store_relaxed(0);
    current_process = nullptr;  // a process that forks is none in the child
    Runtime::forget();
  });
}

}  // namespace pyvm::python
