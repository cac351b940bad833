// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Between numbers and their digits.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "term/print.h"
#include "vm/numbers.h"

namespace pyvm::vm {

namespace {

constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";

/// UTF-8 of what str.strip() strips besides ASCII.
constexpr std::string_view kSpaces[] = {"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
                                        "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
                                        "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
                                        "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }

/// How many bytes of white space a text begins with, or ends with.
std::size_t space_at(std::string_view text, bool at_end) {
  if (text.empty()) return 0;
  if (is_ascii_space(at_end ? text.back() : text.front())) return 1;
  for (const std::string_view space : kSpaces) {
    if (at_end ? text.ends_with(space) : text.starts_with(space)) return space.size();
  }
  return 0;
}

std::string_view strip(std::string_view text) {
  while (const std::size_t bytes = space_at(text, false)) text.remove_prefix(bytes);
  while (const std::size_t bytes = space_at(text, true)) text.remove_suffix(bytes);
  return text;
}

/// Takes a sign off; whether it was a minus.
bool take_sign(std::string_view& text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
  const bool negative = text[0] == '-';
  text.remove_prefix(1);
  return negative;
}

unsigned digit_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'z' ? static_cast<unsigned>(lower - 'a') + 10 : 99;
}

/// The base that a prefix stands for, or 0.
unsigned base_of_prefix(std::string_view text) {
  if (text.size() < 2 || text[0] != '0') return 0;
  switch (text[1] | 0x20) {
    case 'x':
      return 16;
    case 'o':
      return 8;
    case 'b':
      return 2;
    default:
      return 0;
  }
}

/// The values of the digits, or nothing if it is no number of that base. Underscores stand between digits.
std::optional<std::vector<std::uint8_t>> digits_of(std::string_view text, unsigned base) {
  std::vector<std::uint8_t> digits;
  digits.reserve(text.size());
  bool after_digit = false;
  for (const char c : text) {
    if (c == '_' && after_digit) {
      after_digit = false;
      continue;
    }
    const unsigned value = digit_value(c);
    if (value >= base) return std::nullopt;
    digits.push_back(static_cast<std::uint8_t>(value));
    after_digit = true;
  }
  return after_digit ? std::optional(std::move(digits)) : std::nullopt;
}

/// Limbs of a number whose base is 2^bits: linear.
std::vector<Word> pack(const std::vector<std::uint8_t>& digits, unsigned bits) {
  std::vector<Word> limbs(digits.size() * bits / 64 + 1);
  std::size_t at = 0;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, at += bits) {
    limbs[at / 64] |= Word{*digit} << (at % 64);
    if (at % 64 + bits > 64) limbs[at / 64 + 1] |= Word{*digit} >> (64 - at % 64);
  }
  return limbs;
}

/// Limbs of a number of any base: quadratic.
std::vector<Word> accumulate(const std::vector<std::uint8_t>& digits, unsigned base) {
  std::vector<Word> limbs;
  for (std::size_t first = 0; first < digits.size(); first += 10) {
    Word scale = 1;
    Word carry = 0;
    for (std::size_t i = first; i < std::min(first + 10, digits.size()); ++i) {
      scale *= base;  // 36^10 fits
      carry = carry * base + digits[i];
    }
    for (Word& limb : limbs) {
      const auto value = static_cast<unsigned __int128>(limb) * scale + carry;
      limb = static_cast<Word>(value);
      carry = static_cast<Word>(value >> 64);
    }
    if (carry != 0) limbs.push_back(carry);
  }
  return limbs;
}

std::string quoted(Context& context, std::string_view text, TextKind kind) {
  return print(
      kind == TextKind::Bytes ? context.heap.make_binary(std::as_bytes(std::span(text))) : context.heap.make_string(text), 200);
}

/// A float's text without underscores, or nothing when one does not stand between digits or the text is no number.
std::optional<std::string> plain_float(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain += text[i];
    } else if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return plain.empty() || !(is_digit(plain[0]) || plain[0] == '.') ? std::nullopt : std::optional(plain);
}

bool equals_lower(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, [](char a, char b) { return (a | 0x20) == b; });
}

/// Whether a number beyond the range of floats is too large, not too small: by the place of its first digit that is not zero.
bool is_too_large(std::string_view text) {
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  const std::string_view mantissa = text.substr(0, e);
  const std::size_t first = mantissa.find_first_of("123456789");
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::int64_t place = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  if (e == text.size()) return place > 0;
  std::string_view exponent = text.substr(e + 1);
  const bool negative = take_sign(exponent);
  std::int64_t value = 0;
  if (std::from_chars(exponent.data(), exponent.data() + exponent.size(), value).ec != std::errc()) return !negative;
  return place + (negative ? -value : value) > 0;
}

