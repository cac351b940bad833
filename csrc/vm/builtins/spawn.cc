// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// spawn, of a function of the same module.
#include "proc/spawn.h"

#include "term/print.h"
#include "vm/builtins/tables.h"
#include "vm/calls.h"
#include "vm/machine.h"
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
  bool is_left_out(Parameter which) const { return given_[which].is_nothing() || given_[which].is_none(); }
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

  /// The number of a word among the choices; false with an error that lists them.
  bool read_choice(Parameter which, const char* name, std::span<const std::string_view> choices, std::size_t* number) {
    std::string listed;
    for (std::size_t i = 0; i < choices.size(); ++i) {
      if (is_string(given_[which]) && string_view_of(given_[which]) == choices[i]) {
        *number = i;
        return true;
      }
      listed += (i > 0 ? ", '" : "'") + std::string(choices[i]) + "'";
    }
    return fail("ValueError", std::string(name) + " must be one of " + listed + ", not " + print(given_[which]));
  }

  bool read_name(SpawnOptions& options) {
    if (is_left_out(kName)) return true;
    if (!is_string(given_[kName])) return fail("TypeError", "a name must be a str, not " + type_name(given_[kName]));
    options.name = string_view_of(given_[kName]);
    if (options.name.empty() || options.name == "undefined")
      return fail("ValueError", print(given_[kName]) + " cannot be a name");
    return true;
  }

  bool read_priority(SpawnOptions& options) {
    constexpr std::string_view kPriorities[] = {"low", "normal", "high", "max"};
    if (is_left_out(kPriority)) return true;
    std::size_t number = 1;
    if (!read_choice(kPriority, "priority", kPriorities, &number)) return false;
    options.priority = static_cast<Priority>(number);
    return true;
  }

  bool read_amount(Parameter which, const char* name, std::int64_t most, Word* amount) {
    if (is_left_out(which)) return true;
    const Term value = given_[which];
    if (!is_int(value) || value.is_bool())
      return fail("TypeError", std::string(name) + " must be a whole number or None, not " + type_name(value));
    const std::int64_t number = clamped_int(value);
    if (number < 1 || number > most)
      return fail("ValueError", std::string(name) + " must be between 1 and " + std::to_string(most) + ", not " + print(value));
    *amount = static_cast<Word>(number);
    return true;
  }

  bool read_amounts(SpawnOptions& options) {
    constexpr std::string_view kPolicies[] = {"drop", "exit", "suspend"};
    Word max_heap = 0, max_mailbox = 0;
    std::size_t policy = 0;
    if (!read_amount(kMaxHeap, "max_heap", std::int64_t{1} << 48, &max_heap)) return false;
    if (!read_amount(kMaxMailbox, "max_mailbox", std::int64_t{1} << 31, &max_mailbox)) return false;
    if (!is_left_out(kOnFull) && !read_choice(kOnFull, "on_full", kPolicies, &policy)) return false;
    options.max_heap_words = (max_heap + sizeof(Word) - 1) / sizeof(Word);
    options.max_mailbox = static_cast<std::uint32_t>(max_mailbox);
    options.policy = max_mailbox == 0 ? MailboxPolicy::Unbounded : static_cast<MailboxPolicy>(policy + 1);
    return true;
  }

  bool read_monitor(SpawnOptions& options) {
    constexpr std::string_view kModes[] = {"explicit", "reply_demonitor", "demonitor"};
    if (!is_left_out(kTag)) options.monitor_options.tag = resolve(given_[kTag]);
    if (!check_sendable(context_, options.monitor_options.tag, "tag")) return false;
    if (is_left_out(kAlias)) return true;
    if (!options.monitor) return fail("ValueError", "alias goes with monitor=True: the monitor's reference is the alias");
    std::size_t mode = 0;
    if (!read_choice(kAlias, "alias", kModes, &mode)) return false;
    options.monitor_options.alias = static_cast<AliasMode>(mode + 1);
    return true;
  }

  Context& context_;
  std::span<const Term> given_;
};

Term spawn_failed(Context& context, SpawnError error, std::string_view name) {
  if (error == SpawnError::NameTaken) return context.raise("ValueError", "name '" + std::string(name) + "' is taken");
  return context.raise("RuntimeError", "system_limit: " + std::to_string(process_table::limit()) + " processes are alive");
}

/// function, options ..., *args
Term run_spawn(Context& context, std::span<const Term> arguments) {
  SpawnOptions options;
  if (!Request(context, arguments).read(options)) return Term();
  const Function* function = nullptr;
  const Term bound = bind_call(context, arguments[kFunction], arguments.subspan(kRest), &function);
  if (bound.is_nothing() || !check_sendable(context, bound, "argument")) return Term();
  const Spawned born = spawn<Machine>(options, *function, bound);
  if (born.error != SpawnError::None) return spawn_failed(context, born.error, options.name);
  if (!options.monitor) return Term::pid(born.pid);
  const bool is_alias = options.monitor_options.alias != AliasMode::None;
  return context.heap.tuple(Term::pid(born.pid), context.heap.make_ref(born.monitor, context.process.pid(), is_alias));
}

constexpr Builtin kFunctions[] = {
    {"pyvm.spawn",
     "function, /, *args, link=False, monitor=False, name=None, priority='normal', max_heap=None, max_mailbox=None, "
     "on_full='drop', "
     "trap_exit=False, alias=None, tag=None",
     run_spawn},
};

}  // namespace

std::span<const Builtin> spawn_functions() { return kFunctions; }

}  // namespace pyvm::vm
