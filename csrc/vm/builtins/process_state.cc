// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What a compiled process keeps about itself, its dictionary and flags, and what it sees of the node. See processes.cc.
#include <algorithm>

#include "proc/link_monitor.h"
#include "proc/registry.h"
#include "term/change.h"
#include "term/compare.h"
#include "term/copy.h"
#include "term/hash.h"
#include "vm/builtins/arguments.h"
#include "vm/builtins/tables.h"
#include "vm/calls.h"
#include "vm/format.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

using Arguments = std::span<const Term>;
using Dictionary = std::vector<DictionaryEntry>;

Dictionary::iterator find_entry(Dictionary& dictionary, Term key) {
  const std::uint64_t key_hash = hash(key);
  return std::ranges::find_if(
      dictionary, [&](const DictionaryEntry& entry) { return entry.hash == key_hash && equal(entry.key.get(), key); });
}

bool check_key(Context& context, Term key) { return check_sendable(context, key, "key"); }

/// key, value
Term run_put(Context& context, Arguments arguments) {
  if (!check_key(context, arguments[0]) || !check_sendable(context, arguments[1], "value")) return Term();
  Dictionary& dictionary = context.process.extras().dictionary;
  const Term key = resolve(arguments[0]);
  OwnedTerm value(resolve(arguments[1]));
  const auto entry = find_entry(dictionary, key);
  if (entry == dictionary.end()) {
    dictionary.push_back({hash(key), OwnedTerm(key), std::move(value)});
    return Term::none();
  }
  std::swap(entry->value, value);
  return copy(value.get(), context.heap);
}

Term all_entries(Context& context) {
  std::vector<TermPair> pairs;
  for (const DictionaryEntry& entry : context.process.extras().dictionary)
    pairs.push_back({copy(entry.key.get(), context.heap), copy(entry.value.get(), context.heap)});
  return context.heap.make_dict(pairs);
}

/// key, default
Term run_get(Context& context, Arguments arguments) {
  if (arguments[0].is_nothing()) return all_entries(context);
  if (!check_key(context, arguments[0])) return Term();
  Dictionary& dictionary = context.process.extras().dictionary;
  const auto entry = find_entry(dictionary, resolve(arguments[0]));
  if (entry == dictionary.end()) return arguments[1].is_nothing() ? Term::none() : arguments[1];
  return copy(entry->value.get(), context.heap);
}

/// key
Term run_erase(Context& context, Arguments arguments) {
  Dictionary& dictionary = context.process.extras().dictionary;
  if (arguments[0].is_nothing()) {
    const Term all = all_entries(context);
    dictionary.clear();
    return all;
  }
  if (!check_key(context, arguments[0])) return Term();
  const auto entry = find_entry(dictionary, resolve(arguments[0]));
  if (entry == dictionary.end()) return Term::none();
  const OwnedTerm old = std::move(entry->value);
  dictionary.erase(entry);
  return copy(old.get(), context.heap);
}

std::string shown(Context& context, Term term) {
  const Term text = repr_of(context, term);
  return text.is_nothing() ? "?" : std::string(string_view_of(text));
}

Term set_priority(Context& context, Term value) {
  std::size_t number = 0;
  if (!read_choice(context, value, "priority", kPriorities, &number)) return Term();
  auto& priority = context.process.line.priority;
  const auto old = static_cast<std::size_t>(priority.load_relaxed());
  priority.store_relaxed(static_cast<Priority>(number));
  return context.heap.make_string(kPriorities[old]);
}

Term amount_or_none(Context& context, Word amount) { return amount == 0 ? Term::none() : context.heap.make_uint(amount); }

Term set_max_heap(Context& context, Term value) {
  Word amount = 0;
  if (!read_amount(context, value, "max_heap", kMostHeapBytes, &amount)) return Term();
  const Word words = (amount + sizeof(Word) - 1) / sizeof(Word);
  return amount_or_none(context, std::exchange(context.process.extras().max_heap_words, words) * sizeof(Word));
}

