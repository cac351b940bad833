// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Receive: patterns over the messages where they lie in the mailbox, and the guards in between.
//
// While a guard runs the message stays in the mailbox and what it sees of it is a copy in the heap: a collection then has nothing to do with
// the mailbox, and a guard that says no leaves only garbage. AcceptMessage takes the message; what is bound stays the copy.
#include <algorithm>

#include "base/clock.h"
#include "sched/runtime.h"
#include "term/copy.h"
#include "term/print.h"
#include "vm/builtins/arguments.h"
#include "vm/machine.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

bool all_immediate(std::span<const Term> terms) {
  for (const Term term : terms) {
    if (term.is_boxed()) return false;
  }
  return true;
}

/// Whether a message has another small integer where the parameter stands: told at once, for who looks through a long mailbox.
bool has_another(const ReceiveProgram& program, Term message, const Term* parameters) {
  if (program.place.parameter == ParameterPlace::kNone) return false;
  const Term wanted = parameters[program.place.parameter];
  if (!wanted.is_small() || !is_tuple(message) || arity_of(message) <= program.place.element) return false;
  const Term found = element(message, program.place.element);
  return found.is_small() && found != wanted;
}

/// `refused` messages up to the scan position need not be looked at again, if they are worth the mark.
void mark_refused(Process& process, const ReceiveProgram& program, int refused) {
  constexpr int kWorthMarking = 4;
  if (refused >= kWorthMarking && program.refuses_for_good) process.mailbox.mark_refused(&program);
}

}  // namespace

void Machine::begin_receive(Process& process, const ReceiveProgram* program, const Term* parameters) {
  process.clear_deadline();
  process.mailbox.rewind();
  first_case_ = 0;
  on_timeout_ = false;
  proposed_ = nullptr;
  receiving_ = true;
  receive_frame_ = fp_ - stack_;
  if (program == nullptr) return;
  for (std::size_t i = 0; i < program->required.size(); ++i) {
    if (program->required[i] && is_ref(parameters[i]) && process.mailbox.begin_at(ref_value(parameters[i]).id)) return;
  }
  if (program->refuses_for_good) process.mailbox.begin_behind_refused(program);
}

void Machine::end_receive(Process& process) {
  receiving_ = proposing_ = false;
  process.clear_deadline();
}

/// A guard asks about one message; it cannot take another meanwhile.
Machine::Received Machine::refuse_nested(Context& context) {
  context.raise("RuntimeError", "receive() in a guard of a match receive(): receive in the case instead");
  return Received::Raised;
}

/// Nothing of the mailbox matches: Wait, or the receive is over.
Machine::Received Machine::nothing_matches(Context& context, Term timeout) {
  Process& process = context.process;
  if (process.exiting) return Received::Wait;
  if (process.timed_out) return Received::TimedOut;
  if (timeout.is_none() || process.deadline_ns != 0) return Received::Wait;
  std::uint64_t ns = 0;
  if (!read_seconds(context, timeout, "timeout", &ns)) {
    end_receive(process);
    return Received::Raised;
  }
  if (ns == 0) return Received::TimedOut;
  process.set_deadline(process_time_ns() + ns);
  return Received::Wait;
}

/// Whether a case from first_case_ on takes the subject. `window` then has it, and what it binds: slots of other cases None (I2).
bool Machine::match(Context& context, const ReceiveProgram& program, Term subject, Term* window) {
  const PatternProgram& patterns = *program.patterns;
  const std::span<const Term> parameters(window + 1, patterns.params());
  const std::span<Term> bindings(window + 1 + patterns.params(), patterns.max_bindings());
  const int from = std::exchange(first_case_, 0);
  const MatchResult found = run_patterns(patterns, subject, from, parameters, bindings, context.heap, Term::none());
  if (found.verdict == Verdict::No) {
    std::ranges::fill(bindings, Term());  // S1: they may be parts of the message
    return false;
  }
  window[0] = Term::small(found.case_index);
  return true;
}

