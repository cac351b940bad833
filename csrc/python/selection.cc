// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Receiving: `await receive(...)` and the selections that the compiler makes of `match await receive(...)`.
//
// A Selection is one match statement: its patterns compiled, shared by all processes that run the function. Awaited as it is, it holds
// no state of an await; with parameters or a timeout a SelectionRun does. Patterns run on terms in the mailbox; only what a case binds
// becomes Python objects. A case to be confirmed is proposed: its message stays in the mailbox until accept().
#include <algorithm>

#include "base/clock.h"
#include "base/futex.h"
#include "match/parameter_use.h"
#include "match/pattern.h"
#include "python/awaitable.h"

namespace pyvm::python {

namespace {

constexpr std::uint64_t kNoTimeout = kForever;
constexpr std::size_t kFewBindings = 16;
constexpr const char* kBodyMark = "__pyvm_process_body__";  // pyvm/compiler/assemble.py: BODY_MARK

struct SelectionObject {
  PyObject ob_base;
  vectorcallfunc call = nullptr;
  std::shared_ptr<const PatternProgram> program;
  std::vector<bool> confirm;         // by case
  std::vector<bool> param_required;  // by parameter: no case accepts a message without it
  std::vector<bool> param_hint;      // by parameter: it counts only if it is a Ref
  bool bare = false;                 // of receive(pattern, ...): returns the message itself
};

struct RunObject {
  PyObject ob_base;
  SelectionObject* selection = nullptr;  // owned; null: any message
  std::vector<OwnedTerm> params;
  std::vector<Term> param_terms;
  std::uint64_t timeout_ns = kNoTimeout;

  ~RunObject() { Py_XDECREF(selection); }
};

PyTypeObject* selection_type;
PyTypeObject* run_type;
PyObject* any_message;  // receive() without timeout: one object for all

PySendResult found(SelectionObject& selection, int case_index, Term subject, std::span<const Term> bindings, PyObject** result) {
  if (selection.bare) {
    *result = terms->object_from_term(subject);
    return *result != nullptr ? PYGEN_RETURN : PYGEN_ERROR;
  }
  const auto count = static_cast<Py_ssize_t>(selection.program->bindings(static_cast<std::size_t>(case_index)));
  PyObject* tuple = PyTuple_New(count + 1);
  if (tuple == nullptr) return PYGEN_ERROR;
  PyTuple_SET_ITEM(tuple, 0, PyLong_FromLong(case_index));
  for (Py_ssize_t i = 0; i < count; ++i) {
    const Term bound = bindings[static_cast<std::size_t>(i)];
    PyObject* value = bound.is_nothing() ? Py_NewRef(Py_None) : terms->object_from_term(bound);
    if (value == nullptr) {
      Py_DECREF(tuple);
      return PYGEN_ERROR;
    }
    PyTuple_SET_ITEM(tuple, i + 1, value);
  }
  *result = tuple;
  return PYGEN_RETURN;
}

/// Removes the proposed message, wherever a guard that received something left the scan position.
void take_proposed(Process& process, Signal* message) {
  if (process.mailbox.candidate() != message) {
    process.mailbox.rewind();
    while (Signal* candidate = process.mailbox.candidate()) {
      if (candidate == message) break;
      process.mailbox.skip();
    }
  }
  if (process.mailbox.candidate() == message) process.take_message()->destroy();
}

void propose(CoroutineBody& body, PyObject* run, Signal* message, int case_index) {
  Py_XSETREF(body.proposal.run, Py_NewRef(run));
  body.proposal.message = message;
  body.proposal.case_index = case_index;
  body.proposal.rejected = false;
}

/// One await: `run` is the awaitable, for the body to tell a new await from one that goes on.
struct Step {
  CoroutineBody& body;
  Process& process;
  PyObject* run;
  SelectionObject* selection;
  std::span<const Term> params;
  std::uint64_t timeout_ns;

