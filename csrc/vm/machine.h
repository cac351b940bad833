// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Machine: the body of a compiled process: its heap, its stack, and the place where it is.
//
//   run(process)     a slice: until the reductions are spent, a receive finds nothing, or the function returns
//
// The stack is words, all of them terms, nothing, or links:
//
//   link: return address | 1, calling function | 1 ;  registers of the frame ;  (window of a call: link, registers of the next frame)
//
// A frame's registers begin behind its link. The window of a call lies in the caller's registers, so arguments are passed in place.
//
// S1  Every word of the stack is valid for the collector (heap.md). What a new frame finds behind its inputs was left by others, and no code
//     reads it (kinds.h); a collection clears what no frame has, so that nothing left there outlives what it leads to.
// S2  The stack moves at safepoints only; nobody else holds a pointer into it across one. Links hold no pointers into the stack.
// S3  pc_, fp_ and function_ are right whenever run() is left, and where anything is called that walks frames.
#pragma once

#include "base/stress.h"
#include "proc/heap.h"
#include "proc/process.h"
#include "vm/context.h"
#include "vm/module.h"
#include "vm/module_table.h"

namespace pyvm::vm {

class Machine final : public Body {
 public:
  /// Runs `function`. `first`: memory that outlives it, for its stack as long as that is small.
  Machine(const Function& function, std::span<Term> first);
  ~Machine() override;

  /// Before it runs: one for each parameter, which are copied. False: memory for them was refused.
  bool take_arguments(Term arguments);
  bool take_arguments(std::span<const Term> immediates);
  /// The reason of a process that memory was refused.
  static void set_memory_error(Process& process);

  Outcome run(Process& process) override;
  void kill(Process& process) override;
  bool may_be_guest() const override { return true; }
  const char* name() const override;
  std::vector<StackEntry> stack() const override;
  /// What was alive at the last collection, which comes before as much again is made; garbage is not charged for.
  Word heap_words() const override { return heap_.live_words() + static_cast<Word>(end_ - stack_); }

 private:
  enum class [[nodiscard]] Received : std::uint8_t { Yes, Wait, TimedOut, Raised };  // TimedOut stays among the receive functions

  Outcome interpret(Process& process, Context& context);

  // frames.cc
  bool grow_stack(Context& context, std::size_t words);
  std::span<Term> live_stack();
  void move_stack(std::size_t words);
  /// Moves it to one of `wanted` words, or of `least` if that is refused.
  bool try_move_stack(std::size_t wanted, std::size_t least);
  /// Memory for its data was refused: it ends with MemoryError.
  Outcome end_without_memory(Process& process);
  /// Gives memory back when the `live` words of it are a small part.
  void shrink_stack(std::size_t live);
  bool must_collect(const Process& process) {
    return heap_.wants_collection() || stress::collect_now(heap_words(), static_cast<std::uint64_t>(process.reductions_left));
  }
  bool is_over_limit(const Process& process, std::size_t more) const;
  void end_over_limit(Process& process);
  void collect(Process& process);
  Outcome wait(Process& process);
  /// Goes on at the innermost handler around pc_, which gets the exception of the context with its traceback. False: there is none.
  /// `again`: the running frame is in the traceback already.
  bool unwind(Context& context, bool again);

  // calls.cc
  /// What a call of the value in register `window` means: a function to enter, its parameters and captures in place; or null, and that
  /// register has the result, or nothing.
  const Function* prepare_call(Context& context, unsigned window, unsigned count, Term names);
  /// The same of a call of what a qualified name means now, the arguments in their places for the function that it meant at first.
  const Function* prepare_newest(Context& context, unsigned window, const QualifiedName& name, const Meaning& meaning);
  /// The same of a call with `*`, and with `**` if it is `named`: the iterable and the dict stand in the window.
  const Function* prepare_spread(Context& context, unsigned window, bool named);
  /// The same for `object.name(...)`, where the object stands before the arguments and is one of `count`; for what is no built-in value.
  /// `name` is a constant of the running function.
  const Function* prepare_method(Context& context, unsigned window, unsigned count, unsigned name);
  const Function* prepare_property(Context& context, unsigned window, unsigned name);
  const Function* prepare_replace(Context& context, unsigned window, Term names);
  const Function* prepare_function(Context& context, Term closure, unsigned window, unsigned count, Term names);
  /// Room for a frame of `function` in that window; its first register, or null, and register `window` has nothing.
  Term* make_room(Context& context, const Function& function, unsigned window);
  bool put_before_arguments(Context& context, unsigned window, unsigned count, Term first);
  void drop_first_argument(unsigned window, unsigned count);

  // receive.cc
  Received receive(Context& context, const ReceiveProgram& program, Term* window, Term timeout);
  Received scan(Context& context, const ReceiveProgram& program, Term* window, Term timeout);
  /// What a receive will fill is nothing while the process waits and where its heap is collected: nobody will read what it was before.
  static void empty_window(const ReceiveProgram& program, Term* window);
  Received receive_any(Context& context, Term* target, Term timeout);
  void accept_message(Process& process);
  void reject_message(Term rejected_case);
  Received refuse_nested(Context& context);
  void begin_receive(Process& process, const ReceiveProgram* program, const Term* parameters);
  void end_receive(Process& process);
  Received nothing_matches(Context& context, Term timeout);
  bool match(Context& context, const ReceiveProgram& program, Term subject, Term* window);
  void take(Process& process, std::span<const Term> bindings);
  void keep(Signal* message, std::span<const Term> bindings);

  Heap heap_;
  Term* stack_ = nullptr;
  Term* end_ = nullptr;
  Term* fp_ = nullptr;
  const Instruction* pc_ = nullptr;
  const Function* function_ = nullptr;

  // A receive in progress.
  bool on_first_stack_ = false;
  bool receiving_ = false;
  bool proposing_ = false;                       // a guard runs
  bool on_timeout_ = false;                      // its subject is TIMEOUT
  Context::Pause pause_ = Context::Pause::None;  // what the call at pc_ waits for
  std::uint16_t first_case_ = 0;                 // of those that were not yet refused
  std::ptrdiff_t receive_frame_ = 0;             // where its frame begins in the stack
  Signal* proposed_ = nullptr;                   // what the guard is, or was last, asked about; null: TIMEOUT
};

static_assert(sizeof(Machine) <= 192);

inline constexpr std::size_t kLinkWords = 2;

}  // namespace pyvm::vm
