// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Powers, roots and divisors.
#include <cmath>

#include "vm/numbers_big.h"

namespace pyvm::vm {

namespace {

using namespace number_detail;

/// The error of C's ERANGE, as CPython shows it.
Term raise_range(Context& context) {
  TermBuilder& heap = context.heap;
  const Term text = heap.make_string("Numerical result out of range");
  return context.raise(
      heap.make_exception({heap.make_string("builtins"), heap.make_string("OverflowError"), heap.tuple(Term::small(34), text),
                           heap.make_string("(34, 'Numerical result out of range')"), heap.make_list({})}));
}

Term float_power(Context& context, double base, double exponent) {
  if (base == 0 && exponent < 0 && std::isfinite(exponent))
    return raise_zero_division(context, "0.0 cannot be raised to a negative power");
  if (base < 0 && std::isfinite(base) && std::isfinite(exponent) && exponent != std::floor(exponent)) {
    return context.raise("ValueError", "a negative number cannot be raised to a fractional power: there are no complex numbers");
  }
  const double result = std::pow(base, exponent);
  if (std::isinf(result) && std::isfinite(base) && std::isfinite(exponent)) return raise_range(context);
  return context.heap.make_float(result);
}

/// The power if it and what is met on the way fit a machine word.
std::optional<std::int64_t> small_power(const Operand& base, std::uint64_t power) {
  if (base.kind != Kind::Small || power >= 64) return std::nullopt;
  std::int64_t result = 1;
  for (std::int64_t square = base.small;;) {
    if (power % 2 != 0 && __builtin_mul_overflow(result, square, &result)) return std::nullopt;
    if ((power /= 2) == 0) return result;
    if (__builtin_mul_overflow(square, square, &square)) return std::nullopt;
  }
}

Term int_power(Context& context, const Operand& base, const Operand& exponent) {
  const Big value = big_of(base);
  if (exponent.kind == Kind::Big || (exponent.kind == Kind::Small && exponent.small < 0)) {
    if (big_of(exponent).sign() < 0) {
      const std::optional<double> x = real_of(context, base);
      if (!x) return Term();
      const std::optional<double> y = real_of(context, exponent);
      return y ? float_power(context, *x, *y) : Term();
    }
    if (value == 0 || value == 1) return make_int(context, value);
    if (value == -1) return Term::small((exponent.term.boxed()[1] & 1) != 0 ? -1 : 1);
    return raise_no_memory(context);
  }
  const auto power = static_cast<std::uint64_t>(exponent.small);
  if (value == 0) return Term::small(power == 0 ? 1 : 0);
  if (value == 1) return Term::small(1);
  if (value == -1) return Term::small(power % 2 != 0 ? -1 : 1);
  if (const std::optional<std::int64_t> small = small_power(base, power)) return context.heap.make_int(*small);
  const std::size_t bits = bits_of(base);
  if (power > kMostBits / bits) return raise_no_memory(context);
  const std::size_t limbs = bits * power / 64 + 1;
  context.charge(limbs * limbs / 4 + 1);
  return make_int(context, boost::multiprecision::pow(value, static_cast<unsigned>(power)));
}

/// The inverse of `value` modulo `modulus` > 0, or nothing.
std::optional<Big> inverse(const Big& value, const Big& modulus) {
  Big left = floor_division(value, modulus).remainder;
  Big right = modulus;
  Big of_left = 1;
  Big of_right = 0;
  while (!left.is_zero()) {
    const Big quotient = right / left;
    right -= quotient * left;
    of_right -= quotient * of_left;
    std::swap(left, right);
    std::swap(of_left, of_right);
  }
  if (right != 1) return std::nullopt;
  return floor_division(of_right, modulus).remainder;
}

}  // namespace

Term power(Context& context, Term left, Term right) {
  const Operand a(left);
  const Operand b(right);
  if (a.kind == Kind::None || b.kind == Kind::None) return not_mine();
  if (a.is_int() && b.is_int()) return int_power(context, a, b);
  const std::optional<double> x = real_of(context, a);
  if (!x) return Term();
  const std::optional<double> y = real_of(context, b);
  return y ? float_power(context, *x, *y) : Term();
}

Term power(Context& context, Term left, Term right, Term modulus_term) {
  const Operand a(left);
  const Operand b(right);
  const Operand m(modulus_term);
  if (a.kind == Kind::None || b.kind == Kind::None || m.kind == Kind::None) return not_mine();
  if (!a.is_int() || !b.is_int() || !m.is_int()) {
    return context.raise("TypeError", "pow() 3rd argument not allowed unless all arguments are integers");
  }
  if (is_zero(m)) return context.raise("ValueError", "pow() 3rd argument cannot be 0");
  context.charge(limbs_of(m) * limbs_of(m) * bits_of(b) + limbs_of(a) * limbs_of(m));
  const Big modulus = abs(big_of(m));
  Big base = floor_division(big_of(a), modulus).remainder;
  Big exponent = big_of(b);
  if (exponent.sign() < 0) {
    const std::optional<Big> inverted = inverse(base, modulus);
    if (!inverted) return context.raise("ValueError", "base is not invertible for the given modulus");
    base = *inverted;
    exponent = -exponent;
  }
  Big result = modulus == 1 ? Big(0) : Big(boost::multiprecision::powm(base, exponent, modulus));
  if (big_of(m).sign() < 0 && !result.is_zero()) result -= modulus;
  return make_int(context, result);
}

Term gcd(Context& context, Term left, Term right) {
  const Operand a(left);
  const Operand b(right);
  if (!a.is_int() || !b.is_int()) return not_mine();
  context.charge(limbs_of(a) * limbs_of(b));
  return make_int(context, boost::multiprecision::gcd(big_of(a), big_of(b)));
}

Term isqrt(Context& context, Term number) {
  const Operand a(number);
  if (!a.is_int()) return not_mine();
  const Big value = big_of(a);
  if (value.sign() < 0) return context.raise("ValueError", "isqrt() argument must be nonnegative");
  context.charge(limbs_of(a) * limbs_of(a));
  return make_int(context, boost::multiprecision::sqrt(value));
}

Term bit_length(Context&, Term number) {
  const Operand a(number);
  return a.is_int() ? Term::small(static_cast<std::int64_t>(bits_of(a))) : not_mine();
}

}  // namespace pyvm::vm
