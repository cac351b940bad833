// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/numbers.h"

#include <array>
#include <cmath>
#include <vector>

#include "vm/numbers_big.h"

namespace pyvm::vm {

namespace number_detail {

Operand::Operand(Term number) : term(number) {
  if (number.is_small()) {
    kind = Kind::Small;
    small = number.unchecked_small();
  } else if (number.is_bool()) {
    kind = Kind::Small;
    small = number.is_true() ? 1 : 0;
  } else if (is_float(number)) {
    kind = Kind::Float;
    real = float_value(number);
  } else if (is_box(number, BoxKind::Big)) {
    kind = Kind::Big;
  }
}

Big big_of(const Operand& integer) {
  if (integer.kind == Kind::Small) return integer.small;
  const Word* box = integer.term.boxed();
  const auto limbs = static_cast<unsigned>(header_arity(box[0]));
  Big value;
  value.backend().resize(limbs, limbs);
  std::copy_n(box + 1, limbs, value.backend().limbs());
  value.backend().normalize();
  if ((header_flags(box[0]) & box_flag::kNegative) != 0) value.backend().negate();
  return value;
}

Term make_int(Context& context, const Big& value) {
  std::array<Word, 8> few;
  std::vector<Word> many;
  const std::size_t count = value.backend().size();
  if (count > few.size()) many.resize(count);
  const std::span<Word> limbs = count > few.size() ? std::span(many) : std::span(few).first(count);
  std::copy_n(value.backend().limbs(), count, limbs.begin());
  return context.heap.make_big(value.sign() < 0, limbs);
}

std::size_t bits_of(const Big& value) { return value.is_zero() ? 0 : 1 + boost::multiprecision::msb(abs(value)); }

std::size_t bits_of(const Operand& integer) {
  if (integer.kind == Kind::Small) return static_cast<std::size_t>(std::bit_width(static_cast<Word>(std::abs(integer.small))));
  const Word* box = integer.term.boxed();
  const Word limbs = header_arity(box[0]);
  return 64 * (limbs - 1) + static_cast<std::size_t>(std::bit_width(box[limbs]));
}

double to_real(Word mantissa, bool rest, std::int64_t exponent) {
  if (mantissa == 0) return 0.0;
  const int spare = std::countl_zero(mantissa);
  mantissa <<= spare;
  exponent -= spare;
  const std::int64_t top = exponent + 63;  // the exponent of the first bit
  if (top > 1023) return HUGE_VAL;
  const std::int64_t dropped = 11 + std::max<std::int64_t>(0, -1022 - top);
  if (dropped > 64) return 0.0;
  const Word kept = dropped == 64 ? 0 : mantissa >> dropped;
  const Word half = Word{1} << (dropped - 1);
  const Word below = dropped == 64 ? mantissa : mantissa & ((Word{1} << dropped) - 1);
  const bool up = below > half || (below == half && (rest || (kept & 1) != 0));
  return std::ldexp(static_cast<double>(kept + up), static_cast<int>(exponent + dropped));
}

double to_real(const Big& value) {
  const Big magnitude = abs(value);
  const std::size_t bits = bits_of(magnitude);
  if (bits > 1100) return value.sign() < 0 ? -HUGE_VAL : HUGE_VAL;
  const std::size_t shift = bits > 64 ? bits - 64 : 0;
  const Big head = magnitude >> shift;
  const bool rest = shift > 0 && boost::multiprecision::lsb(magnitude) < shift;
  const double real = to_real(static_cast<Word>(head), rest, static_cast<std::int64_t>(shift));
  return value.sign() < 0 ? -real : real;
}

std::optional<double> real_of(Context& context, const Operand& number) {
  if (number.kind == Kind::Float) return number.real;
  if (number.kind == Kind::Small) return static_cast<double>(number.small);
  const double real = to_real(big_of(number));
  if (!std::isinf(real)) return real;
  context.raise("OverflowError", "int too large to convert to float");
  return std::nullopt;
}

BigQuotient floor_division(const Big& left, const Big& right) {
  BigQuotient result;
  boost::multiprecision::divide_qr(left, right, result.quotient, result.remainder);
  if (!result.remainder.is_zero() && (result.remainder.sign() < 0) != (right.sign() < 0)) {
    --result.quotient;
    result.remainder += right;
  }
  return result;
}

Term raise_zero_division(Context& context, std::string_view text) { return context.raise("ZeroDivisionError", text); }

Term raise_no_memory(Context& context) { return context.raise("MemoryError", ""); }

}  // namespace number_detail

namespace {

using namespace number_detail;
using Wide = __int128;

Term make_wide(Context& context, Wide value) {
  const auto magnitude = static_cast<unsigned __int128>(value < 0 ? -value : value);
  const Word limbs[] = {static_cast<Word>(magnitude), static_cast<Word>(magnitude >> 64)};
  return context.heap.make_big(value < 0, limbs);
}

/// An operator over two numbers: floats if either is one, else 128 bits if both are small, else big integers.
template <typename OnFloats, typename OnSmall, typename OnBigs>
Term dispatch(Context& context, Term left, Term right, OnFloats on_floats, OnSmall on_small, OnBigs on_bigs) {
  const Operand a(left);
  const Operand b(right);
  if (a.kind == Kind::None || b.kind == Kind::None) return not_mine();
  if (a.kind == Kind::Float || b.kind == Kind::Float) {
    const std::optional<double> x = real_of(context, a);
    if (!x) return Term();
    const std::optional<double> y = real_of(context, b);
    return y ? on_floats(*x, *y) : Term();
  }
  if (a.kind == Kind::Small && b.kind == Kind::Small) return on_small(a.small, b.small);
  return on_bigs(a, b);
}

struct Quotient {
  double quotient;
  double remainder;
};

double float_modulo(double left, double right) {
  const double remainder = std::fmod(left, right);
  if (remainder == 0) return std::copysign(0.0, right);
  return (right < 0) != (remainder < 0) ? remainder + right : remainder;
}

/// As CPython: the quotient is a whole number that agrees with the remainder.
Quotient float_divmod(double left, double right) {
  const double plain = std::fmod(left, right);
  double quotient = (left - plain) / right;
  if (plain != 0 && (right < 0) != (plain < 0)) quotient -= 1.0;
  if (quotient == 0) return {std::copysign(0.0, left / right), float_modulo(left, right)};
  double whole = std::floor(quotient);
  if (quotient - whole > 0.5) whole += 1.0;
  return {whole, float_modulo(left, right)};
}

/// Of two ints of any size, the right one not zero.
BigQuotient divide_ints(Context& context, const Operand& left, const Operand& right) {
  context.charge(limbs_of(left) * limbs_of(right));
  return floor_division(big_of(left), big_of(right));
}

/// The quotient of two ints as a float, rounded once.
Term divide_exactly(Context& context, const Operand& left, const Operand& right) {
  context.charge(limbs_of(left) * limbs_of(right));
  const bool negative = (big_of(left).sign() < 0) != (big_of(right).sign() < 0);
  const auto signed_float = [&](double value) { return context.heap.make_float(negative ? -value : value); };
  if (is_zero(left)) return signed_float(0.0);
  const auto difference = static_cast<std::int64_t>(bits_of(left)) - static_cast<std::int64_t>(bits_of(right));
  if (difference < -1200) return signed_float(0.0);
  double value = HUGE_VAL;
  if (difference < 1100) {
    Big dividend = abs(big_of(left));
    Big divisor = abs(big_of(right));
    const std::int64_t shift = 63 - difference;  // 63 or 64 bits of quotient
    if (shift >= 0) {
      dividend <<= static_cast<std::size_t>(shift);
    } else {
      divisor <<= static_cast<std::size_t>(-shift);
    }
    Big quotient;
    Big remainder;
    boost::multiprecision::divide_qr(dividend, divisor, quotient, remainder);
    value = to_real(static_cast<Word>(quotient), !remainder.is_zero(), -shift);
  }
  if (std::isinf(value)) return context.raise("OverflowError", "integer division result too large for a float");
  return signed_float(value);
}

/// Two ints, both bools or not.
template <typename OnWords, typename OnBigs>
Term bitwise(Context& context, Term left, Term right, OnWords on_words, OnBigs on_bigs) {
  const Operand a(left);
  const Operand b(right);
  if (!a.is_int() || !b.is_int()) return not_mine();
  if (a.kind == Kind::Small && b.kind == Kind::Small) {
    const std::int64_t result = on_words(a.small, b.small);
    return left.is_bool() && right.is_bool() ? Term::boolean(result != 0) : Term::small(result);
  }
  context.charge(limbs_of(a) + limbs_of(b));
  return make_int(context, on_bigs(big_of(a), big_of(b)));
}

}  // namespace

namespace slow {

Term add(Context& context, Term left, Term right) {
  return dispatch(
      context, left, right, [&](double a, double b) { return context.heap.make_float(a + b); },
      [&](Wide a, Wide b) { return make_wide(context, a + b); },
      [&](const Operand& a, const Operand& b) {
        context.charge(limbs_of(a) + limbs_of(b));
        if (std::max(bits_of(a), bits_of(b)) >= kMostBits) return raise_no_memory(context);
        return make_int(context, big_of(a) + big_of(b));
      });
}

Term subtract(Context& context, Term left, Term right) {
  return dispatch(
      context, left, right, [&](double a, double b) { return context.heap.make_float(a - b); },
      [&](Wide a, Wide b) { return make_wide(context, a - b); },
      [&](const Operand& a, const Operand& b) {
        context.charge(limbs_of(a) + limbs_of(b));
        if (std::max(bits_of(a), bits_of(b)) >= kMostBits) return raise_no_memory(context);
        return make_int(context, big_of(a) - big_of(b));
      });
}

Term multiply(Context& context, Term left, Term right) {
  return dispatch(
      context, left, right, [&](double a, double b) { return context.heap.make_float(a * b); },
      [&](Wide a, Wide b) { return make_wide(context, a * b); },
      [&](const Operand& a, const Operand& b) {
        if (bits_of(a) + bits_of(b) > kMostBits) return raise_no_memory(context);
        context.charge(limbs_of(a) * limbs_of(b));
        return make_int(context, big_of(a) * big_of(b));
      });
}

Term true_divide(Context& context, Term left, Term right) {
  return dispatch(
      context, left, right,
      [&](double a, double b) {
        return b == 0 ? raise_zero_division(context, "float division by zero") : context.heap.make_float(a / b);
      },
      [&](std::int64_t a, std::int64_t b) {
        constexpr std::int64_t kExact = std::int64_t{1} << 53;
        if (b == 0) return raise_zero_division(context, "division by zero");
        if (a >= -kExact && a <= kExact && b >= -kExact && b <= kExact) {
          return context.heap.make_float(static_cast<double>(a) / static_cast<double>(b));
        }
        return divide_exactly(context, Operand(Term::small(a)), Operand(Term::small(b)));
      },
      [&](const Operand& a, const Operand& b) {
        return is_zero(b) ? raise_zero_division(context, "division by zero") : divide_exactly(context, a, b);
      });
}

Term floor_divide(Context& context, Term left, Term right) {
  const auto on_ints = [&](const Operand& a, const Operand& b) {
    if (is_zero(b)) return raise_zero_division(context, "integer division or modulo by zero");
    return make_int(context, divide_ints(context, a, b).quotient);
  };
  return dispatch(
      context, left, right,
      [&](double a, double b) {
        if (b == 0) return raise_zero_division(context, "float floor division by zero");
        return context.heap.make_float(float_divmod(a, b).quotient);
      },
      [&](std::int64_t a, std::int64_t b) { return on_ints(Operand(Term::small(a)), Operand(Term::small(b))); }, on_ints);
}

Term modulo(Context& context, Term left, Term right) {
  const auto on_ints = [&](const Operand& a, const Operand& b) {
    if (is_zero(b)) return raise_zero_division(context, "integer modulo by zero");
    return make_int(context, divide_ints(context, a, b).remainder);
  };
  return dispatch(
      context, left, right,
      [&](double a, double b) {
        return b == 0 ? raise_zero_division(context, "float modulo") : context.heap.make_float(float_modulo(a, b));
      },
      [&](std::int64_t a, std::int64_t b) { return on_ints(Operand(Term::small(a)), Operand(Term::small(b))); }, on_ints);
}

Term shift_left(Context& context, Term left, Term right) {
  const Operand a(left);
  const Operand b(right);
  if (!a.is_int() || !b.is_int()) return not_mine();
  const bool is_huge = b.kind == Kind::Big;
  if (is_huge ? big_of(b).sign() < 0 : b.small < 0) return context.raise("ValueError", "negative shift count");
  if (is_zero(a)) return Term::small(0);
  if (is_huge) return context.raise("OverflowError", "too many digits in integer");
  const auto count = static_cast<std::size_t>(b.small);
  if (count > kMostBits - bits_of(a)) return raise_no_memory(context);
  context.charge(limbs_of(a) + count / 64);
  return make_int(context, big_of(a) << count);
}

Term shift_right(Context& context, Term left, Term right) {
  const Operand a(left);
  const Operand b(right);
  if (!a.is_int() || !b.is_int()) return not_mine();
  const bool is_huge = b.kind == Kind::Big;
  if (is_huge ? big_of(b).sign() < 0 : b.small < 0) return context.raise("ValueError", "negative shift count");
  const Big value = big_of(a);
  context.charge(limbs_of(a));
  if (is_huge || static_cast<std::size_t>(b.small) > bits_of(a)) return Term::small(value.sign() < 0 ? -1 : 0);
  const auto count = static_cast<std::size_t>(b.small);
  if (value.sign() >= 0) return make_int(context, value >> count);
  return make_int(context, -Big((-value - 1) >> count) - 1);  // floors
}

Term bit_and(Context& context, Term left, Term right) {
  return bitwise(
      context, left, right, [](std::int64_t a, std::int64_t b) { return a & b; },
      [](const Big& a, const Big& b) { return Big(a & b); });
}

Term bit_or(Context& context, Term left, Term right) {
  return bitwise(
      context, left, right, [](std::int64_t a, std::int64_t b) { return a | b; },
      [](const Big& a, const Big& b) { return Big(a | b); });
}

Term bit_xor(Context& context, Term left, Term right) {
  return bitwise(
      context, left, right, [](std::int64_t a, std::int64_t b) { return a ^ b; },
      [](const Big& a, const Big& b) { return Big(a ^ b); });
}

Term negate(Context& context, Term number) {
  const Operand a(number);
  if (a.kind == Kind::None) return not_mine();
  if (a.kind == Kind::Float) return context.heap.make_float(-a.real);
  return make_int(context, -big_of(a));
}

}  // namespace slow

Term divmod_(Context& context, Term left, Term right) {
  const auto on_ints = [&](const Operand& a, const Operand& b) {
    if (is_zero(b)) return raise_zero_division(context, "integer division or modulo by zero");
    const BigQuotient result = divide_ints(context, a, b);
    const Term quotient = make_int(context, result.quotient);
    return context.heap.tuple(quotient, make_int(context, result.remainder));
  };
  return dispatch(
      context, left, right,
      [&](double a, double b) {
        if (b == 0) return raise_zero_division(context, "float divmod()");
        const Quotient result = float_divmod(a, b);
        const Term quotient = context.heap.make_float(result.quotient);
        return context.heap.tuple(quotient, context.heap.make_float(result.remainder));
      },
      [&](std::int64_t a, std::int64_t b) { return on_ints(Operand(Term::small(a)), Operand(Term::small(b))); }, on_ints);
}

Term plus(Context&, Term number) {
  const Operand a(number);
  if (a.kind == Kind::None) return not_mine();
  return a.kind == Kind::Small ? Term::small(a.small) : number;
}

Term invert(Context& context, Term number) {
  const Operand a(number);
  if (!a.is_int()) return not_mine();
  return a.kind == Kind::Small ? Term::small(~a.small) : make_int(context, -big_of(a) - 1);
}

Term absolute(Context& context, Term number) {
  const Operand a(number);
  if (a.kind == Kind::None) return not_mine();
  if (a.kind == Kind::Float) return context.heap.make_float(std::fabs(a.real));
  return make_int(context, abs(big_of(a)));
}

std::int64_t count_between(Term start, Term stop, Term step) {
  const Big by = big_of(Operand(step)), distance = big_of(Operand(stop)) - big_of(Operand(start));
  if (distance == 0 || (distance > 0) != (by > 0)) return 0;
  const Big count = (abs(distance) - 1) / abs(by) + 1;
  return count > Term::kSmallMax ? Term::kSmallMax : static_cast<std::int64_t>(count);
}

}  // namespace pyvm::vm
