// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What a coroutine process awaits besides messages: a call to another process, time, its turn, and a Pending: a result that comes from
// outside of the mailbox (an event loop, a thread pool, an inspection), whoever completes it.
#include <optional>

#include "base/clock.h"
#include "proc/call.h"
#include "python/awaitable.h"

namespace pyvm::python {

namespace {

struct CallObject {
  PyObject ob_base;
  std::optional<Call> call;
};

struct SleepObject {
  PyObject ob_base;
  std::uint64_t ns = 0;
};

Atomic<std::int64_t> pendings;  // made and not yet done

struct PendingObject {
  PyObject ob_base;
  Pid waiter;
  bool done = true;              // false from make_pending on
  PyObject* value = nullptr;     // owned
  PyObject* error = nullptr;     // owned: an exception to raise in place of the value
  PyObject* on_close = nullptr;  // owned: called when the await is given up

  ~PendingObject() {
    finish();
    Py_XDECREF(value);
    Py_XDECREF(error);
    Py_XDECREF(on_close);
  }
  void finish() {
    if (!std::exchange(done, true)) pendings.fetch_add_relaxed(-1);
  }
};

PyTypeObject* call_type;
PyTypeObject* sleep_type;
PyTypeObject* yield_type;
PyTypeObject* park_type;
PyTypeObject* pending_type;
PyObject* yield_once;
PyObject* park_once;

PySendResult call_step(PyObject* self, PyObject** result) {
  CoroutineBody* body = current_coroutine("await pid.acall(...)");
  if (body == nullptr) return PYGEN_ERROR;
  Process& process = *current_process;
  Call& call = *reinterpret_cast<CallObject*>(self)->call;
  if (body->begins(self)) call.begin(process);
  Message message;
  const Call::State state = call.step(process, message);
  if (state == Call::State::Waiting) return body->pause(Pause::Wait, result);
  body->completed();
  process.spend();
  if (state == Call::State::TimedOut) {
    PyErr_SetString(PyExc_TimeoutError, "no reply in time; a reply that comes later will be dropped");
    return PYGEN_ERROR;
  }
  if (state == Call::State::Replied) {
    *result = terms->object_from_term(message.term());
    return *result != nullptr ? PYGEN_RETURN : PYGEN_ERROR;
  }
  PyObject* reason = terms->object_from_term(element(message.term(), 4));
  if (reason != nullptr) set_process_down(reason);
  Py_XDECREF(reason);
  return PYGEN_ERROR;
}

PySendResult sleep_step(PyObject* self, PyObject** result) {
  CoroutineBody* body = current_coroutine("await sleep()");
  if (body == nullptr) return PYGEN_ERROR;
  Process& process = *current_process;
  if (body->begins(self)) {
    process.set_deadline(monotonic_ns() + reinterpret_cast<SleepObject*>(self)->ns);
  } else if (process.timed_out) {
    process.clear_deadline();
    body->completed();
    *result = Py_NewRef(Py_None);
    return PYGEN_RETURN;
  }
  return body->pause(Pause::Wait, result);
}

PySendResult yield_step(PyObject* self, PyObject** result) {
  CoroutineBody* body = current_coroutine("await yield_now()");
  if (body == nullptr) return PYGEN_ERROR;
  if (body->begins(self)) return body->pause(Pause::Yield, result);
  body->completed();
  *result = Py_NewRef(Py_None);
  return PYGEN_RETURN;
}

/// Pauses once: until anything comes for the process.
PySendResult park_step(PyObject* self, PyObject** result) {
  CoroutineBody* body = current_coroutine("await");
  if (body == nullptr) return PYGEN_ERROR;
  if (body->begins(self)) return body->pause(Pause::Wait, result);
  body->completed();
  *result = Py_NewRef(Py_None);
  return PYGEN_RETURN;
}

PySendResult pending_step(PyObject* self, PyObject** result) {
  CoroutineBody* body = current_coroutine("await");
  if (body == nullptr) return PYGEN_ERROR;
  auto* pending = reinterpret_cast<PendingObject*>(self);
  body->begins(self);
  if (pending->waiter != current_process->pid()) {
    PyErr_SetString(PyExc_RuntimeError,
                    "an aio() or offload() of another process: await it in the process that made it, and send the result");
    return PYGEN_ERROR;
  }
  if (!pending->done) return body->pause(Pause::Wait, result);
  body->completed();
  current_process->spend();
  if (pending->error != nullptr) {
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(pending->error)), pending->error);
    return PYGEN_ERROR;
  }
  *result = Py_NewRef(pending->value);
  return PYGEN_RETURN;
}

