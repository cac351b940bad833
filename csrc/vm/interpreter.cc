// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The loop. Small integers, floats and what costs a few instructions are done here; operators.h and the built-ins do the rest.
#include "proc/delivery.h"
#include "term/atom_table.h"
#include "term/change.h"
#include "term/compare.h"
#include "vm/builtins/lookup.h"
#include "vm/calls.h"
#include "vm/classes.h"
#include "vm/exceptions.h"
#include "vm/format.h"
#include "vm/items.h"
#include "vm/machine.h"
#include "vm/numbers.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

bool are_small(Term left, Term right) { return (left.bits() & right.bits() & 1) != 0; }
bool are_short_floats(Term left, Term right) { return left.is_short_float() && right.is_short_float(); }
std::int64_t raw(Term small) { return static_cast<std::int64_t>(small.bits()); }  // orders as the numbers do

/// One of numbers.h, or what the operator means for other types.
#define PYVM_ARITHMETIC(function, op)                                            \
  Term do_##function(Context& context, Term left, Term right) {                  \
    const Term made = function(context, left, right);                            \
    return is_not_mine(made) ? operate(context, Opcode::op, left, right) : made; \
  }
PYVM_ARITHMETIC(add, Add)
PYVM_ARITHMETIC(subtract, Subtract)
PYVM_ARITHMETIC(multiply, Multiply)
PYVM_ARITHMETIC(true_divide, TrueDivide)
PYVM_ARITHMETIC(floor_divide, FloorDivide)
PYVM_ARITHMETIC(modulo, Modulo)
PYVM_ARITHMETIC(shift_left, ShiftLeft)
PYVM_ARITHMETIC(shift_right, ShiftRight)
PYVM_ARITHMETIC(bit_and, BitAnd)
PYVM_ARITHMETIC(bit_or, BitOr)
PYVM_ARITHMETIC(bit_xor, BitXor)
#undef PYVM_ARITHMETIC

bool truth(Term term) {
  if (term.is_bool()) [[likely]]
    return term.is_true();
  return is_truthy(term);
}

Answer same_value(Context& context, Term left, Term right) {
  if (are_small(left, right)) [[likely]]
    return answer(left == right);
  return is_equal(context, left, right);
}

/// One of Less .. GreaterEqual.
template <Opcode kOp, typename T>
bool compares(T left, T right) {
  if constexpr (kOp == Opcode::Less) return left < right;
  if constexpr (kOp == Opcode::LessEqual) return left <= right;
  if constexpr (kOp == Opcode::Greater) return left > right;
  if constexpr (kOp == Opcode::GreaterEqual) return left >= right;
}

template <Opcode kOp>
Answer ordered(Context& context, Term left, Term right) {
  if (are_small(left, right)) [[likely]]
    return answer(compares<kOp>(raw(left), raw(right)));
  if (are_short_floats(left, right)) return answer(compares<kOp>(left.unchecked_short_float(), right.unchecked_short_float()));
  return order(context, kOp, left, right);
}

Term make_sequence(Context& context, BoxKind kind, const Term* first, unsigned count) {
  Term* slots = nullptr;
  const Term made = context.heap.make_container(kind, count, &slots);
  std::copy_n(first, count, slots);
  return made;
}

bool is_sequence_between(Term term, Word least, Word most) {
  term = resolve(term);
  return is_list_or_tuple(term) && arity_of(term) >= least && arity_of(term) <= most;
}

/// What may be an instance of a class of the program, or such a class itself. Only containers move.
bool may_have_members(Term term) {
  constexpr unsigned kKinds =
      kind_bit(BoxKind::Record) | kind_bit(BoxKind::EnumMember) | kind_bit(BoxKind::Exception) | kind_bit(BoxKind::Type);
  return term.is_boxed() && is_one_of(header_kind(header_of(term)), kKinds);
}

