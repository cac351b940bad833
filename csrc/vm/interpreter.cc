// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The loop. Small integers, floats and what costs a few instructions are done here; operators.h and the built-ins do the rest.
#include <new>

#include "base/refused.h"
#include "proc/delivery.h"
#include "term/atom_table.h"
#include "term/change.h"
#include "term/compare.h"
#include "vm/builtins/lookup.h"
#include "vm/calls.h"
#include "vm/classes.h"
#include "vm/exceptions.h"
#include "vm/format.h"
#include "vm/inline_cache.h"
#include "vm/items.h"
#include "vm/machine.h"
#include "vm/numbers.h"
#include "vm/operators.h"
#include "vm/send.h"
#include "vm/spawn.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

const Builtin* const kBuiltins = builtin_table().data();

using quick::are_short_floats;
using quick::are_small;
std::int64_t raw(Term small) { return static_cast<std::int64_t>(small.bits()); }  // orders as the numbers do

/// What quick:: does not do: one of numbers.h, or what the operator means for other types.
#define PYVM_ARITHMETIC(function, op)                                                 \
  [[gnu::noinline]] Term slowly_##function(Context& context, Term left, Term right) { \
    const Term made = slow::function(context, left, right);                           \
    return is_not_mine(made) ? operate(context, Opcode::op, left, right) : made;      \
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

[[gnu::noinline]] Term slowly_add_int(Context& context, Term left, std::int64_t amount) {
  const Term made = slow::add(context, left, Term::small(amount));
  if (!is_not_mine(made)) return made;
  return amount < 0 ? operate(context, Opcode::Subtract, left, Term::small(-amount))
                    : operate(context, Opcode::Add, left, Term::small(amount));
}

[[gnu::noinline]] Term slowly_add_int_in_place(Context& context, Term left, std::int64_t amount) {
  const Term made = slow::add(context, left, Term::small(amount));
  if (!is_not_mine(made)) return made;
  return amount < 0 ? operate_in_place(context, Opcode::Subtract, left, Term::small(-amount))
                    : operate_in_place(context, Opcode::Add, left, Term::small(amount));
}

[[gnu::noinline]] Term slowly_add_in_place(Context& context, Term left, Term right) {
  const Term made = slow::add(context, left, right);
  return is_not_mine(made) ? operate_in_place(context, Opcode::Add, left, right) : made;
}

/// Whether it is a list or tuple, and no forward.
[[gnu::always_inline]] inline bool is_quick_sequence(Term term) {
  return term.is_boxed() && is_one_of(header_kind(*term.boxed()), kind_bit(BoxKind::List) | kind_bit(BoxKind::Tuple));
}

/// Item `index` of a list or tuple that is no forward; nothing: it is for get_item.
[[gnu::always_inline]] inline Term quick_item(Term sequence, std::int64_t index) {
  if (!is_quick_sequence(sequence) || static_cast<Word>(index) >= header_arity(*sequence.boxed())) return Term();
  return Term::from_bits(sequence.boxed()[1 + index]);
}

bool truth(Term term) {
  if (term.is_bool()) [[likely]]
    return term.is_true();
  if (term.is_small()) return term != Term::small(0);
  return is_truthy(term);
}

/// One of Less .. GreaterEqual.
template <Opcode kOp, typename T>
bool compares(T left, T right) {
  if constexpr (kOp == Opcode::Less) return left < right;
  if constexpr (kOp == Opcode::LessEqual) return left <= right;
  if constexpr (kOp == Opcode::Greater) return left > right;
  if constexpr (kOp == Opcode::GreaterEqual) return left >= right;
}