void pending_done(PendingObject* pending) {
  pending->finish();
  Py_CLEAR(pending->on_close);
  static_cast<void>(deliver(pending->waiter, Signal::create(SignalKind::Wake)));
}

PyObject* pending_set_result(PyObject* self, PyObject* value) {
  auto* pending = reinterpret_cast<PendingObject*>(self);
  if (!pending->done) {
    pending->value = Py_NewRef(value);
    pending_done(pending);
  }
  Py_RETURN_NONE;
}

PyObject* pending_set_error(PyObject* self, PyObject* error) {
  auto* pending = reinterpret_cast<PendingObject*>(self);
  if (!PyExceptionInstance_Check(error)) {
    PyErr_SetString(PyExc_TypeError, "set_error: an exception, please");
    return nullptr;
  }
  if (pending->done) Py_RETURN_NONE;
  if (PyObject_TypeCheck(error, reinterpret_cast<PyTypeObject*>(PyExc_StopIteration))) {
    // Raised out of an await it would mean a return of the coroutine (PEP 479).
    PyObject* instead = PyObject_CallFunction(PyExc_RuntimeError, "s", "what was awaited raised StopIteration");
    if (instead == nullptr) return nullptr;
    PyException_SetCause(instead, Py_NewRef(error));
    pending->error = instead;
  } else {
    pending->error = Py_NewRef(error);
  }
  pending_done(pending);
  Py_RETURN_NONE;
}

PyObject* pending_on_close(PyObject* self, PyObject* callback) {
  Py_XSETREF(reinterpret_cast<PendingObject*>(self)->on_close, Py_NewRef(callback));
  Py_RETURN_NONE;
}

/// Called by coroutine.close() when the process is killed while it waits.
PyObject* pending_close(PyObject* self, PyObject*) {
  auto* pending = reinterpret_cast<PendingObject*>(self);
  PyObject* callback = std::exchange(pending->on_close, nullptr);
  if (callback == nullptr || pending->done) {
    Py_XDECREF(callback);
    Py_RETURN_NONE;
  }
  pending->finish();
  pending->value = Py_NewRef(Py_None);
  PyObject* result = PyObject_CallNoArgs(callback);
  Py_DECREF(callback);
  return result;
}

int pending_traverse(PyObject* self, visitproc visit, void* arg) {
  auto* pending = reinterpret_cast<PendingObject*>(self);
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(pending->value);
  Py_VISIT(pending->error);
  Py_VISIT(pending->on_close);
  return 0;
}

int pending_clear(PyObject* self) {
  auto* pending = reinterpret_cast<PendingObject*>(self);
  Py_CLEAR(pending->value);
  Py_CLEAR(pending->error);
  Py_CLEAR(pending->on_close);
  return 0;
}

/// make_pending(what): `what` stands in the error.
PyObject* make_pending(PyObject*, PyObject* what) {
  const char* text = PyUnicode_AsUTF8(what);
  if (text == nullptr || current_coroutine(text) == nullptr) return nullptr;
  auto* pending = allocate_object<PendingObject>(pending_type);
  if (pending != nullptr) {
    pending->waiter = current_process->pid();
    pending->done = false;
    pendings.fetch_add_relaxed(1);  // a count
  }
  return reinterpret_cast<PyObject*>(pending);
}

PyObject* make_call(PyObject* pid, PyObject* request, PyObject* timeout) {
  Pid to;
  OwnedTerm term;
  std::uint64_t timeout_ns = kForever;
  const bool good = pid_from_object(pid, &to, "pid") && owned_from_object(request, term, "request") &&
                    (timeout == Py_None || nanoseconds_from_object(timeout, "timeout", &timeout_ns));
  auto* object = good ? allocate_object<CallObject>(call_type) : nullptr;
  if (object != nullptr) object->call.emplace(to, std::move(term), timeout_ns);
  return reinterpret_cast<PyObject*>(object);
}

/// acall(pid, request, timeout): in a process a native awaitable, elsewhere a coroutine of the package.
PyObject* op_acall(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 3) {
    PyErr_SetString(PyExc_TypeError, "acall(pid, request, timeout)");
    return nullptr;
  }
  if (current_process == nullptr) return PyObject_CallFunctionObjArgs(package.acall_outside, args[0], args[1], args[2], nullptr);
  return make_call(args[0], args[1], args[2]);
}

