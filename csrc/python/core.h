// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Core: what the files of pyvm._core share. Everything here wants the GIL, but for what says otherwise.
//
// A coroutine process is a Python coroutine driven by CoroutineBody on the thread of the python schedulers. What it awaits are
// native awaitables: their am_send looks at the process that the thread runs, and either completes or asks to be resumed later.
// So `await receive()` crosses from the coroutine to the mailbox in one call, without a Python frame of ours.
//
// C1  Only the python scheduler's thread resumes coroutines; current_process is set exactly while one is resumed or closed.
// C2  An awaitable that did not complete is resumed again when anything came for the process; it must look again, not assume.
// C3  A process sees the context variables that it has set, and no others: CoroutineBody::in_own_context.
// Design: docs/design/python-crossing.md.
#pragma once

#include <Python.h>
#include <structmember.h>

#include "proc/native.h"
#include "python/terms_api.h"

namespace pyvm::vm {
struct Function;
}

namespace pyvm::python {

extern const TermsApi* terms;

/// Exceptions and functions of the package, set once by _core.install().
struct Package {
  PyObject* receive_timeout = nullptr;       // pyvm.ReceiveTimeout
  PyObject* process_exit = nullptr;          // pyvm.ProcessExit
  PyObject* process_down = nullptr;          // pyvm.ProcessDown
  PyObject* crash_report = nullptr;          // called with one dict a crash
  PyObject* slow_report = nullptr;           // called with (pid, seconds, what)
  PyObject* spawn_options = nullptr;         // called with the keywords of spawn: the tuple that spawn_checked takes
  PyObject* load_function = nullptr;         // called with a compiled function that has no process yet: its code, a capsule
  PyObject* python_server = nullptr;         // a coroutine function: runs one function for a compiled process
  PyObject* acall_outside = nullptr;         // called with (pid, request, timeout) outside of processes: a coroutine
  PyObject* parameters = nullptr;            // a tuple of what stands for a value that is given later
  PyObject* selection_of_objects = nullptr;  // called with a tuple of patterns
  PyObject* loop_step = nullptr;             // called with (timeout seconds or None): runs the event loop
  PyObject* loop_close = nullptr;            // called once, when no process is left
};
extern Package package;

/// The capsules that load_code gives: a vm::Function.
inline constexpr const char* kCodeCapsule = "pyvm.Code";
/// The code of a plain function under @pyvm.process, compiled if it has no process yet; null with an exception set.
const vm::Function* code_of(PyObject* function);  // code.cc

/// What the awaitable in progress asks of the scheduler. A bare yield of another library means Yield, as it does in asyncio.
enum class Pause : std::uint8_t { Wait, Yield };

class CoroutineBody final : public Body {
 public:
  /// Takes over the coroutine.
  CoroutineBody(PyObject* coroutine, PyObject* name);
  /// Makes the coroutine when it first runs: of a call as PythonBodyMaker (vm/code_body.h) has it. Without the GIL.
  explicit CoroutineBody(OwnedTerm call) : call_(std::move(call)) {}
  ~CoroutineBody() override;
  Outcome run(Process& process) override;
  void kill(Process& process) override;
  const char* name() const override;
  std::vector<StackEntry> stack() const override;

  PyObject* coroutine() const { return coroutine_; }

  // For awaitables.
  /// True on the call of am_send that begins the await of `awaitable`, false when it is resumed.
  bool begins(PyObject* awaitable) {
    const bool continues = resumed_ && waiting_on_ == awaitable;
    resumed_ = false;
    waiting_on_ = awaitable;
    return !continues;
  }
  PySendResult pause(Pause pause, PyObject** result) {
    pause_ = pause;
    *result = Py_NewRef(Py_None);
    return PYGEN_NEXT;
  }
  void completed() { waiting_on_ = nullptr; }

  /// A selection that waits for its guard to be asked.
  struct Proposal {
    PyObject* run = nullptr;    // owned: the awaitable that proposed
    Signal* message = nullptr;  // in the mailbox; null: the subject is TIMEOUT
    int case_index = 0;
    bool rejected = false;
  } proposal;

