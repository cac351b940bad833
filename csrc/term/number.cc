// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/number.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace pyvm {

namespace {

constexpr Word kDecimalBase = 10'000'000'000'000'000'000u;  // the largest power of ten in a limb
constexpr int kDecimalDigits = 19;

template <typename T>
int three_way(T left, T right) {
  return left < right ? -1 : left > right ? 1 : 0;
}

bool is_negative(const Word* big) { return (header_flags(big[0]) & box_flag::kNegative) != 0; }

int compare_reals(double left, double right) {
  if (std::isnan(left) || std::isnan(right)) return three_way(std::isnan(left), std::isnan(right));
  return three_way(left, right);
}

int compare_int_real(std::int64_t left, double right) {
  if (std::isnan(right) || right >= 0x1p63) return -1;
  if (right < -0x1p63) return 1;
  const auto whole = static_cast<std::int64_t>(right);
  if (left != whole) return three_way(left, whole);
  return three_way(0.0, right - static_cast<double>(whole));  // exact: a float with a fraction is below 2^53
}

/// The magnitude of a big integer against a finite `real` > 0.
int compare_magnitude(const Word* big, double real) {
  if (real < 0x1p62) return 1;  // T2
  int exponent = 0;
  const double fraction = std::frexp(real, &exponent);  // real = fraction * 2^exponent, 1/2 <= fraction < 1
  const auto mantissa = static_cast<Word>(std::ldexp(fraction, 53));
  const Word limbs = header_arity(big[0]);
  const Word bits = 64 * (limbs - 1) + static_cast<Word>(std::bit_width(big[limbs]));
  if (bits != static_cast<Word>(exponent)) return three_way(bits, static_cast<Word>(exponent));
  const Word shift = static_cast<Word>(exponent) - 53;
  for (Word i = limbs; i-- > 0;) {
    Word limb = 0;
    if (i == shift / 64) limb = mantissa << (shift % 64);
    if (i == shift / 64 + 1 && shift % 64 != 0) limb = mantissa >> (64 - shift % 64);
    if (big[1 + i] != limb) return three_way(big[1 + i], limb);
  }
  return 0;
}

int compare_big_real(const Word* big, double real) {
  if (std::isnan(real)) return -1;
  if (std::isinf(real)) return real > 0 ? -1 : 1;
  if (is_negative(big) != (real < 0)) return is_negative(big) ? -1 : 1;
  const int magnitudes = compare_magnitude(big, std::fabs(real));
  return is_negative(big) ? -magnitudes : magnitudes;
}

int compare_bigs(const Word* left, const Word* right) {
  if (is_negative(left) != is_negative(right)) return is_negative(left) ? -1 : 1;
  int magnitudes = three_way(header_arity(left[0]), header_arity(right[0]));
  for (Word i = header_arity(left[0]); magnitudes == 0 && i > 0; --i) magnitudes = three_way(left[i], right[i]);
  return is_negative(left) ? -magnitudes : magnitudes;
}

bool is_big(Term term) { return is_box(term, BoxKind::Big); }
std::int64_t int_value(Term term) { return term.is_small() ? term.unchecked_small() : (term.is_true() ? 1 : 0); }

}  // namespace

int compare_numbers(Term left, Term right) {
  if (is_float(left)) {
    if (is_float(right)) return compare_reals(float_value(left), float_value(right));
    return is_big(right) ? -compare_big_real(right.boxed(), float_value(left))
                         : -compare_int_real(int_value(right), float_value(left));
  }
  if (is_big(left)) {
    if (is_float(right)) return compare_big_real(left.boxed(), float_value(right));
    return is_big(right) ? compare_bigs(left.boxed(), right.boxed()) : (is_negative(left.boxed()) ? -1 : 1);  // T2
  }
  if (is_float(right)) return compare_int_real(int_value(left), float_value(right));
  return is_big(right) ? (is_negative(right.boxed()) ? 1 : -1) : three_way(int_value(left), int_value(right));
}

bool equal_numbers(Term left, Term right) { return compare_numbers(left, right) == 0 && !is_nan(left); }

std::string big_decimal(Term big) {
  const Word* box = big.boxed();
  std::vector<Word> limbs(box + 1, box + 1 + header_arity(box[0]));
  std::string digits;  // the last one first
  while (!limbs.empty()) {
    Word remainder = 0;
    for (std::size_t i = limbs.size(); i-- > 0;) {
      const auto dividend = (static_cast<unsigned __int128>(remainder) << 64) | limbs[i];
      limbs[i] = static_cast<Word>(dividend / kDecimalBase);
      remainder = static_cast<Word>(dividend) - limbs[i] * kDecimalBase;
    }
    while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
    for (int i = 0; i < kDecimalDigits; ++i) {
      digits.push_back(static_cast<char>('0' + remainder % 10));
      remainder /= 10;
    }
  }
  while (digits.back() == '0') digits.pop_back();
  if (is_negative(box)) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace pyvm