PyObject* make_sleep(PyObject*, PyObject* seconds) {
  auto* sleep = allocate_object<SleepObject>(sleep_type);
  if (sleep != nullptr && !nanoseconds_from_object(seconds, "seconds", &sleep->ns)) Py_CLEAR(sleep);
  return reinterpret_cast<PyObject*>(sleep);
}

PyObject* make_yield(PyObject*, PyObject*) { return Py_NewRef(yield_once); }
PyObject* make_park(PyObject*, PyObject*) { return Py_NewRef(park_once); }

PyMethodDef pending_methods[] = {
    {"set_result", pending_set_result, METH_O, "Completes it: the process that awaits it goes on. Any thread."},
    {"set_error", pending_set_error, METH_O, "Completes it with an exception. Any thread."},
    {"on_close", pending_on_close, METH_O, "What is called when the process is killed before it was completed."},
    {"close", pending_close, METH_NOARGS, "Gives up the await."},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot call_slots[] = {
    PYVM_AWAITABLE_SLOTS(call_step), {Py_tp_dealloc, reinterpret_cast<void*>(deallocate<CallObject>)}, {0, nullptr}};
PyType_Slot sleep_slots[] = {
    PYVM_AWAITABLE_SLOTS(sleep_step), {Py_tp_dealloc, reinterpret_cast<void*>(deallocate<SleepObject>)}, {0, nullptr}};
PyType_Slot yield_slots[] = {
    PYVM_AWAITABLE_SLOTS(yield_step), {Py_tp_dealloc, reinterpret_cast<void*>(deallocate<SleepObject>)}, {0, nullptr}};
PyType_Slot park_slots[] = {
    PYVM_AWAITABLE_SLOTS(park_step), {Py_tp_dealloc, reinterpret_cast<void*>(deallocate<SleepObject>)}, {0, nullptr}};
PyType_Slot pending_slots[] = {PYVM_AWAITABLE_SLOTS(pending_step),
                               {Py_tp_dealloc, reinterpret_cast<void*>(deallocate_tracked<PendingObject>)},
                               {Py_tp_traverse, reinterpret_cast<void*>(pending_traverse)},
                               {Py_tp_clear, reinterpret_cast<void*>(pending_clear)},
                               {Py_tp_methods, pending_methods},
                               {0, nullptr}};

constexpr unsigned kFlags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION;
PyType_Spec call_spec = {"pyvm._core.Call", sizeof(CallObject), 0, kFlags, call_slots};
PyType_Spec sleep_spec = {"pyvm._core.Sleep", sizeof(SleepObject), 0, kFlags, sleep_slots};
PyType_Spec yield_spec = {"pyvm._core.Yield", sizeof(SleepObject), 0, kFlags, yield_slots};
PyType_Spec park_spec = {"pyvm._core.Park", sizeof(SleepObject), 0, kFlags, park_slots};
PyType_Spec pending_spec = {"pyvm._core.Pending", sizeof(PendingObject), 0, kFlags | Py_TPFLAGS_HAVE_GC, pending_slots};

PyMethodDef functions[] = {
    {"make_pending", make_pending, METH_O, "A result the current process will await."},
    {"acall", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(op_acall)), METH_FASTCALL, "An await of a reply."},
    {"make_sleep", make_sleep, METH_O, "An await of time."},
    {"make_park", make_park, METH_NOARGS, "An await of anything that comes for the process."},
    {"make_yield", make_yield, METH_NOARGS, "An await of the process's next turn."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

bool is_pending_outside() { return pendings.load_relaxed() != 0; }

bool add_awaitables(PyObject* module) {
  call_type = add_type(module, call_spec);
  sleep_type = add_type(module, sleep_spec);
  yield_type = add_type(module, yield_spec);
  park_type = add_type(module, park_spec);
  pending_type = add_type(module, pending_spec);
  if (call_type == nullptr || sleep_type == nullptr || yield_type == nullptr || park_type == nullptr || pending_type == nullptr)
    return false;
  yield_once = reinterpret_cast<PyObject*>(allocate_object<SleepObject>(yield_type));
  park_once = reinterpret_cast<PyObject*>(allocate_object<SleepObject>(park_type));
  return yield_once != nullptr && park_once != nullptr && PyModule_AddFunctions(module, functions) == 0;
}

}  // namespace pyvm::python
