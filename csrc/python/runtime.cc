// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Start and stop of the runtime, what it is in a forked child, and what is asked of it as a whole.
//
// U1  The phase changes with the GIL held. Who holds the GIL in phase Started may use the runtime; in phase Stopping only its threads may.
#include <fcntl.h>
#include <pybind11/pybind11.h>
#include <unistd.h>

#include <system_error>

#include "base/clock.h"
#include "proc/process_info.h"
#include "python/hooks.h"
#include "sched/runtime.h"

namespace py = pybind11;

namespace pyvm::python {

const TermsApi* terms;
Package package;

namespace {

/// Throws the Python exception that is set.
void check(bool good) {
  if (!good) throw py::error_already_set();
}

enum class Phase : std::uint8_t { Stopped, Started, Stopping };

// Written with the GIL (U1). Nothing here is destroyed at exit: threads that could not be ended may still look.
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

/// U1; null when there is none.
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
  package.load_function = take("load_function");
  package.python_server = take("python_server");
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