Term set_max_mailbox(Context& context, Term value) {
  Word amount = 0;
  if (!read_amount(context, value, "max_mailbox", kMostMailbox, &amount)) return Term();
  Process& self = context.process;
  if (self.line.policy == MailboxPolicy::Unbounded)
    return context.raise(
        "ValueError",
        "process_flag: max_mailbox can be changed where it was given at spawn, for senders count from the birth on");
  const auto old = self.line.max_length.load_relaxed();
  self.line.max_length.store_relaxed(static_cast<std::uint32_t>(amount));
  return amount_or_none(context, old);
}

/// flag, value
Term run_process_flag(Context& context, Arguments arguments) {
  const std::string_view flag = is_string(arguments[0]) ? string_view_of(arguments[0]) : std::string_view();
  const Term value = arguments[1];
  if (flag == "trap_exit") {
    if (value.is_bool()) return Term::boolean(std::exchange(context.process.trap_exit, value.is_true()));
    return context.raise("TypeError", "trap_exit must be True or False, not " + shown(context, value));
  }
  if (flag == "priority") return set_priority(context, value);
  if (flag == "max_heap") return set_max_heap(context, value);
  if (flag == "max_mailbox") return set_max_mailbox(context, value);
  return context.raise("ValueError",
                       "unknown flag " + shown(context, arguments[0]) + ": trap_exit, priority, max_heap or max_mailbox");
}

/// text
Term run_label(Context& context, Arguments arguments) {
  if (!is_string(arguments[0])) return context.raise("TypeError", "label: a str, not " + type_name(arguments[0]));
  context.process.extras().label = string_view_of(arguments[0]);
  return Term::none();
}

/// pid
Term run_suspend(Context& context, Arguments arguments) {
  Process& self = context.process;
  Pid pid;
  if (!read_pid(context, arguments[0], "suspend: pid", &pid)) return Term();
  if (pid == self.pid()) return context.raise("ValueError", "suspend: a process cannot suspend itself; await a message instead");
  self.extras().suspended.push_back(pid);
  static_cast<void>(deliver(pid, make_pid_signal(SignalKind::Suspend, self.pid())));
  return Term::boolean(true);
}

/// pid
Term run_resume(Context& context, Arguments arguments) {
  Process& self = context.process;
  Pid pid;
  if (!read_pid(context, arguments[0], "resume: pid", &pid)) return Term();
  auto& suspended = self.extras().suspended;
  const auto entry = std::ranges::find(suspended, pid);
  if (entry == suspended.end()) return context.raise("ValueError", "resume: pid was not suspended by this process");
  suspended.erase(entry);
  static_cast<void>(deliver(pid, make_pid_signal(SignalKind::Resume, self.pid())));
  return Term::boolean(true);
}

Term run_processes(Context& context, Arguments) {
  std::vector<Term> alive;
  {
    const EpochGuard guard;
    process_table::for_each([&](Process& process) {
      const Pid pid = Pid::from_value(process.line.pid.load_relaxed());
      if (pid) alive.push_back(Term::pid(pid));
    });
  }
  context.charge(alive.size());
  return context.heap.make_list(alive);
}

Term run_registered(Context& context, Arguments) {
  std::vector<std::string> names;
  registry::for_each_name([&](std::string_view name, Pid) { names.emplace_back(name); });
  std::ranges::sort(names);  // UTF-8 orders as code points do
  context.charge(names.size());
  std::vector<Term> made;
  for (const std::string& name : names) made.push_back(context.heap.make_string(name));
  return context.heap.make_list(made);
}

Term run_node(Context& context, Arguments) { return context.heap.make_string(kLocalNode); }

constexpr Builtin kFunctions[] = {
    {"pyvm.erase", "key=None", run_erase},
    {"pyvm.get", "key=None, default=None", run_get},
    {"pyvm.label", "text", run_label},
    {"pyvm.node", "", run_node},
    {"pyvm.process_flag", "flag, value", run_process_flag},
    {"pyvm.processes", "", run_processes},
    {"pyvm.put", "key, value", run_put},
    {"pyvm.registered", "", run_registered},
    {"pyvm.resume", "pid", run_resume},
    {"pyvm.suspend", "pid", run_suspend},
};

}  // namespace

std::span<const Builtin> process_state_functions() { return kFunctions; }

}  // namespace pyvm::vm