  PySendResult operator()(PyObject** result) {
    int first_case = 0;
    bool on_timeout = false;
    if (body.begins(run)) {
      if (!resume_rejected(first_case, on_timeout)) begin();
      if (process.reductions_left <= 0) return body.pause(Pause::Yield, result);
    }
    if (on_timeout) return timed_out(first_case, result);
    if (selection == nullptr) {
      if (process.next_message() != nullptr) return take_any(result);
    } else if (const PySendResult sent = scan(first_case, result); sent != PYGEN_NEXT) {
      return sent;
    }
    if (process.exiting) return body.pause(Pause::Wait, result);
    if (process.timed_out || timeout_ns == 0) return timed_out(0, result);
    if (timeout_ns != kNoTimeout && process.deadline_ns == 0) process.set_deadline(monotonic_ns() + timeout_ns);
    return body.pause(Pause::Wait, result);
  }

 private:
  void begin() {
    process.clear_deadline();
    process.mailbox.rewind();
    if (selection == nullptr) return;
    for (std::size_t i = 0; i < params.size(); ++i) {
      if (selection->param_required[i] && is_ref(params[i]) && process.mailbox.begin_at(ref_value(params[i]).id)) return;
    }
  }

  /// True when a proposal was rejected and this await goes on behind it.
  bool resume_rejected(int& first_case, bool& on_timeout) {
    if (!body.proposal.rejected || body.proposal.run != run) return false;
    body.proposal.rejected = false;
    on_timeout = body.proposal.message == nullptr;
    if (on_timeout || process.mailbox.candidate() == body.proposal.message) {
      first_case = body.proposal.case_index + 1;
    } else {
      process.mailbox.rewind();  // the guard itself received something
    }
    return true;
  }

  PySendResult take_any(PyObject** result) {
    Message message(process.take_message());
    done();
    *result = terms->object_from_term(message.term());
    return *result != nullptr ? PYGEN_RETURN : PYGEN_ERROR;
  }

  /// PYGEN_NEXT: all messages were looked at.
  PySendResult scan(int first_case, PyObject** result) {
    Term few[kFewBindings];
    std::vector<Term> many;
    std::span<Term> bindings(few);
    if (selection->program->max_bindings() > kFewBindings) {
      many.resize(selection->program->max_bindings());
      bindings = many;
    }
    while (Signal* message = process.next_message()) {
      if (quick_reject(*selection->program, message->term)) {
        first_case = 0;
        process.mailbox.skip();
        continue;
      }
      TermBuilder scratch;
      const MatchResult match = run_patterns(*selection->program, message->term, first_case, params, bindings, scratch);
      first_case = 0;
      if (match.verdict == Verdict::No) {
        process.mailbox.skip();
        continue;
      }
      if (match.verdict == Verdict::Ask || selection->confirm[static_cast<std::size_t>(match.case_index)]) {
        propose(body, run, message, match.case_index);
        body.completed();
        return found(*selection, match.case_index, message->term, bindings, result);
      }
      const Message taken(process.take_message());
      done();
      return found(*selection, match.case_index, taken.term(), bindings, result);
    }
    return PYGEN_NEXT;
  }

  PySendResult timed_out(int first_case, PyObject** result) {
    if (selection == nullptr) {
      done();
      *result = Py_NewRef(terms->timeout);
      return PYGEN_RETURN;
    }
    std::vector<Term> bindings(selection->program->max_bindings());
    TermBuilder scratch;
    const MatchResult match = run_patterns(*selection->program, Term::timeout(), first_case, params, bindings, scratch);
    body.completed();
    if (match.verdict == Verdict::No) {
      process.clear_deadline();
      char text[64];
      std::snprintf(text, sizeof text, "no message matched within %.3f s", static_cast<double>(timeout_ns) * 1e-9);
      PyErr_SetString(package.receive_timeout, text);
      return PYGEN_ERROR;
    }
    if (match.verdict == Verdict::Ask || selection->confirm[static_cast<std::size_t>(match.case_index)]) {
      propose(body, run, nullptr, match.case_index);
    } else {
      process.clear_deadline();
    }
    return found(*selection, match.case_index, Term::timeout(), bindings, result);
  }

