// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The stack of a Machine: its frames, its growth, what of it is alive, and the way up to a handler.
#include <algorithm>
#include <new>

#include "base/slab.h"
#include "proc/link_monitor.h"
#include "term/change.h"
#include "term/copy.h"
#include "vm/exceptions.h"
#include "vm/machine.h"

namespace pyvm::vm {

namespace {

constexpr std::size_t kFirstStackWords = 16;
constexpr std::size_t kMostStackWords = std::size_t{1} << 24;  // two million frames of eight registers
constexpr std::size_t kTracebackEntries = 100;

/// A frame on the way from the running one to the first.
struct Frame {
  Term* registers;
  const Function* function;
  const Instruction* at;  // the instruction that runs, or the call it waits for

  bool is_first() const { return (registers[-2].bits() & ~Word{1}) == 0; }
  Frame caller() const {
    const auto* behind = reinterpret_cast<const Instruction*>(registers[-2].bits() & ~Word{1});
    const auto* calling = reinterpret_cast<const Function*>(registers[-1].bits() & ~Word{1});
    return {registers - kLinkWords - behind[-1].a, calling, behind - 1};
  }
};

const Handler* handler_of(const Frame& frame) {
  const std::uint32_t offset = frame.function->offset_of(frame.at);
  for (const Handler& handler : frame.function->handlers) {
    if (handler.begin <= offset && offset < handler.end) return &handler;
  }
  return nullptr;
}

/// What the compiler made without a text of the user's has no lines.
bool is_shown(const Frame& frame) { return frame.function->line_at(frame.at) != 0; }

Term traceback_entry(TermBuilder& heap, const Frame& frame) {
  const Function& function = *frame.function;
  return heap.tuple(heap.make_string(function.source->file), Term::small(function.line_at(frame.at)),
                    heap.make_string(function.qualified_name), Term::short_string(""));
}

/// The same exception, the entries before those it has: outermost first, as Python shows them. At most kTracebackEntries, the innermost.
Term with_traceback(TermBuilder& heap, Term exception, std::span<const Term> innermost_first) {
  ExceptionFields fields = exception_fields(exception);
  const std::span<const Term> known = list_items(fields.traceback);
  const std::size_t added = std::min(innermost_first.size(), kTracebackEntries - std::min(kTracebackEntries, known.size()));
  if (added == 0) return exception;
  std::vector<Term> entries(innermost_first.begin(), innermost_first.begin() + static_cast<std::ptrdiff_t>(added));
  std::reverse(entries.begin(), entries.end());
  entries.insert(entries.end(), known.begin(), known.end());
  fields.traceback = heap.make_list(entries);
  if (fields.details.is_nothing()) fields.details = heap.make_dict(std::span<const Term>());  // notes may be added
  return heap.make_exception(fields);
}

}  // namespace

Machine::Machine(const Function& function, std::span<Term> first) : function_(&function) {
  const std::size_t needed = kLinkWords + function.registers;
  on_first_stack_ = needed <= first.size();
  const std::size_t words = on_first_stack_ ? first.size() : std::max(kFirstStackWords, needed);
  stack_ = on_first_stack_ ? first.data() : static_cast<Term*>(slab_allocate(words * sizeof(Term)));
  end_ = stack_ + words;
  fp_ = stack_ + kLinkWords;
  pc_ = function.code;
  stack_[0] = stack_[1] = Term::from_bits(1);  // no caller
  std::fill(fp_, end_, Term());                // S1
}

bool Machine::take_arguments(std::span<const Term> immediates) {
  std::ranges::copy(immediates, fp_);
  return true;
}

bool Machine::take_arguments(Term arguments) try {
  const std::span<const Term> given(reinterpret_cast<const Term*>(arguments.boxed() + 1), arity_of(arguments));
  const bool plain = std::ranges::none_of(given, [](Term term) { return term.is_boxed(); });
  // One copy for all, so that what they share stays shared; none where there is nothing to copy.
  const Term copied = plain ? arguments : copy(arguments, heap_);
  for (Word i = 0; i < given.size(); ++i) fp_[i] = element(copied, i);
  return true;
} catch (const std::bad_alloc&) {
  return false;
}

/// What it waits for is given up. The state of a pyvm.python(...) is (pid, ref).
void Machine::kill(Process& process) {
  if (pause_ == Context::Pause::None) return;
  const Term state = fp_[pc_->a + 1];
  if (is_tuple(state) && arity_of(state) == 2 && element(state, 0).is_pid())
    send_exit(process.pid(), element(state, 0).unchecked_pid(), reason::kill);
}

Machine::~Machine() {
  if (!on_first_stack_) slab_free(stack_, static_cast<std::size_t>(end_ - stack_) * sizeof(Term));
}

const char* Machine::name() const {
  Frame frame{fp_, function_, pc_};
  while (!frame.is_first()) frame = frame.caller();
  return frame.function->qualified_name.c_str();
}

std::vector<StackEntry> Machine::stack() const {
  std::vector<StackEntry> entries;
  for (Frame frame{fp_, function_, pc_};; frame = frame.caller()) {
    entries.push_back({frame.function->qualified_name, frame.function->source->file, frame.function->line_at(frame.at)});
    if (frame.is_first() || entries.size() == kTracebackEntries) return entries;
  }
}

bool Machine::grow_stack(Context& context, std::size_t words) {
  const auto size = static_cast<std::size_t>(end_ - stack_);
  if (words <= size) return true;
  if (words > kMostStackWords) {
    context.raise("RecursionError", "maximum recursion depth exceeded");
    return false;
  }
  if (is_over_limit(context.process, words)) {
    end_over_limit(context.process);
    return false;
  }
  if (try_move_stack(std::max(words, 2 * size), words)) return true;
  context.raise("MemoryError", "no memory for the stack of a process");
  return false;
}

bool Machine::try_move_stack(std::size_t wanted, std::size_t least) {
  const auto moved_to = [this](std::size_t words) {
    try {
      move_stack(words);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  };
  return (!stress::refuses_memory(wanted) && moved_to(wanted)) || moved_to(least);
}

void Machine::move_stack(std::size_t words) {
  const auto size = static_cast<std::size_t>(end_ - stack_);
  auto* stack = static_cast<Term*>(slab_allocate(words * sizeof(Term)));
  std::copy_n(stack_, std::min(words, size), stack);
  std::fill(stack + std::min(words, size), stack + words, Term());  // S1
  fp_ = stack + (fp_ - stack_);
  if (!std::exchange(on_first_stack_, false)) slab_free(stack_, size * sizeof(Term));
  stack_ = stack;
  end_ = stack + words;
}

void Machine::shrink_stack(std::size_t live) {
  const auto size = static_cast<std::size_t>(end_ - stack_);
  const std::size_t needed = std::max(live, kFirstStackWords);
  if (size > 4 * needed) static_cast<void>(try_move_stack(2 * needed, needed));
}

std::span<Term> Machine::live_stack() {
  Term* end = fp_;
  for (Frame frame{fp_, function_, pc_};; frame = frame.caller()) {
    end = std::max(end, frame.registers + frame.function->registers);
    if (frame.is_first()) return {stack_, end};
  }
}

bool Machine::is_over_limit(const Process& process, std::size_t more) const {
  return process.extras_ && process.extras_->max_heap_words != 0 && process.heap_words() + more > process.extras_->max_heap_words;
}

void Machine::end_over_limit(Process& process) {
  process.killed_from_outside = true;
  process.set_exit(OwnedTerm(reason::killed));
}

/// What it has goes first, so that there is room for the reason. Nothing looks at the stack again but for its links.
Outcome Machine::end_without_memory(Process& process) {
  heap_.clear();
  process.receive_signals();
  for (Signal* message = process.mailbox.release_all(); message != nullptr;) {
    Signal* next = message->next_signal();
    message->destroy();
    message = next;
  }
  pause_ = Context::Pause::None;
  proposed_ = nullptr;
  set_memory_error(process);
  return Outcome::Exit;
}

void Machine::set_memory_error(Process& process) {
  TermBuilder memory;
  const Term reason = memory.make_exception("builtins", "MemoryError", "no memory for the data of a process");
  process.set_exit(OwnedTerm(reason, memory.take_storage()));
}

void Machine::collect(Process& process) {
  constexpr std::int32_t kOneInIsOfAll = 4;
  if constexpr (stress::kCollect) move_stack(static_cast<std::size_t>(end_ - stack_));
  const std::span<Term> live = live_stack();
  if (stress::kCollect && process.reductions_left % kOneInIsOfAll == 0) {
    heap_.collect_all({live});
  } else {
    heap_.collect({live});
  }
  if (is_over_limit(process, 0) && heap_.has_old_garbage()) heap_.collect_all({live});
  shrink_stack(live.size());
  std::fill(stack_ + live.size(), end_, Term());  // S1
  if (is_over_limit(process, 0)) end_over_limit(process);
}

Outcome Machine::wait(Process& process) {
  if (must_collect(process)) collect(process);
  if (static_cast<std::size_t>(end_ - stack_) > 4 * kFirstStackWords) [[unlikely]]
    shrink_stack(live_stack().size());
  return process.exiting ? Outcome::Exit : Outcome::Wait;
}

bool Machine::unwind(Context& context, bool again) {
  std::vector<Term> entries;
  for (Frame frame{fp_, function_, pc_};; frame = frame.caller()) {
    if (entries.size() < kTracebackEntries && !again && is_shown(frame)) entries.push_back(traceback_entry(heap_, frame));
    again = false;
    const Handler* handler = handler_of(frame);
    if (handler == nullptr && !frame.is_first()) continue;
    context.error = with_traceback(heap_, context.error, entries);
    if (handler == nullptr) return false;
    if (receiving_ && frame.registers - stack_ <= receive_frame_) end_receive(context.process);  // its guard raised
    fp_ = frame.registers;
    function_ = frame.function;
    pc_ = function_->code + handler->target;
    fp_[handler->exception] = std::exchange(context.error, Term());
    return true;
  }
}

}  // namespace pyvm::vm