Term make_entries(Context& context, BoxKind kind, const Term* first, unsigned words) {
  for (unsigned i = 0; i < words; i += kind == BoxKind::Dict ? 2 : 1) {
    if (!check_hashable(context, first[i])) return Term();
  }
  Term* slots = nullptr;
  const Term made = context.heap.make_container(kind, kind == BoxKind::Dict ? words / 2 : words, &slots);
  std::copy_n(first, words, slots);
  context.heap.seal(made);
  return made;
}

}  // namespace

Outcome Machine::run(Process& process) {
  Context context(heap_, process);
  return interpret(process, context);
}

// One function on purpose: the registers of the machine stay in the processor's. `goto` is its dispatch and its way out.
Outcome Machine::interpret(Process& process, Context& context) {
  static const void* const kLabels[] = {
#define PYVM_OPCODE(name, a, b, c, meaning) &&op_##name,
#include "vm/opcodes.def"
#undef PYVM_OPCODE
  };
  const Instruction* pc = pc_;  // behind the one that runs
  Term* fp = fp_;
  Instruction at;
  Term result;
  Answer truth_of = Answer::No;
  Received received = Received::Yes;
  const Function* callee = nullptr;
  unsigned count = 0;

#define DISPATCH()                                    \
  do {                                                \
    at = *pc++;                                       \
    goto* kLabels[static_cast<std::uint16_t>(at.op)]; \
  } while (0)
#define A fp[at.a]
#define B fp[at.b]
#define C fp[at.c]
#define SAVE() (pc_ = pc - 1, fp_ = fp)
#define GIVE(term)                      \
  do {                                  \
    result = (term);                    \
    if (result.is_nothing()) goto fail; \
    A = result;                         \
    DISPATCH();                         \
  } while (0)
#define CHECK(good)         \
  do {                      \
    if (!(good)) goto fail; \
    DISPATCH();             \
  } while (0)
#define GIVE_ANSWER(expression)                 \
  do {                                          \
    truth_of = (expression);                    \
    if (truth_of == Answer::Raised) goto fail;  \
    A = Term::boolean(truth_of == Answer::Yes); \
    DISPATCH();                                 \
  } while (0)
#define BRANCH(condition)                                 \
  do {                                                    \
    if (condition) pc += static_cast<std::int16_t>(at.c); \
    DISPATCH();                                           \
  } while (0)
#define BRANCH_FAR(condition)      \
  do {                             \
    if (condition) pc += at.far(); \
    DISPATCH();                    \
  } while (0)
#define BRANCH_ANSWER(expression, wanted)      \
  do {                                         \
    truth_of = (expression);                   \
    if (truth_of == Answer::Raised) goto fail; \
    BRANCH(truth_of == (wanted));              \
  } while (0)
#define COLLECT_IF_DUE()                         \
  do {                                           \
    if (must_collect(process)) [[unlikely]] {    \
      SAVE();                                    \
      collect(process);                          \
      fp = fp_;                                  \
      if (process.exiting) return Outcome::Exit; \
    }                                            \
  } while (0)
// Before an instruction that is a safepoint has done anything: it runs again when the slice goes on.
#define SAFEPOINT()                                             \
  do {                                                          \
    if (!process.spend(1 + context.take_charge())) [[unlikely]] \
      goto out_of_time;                                         \
    COLLECT_IF_DUE();                                           \
  } while (0)

  DISPATCH();

op_Move:
  A = B;
  DISPATCH();
op_LoadConst:
  A = function_->constants[at.b];
  DISPATCH();
op_LoadInt:
  A = Term::small(static_cast<std::int16_t>(at.b));
  DISPATCH();
op_LoadNone:
  A = Term::none();
  DISPATCH();
op_LoadTrue:
  A = Term::boolean(true);
  DISPATCH();
op_LoadFalse:
  A = Term::boolean(false);
  DISPATCH();
op_Unset:
  A = Term();
  DISPATCH();
op_CheckSet:
  if (A.is_nothing()) [[unlikely]] {
    raise_unbound(context, function_->constants[at.b]);
    goto fail;
  }
  DISPATCH();

op_Add:
  GIVE(do_add(context, B, C));
op_Subtract:
  GIVE(do_subtract(context, B, C));
op_Multiply:
  GIVE(do_multiply(context, B, C));
op_TrueDivide:
  GIVE(do_true_divide(context, B, C));
op_FloorDivide:
  GIVE(do_floor_divide(context, B, C));
op_Modulo:
  GIVE(do_modulo(context, B, C));
op_Power:
  GIVE(operate(context, Opcode::Power, B, C));
op_ShiftLeft:
  GIVE(do_shift_left(context, B, C));
op_ShiftRight:
  GIVE(do_shift_right(context, B, C));
op_BitAnd:
  GIVE(do_bit_and(context, B, C));
op_BitOr:
  GIVE(do_bit_or(context, B, C));
op_BitXor:
  GIVE(do_bit_xor(context, B, C));
op_AddInt: {  // a negative number was written as a difference
  const auto amount = static_cast<std::int16_t>(at.c);
  result = add(context, B, Term::small(amount));
  if (is_not_mine(result)) [[unlikely]]
    result = amount < 0 ? operate(context, Opcode::Subtract, B, Term::small(-amount))
                        : operate(context, Opcode::Add, B, Term::small(amount));
  GIVE(result);
}
op_InPlaceAdd:
  result = add(context, B, C);
  if (is_not_mine(result)) result = operate_in_place(context, Opcode::Add, B, C);
  GIVE(result);
op_InPlace:
  GIVE(operate_in_place(context, static_cast<Opcode>(at.c), A, B));
op_Negate:
op_Plus:
op_Invert:
  GIVE(operate(context, at.op, B));
op_Not:
  A = Term::boolean(!truth(B));
  DISPATCH();

op_Equal:
  GIVE_ANSWER(same_value(context, B, C));
op_NotEqual:
  truth_of = same_value(context, B, C);
  if (truth_of == Answer::Raised) goto fail;
  A = Term::boolean(truth_of == Answer::No);
  DISPATCH();
op_Less:
  GIVE_ANSWER(ordered<Opcode::Less>(context, B, C));
op_LessEqual:
  GIVE_ANSWER(ordered<Opcode::LessEqual>(context, B, C));
op_Greater:
  GIVE_ANSWER(ordered<Opcode::Greater>(context, B, C));
op_GreaterEqual:
  GIVE_ANSWER(ordered<Opcode::GreaterEqual>(context, B, C));
op_Is:
  A = Term::boolean(is_same(B, C));
  DISPATCH();
op_In:
  GIVE_ANSWER(has_item(context, C, B));

op_Jump:
  pc += at.far();
  DISPATCH();
op_LoopJump:
  SAFEPOINT();
  pc += at.far();
  DISPATCH();
op_JumpIfTrue:
  BRANCH_FAR(truth(A));
op_JumpIfFalse:
  BRANCH_FAR(!truth(A));
op_JumpIfNone:
  BRANCH_FAR(A.is_none());
op_JumpIfNotNone:
  BRANCH_FAR(!A.is_none());
op_JumpIfSet:
  BRANCH_FAR(!A.is_nothing());
op_JumpIfEqual:
  BRANCH_ANSWER(same_value(context, A, B), Answer::Yes);
op_JumpIfNotEqual:
  BRANCH_ANSWER(same_value(context, A, B), Answer::No);
op_JumpIfLess:
  BRANCH_ANSWER(ordered<Opcode::Less>(context, A, B), Answer::Yes);
op_JumpIfNotLess:
  BRANCH_ANSWER(ordered<Opcode::Less>(context, A, B), Answer::No);
op_JumpIfLessEqual:
  BRANCH_ANSWER(ordered<Opcode::LessEqual>(context, A, B), Answer::Yes);
op_JumpIfNotLessEqual:
  BRANCH_ANSWER(ordered<Opcode::LessEqual>(context, A, B), Answer::No);
op_JumpIfEqualInt:
  BRANCH_ANSWER(same_value(context, A, Term::small(static_cast<std::int16_t>(at.b))), Answer::Yes);
op_JumpIfNotEqualInt:
  BRANCH_ANSWER(same_value(context, A, Term::small(static_cast<std::int16_t>(at.b))), Answer::No);
op_JumpIfLessInt:
  BRANCH_ANSWER(ordered<Opcode::Less>(context, A, Term::small(static_cast<std::int16_t>(at.b))), Answer::Yes);
op_JumpIfNotLessInt:
  BRANCH_ANSWER(ordered<Opcode::Less>(context, A, Term::small(static_cast<std::int16_t>(at.b))), Answer::No);
op_JumpIfGreaterInt:
  BRANCH_ANSWER(ordered<Opcode::Greater>(context, A, Term::small(static_cast<std::int16_t>(at.b))), Answer::Yes);
op_JumpIfNotGreaterInt:
  BRANCH_ANSWER(ordered<Opcode::Greater>(context, A, Term::small(static_cast<std::int16_t>(at.b))), Answer::No);

op_MakeTuple:
  A = make_sequence(context, BoxKind::Tuple, &B, at.c);
  DISPATCH();
op_MakeList:
  A = make_sequence(context, BoxKind::List, &B, at.c);
  DISPATCH();
op_MakeSet:
  GIVE(make_entries(context, BoxKind::Set, &B, at.c));
op_MakeDict:
  GIVE(make_entries(context, BoxKind::Dict, &B, 2u * at.c));
op_Append:
  list_append(A, B, context.heap);
  DISPATCH();
op_Extend:
  CHECK(extend_display(context, A, B));
op_AddToSet:
  CHECK(add_to_set(context, A, B));
op_Update:
  CHECK(update(context, A, B));
op_ListToTuple: {
  const std::span<const Term> items = list_items(B);
  A = make_sequence(context, BoxKind::Tuple, items.data(), static_cast<unsigned>(items.size()));
  DISPATCH();
}
op_GetItem:
  GIVE(get_item(context, B, C));
op_GetItemInt:
  GIVE(get_item(context, B, Term::small(static_cast<std::int16_t>(at.c))));
op_SetItem:
  CHECK(set_item(context, A, B, C));
op_DeleteItem:
  CHECK(delete_item(context, A, B));
op_GetSlice:
  GIVE(get_slice(context, B, &C));
op_SetSlice:
  CHECK(set_slice(context, A, &B, C));
op_DeleteSlice:
  CHECK(delete_slice(context, A, &B));
op_Unpack:
  CHECK(unpack(context, B, at.c, false, 0, &A));
op_UnpackStar:
  CHECK(unpack(context, B, at.c & 0xff, true, at.c >> 8, &A));
op_GetAttribute:
  GIVE(get_attribute(context, B, function_->constants[at.c], function_->module));
op_MakeRecord: {
  const Term class_term = element(function_->constants[at.b], 2);
  A = context.heap.make_record(class_term, {&C, record_class(class_term).fields.size()});
  DISPATCH();
}
op_MakeException:
  if (!is_box(function_->constants[at.b], BoxKind::Type) || !is_tuple(C)) [[unlikely]] {
    context.raise("TypeError", "no class of exceptions");
    goto fail;
  }
  GIVE(make_exception_of(context, function_->constants[at.b], list_items(C)));
op_SetAttribute:
  CHECK(set_exception_attribute(context, A, function_->constants[at.b], C));
op_GetSpecial:
  A = get_special(context, function_->module, B, function_->constants[at.c]);
  DISPATCH();
op_Format:
  GIVE(format_value(context, resolve(B), at.c == kNoRegister ? Term() : C));
op_Convert:
  GIVE(at.c == 's' ? str_of(context, B) : at.c == 'r' ? repr_of(context, B) : ascii_of(context, B));
op_Join:
  GIVE(concatenate(context, {&B, at.c}));

op_Iterate:
  CHECK(iterate(context, B, &A));
op_IterateRange:
  CHECK(iterate_range(context, &B, &A));
op_Next: {
  Term* state = &A;
  if (state[0].is_small()) [[likely]] {  // a range: step, next, end
    const std::int64_t value = state[1].unchecked_small(), step = state[0].unchecked_small(), end = state[2].unchecked_small();
    if (step > 0 ? value >= end : value <= end) {
      pc += static_cast<std::int16_t>(at.c);
    } else {
      B = state[1];
      // Beyond the last one it may be no small integer: then it stops at the end.
      std::int64_t following = value + step;
      if (!Term::fits_small(following)) following = end;
      state[1] = Term::small(following);
    }
    DISPATCH();
  }
  BRANCH_ANSWER(next(context, state, &B), Answer::No);
}

op_MakeCell:
  A = make_cell(context, B);
  DISPATCH();
op_GetCell:
  A = Term::from_bits(B.boxed()[1]);
  DISPATCH();
op_SetCell:
  const_cast<Word*>(A.boxed())[1] = B.bits();
  DISPATCH();
op_MakeFunction:
  A = make_function(context, function_->module->functions[at.b], &C);
  DISPATCH();

op_Call:
  SAFEPOINT();
  callee = &function_->module->functions[at.b];
enter: {
  // The window is at A, its arguments and captures are in place: `count` registers of the callee.
  count = callee->parameters + callee->captures;
  const std::size_t needed = static_cast<std::size_t>(&A - stack_) + kLinkWords + callee->registers;
  if (needed > static_cast<std::size_t>(end_ - stack_)) [[unlikely]] {
    SAVE();
    if (!grow_stack(context, needed)) goto fail;
    fp = fp_;
  }
  Term* window = &A;
  window[0] = Term::from_bits(reinterpret_cast<Word>(pc) | 1);
  window[1] = Term::from_bits(reinterpret_cast<Word>(function_) | 1);
  fp = window + kLinkWords;
  std::fill(fp + count, fp + callee->registers, Term());  // S1
  function_ = callee;
  pc = callee->code;
  DISPATCH();
}
op_TailCall:
  SAFEPOINT();
  callee = &function_->module->functions[at.b];
enter_tail: {
  count = callee->parameters + callee->captures;
  const std::size_t needed = static_cast<std::size_t>(fp - stack_) + callee->registers;
  if (needed > static_cast<std::size_t>(end_ - stack_)) [[unlikely]] {
    SAVE();
    if (!grow_stack(context, needed)) goto fail;
    fp = fp_;
  }
  std::copy_n(&A + kLinkWords, count, fp);
  std::fill(fp + count, fp + callee->registers, Term());
  function_ = callee;
  pc = callee->code;
  DISPATCH();
}
op_CallValue:
  SAFEPOINT();
  SAVE();
  callee = prepare_call(context, at.a, at.b, function_->constants[at.c]);
  fp = fp_;
  if (callee != nullptr) goto enter;
  if (A.is_nothing()) goto fail;
  DISPATCH();
op_TailCallValue:
  SAFEPOINT();
  SAVE();
  callee = prepare_call(context, at.a, at.b, function_->constants[at.c]);
  fp = fp_;
  if (callee != nullptr) goto enter_tail;
  if (A.is_nothing()) goto fail;
  result = A;
  goto leave;
op_CallSpread:
  SAFEPOINT();
  SAVE();
  callee = prepare_spread(context, at.a, at.b == 2);
  fp = fp_;
  if (callee != nullptr) goto enter;
  if (A.is_nothing()) goto fail;
  DISPATCH();
op_TailCallSpread:
  SAFEPOINT();
  SAVE();
  callee = prepare_spread(context, at.a, at.b == 2);
  fp = fp_;
  if (callee != nullptr) goto enter_tail;
  if (A.is_nothing()) goto fail;
  result = A;
  goto leave;
op_MergeNames:
  CHECK(merge_names(context, A, B, C));
op_CallBuiltin:
  SAFEPOINT();
  SAVE();
  result = builtin_table()[at.b].run(context, {&A + kLinkWords, at.c});
  GIVE(result);
op_CallMethod:
  SAFEPOINT();
  SAVE();
  if (may_have_members(fp[at.a + kLinkWords])) {
    callee = prepare_method(context, at.a, at.c, function_->constants[at.b]);
    fp = fp_;
    if (callee != nullptr) goto enter;
    if (A.is_nothing()) goto fail;
    DISPATCH();
  }
  result = call_method(context, function_->methods[at.b], function_->constants[at.b], {&A + kLinkWords, at.c});
  GIVE(result);
op_GetProperty:
  SAFEPOINT();
  SAVE();
  callee = prepare_property(context, at.a, function_->constants[at.b]);
  fp = fp_;
  if (callee != nullptr) goto enter;
  if (A.is_nothing()) goto fail;
  DISPATCH();
op_Replace:
  SAFEPOINT();
  SAVE();
  callee = prepare_replace(context, at.a, function_->constants[at.c]);
  fp = fp_;
  if (callee != nullptr) goto enter;
  if (A.is_nothing()) goto fail;
  DISPATCH();
op_Return:
  result = A;
leave: {
  const auto link = fp[-2].bits() & ~Word{1};
  if (link == 0) [[unlikely]] {
    SAVE();
    process.set_exit(OwnedTerm(reason::normal));
    return Outcome::Exit;
  }
  pc = reinterpret_cast<const Instruction*>(link);
  function_ = reinterpret_cast<const Function*>(fp[-1].bits() & ~Word{1});
  Term* window = fp - kLinkWords;
  fp = window - pc[-1].a;
  window[0] = result;
  DISPATCH();
}

op_Raise:
  raise_value(context, A, at.b == kNoRegister ? Term() : B);
  goto fail;
op_Reraise:
  context.error = A;
  SAVE();
  if (unwind(context, true)) goto resume;
  goto crash;
op_IsException:
  GIVE_ANSWER(is_exception(context, B, C));
op_AssertionFailed:
  raise_assertion(context, at.a == kNoRegister ? Term() : A);
  goto fail;

op_IsSequence:
  A = Term::boolean(is_sequence_between(B, at.c, at.c));
  DISPATCH();
op_IsSequenceFrom:
  A = Term::boolean(is_sequence_between(B, at.c, ~Word{0}));
  DISPATCH();
op_IsMapping:
  A = Term::boolean(is_box(resolve(B), BoxKind::Dict) && size_of(B) >= at.c);
  DISPATCH();
op_GetKey:
  A = dict_get(resolve(B), C);
  DISPATCH();
op_IsInstance:
  GIVE_ANSWER(is_instance(context, B, C));
op_WithoutKeys:
  A = without_keys(context, B, C);
  DISPATCH();

op_Receive:
  COLLECT_IF_DUE();
  SAVE();
  received = receive(context, function_->module->programs[at.b], &A, at.c == kNoRegister ? Term::none() : C);
  goto after_receive;
op_ReceiveAny:
  COLLECT_IF_DUE();
  SAVE();
  received = receive_any(context, &A, at.b == kNoRegister ? Term::none() : B);
after_receive:
  if (received == Received::Wait) return wait(process);
  if (received != Received::Yes) goto fail;
  if (!process.spend()) [[unlikely]] {
    pc_ = pc;
    return Outcome::Yield;
  }
  DISPATCH();
op_AcceptMessage:
  accept_message(process);
  DISPATCH();
op_RejectMessage:
  reject_message(A);
  BRANCH(true);

out_of_time:
  SAVE();
  return Outcome::Yield;

fail:
  SAVE();
  if (process.exiting) return Outcome::Exit;  // its stack outgrew max_heap, or it ended itself
  if (unwind(context, false)) goto resume;
crash:
  process.set_exit(exit_reason_of(context, context.error));
  return Outcome::Exit;

resume:
  pc = pc_;
  fp = fp_;
  DISPATCH();
}

}  // namespace pyvm::vm