/// What quick:: does of the operators that InPlace has; nothing: it is for operate_in_place.
Term quickly_operate(Opcode op, Term left, Term right) {
  Term made;
  switch (op) {
#define PYVM_QUICK(function, op) \
  case Opcode::op:               \
    return quick::function(left, right, made) ? made : Term();
    PYVM_QUICK(add, Add)
    PYVM_QUICK(subtract, Subtract)
    PYVM_QUICK(multiply, Multiply)
    PYVM_QUICK(true_divide, TrueDivide)
    PYVM_QUICK(floor_divide, FloorDivide)
    PYVM_QUICK(modulo, Modulo)
    PYVM_QUICK(shift_left, ShiftLeft)
    PYVM_QUICK(shift_right, ShiftRight)
    PYVM_QUICK(bit_and, BitAnd)
    PYVM_QUICK(bit_or, BitOr)
    PYVM_QUICK(bit_xor, BitXor)
#undef PYVM_QUICK
    default:
      return Term();
  }
}

/// The place of an instruction that takes what the one before it kept, in the tables of labels.
constexpr auto kTakerNumbers = [] {
  std::array<std::uint8_t, kOpcodeCount> numbers{};
  std::uint8_t number = 0;
#define TAKER(name) numbers[static_cast<std::size_t>(Opcode::name)] = number++;
  PYVM_TAKERS(TAKER)
#undef TAKER
  return numbers;
}();

Term make_sequence(Context& context, BoxKind kind, const Term* first, unsigned count) {
  Term* slots = nullptr;
  const Term made = context.heap.make_container(kind, count, &slots);
  std::copy_n(first, count, slots);
  return made;
}

bool is_sequence_between(Term term, Word least, Word most) {
  term = resolve(term);
  const bool is_range = is_box(term, BoxKind::Range);
  if (!is_range && !is_list_or_tuple(term)) return false;
  const Word size = is_range ? static_cast<Word>(range_size(term)) : arity_of(term);
  return size >= least && size <= most;
}

/// What may be an instance of a class of the program or such a class itself, or has attributes that may be called. Only containers move.
bool may_have_members(Term term) {
  constexpr unsigned kKinds = kind_bit(BoxKind::Record) | kind_bit(BoxKind::EnumMember) | kind_bit(BoxKind::Exception) |
                              kind_bit(BoxKind::Type) | kind_bit(BoxKind::Slice);
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
  context.pause = pause_;
  context.guard = &proposing_;
  const RefusedMemoryIsThrown for_this_slice;
  try {
    const Outcome outcome = interpret(process, context);
    pause_ = context.pause;
    return outcome;
  } catch (const std::bad_alloc&) {
    return end_without_memory(process);
  }
}

