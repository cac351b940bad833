// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What a compiled process waits for besides messages: time, its turn, a reply, what another process says of itself, a Python function.
// Each is a call that runs again when the process goes on (context.h, V3).
#include <algorithm>

#include "proc/call.h"
#include "proc/heap.h"
#include "proc/name_request.h"
#include "proc/process_info.h"
#include "proc/ready.h"
#include "proc/spawn.h"
#include "term/change.h"
#include "vm/builtins/arguments.h"
#include "vm/builtins/lookup.h"
#include "vm/builtins/tables.h"
#include "vm/calls.h"
#include "vm/code_body.h"
#include "vm/format.h"
#include "vm/items.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

using Arguments = std::span<const Term>;

Term refuse_in_guard(Context& context, const char* what) {
  return context.raise("RuntimeError", std::string(what) + " in a guard of a match receive(): wait in the case instead");
}

Term run_sleep(Context& context, Arguments arguments) {
  Process& process = context.process;
  if (context.begins()) {
    std::uint64_t ns = 0;
    if (context.in_guard()) return refuse_in_guard(context, "sleep()");
    if (!read_seconds(context, arguments[0], "seconds", &ns)) return Term();
    process.clear_deadline();
    process.set_deadline(process_time_ns() + ns);
  } else if (process.timed_out) {
    process.clear_deadline();
    return Term::none();
  }
  return context.wait();
}

Term run_yield_now(Context& context, Arguments) { return context.begins() ? context.give_way() : Term::none(); }

/// Its terms are the heap's from here on.
Term adopt(Context& context, Message& message, Term part) {
  if (part.is_boxed()) static_cast<Heap&>(context.heap).adopt(message.release());
  return part;
}

Term raise_process_down(Context& context, Term reason) {
  const Term shown = repr_of(context, reason);
  if (shown.is_nothing()) return shown;
  const Term text = context.heap.make_string("the process ended with reason " + std::string(string_view_of(shown)));
  TermBuilder& heap = context.heap;
  return context.raise(heap.make_exception(
      {heap.make_string("pyvm.errors"), heap.make_string("ProcessDown"), heap.tuple(reason), text, heap.make_list({})}));
}

/// What came of a call whose reference is `ref`; waits if nothing has. The reply is in `message`, or the exception in the context.
Term go_on_with_call(Context& context, Word ref, bool first, std::uint64_t timeout_ns) {
  Message message;
  switch (step_call(context.process, ref, first, timeout_ns, message)) {
    case CallState::Waiting:
      return context.wait();
    case CallState::Replied:
      return adopt(context, message, message.term());
    case CallState::Down:
      return raise_process_down(context, adopt(context, message, element(message.term(), 4)));
    case CallState::TimedOut:
      break;
  }
  return context.raise("TimeoutError", "no reply in time; a reply that comes later will be dropped");
}

/// pid, request, timeout. The state is the reference.
Term run_call(Context& context, Arguments arguments) {
  constexpr std::uint64_t kDefaultNs = 5'000'000'000;
  const bool first = context.begins();
  std::uint64_t timeout_ns = arguments[2].is_none() ? kForever : kDefaultNs;
  if (!is_left_out(arguments[2]) && !read_seconds(context, arguments[2], "timeout", &timeout_ns)) return Term();
  if (first) {
    if (context.in_guard()) return refuse_in_guard(context, "call()");
    if (!check_sendable(context, arguments[1], "request")) return Term();
    const Word ref = begin_call(context.process, arguments[0].unchecked_pid(), resolve(arguments[1]));
    context.state() = context.heap.make_ref(ref, context.process.pid());
    context.process.spend();
  }
  return go_on_with_call(context, ref_value(context.state()).id, first, timeout_ns);
}

// Python functions.

/// The reply of a python call: ("ok", result) or ("error", exception).
Term outcome_of(Context& context, Term reply) {
  if (reply.is_nothing()) return reply;
  const Term kind = element(reply, 0), value = element(reply, 1);
  return string_view_of(kind) == "ok" ? value : context.raise(value);
}

