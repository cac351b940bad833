// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Operations on the hot path: send, spawn, self, make_ref; and how the arguments of all operations become terms, pids and times.
#include <cmath>

#include "proc/registry.h"
#include "python/awaitable.h"
#include "sched/runtime.h"
#include "vm/code_body.h"

namespace pyvm::python {

namespace {

/// A native body that Python can spawn: what pyvm.native(capsule) gives.
struct NativeObject {
  PyObject ob_base;
  const NativeFactory* factory = nullptr;
  PyObject* capsule = nullptr;  // keeps the module's factory alive

  ~NativeObject() { Py_XDECREF(capsule); }
};

PyTypeObject* native_type;

/// Words worth having in the message itself; what more is needed goes into chunks.
Word words_for(PyObject* object) {
  if (PyLong_CheckExact(object) || object == Py_None || PyBool_Check(object) || PyFloat_CheckExact(object)) return 0;
  if (Py_TYPE(object) == terms->pid_type) return 0;
  if (PyUnicode_CheckExact(object)) {
    const auto length = static_cast<Word>(PyUnicode_GET_LENGTH(object));
    return length <= Term::kShortStringMax ? 0 : std::min<Word>(1 + bytes_to_words(length), 32);
  }
  if (!PyTuple_CheckExact(object)) return 4;
  const Py_ssize_t size = PyTuple_GET_SIZE(object);
  Word words = 1 + static_cast<Word>(size);
  for (Py_ssize_t i = 0; i < size && words < 48; ++i) {
    PyObject* item = PyTuple_GET_ITEM(object, i);
    words += PyTuple_CheckExact(item) ? 1 + static_cast<Word>(PyTuple_GET_SIZE(item)) : words_for(item);
  }
  return std::min<Word>(words, 58);
}

/// What needs no copy to be as good as one: the same for everybody, for ever.
bool is_shareable(PyObject* object) {
  return object == Py_None || PyLong_CheckExact(object) || PyUnicode_CheckExact(object) || PyBytes_CheckExact(object) ||
         PyFloat_CheckExact(object) || PyBool_Check(object) || Py_TYPE(object) == terms->pid_type ||
         PyType_IsSubtype(Py_TYPE(object), terms->ref_type) || Py_TYPE(object) == terms->atom_type;
}

/// Arguments as the child sees them: copies, as if they had been sent. A new tuple.
PyObject* copied_arguments(PyObject* const* args, Py_ssize_t count) {
  PyObject* tuple = PyTuple_New(count);
  for (Py_ssize_t i = 0; tuple != nullptr && i < count; ++i) {
    PyObject* copy = nullptr;
    if (is_shareable(args[i])) {
      copy = Py_NewRef(args[i]);
    } else {
      OwnedTerm term;
      char root[32];
      std::snprintf(root, sizeof root, "argument[%zd]", i);
      if (owned_from_object(args[i], term, root)) copy = terms->object_from_term(term.get());
    }
    if (copy == nullptr) {
      Py_CLEAR(tuple);
      break;
    }
    PyTuple_SET_ITEM(tuple, i, copy);
  }
  return tuple;
}

bool send_to(PyObject* destination, Signal* message) {
  Word pid = 0;
  if (terms->pid_value_of(destination, &pid)) [[likely]] {
    static_cast<void>(deliver(Pid::from_value(pid), message));
    return true;
  }
  Word id = 0, maker = 0;
  int is_alias = 0;
  if (terms->ref_parts(destination, &id, &maker, &is_alias)) {
    message->ref = id;
    static_cast<void>(deliver(Pid::from_value(maker), message));
    return true;
  }
  Pid to;
  if (!pid_from_object(destination, &to, "destination")) {
    message->destroy();
    return false;
  }
  static_cast<void>(deliver(to, message));
  return true;
}

/// send(destination, message, priority=False)
PyObject* op_send(PyObject*, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  const Py_ssize_t named = names != nullptr ? PyTuple_GET_SIZE(names) : 0;
  if (count < 2 || count + named > 3 || named > 1 ||
      (named == 1 && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "priority") != 0)) {
    PyErr_SetString(PyExc_TypeError, "send(destination, message, priority=False)");
    return nullptr;
  }
  if (current_process == nullptr) {
    if (!check_not_forked()) return nullptr;
    if (terms->has_releases()) terms->drain_releases();  // while only outsiders send, the python scheduler may sleep for long
  }
  const int priority = count + named == 3 ? PyObject_IsTrue(args[2]) : 0;
  if (priority < 0) return nullptr;
  Signal* message = message_from_object(args[1]);
  if (message == nullptr) return nullptr;
  if (priority != 0 && PyType_IsSubtype(Py_TYPE(args[0]), terms->ref_type))
    message->flags |= signal_flag::kPriority;  // others give none
  if (current_process != nullptr) current_process->spend();
  if (!send_to(args[0], message)) return nullptr;
  Py_RETURN_NONE;
}

PyObject* op_self(PyObject*, PyObject*) {
  Process* process = current_or_error("self()");
  return process == nullptr ? nullptr : terms->pid_object(process->pid().value());
}

PyObject* op_make_ref(PyObject*, PyObject*) {
  if (current_process != nullptr) return terms->ref_object(make_ref(*current_process), current_process->pid().value(), 0);
  return terms->ref_object(next_ref_id(), 0, 0);
}

bool spawn_failed(SpawnError error, std::string_view name) {
  if (error == SpawnError::TooManyProcesses) {
    PyErr_Format(PyExc_RuntimeError, "system_limit: %zu processes are alive", process_table::limit());
  } else {
    PyErr_Format(PyExc_ValueError, "name '%.*s' is taken", static_cast<int>(name.size()), name.data());
  }
  return false;
}

/// Options as pyvm.spawn has checked them: a tuple (link, monitor, alias, tag, name, priority, max_heap, max_mailbox, on_full, trap_exit),
/// and for pyvm.run: returns.
bool read_options(PyObject* tuple, SpawnOptions& options, OwnedTerm& tag) {
  int link = 0, monitor_it = 0, alias = 0, priority = 1, on_full = 0, trap = 0, returns = 0;
  PyObject *tag_object, *name;
  unsigned long long max_heap = 0;
  unsigned max_mailbox = 0;
  if (!PyArg_ParseTuple(tuple, "ppiOOiKIip|p", &link, &monitor_it, &alias, &tag_object, &name, &priority, &max_heap, &max_mailbox,
                        &on_full, &trap, &returns)) {
    return false;
  }
  options.link = link != 0;
  options.monitor = monitor_it != 0;
  options.monitor_options.alias = static_cast<AliasMode>(alias);
  if (tag_object != Py_None) {
    if (!owned_from_object(tag_object, tag, "tag")) return false;
    options.monitor_options.tag = tag.get();
  }
  if (name != Py_None) {
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(name, &size);
    if (text == nullptr) return false;
    options.name = {text, static_cast<std::size_t>(size)};
  }
  options.priority = static_cast<Priority>(priority);
  options.max_heap_words = (max_heap + sizeof(Word) - 1) / sizeof(Word);
  options.max_mailbox = max_mailbox;
  options.policy = static_cast<MailboxPolicy>(on_full);
  options.trap_exit = trap != 0;
  options.returns = returns != 0;
  return true;
}

/// Drops a coroutine that never began, without the warning about that. The exception that is set stays.
void close_unbegun(PyObject* coroutine) {
  const SetAside kept;
  PyObject* closed = PyObject_CallMethod(coroutine, "close", nullptr);
  if (closed == nullptr) PyErr_WriteUnraisable(coroutine);
  Py_XDECREF(closed);
  Py_DECREF(coroutine);
}

/// The process of a coroutine function, prepared; null with an exception set.
Process* prepare_coroutine(PyObject* function, PyObject* const* args, Py_ssize_t count, SpawnOptions& options) {
  if (!PyCallable_Check(function)) {
    PyErr_Format(PyExc_TypeError, "spawn: %R is not a process: it must be an async def function, or what pyvm.native() gave",
                 function);
    return nullptr;
  }
  PyObject* copies = copied_arguments(args, count);
  if (copies == nullptr) return nullptr;
  PyObject* coroutine = PyObject_CallObject(function, copies);
  Py_DECREF(copies);
  if (coroutine == nullptr) return nullptr;
  if (!PyCoro_CheckExact(coroutine)) {
    PyErr_Format(PyExc_TypeError, "spawn: %R is not a process: it must be an async def function, and gave a %s", function,
                 Py_TYPE(coroutine)->tp_name);
    Py_DECREF(coroutine);
    return nullptr;
  }
  PyObject* name = PyObject_GetAttrString(coroutine, "__qualname__");
  options.group = Group::Python;
  SpawnError error = SpawnError::None;
  Process* process = nullptr;
  if (name != nullptr && check_running()) {  // again: what was called above may have given up the GIL
    process = prepare_process(options, error);
    if (process == nullptr) spawn_failed(error, options.name);
  }
  if (process == nullptr) {
    close_unbegun(coroutine);
  } else {
    emplace_body<CoroutineBody>(*process, coroutine, name);
  }
  Py_XDECREF(name);
  return process;
}

/// The arguments of a body that is no coroutine, as a tuple term.
bool owned_arguments(PyObject* const* args, Py_ssize_t count, OwnedTerm& arguments) {
  PyObject* tuple = PyTuple_New(count);
  if (tuple == nullptr) return false;
  for (Py_ssize_t i = 0; i < count; ++i) PyTuple_SET_ITEM(tuple, i, Py_NewRef(args[i]));
  const bool good = owned_from_object(tuple, arguments, "argument");
  Py_DECREF(tuple);
  return good;
}

/// A process on whose body `make(process, arguments, why)` decides; null with an exception of `kind` if it refuses, or another.
template <typename Make>
Process* prepare_native(PyObject* const* args, Py_ssize_t count, const SpawnOptions& options, PyObject* kind, const char* name,
                        Make make) {
  OwnedTerm arguments;
  if (!owned_arguments(args, count, arguments) || !check_running()) return nullptr;
  SpawnError error = SpawnError::None;
  Process* process = prepare_process(options, error);
  if (process == nullptr) {
    spawn_failed(error, options.name);
    return nullptr;
  }
  std::string why;
  if (make(*process, arguments.get(), why)) return process;
  abandon_process(*process);
  PyErr_Format(kind, "spawn: %s%s", name, why.c_str());
  return nullptr;
}

/// A plain def under @process has an attribute that a coroutine function has not.
bool is_compiled(PyObject* function) {
  if (!PyFunction_Check(function)) return false;
  const auto* code = reinterpret_cast<PyCodeObject*>(PyFunction_GET_CODE(function));
  if ((code->co_flags & CO_COROUTINE) != 0) return false;
  const int has = PyObject_HasAttrString(function, "__pyvm_code__");
  return has != 0;
}

Process* prepare(PyObject* function, PyObject* const* args, Py_ssize_t count, SpawnOptions& options) {
  if (Py_TYPE(function) == native_type) {
    const NativeFactory& factory = *reinterpret_cast<NativeObject*>(function)->factory;
    const std::string name = std::string(factory.name) + ": ";
    return prepare_native(args, count, options, PyExc_ValueError, name.c_str(), factory.make);
  }
  if (!is_compiled(function)) return prepare_coroutine(function, args, count, options);
  const vm::Function* code = code_of(function);
  if (code == nullptr) return nullptr;
  return prepare_native(args, count, options, PyExc_TypeError, "", [&](Process& process, Term arguments, std::string& why) {
    return vm::emplace_code_body(process, *code, arguments, why);
  });
}

PyObject* spawn_with(SpawnOptions& options, PyObject* const* args, Py_ssize_t count) {
  options.parent = current_process;
  if ((options.link || options.monitor) && current_process == nullptr) {
    PyErr_SetString(PyExc_RuntimeError, "spawn: link and monitor need a process; from outside, use pid.call or pyvm.run(main)");
    return nullptr;
  }
  Process* process = prepare(args[0], args + 1, count - 1, options);
  if (process == nullptr) return nullptr;
  const Spawned spawned = begin_process(*process, options);
  if (current_process != nullptr) current_process->spend(16);
  PyObject* pid = terms->pid_object(spawned.pid.value());
  if (pid == nullptr || !options.monitor) return pid;
  const bool alias = options.monitor_options.alias != AliasMode::None;
  PyObject* ref = terms->ref_object(spawned.monitor, current_process->pid().value(), alias);
  PyObject* both = ref == nullptr ? nullptr : PyTuple_Pack(2, pid, ref);
  Py_DECREF(pid);
  Py_XDECREF(ref);
  return both;
}

/// The keywords that most spawns have, read without a call; false: the package must look at them.
bool read_plain_keywords(PyObject* const* values, PyObject* names, SpawnOptions& options) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
    PyObject* name = PyTuple_GET_ITEM(names, i);
    bool* flag = nullptr;
    if (PyUnicode_CompareWithASCIIString(name, "monitor") == 0) flag = &options.monitor;
    if (PyUnicode_CompareWithASCIIString(name, "link") == 0) flag = &options.link;
    if (PyUnicode_CompareWithASCIIString(name, "trap_exit") == 0) flag = &options.trap_exit;
    if (flag == nullptr || !PyBool_Check(values[i])) return false;
    *flag = values[i] == Py_True;
  }
  return true;
}

