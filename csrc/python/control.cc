// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The control plane of pyvm._core: relations, flags, names, timers, dictionary, inspection. pybind11, for none of it is per message.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>

#include "base/clock.h"
#include "proc/name_request.h"
#include "proc/process_info.h"
#include "python/core.h"
#include "sched/runtime.h"
#include "term/compare.h"
#include "term/hash.h"

namespace py = pybind11;

namespace pyvm::python {

namespace {

/// Throws the Python exception that is set.
void check(bool good) {
  if (!good) throw py::error_already_set();
}

py::object owned(PyObject* object) {
  check(object != nullptr);
  return py::reinterpret_steal<py::object>(object);
}

Process& process_for(const char* what) {
  Process* process = current_or_error(what);
  check(process != nullptr);
  return *process;
}

Pid exact_pid(py::handle object, const char* what, const char* or_else = "") {
  Word value = 0;
  if (!terms->pid_value_of(object.ptr(), &value)) {
    throw py::type_error(std::string(what) + " must be a Pid" + or_else + ", not " + Py_TYPE(object.ptr())->tp_name);
  }
  return Pid::from_value(value);
}

RefValue ref_of(py::handle object, const char* what) {
  RefValue ref;
  check(ref_from_object(object.ptr(), &ref, what));
  return ref;
}

OwnedTerm term_of(py::handle object, const char* root) {
  OwnedTerm term;
  check(owned_from_object(object.ptr(), term, root));
  return term;
}

py::object object_of(Term term) { return owned(terms->object_from_term(term)); }

void link_to(py::handle pid) { link(process_for("link()"), exact_pid(pid, "link: pid")); }
void unlink_from(py::handle pid) { unlink(process_for("unlink()"), exact_pid(pid, "unlink: pid")); }

py::object monitor_it(py::handle target, py::handle tag, int alias) {
  Process& self = process_for("monitor()");
  MonitorOptions options;
  options.alias = static_cast<AliasMode>(alias);
  OwnedTerm name, tag_term;
  Pid to;
  if (PyUnicode_Check(target.ptr())) {
    name = term_of(target, "name");
    options.name = name.get();
    to = registry::whereis(py::cast<std::string>(target));  // nobody: a DOWN with noproc comes
  } else {
    to = exact_pid(target, "monitor: target", " or a name");
  }
  if (!tag.is_none()) {
    tag_term = term_of(tag, "tag");
    options.tag = tag_term.get();
  }
  const Word ref = monitor(self, to, options);
  return owned(terms->ref_object(ref, self.pid().value(), options.alias != AliasMode::None));
}

bool demonitor_it(py::handle ref, bool flush) {
  const RefValue value = ref_of(ref, "demonitor: ref");
  Process& self = process_for("demonitor()");
  return value.maker == self.pid() && demonitor(self, value.id, flush);
}

/// False when the process itself has just ended by it.
bool exit_signal(py::handle pid, py::handle reason) {
  const Pid to = exact_pid(pid, "exit: pid");
  const OwnedTerm term = term_of(reason, "reason");
  check(check_not_forked());
  Process* self = current_process;
  send_exit(self != nullptr ? self->pid() : Pid(), to, term.get());
  if (self == nullptr || to != self->pid()) return true;
  self->receive_signals();  // a signal to oneself has arrived when the call returns
  return !self->exiting;
}

/// Why the caller is being ended from outside, for its clean-up; None when it is not.
py::object exit_reason() {
  const Process* self = current_process;
  return self != nullptr && self->exiting ? object_of(self->exit_reason.get()) : py::none();
}

py::object alias_make(int mode, bool priority) {
  Process& self = process_for("alias()");
  return owned(terms->ref_object(make_alias(self, static_cast<AliasMode>(mode), priority), self.pid().value(), 1));
}

bool alias_end(py::handle ref) {
  const RefValue value = ref_of(ref, "unalias: ref");
  Process& self = process_for("unalias()");
  return value.maker == self.pid() && unalias(self, value.id);
}

// Names.

/// Runs on `pid`'s own thread, or here when it is the current process. A process of the python group is at rest while we hold the GIL
/// on its scheduler's thread, so it can be asked in place.
NameRequest::Result change_name(Pid pid, const std::string& name, bool add) {
  constexpr std::uint64_t kLookNs = 50'000'000;
  check(check_not_forked());
  std::shared_ptr<NameRequest> request;
  {
    const EpochGuard guard;
    Process* process = process_table::resolve(pid);
    if (process == nullptr) return NameRequest::Result::NoProcess;
    const bool seeded = Scheduler::current() != nullptr && Runtime::current()->seeded();  // one thread runs all
    if (process == current_process || seeded || (Scheduler::current() != nullptr && process->line.group == Group::Python)) {
      NameRequest here(name, add);
      here.run(*process);
      return here.result();
    }
    request = NameRequest::ask(pid, name, add, Pid());
  }
  // One that has just ended answers after a grace period, which the section of a waiting scheduler would hold up for ever.
  const bool in_section = Scheduler::current() != nullptr;
  while (!request->is_done()) {
    if (in_section) epoch_leave();  // with the GIL: H4 in hooks.h
    without_gil([&] { request->wait(kLookNs); });
    if (in_section) epoch_enter();
    check(PyErr_CheckSignals() == 0);
  }
  return request->result();
}

void register_name(const std::string& name, py::handle pid) {
  const Pid to = pid.is_none() ? process_for("register()").pid() : exact_pid(pid, "register: pid");
  switch (change_name(to, name, true)) {
    case NameRequest::Result::NoProcess:
      throw py::value_error("register: the process has ended");
    case NameRequest::Result::NameTaken:
      throw py::value_error("register: the name '" + name + "' is taken");
    case NameRequest::Result::ProcessHasName:
      throw py::value_error("register: the process has a name already; unregister that first");
    default:
      break;
  }
}

void unregister_name(const std::string& name) {
  const Pid pid = registry::whereis(name);
  if (!pid || change_name(pid, name, false) != NameRequest::Result::Done)
    throw py::value_error("unregister: nobody is registered as '" + name + "'");
}

py::object whereis(const std::string& name) {
  const Pid pid = registry::whereis(name);
  return pid ? owned(object_from_pid(pid)) : py::none();
}

std::vector<std::string> registered() {
  std::vector<std::string> names;
  registry::for_each_name([&](std::string_view name, Pid) { names.emplace_back(name); });
  return names;
}

// Process dictionary.

std::vector<DictionaryEntry>& dictionary(const char* what) { return process_for(what).extras().dictionary; }

DictionaryEntry* find_entry(std::vector<DictionaryEntry>& entries, std::uint64_t key_hash, Term key) {
  for (DictionaryEntry& entry : entries) {
    if (entry.hash == key_hash && equal(entry.key.get(), key)) return &entry;
  }
  return nullptr;
}

py::object dictionary_put(py::handle key, py::handle value) {
  auto& entries = dictionary("put()");
  OwnedTerm key_term = term_of(key, "key");
  OwnedTerm value_term = term_of(value, "value");
  const std::uint64_t key_hash = hash(key_term.get());
  if (DictionaryEntry* entry = find_entry(entries, key_hash, key_term.get())) {
    std::swap(entry->value, value_term);
    return object_of(value_term.get());
  }
  entries.push_back({key_hash, std::move(key_term), std::move(value_term)});
  return py::none();
}

py::object dictionary_get(py::handle key, py::object fallback) {
  auto& entries = dictionary("get()");
  const OwnedTerm term = term_of(key, "key");
  const DictionaryEntry* entry = find_entry(entries, hash(term.get()), term.get());
  if (entry == nullptr) return fallback;
  const OwnedTerm value(entry->value.get());  // a copy: making an object may run code that changes the dictionary
  return object_of(value.get());
}

py::object dictionary_erase(py::handle key) {
  auto& entries = dictionary("erase()");
  const OwnedTerm term = term_of(key, "key");
  DictionaryEntry* entry = find_entry(entries, hash(term.get()), term.get());
  if (entry == nullptr) return py::none();
  const OwnedTerm old = std::move(entry->value);
  entries.erase(entries.begin() + (entry - entries.data()));
  return object_of(old.get());
}

py::dict dictionary_all() {
  std::vector<std::pair<OwnedTerm, OwnedTerm>> copies;  // as in dictionary_get
  for (const DictionaryEntry& entry : dictionary("get()")) copies.emplace_back(entry.key.get(), entry.value.get());
  py::dict all;
  for (const auto& [key, value] : copies) all[object_of(key.get())] = object_of(value.get());
  return all;
}

// Timers.

py::object start_timer(py::handle seconds, py::handle destination, py::handle message, bool wrapped) {
  std::uint64_t ns = 0;
  check(nanoseconds_from_object(seconds.ptr(), "seconds", &ns));
  Pid to;
  std::string name;
  if (PyUnicode_Check(destination.ptr())) {
    name = py::cast<std::string>(destination);
    if (name.empty()) throw py::value_error("destination: a name may not be empty");
  } else {
    to = exact_pid(destination, "destination", " or a name");
  }
  Signal* signal = message_from_object(message.ptr());
  check(signal != nullptr);
  if (Scheduler::current() == nullptr && !check_running()) {
    signal->destroy();
    throw py::error_already_set();
  }
  const TimerRef ref = reserve_later();
  if (wrapped) {
    Signal* outer = Signal::create(SignalKind::Message, 4 + 3);
    SignalBuilder builder(*outer);
    const Term ref_term = builder.make_ref(ref.id, Pid::from_value(ref.slot));
    builder.finish(builder.tuple(Term::short_string("timeout"), ref_term, copy(signal->term, builder)));
    signal->destroy();
    signal = outer;
  }
  // Only from outside, and with the runtime running (check_running): no process was to be had that arms it.
  if (!start_later(ref, monotonic_ns() + ns, to, name, signal))
    throw std::runtime_error("system_limit: " + std::to_string(process_table::limit()) + " processes are alive");
  return owned(terms->ref_object(ref.id, ref.slot, 0));
}

py::object seconds_left(std::optional<std::uint64_t> left) {
  if (!left) return py::bool_(false);
  return py::float_(static_cast<double>(*left) * 1e-9);
}

TimerRef timer_ref(py::handle ref) {
  const RefValue value = ref_of(ref, "timer");
  return {value.id, value.maker.value()};
}

// Flags, suspension, inspection.

py::object flag(const std::string& name, py::handle value) {
  Process& self = process_for("process_flag()");
  if (name == "trap_exit") return py::bool_(std::exchange(self.trap_exit, py::cast<bool>(value)));
  if (name == "priority") {
    const auto old = static_cast<int>(self.line.priority.load_relaxed());
    self.line.priority.store_relaxed(static_cast<Priority>(py::cast<int>(value)));
    return py::int_(old);
  }
  const auto amount = py::cast<std::uint64_t>(value);
  if (name == "max_heap") {
    return py::int_(std::exchange(self.extras().max_heap_words, (amount + sizeof(Word) - 1) / sizeof(Word)) * sizeof(Word));
  }
  if (self.line.policy == MailboxPolicy::Unbounded) {
    throw py::value_error(
        "process_flag: max_mailbox can be changed where it was given at spawn, for senders count from the birth on");
  }
  const auto old = self.line.max_length.load_relaxed();
  self.line.max_length.store_relaxed(static_cast<std::uint32_t>(amount));
  return py::int_(old);
}

/// A process resumes only whom it suspended, and at its end whoever is left; other threads do as they say.
void suspend(py::handle pid) {
  const Pid to = exact_pid(pid, "suspend: pid");
  check(check_not_forked());
  Process* self = current_process;
  if (self != nullptr && to == self->pid())
    throw py::value_error("suspend: a process cannot suspend itself; await a message instead");
  if (self != nullptr) self->extras().suspended.push_back(to);
  static_cast<void>(deliver(to, make_pid_signal(SignalKind::Suspend, self != nullptr ? self->pid() : Pid())));
}

void resume(py::handle pid) {
  const Pid to = exact_pid(pid, "resume: pid");
  check(check_not_forked());
  Process* self = current_process;
  if (self != nullptr) {
    auto& suspended = self->extras().suspended;
    const auto entry = std::find(suspended.begin(), suspended.end(), to);
    if (entry == suspended.end()) throw py::value_error("resume: pid was not suspended by this process");
    suspended.erase(entry);
  }
  static_cast<void>(deliver(to, make_pid_signal(SignalKind::Resume, self != nullptr ? self->pid() : Pid())));
}

bool is_alive(py::handle pid) {
  const Pid asked = exact_pid(pid, "is_alive: pid");
  check(check_not_forked());
  const EpochGuard guard;
  return process_table::resolve(asked) != nullptr;
}

py::list processes() {
  check(check_not_forked());
  std::vector<Pid> alive;
  {
    const EpochGuard guard;
    process_table::for_each([&](Process& process) { alive.push_back(Pid::from_value(process.line.pid.load_relaxed())); });
  }
  py::list list;
  for (const Pid pid : alive) {
    if (pid) list.append(owned(object_from_pid(pid)));
  }
  return list;
}

/// What another process or thread asked of a process: done() and result(); for a process, with a Wake when it is there.
class Info {
 public:
  explicit Info(py::handle pid) {
    const Pid target = exact_pid(pid, "process_info: pid");
    check(check_not_forked());
    request_ = InfoRequest::ask(target, current_process != nullptr ? current_process->pid() : Pid());
  }
  bool done() const { return request_->is_done(); }
  py::object result() const { return request_->result().is_nothing() ? py::none() : object_of(request_->result()); }
  void wait(double seconds) {
    without_gil([&] { request_->wait(static_cast<std::uint64_t>(seconds * 1e9)); });
  }

