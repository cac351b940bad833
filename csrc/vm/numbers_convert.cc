// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Between the kinds of numbers: floats to ints, rounding, ratios.
#include <array>
#include <charconv>
#include <cmath>

#include "vm/numbers_big.h"

namespace pyvm::vm {

namespace {

using namespace number_detail;

/// A whole finite float as an int.
Term make_whole(Context& context, double whole) {
  if (std::fabs(whole) < 0x1p62) return Term::small(static_cast<std::int64_t>(whole));
  int exponent = 0;
  const auto mantissa = static_cast<std::int64_t>(std::ldexp(std::frexp(whole, &exponent), 53));
  return make_int(context, Big(mantissa) << (exponent - 53));  // a left shift: the float is above 2^53
}

/// An int as it is, a float after `round`.
template <typename Round>
Term to_whole(Context& context, Term number, Round round) {
  const Operand a(number);
  if (a.kind == Kind::None) return not_mine();
  if (a.kind == Kind::Small) return Term::small(a.small);
  if (a.kind == Kind::Big) return number;
  if (std::isnan(a.real)) return context.raise("ValueError", "cannot convert float NaN to integer");
  if (std::isinf(a.real)) return context.raise("OverflowError", "cannot convert float infinity to integer");
  return make_whole(context, round(a.real));
}

constexpr int kMostRoundedDigits = 323;  // a float has no more behind the point that count
constexpr int kLeastRoundedDigits = -309;

/// The digits of a positive float before and behind the point, all of them.
std::string exact_digits(double value) {
  std::string digits(1500, '\0');
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, 1100);
  digits.resize(static_cast<std::size_t>(end.ptr - digits.data()));
  return digits;
}

/// `value` > 0 to a multiple of 10^places, half to even. Its digits are exact, so what is rounded is the float itself.
double round_to_power_of_ten(double value, std::size_t places) {
  const std::string digits = exact_digits(value);
  std::string whole = digits.substr(0, digits.find('.'));
  whole.insert(0, std::max(whole.size(), places + 1) - whole.size() + 1, '0');
  const std::size_t kept = whole.size() - places;
  const std::string rest = whole.substr(kept) + digits.substr(digits.find('.') + 1);
  const bool more = rest.find_first_not_of('0', 1) != std::string::npos;
  const bool is_odd = (whole[kept - 1] - '0') % 2 != 0;
  std::string rounded = whole.substr(0, kept);
  if (rest[0] > '5' || (rest[0] == '5' && (more || is_odd))) {
    std::size_t at = kept;
    while (rounded[at - 1] == '9') rounded[--at] = '0';
    ++rounded[at - 1];  // there is a zero in front
  }
  rounded += 'e' + std::to_string(places);
  double result = HUGE_VAL;
  std::from_chars(rounded.data(), rounded.data() + rounded.size(), result);
  return result;
}

Term round_float(Context& context, double value, std::int64_t digits) {
  if (!std::isfinite(value) || value == 0 || digits > kMostRoundedDigits) return context.heap.make_float(value);
  double result = 0;
  if (digits >= 0) {
    std::array<char, 1000> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), std::fabs(value), std::chars_format::fixed,
                                   static_cast<int>(digits));
    std::from_chars(text.data(), end.ptr, result);
  } else if (digits >= kLeastRoundedDigits) {
    result = round_to_power_of_ten(std::fabs(value), static_cast<std::size_t>(-digits));
  }
  if (std::isinf(result)) return context.raise("OverflowError", "rounded value too large to represent");
  return context.heap.make_float(std::copysign(result, value));
}

Term round_int(Context& context, const Operand& number, std::int64_t digits) {
  const Big value = big_of(number);
  if (digits >= 0) return make_int(context, value);
  if (static_cast<double>(-digits) > 2 + static_cast<double>(bits_of(number)) * 0.30103) return Term::small(0);
  context.charge(bits_of(number) / 64 * (bits_of(number) / 64) + 1);
  const Big unit = boost::multiprecision::pow(Big(10), static_cast<unsigned>(-digits));
  Big quotient;
  Big remainder;
  boost::multiprecision::divide_qr(Big(abs(value)), unit, quotient, remainder);
  remainder *= 2;
  if (remainder > unit || (remainder == unit && (quotient & 1) != 0)) ++quotient;
  quotient *= unit;
  return make_int(context, value.sign() < 0 ? Big(-quotient) : quotient);
}

}  // namespace

Term to_float(Context& context, Term number) {
  const Operand a(number);
  if (a.kind == Kind::None) return not_mine();
  if (a.kind == Kind::Float) return number;
  const std::optional<double> real = real_of(context, a);
  return real ? context.heap.make_float(*real) : Term();
}

Term to_int(Context& context, Term number) {
  return to_whole(context, number, [](double value) { return std::trunc(value); });
}
Term floor_(Context& context, Term number) {
  return to_whole(context, number, [](double value) { return std::floor(value); });
}
Term ceil_(Context& context, Term number) {
  return to_whole(context, number, [](double value) { return std::ceil(value); });
}
Term round_(Context& context, Term number) {
  return to_whole(context, number, [](double value) {
    const double nearest = std::round(value);  // half away from zero
    return std::fabs(nearest - value) == 0.5 ? 2.0 * std::round(value / 2.0) : nearest;
  });
}

Term round_to(Context& context, Term number, Term digits) {
  const Operand a(number);
  const Operand b(digits);
  if (a.kind == Kind::None || !b.is_int()) return not_mine();
  constexpr std::int64_t kFar = std::int64_t{1} << 40;  // beyond the digits of any number
  const std::int64_t places = b.kind == Kind::Small ? b.small : big_of(b).sign() < 0 ? -kFar : kFar;
  return a.kind == Kind::Float ? round_float(context, a.real, places) : round_int(context, a, places);
}

Term as_integer_ratio(Context& context, Term number) {
  const Operand a(number);
  if (a.kind == Kind::None) return not_mine();
  if (a.is_int()) return context.heap.tuple(a.kind == Kind::Small ? Term::small(a.small) : number, Term::small(1));
  if (std::isnan(a.real)) return context.raise("ValueError", "cannot convert NaN to integer ratio");
  if (std::isinf(a.real)) return context.raise("OverflowError", "cannot convert Infinity to integer ratio");
  int exponent = 0;
  const auto mantissa = static_cast<std::int64_t>(std::ldexp(std::frexp(a.real, &exponent), 53));
  exponent -= 53;
  if (mantissa == 0) return context.heap.tuple(Term::small(0), Term::small(1));
  const int spare = std::min(std::countr_zero(static_cast<Word>(mantissa)), std::max(0, -exponent));
  const Big numerator = Big(mantissa >> spare) << std::max(0, exponent + spare);
  const Term top = make_int(context, numerator);
  return context.heap.tuple(top, make_int(context, Big(1) << std::max(0, -exponent - spare)));
}

}  // namespace pyvm::vm