/// spawn(function, *args, **options)
PyObject* op_spawn(PyObject*, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  if (count < 1) {
    PyErr_SetString(PyExc_TypeError, "spawn(function, *args, **options): the function is missing");
    return nullptr;
  }
  if (!check_running()) return nullptr;
  SpawnOptions options;
  if (names == nullptr || read_plain_keywords(args + count, names, options)) return spawn_with(options, args, count);
  options = SpawnOptions();
  OwnedTerm tag;
  PyObject* checked = PyObject_Vectorcall(package.spawn_options, args + count, 0, names);
  const bool good = checked != nullptr && read_options(checked, options, tag);
  PyObject* result = good ? spawn_with(options, args, count) : nullptr;
  Py_XDECREF(checked);
  return result;
}

/// spawn_checked(options, function, *args): options as pyvm._spawn made them.
PyObject* op_spawn_checked(PyObject*, PyObject* const* args, Py_ssize_t count) {
  SpawnOptions options;
  OwnedTerm tag;
  if (!check_running() || !read_options(args[0], options, tag)) return nullptr;
  return spawn_with(options, args + 1, count - 1);
}

/// native(capsule)
PyObject* op_native(PyObject*, PyObject* capsule) {
  if (!PyCapsule_IsValid(capsule, kNativeFactoryCapsule)) {
    PyErr_Format(PyExc_TypeError, "native: a capsule named pyvm.NativeFactory, as a module of native bodies has it, not %s",
                 Py_TYPE(capsule)->tp_name);
    return nullptr;
  }
  auto* factory = static_cast<const NativeFactory*>(PyCapsule_GetPointer(capsule, kNativeFactoryCapsule));
  auto* native = allocate_object<NativeObject>(native_type);
  if (native == nullptr) return nullptr;
  native->factory = factory;
  native->capsule = Py_NewRef(capsule);
  return reinterpret_cast<PyObject*>(native);
}