 private:
  std::shared_ptr<InfoRequest> request_;
};

py::object own_info() {
  Process& self = process_for("process_info()");
  self.receive_signals();
  return object_of(collect_info(self, true).get());
}

void set_label(const std::string& label) { process_for("label()").extras().label = label; }

}  // namespace

void add_control(py::module_& module) {
  module.def("link", link_to);
  module.def("unlink", unlink_from);
  module.def("monitor", monitor_it);
  module.def("demonitor", demonitor_it);
  module.def("exit_signal", exit_signal);
  module.def("exit_reason", exit_reason);
  module.def("alias", alias_make);
  module.def("unalias", alias_end);
  module.def("register", register_name);
  module.def("unregister", unregister_name);
  module.def("whereis", whereis);
  module.def("registered", registered);
  module.def("put", dictionary_put);
  module.def("get", dictionary_get);
  module.def("erase", dictionary_erase);
  module.def("get_all", dictionary_all);
  module.def("start_timer", start_timer);
  module.def("cancel_timer", [](py::handle ref) { return seconds_left(cancel_later(timer_ref(ref))); });
  module.def("read_timer", [](py::handle ref) { return seconds_left(read_later(timer_ref(ref))); });
  module.def("process_flag", flag);
  module.def("suspend", suspend);
  module.def("resume", resume);
  module.def("is_alive", is_alive);
  module.def("processes", processes);
  module.def("own_info", own_info);
  module.def("set_label", set_label);
  module.def("in_process", [] { return current_process != nullptr; });
  module.def("on_scheduler", [] { return Scheduler::current() != nullptr; });
  py::class_<Info>(module, "Info")
      .def(py::init<py::handle>())
      .def("done", &Info::done)
      .def("result", &Info::result)
      .def("wait", &Info::wait);
}

}  // namespace pyvm::python