/// function, *args. The state is (pid, ref) of the call to the process that runs it; Machine::kill ends that one.
Term run_python(Context& context, Arguments arguments) {
  Process& process = context.process;
  const bool first = context.begins();
  if (first) {
    TermBuilder& heap = context.heap;
    if (context.in_guard()) return refuse_in_guard(context, "python()");
    const Term function = resolve(arguments[0]), given = heap.make_tuple(arguments.subspan(1));
    if (!check_sendable(context, function, "function") || !check_sendable(context, given, "argument")) return Term();
    const Term request = heap.tuple(function, given);
    const Spawned born = spawn_python({.parent = &process}, OwnedTerm());
    if (born.error != SpawnError::None)
      return context.raise("RuntimeError", "system_limit: " + std::to_string(process_table::limit()) + " processes are alive");
    const Word ref = begin_call(process, born.pid, request);
    context.state() = heap.tuple(Term::pid(born.pid), heap.make_ref(ref, process.pid()));
  }
  return outcome_of(context, go_on_with_call(context, ref_value(element(context.state(), 1)).id, first, kForever));
}

// Inspection.

/// A request that another process is asked, as a term: the state of who waits for its answer.
template <typename Request>
class Asked final : public OffHeap {
 public:
  explicit Asked(std::shared_ptr<Request> request) : request_(std::move(request)) {}

  static Term make(Context& context, std::shared_ptr<Request> request) {
    return context.heap.make_opaque(new Asked(std::move(request)), 0);
  }
  /// Null: it is not answered yet.
  static const Request* answered(Context& context) {
    while (Signal* wake = context.process.take_wake()) wake->destroy();
    const auto* asked = static_cast<const Asked*>(reinterpret_cast<OffHeap*>(context.state().boxed()[2]));
    return asked->request_->is_done() ? asked->request_.get() : nullptr;
  }

 private:
  void destroy() override { delete this; }

  const std::shared_ptr<Request> request_;
};

/// What the process says of itself, a dict that is a term of the heap, or None if it has ended; waits for it.
Term info_of(Context& context, Term pid_term, const char* what) {
  Process& self = context.process;
  if (context.begins()) {
    Pid pid;
    if (context.in_guard()) return refuse_in_guard(context, what);
    if (!read_pid(context, pid_term, "process_info: pid", &pid)) return Term();
    if (pid == self.pid()) {
      self.receive_signals();
      return copy(collect_info(self, true).get(), context.heap);
    }
    context.state() = Asked<InfoRequest>::make(context, InfoRequest::ask(pid, self.pid()));
  }
  const InfoRequest* request = Asked<InfoRequest>::answered(context);
  if (request == nullptr) return context.wait();
  return request->result().is_nothing() ? Term::none() : copy(request->result(), context.heap);
}

Term item_of(Context& context, Term info, Term item) {
  const Term found = is_string(item) ? dict_get(info, item) : Term();
  if (!found.is_nothing()) return found;
  std::vector<std::string> names;
  for (const Term key : entries_of(info)) names.emplace_back(string_view_of(key));
  std::ranges::sort(names);
  std::string listed;
  for (const std::string& name : names) listed += (listed.empty() ? "" : ", ") + name;
  const Term shown = repr_of(context, item);
  if (shown.is_nothing()) return shown;
  return context.raise("ValueError", "unknown item " + std::string(string_view_of(shown)) + ": one of " + listed);
}

/// pid, item
Term run_process_info(Context& context, Arguments arguments) {
  const Term info = info_of(context, arguments[0], "process_info()");
  const Term item = arguments[1];
  if (info.is_nothing() || info.is_none() || is_left_out(item)) return info;
  if (is_string(item)) return item_of(context, info, item);
  std::vector<Term> items;
  if (!collect_items(context, item, items)) return Term();
  std::vector<TermPair> pairs;
  for (const Term one : items) {
    pairs.push_back({one, item_of(context, info, one)});
    if (pairs.back().value.is_nothing()) return Term();
  }
  return context.heap.make_dict(pairs);
}

