// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// spawn, of a function of the same module or of a coroutine function.
#include "proc/spawn.h"

#include <algorithm>

#include "term/print.h"
#include "vm/builtins/arguments.h"
#include "vm/builtins/tables.h"
#include "vm/calls.h"
#include "vm/code_body.h"
#include "vm/machine.h"
#include "vm/spawn.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

// The parameters of spawn in their order.
enum Parameter : std::size_t {
  kFunction,
  kLink,
  kMonitor,
  kName,
  kPriority,
  kMaxHeap,
  kMaxMailbox,
  kOnFull,
  kTrapExit,
  kAlias,
  kTag,
  kRest
};

class Request {
 public:
  Request(Context& context, std::span<const Term> given) : context_(context), given_(given) {}

  bool read(SpawnOptions& options) {
    options.parent = &context_.process;
    return read_flag(kLink, "link", &options.link) && read_flag(kMonitor, "monitor", &options.monitor) &&
           read_flag(kTrapExit, "trap_exit", &options.trap_exit) && read_name(options) && read_priority(options) &&
           read_amounts(options) && read_monitor(options);
  }

 private:
  bool is_left_out(Parameter which) const { return vm::is_left_out(given_[which]); }
  bool fail(const char* kind, const std::string& text) {
    context_.raise(kind, text);
    return false;
  }

  bool read_flag(Parameter which, const char* name, bool* value) {
    if (given_[which].is_nothing()) return true;
    if (!given_[which].is_bool())
      return fail("TypeError", std::string(name) + " must be True or False, not " + print(given_[which]));
    *value = given_[which].is_true();
    return true;
  }

  bool read_name(SpawnOptions& options) { return is_left_out(kName) || vm::read_name(context_, given_[kName], &options.name); }

  bool read_priority(SpawnOptions& options) {
    std::size_t number = 1;
    if (!is_left_out(kPriority) && !read_choice(context_, given_[kPriority], "priority", kPriorities, &number)) return false;
    options.priority = static_cast<Priority>(number);
    return true;
  }

  bool read_amounts(SpawnOptions& options) {
    constexpr std::string_view kPolicies[] = {"drop", "exit", "suspend"};
    Word max_heap = 0, max_mailbox = 0;
    std::size_t policy = 0;
    if (!read_amount(context_, given_[kMaxHeap], "max_heap", kMostHeapBytes, &max_heap)) return false;
    if (!read_amount(context_, given_[kMaxMailbox], "max_mailbox", kMostMailbox, &max_mailbox)) return false;
    if (!is_left_out(kOnFull) && !read_choice(context_, given_[kOnFull], "on_full", kPolicies, &policy)) return false;
    options.max_heap_words = (max_heap + sizeof(Word) - 1) / sizeof(Word);
    options.max_mailbox = static_cast<std::uint32_t>(max_mailbox);
    options.policy = max_mailbox == 0 ? MailboxPolicy::Unbounded : static_cast<MailboxPolicy>(policy + 1);
    return true;
  }

  bool read_monitor(SpawnOptions& options) {
    if (!is_left_out(kTag)) options.monitor_options.tag = resolve(given_[kTag]);
    if (!check_sendable(context_, options.monitor_options.tag, "tag")) return false;
    if (is_left_out(kAlias)) return true;
    if (!options.monitor) return fail("ValueError", "alias goes with monitor=True: the monitor's reference is the alias");
    return read_monitor_alias(context_, given_[kAlias], &options.monitor_options.alias);
  }

  Context& context_;
  std::span<const Term> given_;
};

Term spawn_failed(Context& context, SpawnError error, std::string_view name) {
  if (error == SpawnError::NameTaken) return context.raise("ValueError", "name '" + std::string(name) + "' is taken");
  return context.raise("RuntimeError", "system_limit: " + std::to_string(process_table::limit()) + " processes are alive");
}

bool is_python_function(Term callable) { return is_box(callable, BoxKind::Function) || is_box(callable, BoxKind::Opaque); }

/// False with an exception.
bool spawn_function(Context& context, Term callable, std::span<const Term> arguments, const SpawnOptions& options,
                    Spawned* born) {
  if (is_python_function(callable)) {
    const Term call = context.heap.tuple(callable, context.heap.make_tuple(arguments));
    if (!check_sendable(context, element(call, 1), "argument")) return false;
    *born = spawn_python(options, OwnedTerm(call));
  } else if (const Function* function = function_taking(callable, arguments.size());
             function != nullptr && std::ranges::none_of(arguments, &Term::is_boxed)) {
    *born = spawn_machine(options, *function, arguments);
  } else {
    const Term bound = bind_call(context, callable, arguments, &function);
    if (bound.is_nothing() || !check_sendable(context, bound, "argument")) return false;
    *born = spawn_machine(options, *function, bound);
  }
  if (born->error == SpawnError::None) return true;
  spawn_failed(context, born->error, options.name);
  return false;
}

