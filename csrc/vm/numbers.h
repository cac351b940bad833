// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Numbers: Python's arithmetic over int of any size, bool and float, exactly as CPython 3.11 has it, error texts included.
//
//   add(context, left, right), ...   the operators. They give the result; nothing, with context.error, when they raise; or not_mine()
//                                    when an operand is no number, so that the caller can try sequences and raise the TypeError
//   round_*, floor_, ceil_...        of one number; the same three answers
//   int_from_text, int_to_text...    between numbers and their digits
//
// N1  Two small integers, and two floats in +, -, * and /, are done inline (quick::). Big integers are the cpp_int of Boost.Multiprecision,
//     which numbers_big.h alone includes, and numbers*.cc alone include that.
// N2  No result has more than kMostBits bits: a MemoryError is raised before the work is begun, and work on big integers is charged.
// Not as CPython: there are no complex numbers, so a negative base with a fractional exponent is a ValueError; digits in texts are ASCII.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "term/number.h"
#include "vm/context.h"

namespace pyvm::vm {

/// What an operator gives for operands that are no numbers: a term that no program meets.
constexpr Term not_mine() { return Term::from_bits((Word{31} << 3) | Term::kImmediateTag); }
constexpr bool is_not_mine(Term term) { return term == not_mine(); }

inline constexpr std::size_t kMostBits = std::size_t{1} << 30;
/// The most decimal digits that int() and str() take, as in CPython.
inline constexpr std::size_t kMostDigits = 4300;

namespace slow {
PYVM_EXPORT Term add(Context& context, Term left, Term right);
PYVM_EXPORT Term subtract(Context& context, Term left, Term right);
PYVM_EXPORT Term multiply(Context& context, Term left, Term right);
PYVM_EXPORT Term true_divide(Context& context, Term left, Term right);
PYVM_EXPORT Term floor_divide(Context& context, Term left, Term right);
PYVM_EXPORT Term modulo(Context& context, Term left, Term right);
PYVM_EXPORT Term shift_left(Context& context, Term left, Term right);
PYVM_EXPORT Term shift_right(Context& context, Term left, Term right);
PYVM_EXPORT Term bit_and(Context& context, Term left, Term right);
PYVM_EXPORT Term bit_or(Context& context, Term left, Term right);
PYVM_EXPORT Term bit_xor(Context& context, Term left, Term right);
PYVM_EXPORT Term negate(Context& context, Term number);
}  // namespace slow

// A small integer n has the bits 2n + 1, so sums need one correction and overflow where a machine word does.

/// What takes a few instructions; nothing: it is for slow::.
namespace quick {

inline bool are_small(Term left, Term right) { return (left.bits() & right.bits() & 1) != 0; }
inline bool are_short_floats(Term left, Term right) { return (((left.bits() ^ 2) | (right.bits() ^ 2)) & 3) == 0; }

inline Term add(Term left, Term right) {
  std::int64_t sum = 0;
  if (are_small(left, right)) [[likely]] {
    const bool over =
        __builtin_add_overflow(static_cast<std::int64_t>(left.bits() - 1), static_cast<std::int64_t>(right.bits()), &sum);
    return over ? Term() : Term::from_bits(static_cast<Word>(sum));
  }
  if (!are_short_floats(left, right)) return Term();
  return Term::try_short_float(left.unchecked_short_float() + right.unchecked_short_float());
}

inline Term subtract(Term left, Term right) {
  std::int64_t difference = 0;
  if (are_small(left, right)) [[likely]] {
    const bool over =
        __builtin_sub_overflow(static_cast<std::int64_t>(left.bits()), static_cast<std::int64_t>(right.bits() - 1), &difference);
    return over ? Term() : Term::from_bits(static_cast<Word>(difference));
  }
  if (!are_short_floats(left, right)) return Term();
  return Term::try_short_float(left.unchecked_short_float() - right.unchecked_short_float());
}

inline Term multiply(Term left, Term right) {
  std::int64_t product = 0;
  if (are_small(left, right)) {
    const bool over = __builtin_mul_overflow(static_cast<std::int64_t>(left.bits() - 1), right.unchecked_small(), &product);
    return over ? Term() : Term::from_bits(static_cast<Word>(product) + 1);
  }
  if (!are_short_floats(left, right)) return Term();
  return Term::try_short_float(left.unchecked_short_float() * right.unchecked_short_float());
}

inline Term true_divide(Term left, Term right) {
  if (!are_short_floats(left, right) || right.unchecked_short_float() == 0.0) return Term();
  return Term::try_short_float(left.unchecked_short_float() / right.unchecked_short_float());
}

/// Floors, as Python does.
inline Term floor_divide(Term left, Term right) {
  if (!are_small(left, right) || right == Term::small(0) || right == Term::small(-1)) return Term();
  const std::int64_t a = left.unchecked_small();
  const std::int64_t b = right.unchecked_small();
  const std::int64_t quotient = a / b;
  return Term::small(quotient - ((a % b != 0) & ((a < 0) != (b < 0))));
}

/// Has the sign of the right operand.
inline Term modulo(Term left, Term right) {
  if (!are_small(left, right) || right == Term::small(0) || right == Term::small(-1)) return Term();
  const std::int64_t b = right.unchecked_small();
  const std::int64_t remainder = left.unchecked_small() % b;
  return Term::small(remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder);
}

inline Term shift_left(Term left, Term right) {
  if (!are_small(left, right) || right.unchecked_small() < 0 || right.unchecked_small() >= 62) return Term();
  const std::int64_t value = left.unchecked_small();
  const auto count = static_cast<unsigned>(right.unchecked_small());
  const auto shifted = static_cast<std::int64_t>(static_cast<Word>(value) << count);
  return shifted >> count == value && Term::fits_small(shifted) ? Term::small(shifted) : Term();
}

inline Term shift_right(Term left, Term right) {
  if (!are_small(left, right) || right.unchecked_small() < 0) return Term();
  return Term::small(left.unchecked_small() >> std::min<std::int64_t>(right.unchecked_small(), 63));
}

inline Term bit_and(Term left, Term right) {
  return are_small(left, right) ? Term::from_bits(left.bits() & right.bits()) : Term();
}
inline Term bit_or(Term left, Term right) {
  return are_small(left, right) ? Term::from_bits(left.bits() | right.bits()) : Term();
}
inline Term bit_xor(Term left, Term right) {
  return are_small(left, right) ? Term::from_bits((left.bits() ^ right.bits()) | 1) : Term();
}

}  // namespace quick

#define PYVM_OPERATOR(name)                                             \
  inline Term name(Context& context, Term left, Term right) {           \
    const Term made = quick::name(left, right);                         \
    return made.is_nothing() ? slow::name(context, left, right) : made; \
  }
PYVM_OPERATOR(add)
PYVM_OPERATOR(subtract)
PYVM_OPERATOR(multiply)
PYVM_OPERATOR(true_divide)
PYVM_OPERATOR(floor_divide)
PYVM_OPERATOR(modulo)
PYVM_OPERATOR(shift_left)
PYVM_OPERATOR(shift_right)
PYVM_OPERATOR(bit_and)
PYVM_OPERATOR(bit_or)
PYVM_OPERATOR(bit_xor)
#undef PYVM_OPERATOR

inline Term negate(Context& context, Term number) {
  if (number.is_small() && number.unchecked_small() != Term::kSmallMin) [[likely]]
    return Term::small(-number.unchecked_small());
  return slow::negate(context, number);
}

PYVM_EXPORT Term power(Context& context, Term left, Term right);
/// pow(left, right, modulus)
PYVM_EXPORT Term power(Context& context, Term left, Term right, Term modulus);
/// A tuple of quotient and remainder.
PYVM_EXPORT Term divmod_(Context& context, Term left, Term right);
PYVM_EXPORT Term plus(Context& context, Term number);
PYVM_EXPORT Term invert(Context& context, Term number);
PYVM_EXPORT Term absolute(Context& context, Term number);
/// How many integers range(start, stop, step) has, or Term::kSmallMax where there are more.
PYVM_EXPORT std::int64_t count_between(Term start, Term stop, Term step);

// Of ints.
PYVM_EXPORT Term gcd(Context& context, Term left, Term right);
PYVM_EXPORT Term isqrt(Context& context, Term number);
PYVM_EXPORT Term bit_length(Context& context, Term number);

// Of one number.
PYVM_EXPORT Term to_float(Context& context, Term number);
PYVM_EXPORT Term to_int(Context& context, Term number);  // int(), math.trunc()
PYVM_EXPORT Term floor_(Context& context, Term number);
PYVM_EXPORT Term ceil_(Context& context, Term number);
/// round(number): to an int, half to even.
PYVM_EXPORT Term round_(Context& context, Term number);
/// round(number, digits): of the kind of the number, correctly rounded.
PYVM_EXPORT Term round_to(Context& context, Term number, Term digits);
PYVM_EXPORT Term as_integer_ratio(Context& context, Term number);

// Digits.
/// int(text, base); base 0 reads a prefix.
PYVM_EXPORT Term int_from_text(Context& context, std::string_view text, std::int64_t base = 10);
PYVM_EXPORT Term float_from_text(Context& context, std::string_view text);
/// The digits, "-" before them if need be, no prefix; nothing when it raised. `base` is 2 to 36.
PYVM_EXPORT std::optional<std::string> int_to_text(Context& context, Term number, unsigned base = 10);

}  // namespace pyvm::vm