PyObject* native_repr(PyObject* self) {
  return PyUnicode_FromFormat("<native body %s>", reinterpret_cast<NativeObject*>(self)->factory->name);
}

PyType_Slot native_slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(deallocate<NativeObject>)},
                              {Py_tp_repr, reinterpret_cast<void*>(native_repr)},
                              {0, nullptr}};
PyType_Spec native_spec = {"pyvm._core.NativeBody", sizeof(NativeObject), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, native_slots};

template <typename F>
PyCFunction c_function(F* function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(function));
}

constexpr const char* kSpawnDoc =
    R"(spawn(function, /, *args, **options)
--

Starts a process.

Args:
    function: an `async def`, usually under `@process`, or what `native` gave.
    *args: copied, as if they were sent.
    link: link the new process to the caller, before it runs.
    monitor: monitor it; the result is then `(pid, ref)`.
    name: register it, before it runs.
    priority: "low", "normal", "high" or "max".
    max_heap: bytes of messages and dictionary it may hold; over that it ends "killed".
    max_mailbox: messages that may wait for it; replies and signals do not count.
    on_full: what more does: "drop" the message, "exit" ends the receiver with reason
        "max_mailbox", "suspend" stops senders that are processes until half is taken. Of
        processes that would so wait for each other in a ring, one goes on over the bound; that
        the receiver waits for a message of theirs is not seen, so give such a wait a timeout.
    trap_exit: exit signals become messages.
    alias: with monitor, "explicit", "demonitor" or "reply_demonitor".
    tag: with monitor, what stands in place of "DOWN".