 private:
  void failed(Process& process);
  template <typename F>
  auto in_own_context(F&& f);
  PySendResult refuse_foreign(PyObject** result);

  bool make_coroutine();
  void take_over(PyObject* coroutine, PyObject* name);

  PyObject* coroutine_ = nullptr;  // null: not made yet
  PyObject* name_ = nullptr;
  OwnedTerm call_;
  PyObject* waiting_on_ = nullptr;  // borrowed; compared, never used
  PyObject* context_ = nullptr;     // owned; null until it sets a context variable
  bool resumed_ = false;
  Pause pause_ = Pause::Wait;
};

/// The current exception, normalised, with its traceback attached; the error indicator is cleared.
inline PyObject* take_exception() {
#if PY_VERSION_HEX >= 0x030C0000
  return PyErr_GetRaisedException();
#else
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback != nullptr) PyException_SetTraceback(value, traceback);
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  return value;
#endif
}

/// Puts the exception that is set out of the way of what must run meanwhile, and back at its end.
class SetAside {
 public:
#if PY_VERSION_HEX >= 0x030C0000
  SetAside() : raised_(PyErr_GetRaisedException()) {}
  ~SetAside() { PyErr_SetRaisedException(raised_); }

 private:
  PyObject* raised_;
#else
  SetAside() { PyErr_Fetch(&type_, &value_, &traceback_); }
  ~SetAside() { PyErr_Restore(type_, value_, traceback_); }

 private:
  PyObject *type_, *value_, *traceback_;
#endif
};

/// The coroutine process the thread runs, or null with RuntimeError set ("`what` is for coroutine processes: ...").
CoroutineBody* current_coroutine(const char* what);
/// The process the thread runs, or null with RuntimeError set.
Process* current_or_error(const char* what);

/// A message of `object`, or null with TypeError set naming the path.
Signal* message_from_object(PyObject* object);
/// Terms of a Python object that the caller keeps.
bool owned_from_object(PyObject* object, OwnedTerm& result, const char* root);
/// A finite, not negative number of seconds as nanoseconds; false with an error that names `what`.
bool nanoseconds_from_object(PyObject* object, const char* what, std::uint64_t* ns);
/// A Pid, or a registered name (ValueError when nobody has it).
bool pid_from_object(PyObject* object, Pid* pid, const char* what);
bool ref_from_object(PyObject* object, RefValue* ref, const char* what);
PyObject* object_from_pid(Pid pid);
/// Sets ProcessDown with that reason as it is: PyErr_SetObject would take a tuple for several arguments.
void set_process_down(PyObject* reason);

bool add_selection(PyObject* module);   // selection.cc
bool add_awaitables(PyObject* module);  // awaitables.cc
bool add_operations(PyObject* module);  // operations.cc
bool add_code(PyObject* module);        // code.cc

/// Whether a Pending was made and not yet completed: asyncio or a thread works for a process.
bool is_pending_outside();

/// False with RuntimeError set, when nothing can be begun: not started, stopping, or a forked child. What is begun without giving up
/// the GIL after this was true is ended by stop().
bool check_running();
/// False with RuntimeError set in a forked child, where no process runs.
bool check_not_forked();
/// In a forked child, where the scheduler's thread must not go on: ends the child when the coroutine that forked has ended.
void end_forked_child(bool failed);

/// Takes the GIL again after a wait; once the interpreter ends, only for the thread that ends it and for schedulers, while the others
/// wait for ever. CPython before 3.14 would unwind a thread that comes for the GIL then, which C++ does not survive everywhere.
void come_back_to_gil(PyThreadState* state);

/// Runs `wait` without the GIL.
template <typename F>
void without_gil(F&& wait) {
  PyThreadState* state = PyEval_SaveThread();
  wait();
  come_back_to_gil(state);
}

/// Around everything that the python scheduler's thread does (C3).
void begin_contexts();
void end_contexts();

/// The coroutine of that process is about to be resumed, or (0) has paused: what the watch over the scheduler sees.
void note_running(Word pid);
/// What runs is the end of a killed process, or no longer.
void note_cleaning_up(bool begins);

}  // namespace pyvm::python
