// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What a compiled process does to others and to itself: the functions of the package pyvm, as plain calls. The docstrings of the package
// say what each promises.
#include "proc/link_monitor.h"
#include "proc/registry.h"
#include "sched/timers.h"
#include "term/change.h"
#include "term/copy.h"
#include "term/number.h"
#include "term/print.h"
#include "vm/builtins/arguments.h"
#include "vm/builtins/tables.h"
#include "vm/calls.h"
#include "vm/machine.h"
#include "vm/send.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

Term run_self(Context& context, std::span<const Term>) { return context.process.pid_term(); }

Term run_send(Context& context, std::span<const Term> arguments) {
  const bool priority = !arguments[2].is_nothing() && is_truthy(resolve(arguments[2]));
  return send_anything(context, arguments[0], arguments[1], priority) ? Term::none() : Term();
}

Term run_make_ref(Context& context, std::span<const Term>) {
  return context.heap.make_ref(make_ref(context.process), context.process.pid());
}

Term run_link(Context& context, std::span<const Term> arguments) {
  Pid pid;
  if (!read_pid(context, arguments[0], "link: pid", &pid)) return Term();
  link(context.process, pid);
  return Term::boolean(true);
}

Term run_unlink(Context& context, std::span<const Term> arguments) {
  Pid pid;
  if (!read_pid(context, arguments[0], "unlink: pid", &pid)) return Term();
  unlink(context.process, pid);
  return Term::boolean(true);
}

/// target, tag, alias
Term run_monitor(Context& context, std::span<const Term> arguments) {
  MonitorOptions options;
  if (!read_monitor_alias(context, arguments[2], &options.alias)) return Term();
  if (!arguments[1].is_nothing() && !arguments[1].is_none()) options.tag = resolve(arguments[1]);
  if (!check_sendable(context, options.tag, "tag")) return Term();
  Pid pid;
  if (is_string(arguments[0])) {
    options.name = arguments[0];
    pid = registry::whereis(string_view_of(arguments[0]));
  } else if (!read_pid(context, arguments[0], "monitor: target", &pid)) {
    return Term();
  }
  const Word ref = monitor(context.process, pid, options);
  return context.heap.make_ref(ref, context.process.pid(), options.alias != AliasMode::None);
}

/// ref, flush, info
Term run_demonitor(Context& context, std::span<const Term> arguments) {
  RefValue ref;
  if (!read_ref(context, arguments[0], "demonitor: ref", &ref)) return Term();
  const bool mine = ref.maker == context.process.pid();
  const bool found = mine && demonitor(context.process, ref.id, arguments[1].is_true());
  return Term::boolean(!arguments[2].is_true() || found);
}

/// pid_or_reason, reason
Term run_exit(Context& context, std::span<const Term> arguments) {
  Process& self = context.process;
  if (arguments[1].is_nothing()) {
    const Term reason = arguments[0].is_nothing() ? reason::normal : arguments[0];
    TermBuilder& heap = context.heap;
    return context.raise(heap.make_exception({heap.make_string("pyvm.errors"), heap.make_string("ProcessExit"),
                                              heap.tuple(reason), Term::short_string(""), heap.make_list({})}));
  }
  Pid pid;
  if (!read_pid(context, arguments[0], "exit: pid", &pid) || !check_sendable(context, arguments[1], "reason")) return Term();
  send_exit(self.pid(), pid, arguments[1]);
  if (pid == self.pid()) self.receive_signals();  // a signal to oneself has arrived when the call returns
  return self.exiting ? Term() : Term::boolean(true);
}

/// mode, priority
Term run_alias(Context& context, std::span<const Term> arguments) {
  constexpr std::string_view kModes[] = {"explicit", "explicit_unalias", "reply"};
  std::size_t number = 0;
  if (!arguments[0].is_nothing() && !read_choice(context, arguments[0], "mode", kModes, &number)) return Term();
  const AliasMode mode = number == 2 ? AliasMode::Reply : AliasMode::Explicit;
  const Word ref = make_alias(context.process, mode, arguments[1].is_true());
  return context.heap.make_ref(ref, context.process.pid(), true);
}