Returns:
    Its `Pid`, or `(Pid, Ref)` with monitor=True.

Raises:
    TypeError: not a process function, an unsendable argument, or an unknown option.
    ValueError: a wrong option, or a name that is taken.
    RuntimeError: the runtime is not started, the limit of processes is reached, or link or
        monitor outside of a process.

Source: erlang:spawn_opt/4.)";

PyMethodDef functions[] = {
    {"send", c_function(op_send), METH_FASTCALL | METH_KEYWORDS, "send(destination, message, priority=False)"},
    {"self", op_self, METH_NOARGS, "The pid of the process that asks."},
    {"make_ref", op_make_ref, METH_NOARGS, "A reference that no other call gives."},
    {"spawn", c_function(op_spawn), METH_FASTCALL | METH_KEYWORDS, kSpawnDoc},
    {"spawn_checked", c_function(op_spawn_checked), METH_FASTCALL,
     "spawn(options, function, *args), the options checked before."},
    {"native", op_native, METH_O, "Makes the factory of a native module spawnable."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

Process* current_or_error(const char* what) {
  if (current_process == nullptr && check_not_forked()) {
    PyErr_Format(PyExc_RuntimeError, "%s is for processes: this code runs outside of any; spawn a process, or use pyvm.run(main)",
                 what);
  }
  return current_process;
}

CoroutineBody* current_coroutine(const char* what) {
  if (current_or_error(what) == nullptr) return nullptr;
  if (current_process->body == nullptr || current_process->line.group != Group::Python || current_process->exiting) {
    PyErr_Format(PyExc_RuntimeError, "%s: a process that is ending may not await", what);
    return nullptr;
  }
  return static_cast<CoroutineBody*>(current_process->body);
}

Signal* message_from_object(PyObject* object) {
  Signal* signal = Signal::create(SignalKind::Message, words_for(object));
  SignalBuilder builder(*signal);
  const Term term = terms->term_from_object(object, &builder);
  builder.finish(term);
  if (!term.is_nothing()) [[likely]]
    return signal;
  signal->destroy();
  return nullptr;
}

bool owned_from_object(PyObject* object, OwnedTerm& result, const char* root) {
  TermBuilder builder;
  const Term term = terms->term_from_object(object, &builder, root);
  if (term.is_nothing()) return false;
  result = OwnedTerm(term, builder.take_storage());
  return true;
}

bool nanoseconds_from_object(PyObject* object, const char* what, std::uint64_t* ns) {
  constexpr double kMostSeconds = 4294967295.0;  // as in Erlang, 2^32 - 1 milliseconds are legal and more than that are not
  if (!PyFloat_Check(object) && (!PyLong_Check(object) || PyBool_Check(object))) {
    PyErr_Format(PyExc_TypeError, "%s must be a number of seconds, not %s", what, Py_TYPE(object)->tp_name);
    return false;
  }
  const double seconds = PyFloat_AsDouble(object);
  if (seconds == -1.0 && PyErr_Occurred()) {
    if (!PyErr_ExceptionMatches(PyExc_OverflowError)) return false;
    PyErr_Clear();
  } else if (seconds >= 0.0 && seconds * 1000.0 <= kMostSeconds) {
    *ns = static_cast<std::uint64_t>(std::llround(seconds * 1e9));
    return true;
  }
  const bool optional = std::string_view(what) == "timeout";
  PyErr_Format(PyExc_ValueError, "%s must be between 0 and 4294967.295 seconds, not %R%s", what, object,
               optional ? "; leave it out to wait for ever" : "");
  return false;
}

bool pid_from_object(PyObject* object, Pid* pid, const char* what) {
  Word value = 0;
  if (terms->pid_value_of(object, &value)) {
    *pid = Pid::from_value(value);
    return true;
  }
  if (!PyUnicode_Check(object)) {
    PyErr_Format(PyExc_TypeError, "%s must be a Pid or a registered name, not %s", what, Py_TYPE(object)->tp_name);
    return false;
  }
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(object, &size);
  if (text == nullptr) return false;
  *pid = registry::whereis({text, static_cast<std::size_t>(size)});
  if (*pid) return true;
  PyErr_Format(PyExc_ValueError, "no process is registered as %R; pyvm.registered() lists the names", object);
  return false;
}

bool ref_from_object(PyObject* object, RefValue* ref, const char* what) {
  Word maker = 0;
  int alias = 0;
  if (terms->ref_parts(object, &ref->id, &maker, &alias)) {
    ref->maker = Pid::from_value(maker);
    return true;
  }
  PyErr_Format(PyExc_TypeError, "%s must be a Ref, not %s", what, Py_TYPE(object)->tp_name);
  return false;
}

void set_process_down(PyObject* reason) {
  PyObject* error = PyObject_CallOneArg(package.process_down, reason);
  if (error != nullptr) PyErr_SetObject(package.process_down, error);
  Py_XDECREF(error);
}

PyObject* object_from_pid(Pid pid) { return terms->pid_object(pid.value()); }

bool add_operations(PyObject* module) {
  native_type = add_type(module, native_spec);
  return native_type != nullptr && PyModule_AddFunctions(module, functions) == 0;
}

}  // namespace pyvm::python