/// A decimal number, digits first, or nothing.
std::optional<double> parse_decimal(std::string_view text) {
  const std::optional<std::string> plain = plain_float(text);
  if (!plain) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(plain->data(), plain->data() + plain->size(), value);
  if (error == std::errc::invalid_argument || end != plain->data() + plain->size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return is_too_large(*plain) ? HUGE_VAL : 0.0;
  return value;
}

std::string digits_in_power_of_two(std::span<const Word> limbs, unsigned bits) {
  std::string digits;  // the last one first
  const std::size_t most = 64 * limbs.size();
  for (std::size_t at = 0; at < most; at += bits) {
    Word digit = limbs[at / 64] >> (at % 64);
    if (at % 64 + bits > 64 && at / 64 + 1 < limbs.size()) digit |= limbs[at / 64 + 1] << (64 - at % 64);
    digits.push_back(kDigits[digit & ((Word{1} << bits) - 1)]);
  }
  return digits;
}

std::string digits_in_base(std::span<const Word> magnitude, unsigned base) {
  std::vector<Word> limbs(magnitude.begin(), magnitude.end());
  std::string digits;  // the last one first
  while (!limbs.empty()) {
    Word remainder = 0;
    for (std::size_t i = limbs.size(); i-- > 0;) {
      const auto dividend = (static_cast<unsigned __int128>(remainder) << 64) | limbs[i];
      limbs[i] = static_cast<Word>(dividend / base);
      remainder = static_cast<Word>(dividend % base);
    }
    while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
    digits.push_back(kDigits[remainder]);
  }
  return digits;
}

}  // namespace

Term int_from_text(Context& context, std::string_view text, std::int64_t asked_base, TextKind kind) {
  if (asked_base != 0 && (asked_base < 2 || asked_base > 36)) {
    return context.raise("ValueError", "int() base must be >= 2 and <= 36, or 0");
  }
  std::string_view rest = strip(text);
  const bool negative = take_sign(rest);
  auto base = static_cast<unsigned>(asked_base);
  const unsigned prefix = base_of_prefix(rest);
  bool needs_zero = false;  // base 0: no zeros in front of other digits
  if (prefix != 0 && (base == 0 || base == prefix)) {
    base = prefix;
    rest.remove_prefix(2);
    if (rest.starts_with('_')) rest.remove_prefix(1);
  } else if (base == 0) {
    base = 10;
    needs_zero = rest.starts_with('0');
  }
  const auto digits = digits_of(rest, base);
  if (!digits || (needs_zero && std::any_of(digits->begin(), digits->end(), [](std::uint8_t digit) { return digit != 0; }))) {
    return context.raise(
        "ValueError", "invalid literal for int() with base " + std::to_string(asked_base) + ": " + quoted(context, text, kind));
  }
  context.charge(digits->size());
  const bool is_power = std::has_single_bit(base);
  if (!is_power && digits->size() > kMostDigits) {
    return context.raise("ValueError", "Exceeds the limit (4300 digits) for integer string conversion: value has " +
                                           std::to_string(digits->size()) +
                                           " digits; use sys.set_int_max_str_digits() to increase the limit");
  }
  const unsigned bits = static_cast<unsigned>(std::countr_zero(base));
  return context.heap.make_big(negative, is_power ? pack(*digits, bits) : accumulate(*digits, base));
}

Term float_from_text(Context& context, std::string_view text, TextKind kind) {
  std::string_view rest = strip(text);
  const bool negative = take_sign(rest);
  std::optional<double> value;
  if (equals_lower(rest, "inf") || equals_lower(rest, "infinity")) {
    value = HUGE_VAL;
  } else if (equals_lower(rest, "nan")) {
    value = std::nan("");
  } else {
    value = parse_decimal(rest);
  }
  if (!value) return context.raise("ValueError", "could not convert string to float: " + quoted(context, text, kind));
  context.charge(text.size());
  return context.heap.make_float(negative ? -*value : *value);
}

std::optional<std::string> int_to_text(Context& context, Term number, unsigned base) {
  PYVM_ASSERT1(is_int(number) && base >= 2 && base <= 36, "int_to_text: no int, or no base");
  const std::int64_t small = number.is_small() ? number.unchecked_small() : number.is_true() ? 1 : 0;
  if (base == 10 && !is_box(number, BoxKind::Big)) return std::to_string(small);
  const Word magnitude = static_cast<Word>(small < 0 ? -small : small);
  std::span<const Word> limbs(&magnitude, 1);
  bool negative = small < 0;
  if (is_box(number, BoxKind::Big)) {
    limbs = {number.boxed() + 1, arity_of(number)};
    negative = (header_flags(header_of(number)) & box_flag::kNegative) != 0;
  }
  const bool is_power = std::has_single_bit(base);
  std::string digits;
  if (is_power) {
    digits = digits_in_power_of_two(limbs, static_cast<unsigned>(std::countr_zero(base)));
  } else if (64 * limbs.size() <= 4 * kMostDigits) {
    context.charge(limbs.size() * limbs.size());
    digits = base == 10 ? big_decimal(number) : digits_in_base(limbs, base);
    if (base == 10) {
      if (digits.size() <= kMostDigits + (negative ? 1 : 0)) return digits;
      digits.clear();
    }
  }
  if (digits.empty()) {
    context.raise("ValueError",
                  "Exceeds the limit (4300 digits) for integer string conversion; use sys.set_int_max_str_digits() to "
                  "increase the limit");
    return std::nullopt;
  }
  while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
  if (negative) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace pyvm::vm
