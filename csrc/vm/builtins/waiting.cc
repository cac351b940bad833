// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What a compiled process waits for besides messages: time, its turn, a reply, what another process says of itself, a Python function.
// Each is a call that runs again when the process goes on (context.h, V3).
#include <algorithm>

#include "proc/call.h"
#include "proc/heap.h"
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
    const Term request = heap.tuple(resolve(arguments[0]), heap.make_tuple(arguments.subspan(1)));
    if (!check_sendable(context, request, "python")) return Term();
    const Spawned born = spawn_python({.parent = &process}, OwnedTerm());
    if (born.error != SpawnError::None)
      return context.raise("RuntimeError", "system_limit: " + std::to_string(process_table::limit()) + " processes are alive");
    const Word ref = begin_call(process, born.pid, request);
    context.state() = heap.tuple(Term::pid(born.pid), heap.make_ref(ref, process.pid()));
  }
  return outcome_of(context, go_on_with_call(context, ref_value(element(context.state(), 1)).id, first, kForever));
}

// Inspection.

/// A request that is asked, as a term: the state of who waits for its answer.
class AskedInfo final : public OffHeap {
 public:
  explicit AskedInfo(std::shared_ptr<InfoRequest> request) : request(std::move(request)) {}
  const std::shared_ptr<InfoRequest> request;

 private:
  void destroy() override { delete this; }
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
    context.state() = context.heap.make_opaque(new AskedInfo(InfoRequest::ask(pid, self.pid())), 0);
  }
  while (Signal* wake = self.take_wake()) wake->destroy();
  const auto* asked = reinterpret_cast<OffHeap*>(context.state().boxed()[2]);
  const InfoRequest& request = *static_cast<const AskedInfo*>(asked)->request;
  if (!request.is_done()) return context.wait();
  return request.result().is_nothing() ? Term::none() : copy(request.result(), context.heap);
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

constexpr Builtin kFunctions[] = {
    {"pyvm.ainfo", "pid, item=None", run_process_info},
    {"pyvm.is_alive_after_signals", "pid", run_is_alive_after_signals},
    {"pyvm.process_info", "pid, item=None", run_process_info},
    {"pyvm.python", "function, /, *args", run_python},
    {"pyvm.sleep", "seconds", run_sleep},
    {"pyvm.yield_now", "", run_yield_now},
};

constexpr Method kMethods[] = {
    {"Pid", "call", "request, timeout=5.0", run_call},
};

}  // namespace

std::span<const Builtin> waiting_functions() { return kFunctions; }
std::span<const Method> pid_methods() { return kMethods; }

}  // namespace pyvm::vm
