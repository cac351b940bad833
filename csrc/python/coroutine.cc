// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// CoroutineBody: resuming a coroutine as the body of a process, and letting go of it.
#include <algorithm>

#include "base/clock.h"
#include "python/core.h"

namespace pyvm::python {

namespace {

constexpr std::uint64_t kSlowCleanupNs = 100'000'000;

std::string text_of(PyObject* object, const char* attribute) {
  PyObject* value = PyObject_GetAttrString(object, attribute);
  const char* text = value != nullptr ? PyUnicode_AsUTF8(value) : nullptr;
  std::string result = text != nullptr ? text : "?";
  Py_XDECREF(value);
  PyErr_Clear();
  return result;
}

/// The exit reason that stands for an exception; falls back to its text when it holds what cannot be sent.
OwnedTerm reason_of(PyObject* exception) {
  PyObject* shown = exception;
  PyObject* reason = nullptr;
  if (PyObject_TypeCheck(exception, reinterpret_cast<PyTypeObject*>(package.process_exit))) {
    shown = reason = PyObject_GetAttrString(exception, "reason");
  }
  OwnedTerm term;
  if (shown == nullptr || !owned_from_object(shown, term, "reason")) {
    PyErr_Clear();
    PyObject* text = PyObject_Repr(shown != nullptr ? shown : exception);
    if (text == nullptr || !owned_from_object(text, term, "reason")) {
      PyErr_Clear();
      term = OwnedTerm(Term::short_string("error"));
    }
    Py_XDECREF(text);
  }
  Py_XDECREF(reason);
  return term;
}

/// The context of whoever has none of its own: the thread's current one, and empty, or a process has just set its first variable.
PyObject* empty_context;

bool is_context_empty() { return Py_TYPE(empty_context)->tp_as_mapping->mp_length(empty_context) == 0; }

void enter(PyObject* context) {
  if (PyContext_Enter(context) != 0) PyErr_Clear();  // only if the process itself is in it
}
/// An exception that is set stays.
void leave(PyObject* context) {
  const SetAside kept;
  if (PyContext_Exit(context) != 0) PyErr_Clear();
}

}  // namespace

void begin_contexts() {
  empty_context = PyContext_New();
  PYVM_CHECK(empty_context != nullptr, "begin_contexts: out of memory");
  enter(empty_context);
}

void end_contexts() {
  leave(empty_context);
  Py_CLEAR(empty_context);
}

/// Runs f in the context of the process. Most set no variable and share one empty context; who sets one keeps that context for itself,
/// and the others get a new one. So the rest pay for a look, not for a context each.
template <typename F>
auto CoroutineBody::in_own_context(F&& f) {
  if (context_ != nullptr) [[unlikely]] {
    enter(context_);
    auto result = f();
    leave(context_);
    return result;
  }
  auto result = f();
  if (!is_context_empty()) [[unlikely]] {
    leave(empty_context);
    context_ = empty_context;
    const SetAside kept;
    begin_contexts();
  }
  return result;
}

CoroutineBody::CoroutineBody(PyObject* coroutine, PyObject* name) { take_over(coroutine, Py_NewRef(name)); }

void CoroutineBody::take_over(PyObject* coroutine, PyObject* name) {
  coroutine_ = coroutine;
  name_ = name;
  // Out of the cyclic collector's sight: walking hundreds of thousands of suspended coroutines again and again costs more than
  // running them. It is tracked again before it goes, since its deallocator expects that.
  if (PyObject_GC_IsTracked(coroutine_)) PyObject_GC_UnTrack(coroutine_);
}

namespace {

/// The coroutine of a call: (function, arguments), or nothing. Null with an exception set.
PyObject* coroutine_of(Term call) {
  if (call.is_nothing()) return PyObject_CallNoArgs(package.python_server);
  PyObject* function = terms->object_from_term(element(call, 0));
  if (function != nullptr && is_box(element(call, 0), BoxKind::Opaque))
    Py_SETREF(function, PyObject_GetAttrString(function, "value"));
  PyObject* arguments = function != nullptr ? terms->object_from_term(element(call, 1)) : nullptr;
  PyObject* coroutine = arguments != nullptr ? PyObject_CallObject(function, arguments) : nullptr;
  if (coroutine != nullptr && !PyCoro_CheckExact(coroutine)) {
    PyErr_Format(PyExc_TypeError, "spawn: %R is not a process: it must be an async def function, and gave a %s", function,
                 Py_TYPE(coroutine)->tp_name);
    Py_CLEAR(coroutine);
  }
  Py_XDECREF(function);
  Py_XDECREF(arguments);
  return coroutine;
}

}  // namespace

/// False with an exception set.
bool CoroutineBody::make_coroutine() {
  const OwnedTerm call = std::move(call_);
  PyObject* coroutine = coroutine_of(call.get());
  PyObject* name = coroutine != nullptr ? PyObject_GetAttrString(coroutine, "__qualname__") : nullptr;
  if (name == nullptr) {
    Py_XDECREF(coroutine);
    return false;
  }
  take_over(coroutine, name);
  return true;
}

CoroutineBody::~CoroutineBody() {
  if (coroutine_ != nullptr && !PyObject_GC_IsTracked(coroutine_)) PyObject_GC_Track(coroutine_);
  Py_XDECREF(coroutine_);
  Py_XDECREF(name_);
  Py_XDECREF(proposal.run);
  Py_XDECREF(context_);
}

const char* CoroutineBody::name() const {
  if (name_ == nullptr) return "coroutine";
  const char* text = PyUnicode_AsUTF8(name_);
  if (text == nullptr) PyErr_Clear();  // surrogates
  return text != nullptr ? text : "coroutine";
}

std::vector<StackEntry> CoroutineBody::stack() const {
  std::vector<StackEntry> stack;
  // From the process's coroutine inwards; each waits in an await of the next.
  PyObject* at = Py_XNewRef(coroutine_);
  while (at != nullptr && PyCoro_CheckExact(at)) {
    PyObject* frame = PyObject_GetAttrString(at, "cr_frame");
    if (frame == nullptr || !PyFrame_Check(frame)) {
      Py_XDECREF(frame);
      break;
    }
    auto* real = reinterpret_cast<PyFrameObject*>(frame);
    PyObject* code = reinterpret_cast<PyObject*>(PyFrame_GetCode(real));
    stack.push_back({text_of(code, "co_qualname"), text_of(code, "co_filename"), PyFrame_GetLineNumber(real)});
    Py_DECREF(code);
    Py_DECREF(frame);
    PyObject* inner = PyObject_GetAttrString(at, "cr_await");
    Py_DECREF(at);
    at = inner;
  }
  Py_XDECREF(at);
  PyErr_Clear();
  std::reverse(stack.begin(), stack.end());
  return stack;
}

Outcome CoroutineBody::run(Process& process) {
  while (Signal* wake = process.take_wake()) wake->destroy();  // C2: whoever waits for it looks again
  pause_ = Pause::Yield;
  resumed_ = true;
  PyObject* result = nullptr;
  note_running(process.pid().value());
  const PySendResult sent = in_own_context([&] {
    if (coroutine_ == nullptr && !make_coroutine()) return PYGEN_ERROR;
    const PySendResult first = PyIter_Send(coroutine_, Py_None, &result);
    return first != PYGEN_NEXT || result == Py_None ? first : refuse_foreign(&result);
  });
  note_running(0);
  if (sent == PYGEN_NEXT) [[likely]] {
    Py_DECREF(result);
    return pause_ == Pause::Yield ? Outcome::Yield : Outcome::Wait;
  }
  end_forked_child(sent == PYGEN_ERROR);
  if (sent == PYGEN_RETURN) {
    Py_DECREF(result);
    process.set_exit(OwnedTerm(reason::normal));
  } else {
    failed(process);
  }
  return Outcome::Exit;
}

/// `*result` was yielded, and is none of ours: the error is raised where it is awaited. What the coroutine does about that.
PySendResult CoroutineBody::refuse_foreign(PyObject** result) {
  constexpr const char* kRefusal = "a process awaited an object of another event loop directly; await it through pyvm.aio(...)";
  Py_CLEAR(*result);
  PyObject* error = PyObject_CallFunction(PyExc_RuntimeError, "s", kRefusal);
  if (error == nullptr) return PYGEN_ERROR;
  resumed_ = false;
  *result = PyObject_CallMethod(coroutine_, "throw", "O", error);
  Py_DECREF(error);
  if (*result == Py_None) return PYGEN_NEXT;
  if (*result != nullptr) {
    Py_CLEAR(*result);  // again: it ends here
    PyErr_SetString(PyExc_RuntimeError, kRefusal);
    return PYGEN_ERROR;
  }
  if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return PYGEN_ERROR;
  PyErr_Clear();  // it returned
  *result = Py_NewRef(Py_None);
  return PYGEN_RETURN;
}

void CoroutineBody::failed(Process& process) {
  PyObject* exception = take_exception();
  process.set_exit(reason_of(exception));
  Py_XDECREF(exception);
}

void CoroutineBody::kill(Process& process) {
  if (coroutine_ == nullptr) return;
  const std::uint64_t begin = monotonic_ns();
  Process* outer = current_process;
  current_process = &process;  // C1: finally blocks may send
  note_cleaning_up(true);
  note_running(process.pid().value());
  PyObject* closed = in_own_context([&] { return PyObject_CallMethod(coroutine_, "close", nullptr); });
  note_running(0);
  note_cleaning_up(false);
  if (closed == nullptr) PyErr_WriteUnraisable(coroutine_);
  Py_XDECREF(closed);
  current_process = outer;
  const std::uint64_t took = monotonic_ns() - begin;
  if (took < kSlowCleanupNs || package.slow_report == nullptr) return;
  PyObject* report = PyObject_CallFunction(package.slow_report, "Nds", object_from_pid(process.pid()),
                                           static_cast<double>(took) * 1e-9, "clean-up after a kill");
  if (report == nullptr) PyErr_WriteUnraisable(package.slow_report);
  Py_XDECREF(report);
}

}  // namespace pyvm::python
