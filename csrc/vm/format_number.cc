// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/format_number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/check.h"

namespace pyvm::vm::format_detail {

namespace {

/// No float has more digits behind the point, nor more in all: what is beyond them are zeros.
constexpr std::size_t kMostDigits = 1100;

/// 0.digits * 10^point, or for zero 0 and 1.
struct Decimal {
  std::string digits;
  int point = 0;
};

template <typename... How>
std::string to_text(std::size_t room, double value, How... how) {
  std::string text(room, '\0');
  const std::to_chars_result end = std::to_chars(text.data(), text.data() + room, value, how...);
  PYVM_CHECK(end.ec == std::errc(), "float_text: too little room");
  text.resize(static_cast<std::size_t>(end.ptr - text.data()));
  return text;
}

/// From d.ddde+xx.
Decimal read_scientific(std::string_view text) {
  const std::size_t e = text.find('e');
  Decimal decimal{std::string(1, text[0]), std::atoi(text.data() + e + 1) + 1};
  if (e > 1) decimal.digits += text.substr(2, e - 2);
  return decimal;
}

void strip_zeros(std::string& digits) {
  while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
}

std::string exponent_text(int exponent) {
  const int magnitude = std::abs(exponent);
  return (exponent < 0 ? "-" : "+") + std::string(magnitude < 10 ? "0" : "") + std::to_string(magnitude);
}

/// `digits` with the point behind `whole` of them, as many zeros as that needs, and at least `places` behind the point.
std::string place_point(const std::string& digits, int whole, std::size_t places, bool keep_point) {
  std::string left = "0";
  std::string right;
  if (whole <= 0) {
    right = std::string(static_cast<std::size_t>(-whole), '0') + digits;
  } else {
    const auto size = static_cast<std::size_t>(whole);
    left = digits.substr(0, size);
    left.append(size - left.size(), '0');
    if (digits.size() > size) right = digits.substr(size);
  }
  if (right.size() < places) right.append(places - right.size(), '0');
  return right.empty() && !keep_point ? left : left + "." + right;
}

std::string scientific_text(const Decimal& decimal, const FloatStyle& style, std::size_t places) {
  return place_point(decimal.digits, 1, places, style.alternate) + "e" + exponent_text(decimal.point - 1);
}

std::string shortest_text(double value, const FloatStyle& style) {
  const Decimal decimal = read_scientific(to_text(64, value, std::chars_format::scientific));
  if (decimal.point <= -4 || decimal.point > 16) return scientific_text(decimal, style, 0);
  return place_point(decimal.digits, decimal.point, style.add_point_zero ? 1 : 0, style.alternate);
}

/// `digits` in all, the last of them rounded.
Decimal rounded(double value, std::size_t digits) {
  const std::size_t shown = std::min(digits, kMostDigits);
  return read_scientific(to_text(shown + 16, value, std::chars_format::scientific, static_cast<int>(shown - 1)));
}

std::string general_text(double value, const FloatStyle& style) {
  const std::size_t precision = std::max<std::size_t>(style.precision, 1);
  Decimal decimal = rounded(value, precision);
  if (style.alternate) {
    decimal.digits.append(precision - decimal.digits.size(), '0');
  } else {
    strip_zeros(decimal.digits);
  }
  const std::int64_t limit = static_cast<std::int64_t>(precision) - (style.add_point_zero ? 1 : 0);
  if (decimal.point <= -4 || decimal.point > limit) return scientific_text(decimal, style, 0);
  return place_point(decimal.digits, decimal.point, style.add_point_zero ? 1 : 0, style.alternate);
}

std::string fixed_text(double value, const FloatStyle& style) {
  const std::size_t shown = std::min(style.precision, kMostDigits);
  std::string text = to_text(shown + 330, value, std::chars_format::fixed, static_cast<int>(shown));
  if (style.alternate && style.precision == 0) text += '.';
  return text.append(style.precision - shown, '0');
}

std::string magnitude_text(double value, char type, const FloatStyle& style) {
  if (type == 'r') return shortest_text(value, style);
  if (type == 'g') return general_text(value, style);
  if (type == 'f') return fixed_text(value, style);
  return scientific_text(rounded(value, style.precision + 1), style, style.precision);
}

bool is_zero_text(std::string_view text) {
  return text.substr(0, text.find('e')).find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

std::string float_text(double value, const FloatStyle& style) {
  const char type = static_cast<char>(style.type | 0x20);
  std::string text = std::isnan(value) ? "nan" : std::isinf(value) ? "inf" : magnitude_text(std::fabs(value), type, style);
  const bool dropped = std::isnan(value) || (style.no_negative_zero && is_zero_text(text));
  if (std::signbit(value) && !dropped) text.insert(0, 1, '-');
  if (type != style.type) std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'a' ? c & ~0x20 : c; });
  return text;
}

std::string group_digits(std::string_view digits, char separator, std::size_t group, std::size_t width) {
  std::string out;  // the last one first
  std::size_t left = digits.size();
  for (std::size_t in_group = 0; left > 0 || out.size() < width; ++in_group) {
    if (separator != 0 && in_group == group) {
      out += separator;
      in_group = 0;
    }
    out += left > 0 ? digits[--left] : '0';
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace pyvm::vm::format_detail