Term monitor_ref(Context& context, const Spawned& born, const SpawnOptions& options) {
  return context.heap.make_ref(born.monitor, context.process.pid(), options.monitor_options.alias != AliasMode::None);
}

Term spawn_with_options(Context& context, Term callable, std::span<const Term> arguments, const SpawnOptions& options) {
  Spawned born;
  if (!spawn_function(context, callable, arguments, options, &born)) return Term();
  return options.monitor ? context.heap.tuple(Term::pid(born.pid), monitor_ref(context, born, options)) : Term::pid(born.pid);
}

/// function, options ..., *args
Term run_spawn(Context& context, std::span<const Term> arguments) {
  SpawnOptions options;
  if (!Request(context, arguments).read(options)) return Term();
  return spawn_with_options(context, arguments[kFunction], arguments.subspan(kRest), options);
}

// The parameters of spawn_request behind those of spawn.
constexpr std::size_t kReplyTag = kRest, kReply = kRest + 1, kRequestRest = kRest + 2;

/// An answer to the caller: (tag, ref, result, detail).
void answer_request(Context& context, Term tag, Term ref, std::string_view result, Term detail) {
  TermBuilder& heap = context.heap;
  if (tag.is_nothing()) tag = heap.make_string("spawn_reply");
  const Term answer = heap.tuple(tag, ref, heap.make_string(result), detail);
  static_cast<void>(deliver(context.process.pid(), Signal::with_copy(SignalKind::Message, answer)));
}

/// function, options ..., reply_tag, reply, *args
Term run_spawn_request(Context& context, std::span<const Term> arguments) {
  constexpr std::string_view kReplies[] = {"yes", "no", "error_only", "success_only"};
  const Term function = arguments[kFunction], tag = resolve(arguments[kReplyTag]), reply = arguments[kReply];
  std::size_t wanted = 0;
  while (!reply.is_nothing() && wanted < 4 && !(is_string(reply) && string_view_of(reply) == kReplies[wanted])) ++wanted;
  if (wanted == 4)
    return context.raise("ValueError", "reply must be one of yes, no, error_only, success_only, not " + print(reply));
  if (!is_box(function, BoxKind::Closure) && !is_python_function(function))
    return context.raise("TypeError", "spawn_request: " + print(function) + " is no function");
  if (!check_sendable(context, tag, "reply_tag")) return Term();
  const auto plain_ref = [&] { return context.heap.make_ref(make_ref(context.process), context.process.pid()); };
  SpawnOptions options;
  Spawned born;
  if (!Request(context, arguments).read(options)) {
    context.error = Term();
    const Term ref = plain_ref();
    if (wanted == 0 || wanted == 2) answer_request(context, tag, ref, "error", context.heap.make_string("badopt"));
    return ref;
  }
  if (!spawn_function(context, function, arguments.subspan(kRequestRest), options, &born)) return Term();
  const Term ref = options.monitor ? monitor_ref(context, born, options) : plain_ref();
  if (wanted == 0 || wanted == 3) answer_request(context, tag, ref, "ok", Term::pid(born.pid));
  return ref;
}

/// On one node the answer is there when spawn_request returns.
Term run_spawn_request_abandon(Context& context, std::span<const Term> arguments) {
  if (is_ref(arguments[0])) return Term::boolean(false);
  return context.raise("TypeError", "spawn_request_abandon: a Ref, not " + type_name(arguments[0]));
}

constexpr Builtin kFunctions[] = {
    {"pyvm.spawn",
     "function, /, *args, link=False, monitor=False, name=None, priority='normal', max_heap=None, max_mailbox=None, "
     "on_full='drop', trap_exit=False, alias=None, tag=None",
     run_spawn},
    {"pyvm.spawn_request",
     "function, /, *args, link=False, monitor=False, name=None, priority='normal', max_heap=None, max_mailbox=None, "
     "on_full='drop', trap_exit=False, alias=None, tag=None, reply_tag='spawn_reply', reply='yes'",
     run_spawn_request},
    {"pyvm.spawn_request_abandon", "ref", run_spawn_request_abandon},
};

}  // namespace

Term spawn(Context& context, std::span<const Term> called, unsigned options) {
  return spawn_with_options(
      context, called[0], called.subspan(1),
      {.parent = &context.process, .link = (options & kSpawnLink) != 0, .monitor = (options & kSpawnMonitor) != 0});
}

std::span<const Builtin> spawn_functions() { return kFunctions; }

}  // namespace pyvm::vm
