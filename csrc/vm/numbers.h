// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Numbers: Python's arithmetic over int of any size, bool and float, exactly as CPython 3.11 has it, error texts included.
//
//   add(context, left, right), ...   the operators. They give the result; nothing, with context.error, when they raise; or not_mine()
//                                    when an operand is no number, so that the caller can try sequences and raise the TypeError
//   round_*, floor_, ceil_...        of one number; the same three answers
//   int_from_text, int_to_text...    between numbers and their digits
//
// N1  Two small integers, and two floats in +, -, * and /, are done inline. Big integers are the cpp_int of Boost.Multiprecision,
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

inline Term add(Context& context, Term left, Term right) {
  std::int64_t sum = 0;
  if (left.is_small() && right.is_small() &&
      !__builtin_add_overflow(static_cast<std::int64_t>(left.bits() - 1), static_cast<std::int64_t>(right.bits()), &sum))
      [[likely]]
    return Term::from_bits(static_cast<Word>(sum));
  if (left.is_short_float() && right.is_short_float()) {
    return context.heap.make_float(left.unchecked_short_float() + right.unchecked_short_float());
  }
  return slow::add(context, left, right);
}

inline Term subtract(Context& context, Term left, Term right) {
  std::int64_t difference = 0;
  if (left.is_small() && right.is_small() &&
      !__builtin_sub_overflow(static_cast<std::int64_t>(left.bits()), static_cast<std::int64_t>(right.bits() - 1), &difference))
      [[likely]]
    return Term::from_bits(static_cast<Word>(difference));
  if (left.is_short_float() && right.is_short_float()) {
    return context.heap.make_float(left.unchecked_short_float() - right.unchecked_short_float());
  }
  return slow::subtract(context, left, right);
}

inline Term multiply(Context& context, Term left, Term right) {
  std::int64_t product = 0;
  if (left.is_small() && right.is_small() &&
      !__builtin_mul_overflow(static_cast<std::int64_t>(left.bits() - 1), right.unchecked_small(), &product)) [[likely]]
    return Term::from_bits(static_cast<Word>(product) + 1);
  if (left.is_short_float() && right.is_short_float()) {
    return context.heap.make_float(left.unchecked_short_float() * right.unchecked_short_float());
  }
  return slow::multiply(context, left, right);
}

inline Term true_divide(Context& context, Term left, Term right) {
  if (left.is_short_float() && right.is_short_float() && right.unchecked_short_float() != 0.0) {
    return context.heap.make_float(left.unchecked_short_float() / right.unchecked_short_float());
  }
  return slow::true_divide(context, left, right);
}

/// Floors, as Python does.
inline Term floor_divide(Context& context, Term left, Term right) {
  if (left.is_small() && right.is_small() && right != Term::small(0) && right != Term::small(-1)) [[likely]] {
    const std::int64_t a = left.unchecked_small();
    const std::int64_t b = right.unchecked_small();
    const std::int64_t quotient = a / b;
    return Term::small(quotient - ((a % b != 0) & ((a < 0) != (b < 0))));
  }
  return slow::floor_divide(context, left, right);
}

/// Has the sign of the right operand.
inline Term modulo(Context& context, Term left, Term right) {
  if (left.is_small() && right.is_small() && right != Term::small(0) && right != Term::small(-1)) [[likely]] {
    const std::int64_t b = right.unchecked_small();
    const std::int64_t remainder = left.unchecked_small() % b;
    return Term::small(remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder);
  }
  return slow::modulo(context, left, right);
}

inline Term shift_left(Context& context, Term left, Term right) {
  if (left.is_small() && right.is_small() && right.unchecked_small() >= 0 && right.unchecked_small() < 62) {
    const std::int64_t value = left.unchecked_small();
    const auto count = static_cast<unsigned>(right.unchecked_small());
    const auto shifted = static_cast<std::int64_t>(static_cast<Word>(value) << count);
    if (shifted >> count == value && Term::fits_small(shifted)) return Term::small(shifted);
  }
  return slow::shift_left(context, left, right);
}

inline Term shift_right(Context& context, Term left, Term right) {
  if (left.is_small() && right.is_small() && right.unchecked_small() >= 0) [[likely]]
    return Term::small(left.unchecked_small() >> std::min<std::int64_t>(right.unchecked_small(), 63));
  return slow::shift_right(context, left, right);
}

inline Term bit_and(Context& context, Term left, Term right) {
  if (left.is_small() && right.is_small()) [[likely]]
    return Term::from_bits(left.bits() & right.bits());
  return slow::bit_and(context, left, right);
}

inline Term bit_or(Context& context, Term left, Term right) {
  if (left.is_small() && right.is_small()) [[likely]]
    return Term::from_bits(left.bits() | right.bits());
  return slow::bit_or(context, left, right);
}

inline Term bit_xor(Context& context, Term left, Term right) {
  if (left.is_small() && right.is_small()) [[likely]]
    return Term::from_bits((left.bits() ^ right.bits()) | 1);
  return slow::bit_xor(context, left, right);
}

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
