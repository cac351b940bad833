// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Numbers: Python's arithmetic over int of any size, bool and float, exactly as CPython 3.11 has it, error texts included.
//
//   add(context, left, right), ...   the operators. They give the result; nothing, with context.error, when they raise; or not_mine()
//                                    when an operand is no number, so that the caller can try sequences and raise the TypeError
//   round_*, floor_, ceil_...        of one number; the same three answers
//   int_from_text, int_to_text...    between numbers and their digits
//
// N1  Two small integers, and floats with either in +, -, * and /, are done inline (quick::). Big integers are the cpp_int of Boost.Multiprecision,
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

/// What takes a few instructions; the rest is for slow::.
namespace quick {

inline bool are_small(Term left, Term right) { return (left.bits() & right.bits() & 1) != 0; }
inline bool are_short_floats(Term left, Term right) { return (((left.bits() ^ 2) | (right.bits() ^ 2)) & 3) == 0; }

/// A short float, or a small integer as the nearest double, as CPython converts it.
[[gnu::always_inline]] inline bool real_of(Term term, double& real) {
  if (term.is_short_float()) [[likely]] {
    real = term.unchecked_short_float();
    return true;
  }
  real = static_cast<double>(term.unchecked_small());
  return term.is_small();
}

/// Of a small integer: whether a double has it as it is.
inline bool is_exact(Term small) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  return small.unchecked_small() <= kMost && small.unchecked_small() >= -kMost;
}

// Each gives what it made, if it did.

inline bool add(Term left, Term right, Term& made) {
  if (are_small(left, right)) [[likely]] {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(static_cast<std::int64_t>(left.bits() - 1), static_cast<std::int64_t>(right.bits()), &sum))
        [[unlikely]]
      return false;
    made = Term::from_bits(static_cast<Word>(sum));
    return true;
  }
  double a, b;
  return real_of(left, a) && real_of(right, b) && Term::pack(a + b, made);
}

inline bool subtract(Term left, Term right, Term& made) {
  if (are_small(left, right)) [[likely]] {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(static_cast<std::int64_t>(left.bits()), static_cast<std::int64_t>(right.bits() - 1), &difference))
        [[unlikely]]
      return false;
    made = Term::from_bits(static_cast<Word>(difference));
    return true;
  }
  double a, b;
  return real_of(left, a) && real_of(right, b) && Term::pack(a - b, made);
}

inline bool multiply(Term left, Term right, Term& made) {
  if (are_small(left, right)) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(static_cast<std::int64_t>(left.bits() - 1), right.unchecked_small(), &product)) [[unlikely]]
      return false;
    made = Term::from_bits(static_cast<Word>(product) + 1);
    return true;
  }
  double a, b;
  return real_of(left, a) && real_of(right, b) && Term::pack(a * b, made);
}

inline bool true_divide(Term left, Term right, Term& made) {
  double a, b;
  if (!real_of(left, a) || !real_of(right, b) || b == 0.0) return false;
  if (are_small(left, right) && (!is_exact(left) || !is_exact(right))) return false;  // the quotient is rounded once
  return Term::pack(a / b, made);
}

/// Floors, as Python does.
inline bool floor_divide(Term left, Term right, Term& made) {
  if (!are_small(left, right) || right == Term::small(0) || right == Term::small(-1)) return false;
  const std::int64_t a = left.unchecked_small();
  const std::int64_t b = right.unchecked_small();
  const std::int64_t quotient = a / b;
  made = Term::small(quotient - ((a % b != 0) & ((a < 0) != (b < 0))));
  return true;
}

/// Has the sign of the right operand.
inline bool modulo(Term left, Term right, Term& made) {
  if (!are_small(left, right) || right == Term::small(0) || right == Term::small(-1)) return false;
  const std::int64_t b = right.unchecked_small();
  const std::int64_t remainder = left.unchecked_small() % b;
  made = Term::small(remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder);
  return true;
}

inline bool shift_left(Term left, Term right, Term& made) {
  if (!are_small(left, right) || right.unchecked_small() < 0 || right.unchecked_small() >= 62) return false;
  const std::int64_t value = left.unchecked_small();
  const auto count = static_cast<unsigned>(right.unchecked_small());
  const auto shifted = static_cast<std::int64_t>(static_cast<Word>(value) << count);
  made = Term::small(shifted);
  return shifted >> count == value && Term::fits_small(shifted);
}

inline bool shift_right(Term left, Term right, Term& made) {
  if (!are_small(left, right) || right.unchecked_small() < 0) return false;
  made = Term::small(left.unchecked_small() >> std::min<std::int64_t>(right.unchecked_small(), 63));
  return true;
}

inline bool bit_and(Term left, Term right, Term& made) {
  made = Term::from_bits(left.bits() & right.bits());
  return are_small(left, right);
}
inline bool bit_or(Term left, Term right, Term& made) {
  made = Term::from_bits(left.bits() | right.bits());
  return are_small(left, right);
}
inline bool bit_xor(Term left, Term right, Term& made) {
  made = Term::from_bits((left.bits() ^ right.bits()) | 1);
  return are_small(left, right);
}

}  // namespace quick

#define PYVM_OPERATOR(name)                                                          \
  inline Term name(Context& context, Term left, Term right) {                        \
    Term made;                                                                       \
    return quick::name(left, right, made) ? made : slow::name(context, left, right); \
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
/// What digits are read from, as errors show it.
enum class TextKind : std::uint8_t { String, Bytes };
/// int(text, base); base 0 reads a prefix.
PYVM_EXPORT Term int_from_text(Context& context, std::string_view text, std::int64_t base = 10, TextKind kind = TextKind::String);
PYVM_EXPORT Term float_from_text(Context& context, std::string_view text, TextKind kind = TextKind::String);
/// The digits, "-" before them if need be, no prefix; nothing when it raised. `base` is 2 to 36.
PYVM_EXPORT std::optional<std::string> int_to_text(Context& context, Term number, unsigned base = 10);

}  // namespace pyvm::vm