Term run_unalias(Context& context, std::span<const Term> arguments) {
  RefValue ref;
  if (!read_ref(context, arguments[0], "unalias: ref", &ref)) return Term();
  return Term::boolean(ref.maker == context.process.pid() && unalias(context.process, ref.id));
}

Term run_whereis(Context& context, std::span<const Term> arguments) {
  std::string_view name;
  if (!read_name(context, arguments[0], &name)) return Term();
  const Pid pid = registry::whereis(name);
  return pid ? Term::pid(pid) : Term::none();
}

Term run_is_alive(Context& context, std::span<const Term> arguments) {
  Pid pid;
  if (!read_pid(context, arguments[0], "is_alive: pid", &pid)) return Term();
  const EpochGuard guard;
  return Term::boolean(process_table::resolve(pid) != nullptr);
}

/// ("timeout", ref, message)
Signal* wrapped_for_timer(Signal* inner, TimerRef ref) {
  Signal* outer = Signal::create(SignalKind::Message, 4 + 3);
  SignalBuilder builder(*outer);
  const Term ref_term = builder.make_ref(ref.id, Pid::from_value(ref.slot));
  builder.finish(builder.tuple(Term::short_string("timeout"), ref_term, copy(inner->term, builder)));
  inner->destroy();
  return outer;
}

/// seconds, destination, message
template <bool kWrapped>
Term run_timer(Context& context, std::span<const Term> arguments) {
  std::uint64_t ns = 0;
  if (!read_seconds(context, arguments[0], "seconds", &ns)) return Term();
  Pid to;
  std::string_view name;
  if (is_string(arguments[1])) {
    if (!read_name(context, arguments[1], &name)) return Term();
  } else if (!arguments[1].is_pid()) {
    return context.raise("TypeError", "destination must be a Pid or a name, not " + type_name(arguments[1]));
  } else {
    to = arguments[1].unchecked_pid();
  }
  Signal* message = make_message(context, arguments[2], "message");
  if (message == nullptr) return Term();
  const TimerRef ref = reserve_later();
  if (kWrapped) message = wrapped_for_timer(message, ref);
  const bool started = start_later(ref, process_time_ns() + ns, to, name, message);
  PYVM_CHECK(started, "run_timer: a scheduler could not arm a timer");
  return context.heap.make_ref(ref.id, Pid::from_value(ref.slot));
}

Term seconds_left(Context& context, std::optional<std::uint64_t> ns) {
  return ns ? context.heap.make_float(static_cast<double>(*ns) * 1e-9) : Term::boolean(false);
}

Term run_cancel_timer(Context& context, std::span<const Term> arguments) {
  RefValue ref;
  if (!read_ref(context, arguments[0], "timer", &ref)) return Term();
  return seconds_left(context, cancel_later({ref.id, ref.maker.value()}));
}

Term run_read_timer(Context& context, std::span<const Term> arguments) {
  RefValue ref;
  if (!read_ref(context, arguments[0], "timer", &ref)) return Term();
  return seconds_left(context, read_later({ref.id, ref.maker.value()}));
}

constexpr Builtin kFunctions[] = {
    {"pyvm.alias", "mode='explicit', *, priority=False", run_alias},
    {"pyvm.cancel_timer", "ref", run_cancel_timer},
    {"pyvm.demonitor", "ref, *, flush=False, info=False", run_demonitor},
    {"pyvm.exit", "pid_or_reason='normal', reason=None, /", run_exit},
    {"pyvm.is_alive", "pid", run_is_alive},
    {"pyvm.link", "pid", run_link},
    {"pyvm.make_ref", "", run_make_ref},
    {"pyvm.monitor", "target, *, tag=None, alias=None", run_monitor},
    {"pyvm.read_timer", "ref", run_read_timer},
    {"pyvm.self", "", run_self},
    {"pyvm.send", "destination, message, /, priority=False", run_send},
    {"pyvm.send_after", "seconds, destination, message", run_timer<false>},
    {"pyvm.start_timer", "seconds, destination, message", run_timer<true>},
    {"pyvm.unalias", "ref", run_unalias},
    {"pyvm.unlink", "pid", run_unlink},
    {"pyvm.whereis", "name", run_whereis},
};

}  // namespace

std::span<const Builtin> process_functions() { return kFunctions; }

}  // namespace pyvm::vm