  void done() {
    if (process.deadline_ns != 0) process.clear_deadline();
    body.completed();
    process.spend();
  }
};

PySendResult selection_step(PyObject* self, PyObject** result) {
  CoroutineBody* body = current_coroutine("match await receive()");
  if (body == nullptr) return PYGEN_ERROR;
  auto* selection = reinterpret_cast<SelectionObject*>(self);
  return Step{*body, *current_process, self, selection, {}, kNoTimeout}(result);
}

PySendResult run_step(PyObject* self, PyObject** result) {
  CoroutineBody* body = current_coroutine("await receive()");
  if (body == nullptr) return PYGEN_ERROR;
  auto* run = reinterpret_cast<RunObject*>(self);
  return Step{*body, *current_process, self, run->selection, run->param_terms, run->timeout_ns}(result);
}

bool read_timeout(PyObject* timeout, std::uint64_t* ns) {
  *ns = kNoTimeout;
  return timeout == nullptr || timeout == Py_None || nanoseconds_from_object(timeout, "timeout", ns);
}

RunObject* new_run(SelectionObject* selection, PyObject* params, PyObject* timeout) {
  std::uint64_t timeout_ns = 0;
  if (!read_timeout(timeout, &timeout_ns)) return nullptr;
  auto* run = allocate_object<RunObject>(run_type);
  if (run == nullptr) return nullptr;
  Py_XINCREF(selection);
  run->selection = selection;
  run->timeout_ns = timeout_ns;
  const Py_ssize_t count = params != nullptr && params != Py_None ? PyTuple_Size(params) : 0;
  const auto wanted = selection != nullptr ? static_cast<Py_ssize_t>(selection->program->params()) : 0;
  if (count < wanted) PyErr_SetString(PyExc_TypeError, "selection: too few parameters");
  for (Py_ssize_t i = 0; i < count && !PyErr_Occurred(); ++i) {
    OwnedTerm term;
    PyObject* value = PyTuple_GET_ITEM(params, i);
    const bool is_left_out =
        i < wanted && selection->param_hint[static_cast<std::size_t>(i)] && !PyObject_TypeCheck(value, terms->ref_type);
    if (!is_left_out && !owned_from_object(value, term, "pattern value")) break;
    run->param_terms.push_back(term.get());
    run->params.push_back(std::move(term));
  }
  if (PyErr_Occurred()) {
    Py_DECREF(run);
    return nullptr;
  }
  return run;
}

/// selection(params, timeout)
PyObject* selection_call(PyObject* self, PyObject* const* args, std::size_t flags, PyObject*) {
  const Py_ssize_t count = PyVectorcall_NARGS(flags);
  PyObject* params = count > 0 ? args[0] : Py_None;
  PyObject* timeout = count > 1 ? args[1] : Py_None;
  if (params == Py_None && timeout == Py_None) return Py_NewRef(self);
  return reinterpret_cast<PyObject*>(new_run(reinterpret_cast<SelectionObject*>(self), params, timeout));
}

PyObject* selection_accept(PyObject*, PyObject*) {
  CoroutineBody* body = current_coroutine("accept");
  if (body == nullptr) return nullptr;
  Process& process = *current_process;
  if (body->proposal.message != nullptr) take_proposed(process, std::exchange(body->proposal.message, nullptr));
  process.clear_deadline();
  process.spend();
  Py_CLEAR(body->proposal.run);
  Py_RETURN_NONE;
}

PyObject* selection_reject(PyObject*, PyObject*) {
  CoroutineBody* body = current_coroutine("reject");
  if (body == nullptr) return nullptr;
  if (body->proposal.run == nullptr) {
    PyErr_SetString(PyExc_RuntimeError, "selection: nothing was proposed");
    return nullptr;
  }
  body->proposal.rejected = true;
  return Py_NewRef(body->proposal.run);
}

/// make_selection(ir, confirm, bare=False)
PyObject* make_selection(PyObject*, PyObject* args) {
  PyObject *ir, *confirm;
  int bare = 0;
  if (!PyArg_ParseTuple(args, "OO!|p", &ir, &PyTuple_Type, &confirm, &bare)) return nullptr;
  OwnedTerm term;
  if (!owned_from_object(ir, term, "pattern")) return nullptr;
  auto compiled = compile_patterns(term.get());
  if (const auto* error = std::get_if<PatternError>(&compiled)) {
    PyErr_Format(PyExc_TypeError, "receive: %s", error->message.c_str());
    return nullptr;
  }
  auto* selection = allocate_object<SelectionObject>(selection_type);
  if (selection == nullptr) return nullptr;
  selection->call = selection_call;
  selection->program = std::get<std::shared_ptr<const PatternProgram>>(std::move(compiled));
  selection->bare = bare != 0;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(confirm); ++i) {
    selection->confirm.push_back(PyObject_IsTrue(PyTuple_GET_ITEM(confirm, i)) == 1);
  }
  selection->confirm.resize(selection->program->cases());
  for (const ParameterUse use : parameter_uses(term.get(), selection->program->params())) {
    selection->param_required.push_back(use.required);
    selection->param_hint.push_back(use.hint);
  }
  return reinterpret_cast<PyObject*>(selection);
}

/// Whether the Python code that calls us is a body under @process, whose bare receive() is not a match that should have been selective.
bool called_from_body() {
  static PyObject* last_body = nullptr;  // owned: the code object that was looked at last and is a body
  PyFrameObject* frame = PyEval_GetFrame();
  if (frame == nullptr) return false;
  PyCodeObject* code = PyFrame_GetCode(frame);
  auto* object = reinterpret_cast<PyObject*>(code);
  if (object == last_body) {
    Py_DECREF(object);
    return true;
  }
  PyObject* constants = PyObject_GetAttrString(object, "co_consts");
  const Py_ssize_t count = constants != nullptr ? PyTuple_GET_SIZE(constants) : 0;
  PyObject* mark = count > 0 ? PyTuple_GET_ITEM(constants, count - 1) : nullptr;
  const bool body = mark != nullptr && PyUnicode_Check(mark) && PyUnicode_CompareWithASCIIString(mark, kBodyMark) == 0;
  Py_XDECREF(constants);
  if (body) {
    Py_XSETREF(last_body, object);
  } else {
    Py_DECREF(object);
  }
  return body;
}

/// A pattern whose references, up to as many as there are parameters, are parameters; they are appended to `values`. So one selection
/// serves all references, and its scan can begin at a mark. A new reference.
PyObject* lift_refs(PyObject* pattern, PyObject* values) {
  const Py_ssize_t used = PyList_GET_SIZE(values);
  if (PyType_IsSubtype(Py_TYPE(pattern), terms->ref_type) && used < PyTuple_GET_SIZE(package.parameters)) {
    if (PyList_Append(values, pattern) < 0) return nullptr;
    return Py_NewRef(PyTuple_GET_ITEM(package.parameters, used));
  }
  if (!PyTuple_CheckExact(pattern)) return Py_NewRef(pattern);
  const Py_ssize_t size = PyTuple_GET_SIZE(pattern);
  if (Py_EnterRecursiveCall(" in a pattern of receive()")) return nullptr;
  PyObject* parts = PyTuple_New(size);
  for (Py_ssize_t i = 0; parts != nullptr && i < size; ++i) {
    PyObject* part = lift_refs(PyTuple_GET_ITEM(pattern, i), values);
    if (part == nullptr) Py_CLEAR(parts);
    if (parts != nullptr) PyTuple_SET_ITEM(parts, i, part);
  }
  Py_LeaveRecursiveCall();
  return parts;
}

/// receive(*patterns, timeout=None)
PyObject* receive(PyObject*, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  PyObject* timeout = nullptr;
  if (names != nullptr && PyTuple_GET_SIZE(names) != 0) {
    if (PyTuple_GET_SIZE(names) != 1 || PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "timeout") != 0) {
      PyErr_SetString(PyExc_TypeError, "receive(*patterns, timeout=None)");
      return nullptr;
    }
    timeout = args[count];
  }
  if (count == 0) {
    if (!called_from_body()) {
      PyErr_SetString(
          PyExc_RuntimeError,
          "receive() without patterns stands only in an async def under @pyvm.process, where a match on it is selective; "
          "here write: await receive(pattern, ..., timeout=...), or await receive(...) for any message");
      return nullptr;
    }
    if (timeout == nullptr || timeout == Py_None) return Py_NewRef(any_message);
    return reinterpret_cast<PyObject*>(new_run(nullptr, nullptr, timeout));
  }
  PyObject* patterns = PyTuple_New(count);
  PyObject* values = PyList_New(0);
  for (Py_ssize_t i = 0; patterns != nullptr && values != nullptr && i < count; ++i) {
    PyObject* pattern = lift_refs(args[i], values);
    if (pattern == nullptr) Py_CLEAR(patterns);
    if (patterns != nullptr) PyTuple_SET_ITEM(patterns, i, pattern);
  }
  PyObject* selection =
      patterns == nullptr || values == nullptr ? nullptr : PyObject_CallOneArg(package.selection_of_objects, patterns);
  PyObject* params = selection == nullptr ? nullptr : PyList_AsTuple(values);
  Py_XDECREF(patterns);
  Py_XDECREF(values);
  PyObject* awaitable = nullptr;
  if (params != nullptr && PyTuple_GET_SIZE(params) == 0 && (timeout == nullptr || timeout == Py_None)) {
    awaitable = Py_NewRef(selection);
  } else if (params != nullptr) {
    awaitable = reinterpret_cast<PyObject*>(new_run(reinterpret_cast<SelectionObject*>(selection), params, timeout));
  }
  Py_XDECREF(params);
  Py_XDECREF(selection);
  return awaitable;
}