// One function on purpose: the registers of the machine stay in the processor's. `goto` is its dispatch and its way out.
Outcome Machine::interpret(Process& process, Context& context) {
  static const void* const kLabels[] = {
#define PYVM_OPCODE(name, a, b, c, meaning) &&op_##name,
#include "vm/opcodes.def"
#undef PYVM_OPCODE
  };
  static const void* const kLeftLabels[] = {
#define TAKER(name) &&left_##name,
      PYVM_TAKERS(TAKER)
#undef TAKER
  };
  static const void* const kRightLabels[] = {
#define TAKER(name) &&right_##name,
      PYVM_OPERATOR_TAKERS(TAKER)
#undef TAKER
  };
  const void* const* labels = kLabels;
  asm("" : "+r"(labels));       // in a register, not computed anew for each jump
  const Instruction* pc = pc_;  // behind the one that runs
  Term* fp = fp_;
  Term result;
  Answer truth_of = Answer::No;
  Received received = Received::Yes;
  const Function* callee = nullptr;
  const Member* member = nullptr;
  const Meaning* meaning = nullptr;  // of a qualified name
  double kept = 0;                   // what a ...Keep... instruction made for the next one

// Operands are read where they are used.
#define DISPATCH() goto* labels[static_cast<std::uint16_t>((pc++)->op)]
#define at (pc[-1])
#define A fp[at.a]
#define B fp[at.b]
#define C fp[at.c]
#define SAVE() (pc_ = pc - 1, fp_ = fp)
// At the beginning of a function whose frame is made.
#define ENTER(callee)   \
  do {                  \
    function_ = callee; \
    pc = callee->code;  \
    DISPATCH();         \
  } while (0)
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
// Quickly, or by a function.
#define ARITHMETIC(function)                             \
  do {                                                   \
    const Term left = B, right = C;                      \
    Term made;                                           \
    if (quick::function(left, right, made)) [[likely]] { \
      A = made;                                          \
      DISPATCH();                                        \
    }                                                    \
    GIVE(slowly_##function(context, left, right));       \
  } while (0)
// The same, but a float goes to the next instruction in `kept`.
#define KEEP_FOR(side) goto* k##side##Labels[kTakerNumbers[static_cast<std::size_t>((pc++)->op)]]
#define ARITHMETIC_KEPT(function, possible, expression, side)                                           \
  do {                                                                                                  \
    const Term left = B, right = C;                                                                     \
    double a, b;                                                                                        \
    if (!are_small(left, right) && quick::real_of(left, a) && quick::real_of(right, b) && (possible)) { \
      kept = expression;                                                                                \
      KEEP_FOR(side);                                                                                   \
    }                                                                                                   \
    ARITHMETIC(function);                                                                               \
  } while (0)
// An instruction whose left, or right, operand is in `kept`; `other` is the other one.
#define TAKE(term, possible, expression)                                \
  do {                                                                  \
    double other;                                                       \
    if (!quick::real_of(term, other) || !(possible)) goto as_it_stands; \
    kept = expression;                                                  \
  } while (0)
#define TAKE_IN_ORDER(op, wanted)                                                  \
  do {                                                                             \
    const Term right = B;                                                          \
    if (!right.is_short_float()) goto as_it_stands;                                \
    BRANCH(compares<Opcode::op>(kept, right.unchecked_short_float()) == (wanted)); \
  } while (0)
#define GIVE_KEPT()                          \
  do {                                       \
    Term made;                               \
    if (Term::pack(kept, made)) [[likely]] { \
      A = made;                              \
      DISPATCH();                            \
    }                                        \
    A = context.heap.make_float(kept);       \
    DISPATCH();                              \
  } while (0)
#define COMPARE(op)                                                                                         \
  do {                                                                                                      \
    const Term left = B, right = C;                                                                         \
    if (are_small(left, right)) [[likely]] {                                                                \
      A = Term::boolean(compares<Opcode::op>(raw(left), raw(right)));                                       \
      DISPATCH();                                                                                           \
    }                                                                                                       \
    if (are_short_floats(left, right)) {                                                                    \
      A = Term::boolean(compares<Opcode::op>(left.unchecked_short_float(), right.unchecked_short_float())); \
      DISPATCH();                                                                                           \
    }                                                                                                       \
    GIVE_ANSWER(order(context, Opcode::op, left, right));                                                   \
  } while (0)
#define BRANCH_IF(op, first, second, wanted)                                                                 \
  do {                                                                                                       \
    const Term left = first, right = second;                                                                 \
    if (are_small(left, right)) [[likely]]                                                                   \
      BRANCH(compares<Opcode::op>(raw(left), raw(right)) == (wanted));                                       \
    if (are_short_floats(left, right))                                                                       \
      BRANCH(compares<Opcode::op>(left.unchecked_short_float(), right.unchecked_short_float()) == (wanted)); \
    BRANCH_ANSWER(order(context, Opcode::op, left, right), (wanted) ? Answer::Yes : Answer::No);             \
  } while (0)
#define BRANCH_IF_EQUAL(left, right, wanted)                                            \
  do {                                                                                  \
    if (are_small(left, right)) [[likely]]                                              \
      BRANCH(((left) == (right)) == (wanted));                                          \
    BRANCH_ANSWER(is_equal(context, left, right), (wanted) ? Answer::Yes : Answer::No); \
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
// `before` is done first.
#define COLLECT_IF_DUE(before)                   \
  do {                                           \
    if (must_collect(process)) [[unlikely]] {    \
      before;                                    \
      SAVE();                                    \
      collect(process);                          \
      fp = fp_;                                  \
      if (process.exiting) return Outcome::Exit; \
    }                                            \
  } while (0)
// Before an instruction that is a safepoint has done anything: it runs again when the slice goes on.
#define SAFEPOINT()                    \
  do {                                 \
    if (!process.spend()) [[unlikely]] \
      goto out_of_time;                \
    COLLECT_IF_DUE();                  \
  } while (0)

// A call of a qualified name: of the image's own function until something was published.
#define CALL_NEWEST(enter_it)                                                            \
  do {                                                                                   \
    SAFEPOINT();                                                                         \
    meaning = function_->qualified_names[at.c]->entry->newest();                         \
    callee = function_->functions[at.b];                                                 \
    if (meaning == nullptr) [[likely]]                                                   \
      goto enter_it;                                                                     \
    SAVE();                                                                              \
    context.window = &A;                                                                 \
    callee = prepare_newest(context, at.a, *function_->qualified_names[at.c], *meaning); \
    fp = fp_;                                                                            \
    if (callee != nullptr) goto enter_it;                                                \
    goto fail;                                                                           \
  } while (0)

  DISPATCH();

op_Move:
  A = B;
  DISPATCH();
op_LoadConst:
  A = function_->constants[at.b];
  DISPATCH();
op_LoadNewest:
  meaning = function_->qualified_names[at.c]->entry->newest();
  GIVE(meaning == nullptr ? function_->constants[at.b] : newest_value(context, *function_->qualified_names[at.c], *meaning));
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
  std::fill_n(&A, at.b, Term());
  DISPATCH();
op_CheckSet:
  if (A.is_nothing()) [[unlikely]] {
    raise_unbound(context, function_->constants[at.b]);
    goto fail;
  }
  DISPATCH();

op_Add:
  ARITHMETIC(add);
op_Subtract:
  ARITHMETIC(subtract);
op_Multiply:
  ARITHMETIC(multiply);
op_TrueDivide:
  ARITHMETIC(true_divide);
op_FloorDivide:
  ARITHMETIC(floor_divide);
op_Modulo:
  ARITHMETIC(modulo);
op_Power:
  GIVE(operate(context, Opcode::Power, B, C));
op_ShiftLeft:
  ARITHMETIC(shift_left);
op_ShiftRight:
  ARITHMETIC(shift_right);
op_BitAnd:
  ARITHMETIC(bit_and);
op_BitOr:
  ARITHMETIC(bit_or);
op_BitXor:
  ARITHMETIC(bit_xor);
// A negative number was written as a difference.
#define ADD_INT(slowly)                                           \
  do {                                                            \
    const Term left = B;                                          \
    const auto amount = static_cast<std::int16_t>(at.c);          \
    Term made;                                                    \
    if (quick::add(left, Term::small(amount), made)) [[likely]] { \
      A = made;                                                   \
      DISPATCH();                                                 \
    }                                                             \
    GIVE(slowly(context, left, amount));                          \
  } while (0)
op_AddInt:
  ADD_INT(slowly_add_int);
op_InPlaceAddInt:
  ADD_INT(slowly_add_int_in_place);
#undef ADD_INT
op_InPlaceAdd: {
  const Term left = B, right = C;
  Term made;
  if (quick::add(left, right, made)) [[likely]] {
    A = made;
    DISPATCH();
  }
  GIVE(slowly_add_in_place(context, left, right));
}
op_InPlace: {
  const Term left = A, right = B;
  const Term made = quickly_operate(static_cast<Opcode>(at.c), left, right);
  if (!made.is_nothing()) [[likely]] {
    A = made;
    DISPATCH();
  }
  GIVE(operate_in_place(context, static_cast<Opcode>(at.c), left, right));
}

op_AddKeepLeft:
  ARITHMETIC_KEPT(add, true, a + b, Left);
op_AddKeepRight:
  ARITHMETIC_KEPT(add, true, a + b, Right);
op_SubtractKeepLeft:
  ARITHMETIC_KEPT(subtract, true, a - b, Left);
op_SubtractKeepRight:
  ARITHMETIC_KEPT(subtract, true, a - b, Right);
op_MultiplyKeepLeft:
  ARITHMETIC_KEPT(multiply, true, a * b, Left);
op_MultiplyKeepRight:
  ARITHMETIC_KEPT(multiply, true, a * b, Right);
op_TrueDivideKeepLeft:
  ARITHMETIC_KEPT(true_divide, b != 0.0, a / b, Left);
op_TrueDivideKeepRight:
  ARITHMETIC_KEPT(true_divide, b != 0.0, a / b, Right);
#define TAKEN(name, side, operand, possible, expression)          \
  side##_##name : TAKE(operand, possible, expression);            \
  GIVE_KEPT();                                                    \
  side##_##name##KeepLeft : TAKE(operand, possible, expression);  \
  KEEP_FOR(Left);                                                 \
  side##_##name##KeepRight : TAKE(operand, possible, expression); \
  KEEP_FOR(Right)
left_InPlaceAdd:
  TAKEN(Add, left, C, true, kept + other);
  TAKEN(Subtract, left, C, true, kept - other);
  TAKEN(Multiply, left, C, true, kept * other);
  TAKEN(TrueDivide, left, C, other != 0.0, kept / other);
right_InPlaceAdd:
  TAKEN(Add, right, B, true, other + kept);
  TAKEN(Subtract, right, B, true, other - kept);
  TAKEN(Multiply, right, B, true, other * kept);
  TAKEN(TrueDivide, right, B, kept != 0.0, other / kept);
#undef TAKEN
left_JumpIfLess:
  TAKE_IN_ORDER(Less, true);
left_JumpIfNotLess:
  TAKE_IN_ORDER(Less, false);
left_JumpIfLessEqual:
  TAKE_IN_ORDER(LessEqual, true);
left_JumpIfNotLessEqual:
  TAKE_IN_ORDER(LessEqual, false);
left_JumpIfGreater:
  TAKE_IN_ORDER(Greater, true);
left_JumpIfNotGreater:
  TAKE_IN_ORDER(Greater, false);
left_JumpIfGreaterEqual:
  TAKE_IN_ORDER(GreaterEqual, true);
left_JumpIfNotGreaterEqual:
  TAKE_IN_ORDER(GreaterEqual, false);
as_it_stands:
  fp[pc[-2].a] = context.heap.make_float(kept);
  goto* labels[static_cast<std::uint16_t>(at.op)];

op_Negate:
op_Plus:
op_Invert:
  GIVE(operate(context, at.op, B));
op_Not:
  A = Term::boolean(!truth(B));
  DISPATCH();

op_Equal:
  if (are_small(B, C)) {
    A = Term::boolean(B == C);
    DISPATCH();
  }
  GIVE_ANSWER(is_equal(context, B, C));
op_NotEqual:
  truth_of = is_equal(context, B, C);
  if (truth_of == Answer::Raised) goto fail;
  A = Term::boolean(truth_of == Answer::No);
  DISPATCH();
op_Less:
  COMPARE(Less);
op_LessEqual:
  COMPARE(LessEqual);
op_Greater:
  COMPARE(Greater);
op_GreaterEqual:
  COMPARE(GreaterEqual);
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
  BRANCH_IF_EQUAL(A, B, true);
op_JumpIfNotEqual:
  BRANCH_IF_EQUAL(A, B, false);
op_JumpIfLess:
  BRANCH_IF(Less, A, B, true);
op_JumpIfNotLess:
  BRANCH_IF(Less, A, B, false);
op_JumpIfLessEqual:
  BRANCH_IF(LessEqual, A, B, true);
op_JumpIfNotLessEqual:
  BRANCH_IF(LessEqual, A, B, false);
op_JumpIfGreater:
  BRANCH_IF(Greater, A, B, true);
op_JumpIfNotGreater:
  BRANCH_IF(Greater, A, B, false);
op_JumpIfGreaterEqual:
  BRANCH_IF(GreaterEqual, A, B, true);
op_JumpIfNotGreaterEqual:
  BRANCH_IF(GreaterEqual, A, B, false);
#define SMALL_B Term::small(static_cast<std::int16_t>(at.b))
op_JumpIfEqualInt:
  BRANCH_IF_EQUAL(A, SMALL_B, true);
op_JumpIfNotEqualInt:
  BRANCH_IF_EQUAL(A, SMALL_B, false);
op_JumpIfLessInt:
  BRANCH_IF(Less, A, SMALL_B, true);
op_JumpIfNotLessInt:
  BRANCH_IF(Less, A, SMALL_B, false);
op_JumpIfLessEqualInt:
  BRANCH_IF(LessEqual, A, SMALL_B, true);
op_JumpIfNotLessEqualInt:
  BRANCH_IF(LessEqual, A, SMALL_B, false);
op_JumpIfGreaterInt:
  BRANCH_IF(Greater, A, SMALL_B, true);
op_JumpIfNotGreaterInt:
  BRANCH_IF(Greater, A, SMALL_B, false);
op_JumpIfGreaterEqualInt:
  BRANCH_IF(GreaterEqual, A, SMALL_B, true);
op_JumpIfNotGreaterEqualInt:
  BRANCH_IF(GreaterEqual, A, SMALL_B, false);
op_LoopIfLess:
  SAFEPOINT();
  BRANCH_IF(Less, A, B, true);
op_LoopIfLessInt:
  SAFEPOINT();
  BRANCH_IF(Less, A, SMALL_B, true);
op_LoopIfGreaterInt:
  SAFEPOINT();
  BRANCH_IF(Greater, A, SMALL_B, true);
#undef SMALL_B

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
  if (C.is_small()) [[likely]] {
    result = quick_item(B, C.unchecked_small());
    if (!result.is_nothing()) [[likely]] {
      A = result;
      DISPATCH();
    }
  }
  GIVE(get_item(context, B, C));
op_GetItemInt:
  result = quick_item(B, static_cast<std::int16_t>(at.c));
  if (!result.is_nothing()) [[likely]] {
    A = result;
    DISPATCH();
  }
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
  result = cached_field(*function_, at.c, B);
  if (!result.is_nothing()) [[likely]] {
    A = result;
    DISPATCH();
  }
  GIVE(get_attribute(context, B, *function_, at.c));
op_MakeRecord: {
  const Word header = record_header(*function_, at.b);
  Word* box = context.heap.allocate(1 + header_arity(header));
  box[0] = header;
  box[1] = element(function_->constants[at.b], 2).bits();
  for (Word i = 1; i < header_arity(header); ++i) box[1 + i] = (&C)[i - 1].bits();
  A = Term::boxed(box);
  DISPATCH();
}
op_MakeException:
  if (!is_box(function_->constants[at.b], BoxKind::Type) || !is_tuple(C)) [[unlikely]] {
    context.raise("TypeError", "no class of exceptions");
    goto fail;
  }
  GIVE(make_exception_of(context, function_->constants[at.b], list_items(C)));
op_SetAttribute:
  CHECK(set_attribute(context, A, function_->constants[at.b], C));
op_GetSpecial:
  member = cached_member(*function_, at.c, B);
  A = member != nullptr && member->kind == MemberKind::Method ? member->value : get_special(context, *function_, B, at.c);
  DISPATCH();
op_Format:
  GIVE(format_value(context, resolve(B), at.c == kNoRegister ? Term() : C));
op_Convert:
  GIVE(at.c == 's' ? str_of(context, B) : at.c == 'r' ? repr_of(context, B) : ascii_of(context, B));
op_Join:
  GIVE(concatenate(context, {&B, at.c}));

op_Iterate: {
  const Term source = B;
  if (is_quick_sequence(source)) {
    Term* state = &A;
    state[0] = source;
    state[1] = state[2] = Term::small(0);
    DISPATCH();
  }
  CHECK(iterate(context, source, &A));
}
op_IterateRange:
  CHECK(iterate_range(context, &B, &A));
// A range has step, next, end. Beyond the last one the next may be no small integer: then it stops at the end.
#define TAKE_NEXT(ended, found)                                             \
  do {                                                                      \
    Term* state = &A;                                                       \
    if (state[0].is_small()) [[likely]] {                                   \
      const std::int64_t value = raw(state[1]), end = raw(state[2]);        \
      const std::int64_t step = raw(state[0]) - 1;                          \
      if (step > 0 ? value >= end : value <= end) ended;                    \
      B = state[1];                                                         \
      std::int64_t following = 0;                                           \
      if (__builtin_add_overflow(value, step, &following)) following = end; \
      state[1] = Term::from_bits(static_cast<Word>(following));             \
      found;                                                                \
    }                                                                       \
    result = quick_item(state[0], state[1].unchecked_small());              \
    if (!result.is_nothing()) {                                             \
      state[1] = Term::from_bits(state[1].bits() + 2);                      \
      B = result;                                                           \
      found;                                                                \
    }                                                                       \
    truth_of = next(context, state, &B);                                    \
    if (truth_of == Answer::Raised) goto fail;                              \
    if (truth_of == Answer::No) ended;                                      \
    found;                                                                  \
  } while (0)
op_Next:
  TAKE_NEXT(BRANCH(true), DISPATCH());
op_LoopNext:
  SAFEPOINT();
  TAKE_NEXT(DISPATCH(), BRANCH(true));

op_MakeCell:
  A = make_cell(context, B);
  DISPATCH();
op_GetCell:
  A = Term::from_bits(B.boxed()[1]);
  DISPATCH();
op_SetCell:
  set_cell(A, B, context.heap);
  DISPATCH();
op_MakeFunction:
  A = make_function(context, function_->module->functions[at.b], &C);
  DISPATCH();

op_Call:
  SAFEPOINT();
  callee = function_->functions[at.b];
enter: {
  // The window is at A, its arguments and captures are in place: the inputs of the callee.
  if (&A + kLinkWords + callee->registers > end_) [[unlikely]] {
    SAVE();
    if (!grow_stack(context, static_cast<std::size_t>(&A - stack_) + kLinkWords + callee->registers)) goto fail;
    fp = fp_;
  }
  Term* window = &A;
  window[0] = Term::from_bits(reinterpret_cast<Word>(pc) + 1);
  window[1] = Term::from_bits(reinterpret_cast<Word>(function_) + 1);
  fp = window + kLinkWords;
  ENTER(callee);
}
op_TailCall:
  SAFEPOINT();
  callee = function_->functions[at.b];
enter_tail: {
  if (fp + callee->registers > end_) [[unlikely]] {
    SAVE();
    if (!grow_stack(context, static_cast<std::size_t>(fp - stack_) + callee->registers)) goto fail;
    fp = fp_;
  }
  std::copy_n(&A + kLinkWords, callee->inputs, fp);
  ENTER(callee);
}
op_CallNewest:
  CALL_NEWEST(enter);
op_TailCallNewest:
  CALL_NEWEST(enter_tail);
op_CallValue:
  SAFEPOINT();
  SAVE();
  context.window = &A;
  callee = prepare_call(context, at.a, at.b, function_->constants[at.c]);
  fp = fp_;
  if (callee != nullptr) goto enter;
  if (context.pause != Context::Pause::None) goto pause;
  if (A.is_nothing()) goto fail;
  DISPATCH();
op_TailCallValue:
  SAFEPOINT();
  SAVE();
  context.window = &A;
  callee = prepare_call(context, at.a, at.b, function_->constants[at.c]);
  fp = fp_;
  if (callee != nullptr) goto enter_tail;
  if (context.pause != Context::Pause::None) goto pause;
  if (A.is_nothing()) goto fail;
  result = A;
  goto leave;
op_CallSpread:
  SAFEPOINT();
  SAVE();
  context.window = &A;
  callee = prepare_spread(context, at.a, at.b == 2);
  fp = fp_;
  if (callee != nullptr) goto enter;
  if (context.pause != Context::Pause::None) goto pause;
  if (A.is_nothing()) goto fail;
  DISPATCH();
op_TailCallSpread:
  SAFEPOINT();
  SAVE();
  context.window = &A;
  callee = prepare_spread(context, at.a, at.b == 2);
  fp = fp_;
  if (callee != nullptr) goto enter_tail;
  if (context.pause != Context::Pause::None) goto pause;
  if (A.is_nothing()) goto fail;
  result = A;
  goto leave;
op_MergeNames:
  CHECK(merge_names(context, A, B, C));
op_CallBuiltin:
  SAFEPOINT();
  SAVE();
  context.window = &A;
  result = run_builtin(context, kBuiltins[at.b].run, {&A + kLinkWords, at.c});
  goto called;
op_CallMethod:
  SAFEPOINT();
  SAVE();
  context.window = &A;
  if (may_have_members(fp[at.a + kLinkWords])) {
    member = cached_member(*function_, at.b, fp[at.a + kLinkWords]);
    if (member != nullptr && member->kind == MemberKind::Method && member->function->parameters == at.c) [[likely]] {
      callee = member->function;
      goto enter;
    }
    callee = prepare_method(context, at.a, at.c, at.b);
    fp = fp_;
    if (callee != nullptr) goto enter;
    if (context.pause != Context::Pause::None) goto pause;
    if (A.is_nothing()) goto fail;
    DISPATCH();
  }
  result = call_method(context, function_->methods[at.b], function_->constants[at.b], {&A + kLinkWords, at.c});
called:
  if (result.is_nothing()) [[unlikely]] {
    if (context.pause == Context::Pause::None) goto fail;
    goto pause;
  }
  A = result;
  DISPATCH();
op_GetProperty:
  SAFEPOINT();
  result = cached_field(*function_, at.b, fp[at.a + kLinkWords]);
  if (!result.is_nothing()) {
    A = result;
    DISPATCH();
  }
  member = cached_member(*function_, at.b, fp[at.a + kLinkWords]);
  if (member != nullptr && member->kind == MemberKind::Property && member->function->parameters == 1) {
    callee = member->function;
    goto enter;
  }
  SAVE();
  callee = prepare_property(context, at.a, at.b);
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
  const Word link = fp[-2].bits() - 1;
  if (link == 0) [[unlikely]] {
    SAVE();
    if (process.extras_ && process.extras_->result_ref != 0 && !send_result(context, result)) goto fail;
    process.set_exit(OwnedTerm(reason::normal));
    return Outcome::Exit;
  }
  pc = reinterpret_cast<const Instruction*>(link);
  function_ = reinterpret_cast<const Function*>(fp[-1].bits() - 1);
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
  A = is_box(resolve(B), BoxKind::Dict) && find_unhashable(C).is_nothing() ? dict_get(resolve(B), C) : Term();
  DISPATCH();
op_IsInstance:
  GIVE_ANSWER(is_instance(context, B, C));
op_WithoutKeys:
  GIVE(without_keys(context, B, C));

op_Send:
  SAFEPOINT();
  CHECK(send(context, A, B));
op_SendTuple:
  SAFEPOINT();
  CHECK(send_tuple(context, A, {&B, at.c}));

op_Spawn:
  SAFEPOINT();
  GIVE(spawn(context, {&A + kLinkWords, at.b}, at.c));

op_Receive:
  COLLECT_IF_DUE(empty_window(function_->module->programs[at.b], &A));
  SAVE();
  received = receive(context, function_->module->programs[at.b], &A, at.c == kNoRegister ? Term::none() : C);
  goto after_receive;
op_ReceiveAny:
  COLLECT_IF_DUE(A = Term());
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

pause:  // SAVE() was done: the same instruction runs again
  return context.pause == Context::Pause::Yield ? Outcome::Yield : wait(process);

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

#undef at

}  // namespace pyvm::vm
