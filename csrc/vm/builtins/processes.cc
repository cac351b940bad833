// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What a compiled process does to others and to itself: the functions of the package pyvm, as plain calls. The docstrings of the package
// say what each promises.
#include <cmath>

#include "proc/link_monitor.h"
#include "proc/registry.h"
#include "sched/timers.h"
#include "term/change.h"
#include "term/copy.h"
#include "term/number.h"
#include "term/print.h"
#include "vm/builtins/tables.h"
#include "vm/calls.h"
#include "vm/machine.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

constexpr double kMostTimerSeconds = 4294967.295;

std::string quoted(Term string) { return "'" + std::string(string_view_of(string)) + "'"; }

/// The view is of `term` itself.
bool read_name(Context& context, const Term& term, std::string_view* name) {
  if (!is_string(term)) {
    context.raise("TypeError", "a name must be a str, not " + type_name(term));
    return false;
  }
  *name = string_view_of(term);
  if (!name->empty() && *name != "undefined") return true;
  context.raise("ValueError", quoted(term) + " cannot be a name");
  return false;
}

bool read_pid(Context& context, Term term, const char* what, Pid* pid) {
  if (!term.is_pid()) {
    context.raise("TypeError", std::string(what) + " must be a Pid, not " + type_name(term));
    return false;
  }
  *pid = term.unchecked_pid();
  return true;
}

bool read_ref(Context& context, Term term, const char* what, RefValue* ref) {
  if (!is_ref(term)) {
    context.raise("TypeError", std::string(what) + " must be a Ref, not " + type_name(term));
    return false;
  }
  *ref = ref_value(term);
  return true;
}

Term run_self(Context& context, std::span<const Term>) { return context.process.pid_term(); }

Term run_send(Context& context, std::span<const Term> arguments) {
  const Term to = arguments[0];
  Pid pid;
  if (to.is_pid()) {
    pid = to.unchecked_pid();
  } else if (is_string(to)) {
    pid = registry::whereis(string_view_of(to));
    if (!pid) return context.raise("ValueError", "nobody is registered as " + quoted(to));
  } else if (!is_ref(to)) {
    return context.raise("TypeError", "send: to a Pid, an Alias or a name, not " + type_name(to));
  }
  Signal* message = make_message(context, arguments[1], "message");
  if (message == nullptr) return Term();
  context.process.spend();
  if (pid) {
    static_cast<void>(deliver(pid, message));
  } else {
    if (arguments[2].is_true()) message->flags |= signal_flag::kPriority;
    static_cast<void>(send_to_alias(to, message));
  }
  return Term::none();
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

constexpr std::string_view kModes[] = {"explicit", "explicit_unalias", "reply", "reply_demonitor", "demonitor"};

bool read_alias_mode(Context& context, Term term, AliasMode* mode) {
  if (term.is_nothing() || term.is_none()) return true;
  if (is_string(term)) {
    const std::string_view text = string_view_of(term);
    if (text == kModes[0] || text == kModes[1]) *mode = AliasMode::Explicit;
    if (text == kModes[2] || text == kModes[3]) *mode = AliasMode::Reply;
    if (text == kModes[4]) *mode = AliasMode::Demonitor;
  }
  if (*mode != AliasMode::None) return true;
  context.raise("ValueError", "alias must be one of 'explicit', 'reply_demonitor', 'demonitor'");
  return false;
}

/// target, tag, alias
Term run_monitor(Context& context, std::span<const Term> arguments) {
  MonitorOptions options;
  if (!read_alias_mode(context, arguments[2], &options.alias)) return Term();
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
  AliasMode mode = AliasMode::None;
  if (!read_alias_mode(context, arguments[0], &mode)) return Term();
  if (mode == AliasMode::None) mode = AliasMode::Explicit;
  const Word ref = make_alias(context.process, mode, arguments[1].is_true());
  return context.heap.make_ref(ref, context.process.pid(), true);
}

Term run_unalias(Context& context, std::span<const Term> arguments) {
  RefValue ref;
  if (!read_ref(context, arguments[0], "unalias: ref", &ref)) return Term();
  return Term::boolean(ref.maker == context.process.pid() && unalias(context.process, ref.id));
}

Term run_register(Context& context, std::span<const Term> arguments) {
  std::string_view name;
  if (!read_name(context, arguments[0], &name)) return Term();
  if (!arguments[1].is_nothing() && !arguments[1].is_none() && arguments[1] != context.process.pid_term())
    return context.raise("ValueError", "register: a compiled process names itself only");
  switch (registry::add_name(name, context.process)) {
    case registry::NameResult::NameTaken:
      return context.raise("ValueError", "register: the name " + quoted(arguments[0]) + " is taken");
    case registry::NameResult::ProcessHasName:
      return context.raise("ValueError", "register: the process has a name already; unregister that first");
    default:
      return Term::boolean(true);
  }
}

Term run_unregister(Context& context, std::span<const Term> arguments) {
  std::string_view name;
  if (!read_name(context, arguments[0], &name)) return Term();
  if (registry::whereis(name) == context.process.pid() && registry::remove_name(context.process)) return Term::boolean(true);
  return context.raise("ValueError", "unregister: " + quoted(arguments[0]) + " is not the name of the caller");
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

/// seconds, destination, message
Term run_send_after(Context& context, std::span<const Term> arguments) {
  const Term seconds = arguments[0];
  if (!is_number(seconds) || seconds.is_bool())
    return context.raise("TypeError", "seconds must be a number, not " + type_name(seconds));
  const double delay = seconds.is_small()  ? static_cast<double>(seconds.unchecked_small())
                       : is_float(seconds) ? float_value(seconds)
                                           : -1;
  if (!(delay >= 0 && delay <= kMostTimerSeconds))
    return context.raise("ValueError", "seconds must be between 0 and 4294967.295");
  Pid to;
  std::string_view name;
  if (is_string(arguments[1])) {
    if (!read_name(context, arguments[1], &name)) return Term();
  } else if (!read_pid(context, arguments[1], "destination", &to)) {
    return Term();
  }
  Signal* message = make_message(context, arguments[2], "message");
  if (message == nullptr) return Term();
  const TimerRef ref = reserve_later();
  const bool started = start_later(ref, process_time_ns() + static_cast<std::uint64_t>(delay * 1e9), to, name, message);
  PYVM_CHECK(started, "send_after: a scheduler could not arm a timer");
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

/// flag, value
Term run_process_flag(Context& context, std::span<const Term> arguments) {
  if (!is_string(arguments[0]) || string_view_of(arguments[0]) != "trap_exit")
    return context.raise("ValueError", "unknown flag " + print(arguments[0]) + ": a compiled process has trap_exit");
  if (!arguments[1].is_bool()) return context.raise("TypeError", "trap_exit must be True or False, not " + print(arguments[1]));
  return Term::boolean(std::exchange(context.process.trap_exit, arguments[1].is_true()));
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
    {"pyvm.process_flag", "flag, value", run_process_flag},
    {"pyvm.read_timer", "ref", run_read_timer},
    {"pyvm.register", "name, pid=None", run_register},
    {"pyvm.self", "", run_self},
    {"pyvm.send", "destination, message, priority=False, /", run_send},
    {"pyvm.send_after", "seconds, destination, message", run_send_after},
    {"pyvm.unalias", "ref", run_unalias},
    {"pyvm.unlink", "pid", run_unlink},
    {"pyvm.unregister", "name", run_unregister},
    {"pyvm.whereis", "name", run_whereis},
};

}  // namespace

std::span<const Builtin> process_functions() { return kFunctions; }

}  // namespace pyvm::vm