Term run_is_alive_after_signals(Context& context, Arguments arguments) {
  const Term info = info_of(context, arguments[0], "is_alive_after_signals()");
  return info.is_nothing() ? info : Term::boolean(!info.is_none());
}

// Names.

Term after_adding(Context& context, NameRequest::Result result, Term name) {
  switch (result) {
    case NameRequest::Result::NoProcess:
      return context.raise("ValueError", "register: the process has ended");
    case NameRequest::Result::NameTaken:
      return context.raise("ValueError", "register: the name " + quoted(name) + " is taken");
    case NameRequest::Result::ProcessHasName:
      return context.raise("ValueError", "register: the process has a name already; unregister that first");
    default:
      return Term::boolean(true);
  }
}

/// Gives the process that name, or takes it away; waits for another process. `done` has what came of it when it is over.
bool change_name(Context& context, Pid pid, std::string_view name, bool add, bool first, NameRequest::Result* done) {
  Process& self = context.process;
  if (pid == self.pid()) {
    NameRequest here(std::string(name), add);
    here.run(self);
    *done = here.result();
    return true;
  }
  if (first) context.state() = Asked<NameRequest>::make(context, NameRequest::ask(pid, std::string(name), add, self.pid()));
  const NameRequest* request = Asked<NameRequest>::answered(context);
  if (request != nullptr) *done = request->result();
  return request != nullptr;
}

/// name, pid
Term run_register(Context& context, Arguments arguments) {
  const bool first = context.begins();
  std::string_view name;
  Pid pid = context.process.pid();
  NameRequest::Result result = NameRequest::Result::Done;
  if (!read_name(context, arguments[0], &name)) return Term();
  if (!is_left_out(arguments[1]) && !read_pid(context, arguments[1], "register: pid", &pid)) return Term();
  if (pid != context.process.pid() && context.in_guard()) return refuse_in_guard(context, "register()");
  if (!change_name(context, pid, name, true, first, &result)) return context.wait();
  return after_adding(context, result, arguments[0]);
}

/// name
Term run_unregister(Context& context, Arguments arguments) {
  const bool first = context.begins();
  std::string_view name;
  NameRequest::Result result = NameRequest::Result::NoProcess;
  if (!read_name(context, arguments[0], &name)) return Term();
  const Pid pid = registry::whereis(name);
  if (pid != context.process.pid() && context.in_guard()) return refuse_in_guard(context, "unregister()");
  // When it goes on the name may be gone, as it should.
  if ((pid || !first) && !change_name(context, first ? pid : Pid(), name, false, first, &result)) return context.wait();
  if (result == NameRequest::Result::Done) return Term::boolean(true);
  return context.raise("ValueError", "unregister: nobody is registered as " + quoted(arguments[0]));
}

constexpr Builtin kFunctions[] = {
    {"pyvm.ainfo", "pid, item=None", run_process_info},
    {"pyvm.is_alive_after_signals", "pid", run_is_alive_after_signals},
    {"pyvm.process_info", "pid, item=None", run_process_info},
    {"pyvm.python", "function, /, *args", run_python},
    {"pyvm.register", "name, pid=None", run_register},
    {"pyvm.sleep", "seconds", run_sleep},
    {"pyvm.unregister", "name", run_unregister},
    {"pyvm.yield_now", "", run_yield_now},
};

constexpr Method kMethods[] = {
    {"Pid", "call", "request, timeout=5.0", run_call},
};

}  // namespace

std::span<const Builtin> waiting_functions() { return kFunctions; }
std::span<const Method> pid_methods() { return kMethods; }

}  // namespace pyvm::vm