Machine::Received Machine::receive(Context& context, const ReceiveProgram& program, Term* window, Term timeout) {
  Process& process = context.process;
  if (proposing_) return refuse_nested(context);
  if (process.mailbox.first() == nullptr && !program.has_guards && !process.exiting) {  // most often the next message is the one
    Signal* message = nullptr;
    const auto arrived = process.take_arrived(message, [&](Term term) { return match(context, program, term, window); });
    if (arrived == Process::Arrived::Taken) {
      const PatternProgram& patterns = *program.patterns;
      keep(message, {window + 1 + patterns.params(), patterns.max_bindings()});
      if (receiving_) end_receive(process);
      return Received::Yes;
    }
    if (arrived == Process::Arrived::Nothing && timeout.is_none()) {  // it has nothing to remember
      empty_window(program, window);
      return Received::Wait;
    }
  }
  const Received outcome = scan(context, program, window, timeout);
  if (outcome == Received::Wait) empty_window(program, window);
  return outcome;
}

void Machine::empty_window(const ReceiveProgram& program, Term* window) {
  window[0] = Term();
  std::fill_n(window + 1 + program.patterns->params(), program.patterns->max_bindings(), Term());
}

/// Looks through the messages that have been received, and those that come.
Machine::Received Machine::scan(Context& context, const ReceiveProgram& program, Term* window, Term timeout) {
  Process& process = context.process;
  const PatternProgram& patterns = *program.patterns;
  const std::span<Term> bindings(window + 1 + patterns.params(), patterns.max_bindings());
  if (!receiving_) begin_receive(process, &program, window + 1);
  if (proposed_ != nullptr && process.mailbox.candidate() != proposed_) {  // a priority message came before it
    process.mailbox.rewind();
    first_case_ = 0;
  }
  proposed_ = nullptr;
  int refused = 0;
  while (Signal* message = on_timeout_ ? nullptr : process.next_message()) {
    const bool rejected = first_case_ == 0 && has_another(program, message->term, window + 1);
    if (rejected || !match(context, program, message->term, window)) {
      process.mailbox.skip();
      --process.reductions_left;
      ++refused;
      continue;
    }
    mark_refused(process, program, refused);
    if (program.guarded[static_cast<std::size_t>(window[0].unchecked_small())]) {
      for (Term& bound : bindings) bound = copy(bound, context.heap);
      proposed_ = message;
      proposing_ = true;
    } else {
      take(process, bindings);
    }
    return Received::Yes;
  }
  mark_refused(process, program, refused);
  const Received outcome = on_timeout_ ? Received::TimedOut : nothing_matches(context, timeout);
  if (outcome != Received::TimedOut) return outcome;
  on_timeout_ = true;
  if (!match(context, program, Term::timeout(), window)) {
    end_receive(process);
    context.raise(
        context.heap.make_exception("pyvm.errors", "ReceiveTimeout", "no message matched within " + print(timeout) + " s"));
    return Received::Raised;
  }
  proposing_ = program.guarded[static_cast<std::size_t>(window[0].unchecked_small())];
  if (!proposing_) end_receive(process);
  return Received::Yes;
}

Machine::Received Machine::receive_any(Context& context, Term* target, Term timeout) {
  Process& process = context.process;
  if (proposing_) return refuse_nested(context);
  if (!receiving_) begin_receive(process, nullptr, nullptr);
  if (Signal* message = process.next_message()) {
    *target = message->term;
    take(process, {target, 1});
    return Received::Yes;
  }
  *target = Term();
  const Received outcome = nothing_matches(context, timeout);
  if (outcome != Received::TimedOut) return outcome;
  *target = Term::timeout();
  end_receive(process);
  return Received::Yes;
}

/// The candidate leaves the mailbox.
void Machine::take(Process& process, std::span<const Term> bindings) {
  keep(process.take_message(), bindings);
  end_receive(process);
}

/// A message that was taken is kept as long as what it bound needs it.
void Machine::keep(Signal* message, std::span<const Term> bindings) {
  if (all_immediate(bindings)) {
    message->destroy();
  } else {
    heap_.adopt(message);
  }
}

/// The guard has said yes. What it saw are copies, and stay bound; the message may be gone if the guard took it itself.
void Machine::accept_message(Process& process) {
  Signal* message = std::exchange(proposed_, nullptr);
  if (message != nullptr && process.mailbox.candidate() != message) {  // a priority message came before it
    process.mailbox.rewind();
    while (process.mailbox.candidate() != nullptr && process.mailbox.candidate() != message) process.mailbox.skip();
  }
  if (message != nullptr && process.mailbox.candidate() == message) process.take_message()->destroy();
  end_receive(process);
}

void Machine::reject_message(Term rejected_case) {
  proposing_ = false;
  first_case_ = static_cast<std::uint16_t>(rejected_case.unchecked_small() + 1);
}

}  // namespace pyvm::vm