PyMethodDef selection_methods[] = {
    {"accept", selection_accept, METH_NOARGS, "Removes the message that was proposed."},
    {"reject", selection_reject, METH_NOARGS, "Goes on with the following cases, then messages."},
    {nullptr, nullptr, 0, nullptr},
};

PyMemberDef selection_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(SelectionObject, call), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyType_Slot selection_slots[] = {
    PYVM_AWAITABLE_SLOTS(selection_step),
    {Py_tp_dealloc, reinterpret_cast<void*>(deallocate<SelectionObject>)},
    {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
    {Py_tp_methods, selection_methods},
    {Py_tp_members, selection_members},
    {Py_tp_doc, const_cast<char*>("One match await receive(): awaited, it gives (case, values of its captures).")},
    {0, nullptr},
};
PyType_Spec selection_spec = {"pyvm._core.Selection", sizeof(SelectionObject), 0,
                              Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                              selection_slots};

PyType_Slot run_slots[] = {
    PYVM_AWAITABLE_SLOTS(run_step),
    {Py_tp_dealloc, reinterpret_cast<void*>(deallocate<RunObject>)},
    {Py_tp_doc, const_cast<char*>("A receive in progress.")},
    {0, nullptr},
};
PyType_Spec run_spec = {"pyvm._core.Receive", sizeof(RunObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                        run_slots};

PyMethodDef functions[] = {
    {"make_selection", make_selection, METH_VARARGS, "A selection of compiled patterns."},
    {"receive", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(receive)), METH_FASTCALL | METH_KEYWORDS,
     "receive(*patterns, timeout=None)\n--\n\n"
     "Awaits the oldest message; with patterns, the oldest one that a pattern accepts.\n\n"
     "`match await receive():` under @process is selective: the oldest message that some case, guard included, accepts.\n"
     "After `timeout` seconds the subject is TIMEOUT; ReceiveTimeout is raised when no case or pattern takes it. 0 looks once."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

bool add_selection(PyObject* module) {
  selection_type = add_type(module, selection_spec);
  run_type = add_type(module, run_spec);
  if (selection_type == nullptr || run_type == nullptr) return false;
  any_message = reinterpret_cast<PyObject*>(new_run(nullptr, nullptr, nullptr));
  return any_message != nullptr && PyModule_AddFunctions(module, functions) == 0;
}

}  // namespace pyvm::python
