// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Methods of int (and bool) and float.
#include <cfloat>
#include <charconv>
#include <cmath>

#include "term/change.h"
#include "vm/builtins/floats.h"
#include "vm/builtins/tables.h"
#include "vm/builtins/text_methods.h"
#include "vm/items.h"
#include "vm/number_bits.h"
#include "vm/numbers.h"

namespace pyvm::vm {

namespace {

Term as_number(Term number) { return number.is_bool() ? Term::small(number.is_true()) : number; }

Term run_same(Context&, Arguments arguments) { return as_number(arguments[0]); }
Term run_bit_length(Context& context, Arguments arguments) { return bit_length(context, arguments[0]); }
Term run_bit_count(Context&, Arguments arguments) { return Term::small(static_cast<std::int64_t>(bit_count(arguments[0]))); }
Term run_ratio(Context& context, Arguments arguments) { return as_integer_ratio(context, arguments[0]); }

bool read_order(Context& context, Term term, const char* function, ByteOrder* order) {
  *order = ByteOrder::Big;
  if (term.is_nothing()) return true;
  if (!is_string(term)) {
    context.raise("TypeError", std::string(function) + "() argument 'byteorder' must be str, not " + argument_type_name(term));
    return false;
  }
  if (string_view_of(term) == "little") {
    *order = ByteOrder::Little;
  } else if (string_view_of(term) != "big") {
    context.raise("ValueError", "byteorder must be either 'little' or 'big'");
    return false;
  }
  return true;
}

bool is_given_true(Term flag) { return !flag.is_nothing() && is_truthy(flag); }

/// self, length, byteorder, signed
Term run_to_bytes(Context& context, Arguments arguments) {
  ByteOrder order;
  std::int64_t length = 1;
  if (!arguments[1].is_nothing()) {
    const std::optional<std::int64_t> given = size_argument(context, arguments[1]);
    if (!given) return Term();
    length = *given;
  }
  if (!read_order(context, arguments[2], "to_bytes", &order)) return Term();
  const bool has_sign = is_given_true(arguments[3]);
  if (length < 0) return context.raise("ValueError", "length argument must be non-negative");
  if (is_negative(arguments[0]) && !has_sign) return context.raise("OverflowError", "can't convert negative int to unsigned");
  if (!fits_text(context, static_cast<std::size_t>(length))) return Term();
  const std::optional<std::string> bytes = bytes_of_int(arguments[0], static_cast<std::size_t>(length), order, has_sign);
  context.charge(static_cast<std::size_t>(length) / 8);
  return bytes ? make_bytes(context, *bytes) : context.raise("OverflowError", "int too big to convert");
}

/// The bytes of bytes, or of numbers that an iterable gives.
std::optional<std::string> read_bytes(Context& context, Term source) {
  if (is_binary(source)) return std::string(bytes_view(source));
  if (is_string(source) || is_number(source)) {
    context.raise("TypeError", "cannot convert '" + type_name(source) + "' object to bytes");
    return {};
  }
  std::vector<Term> items;
  std::string bytes;
  if (!collect_items(context, source, items)) return {};
  for (const Term item : items) {
    if (!is_int(item)) {
      context.raise("TypeError", "'" + type_name(item) + "' object cannot be interpreted as an integer");
      return {};
    }
    const std::int64_t value = clamped_int(item);
    if (value < 0 || value > 255) {
      context.raise("ValueError", "bytes must be in range(0, 256)");
      return {};
    }
    bytes += static_cast<char>(value);
  }
  return bytes;
}

/// bytes, byteorder, signed
Term run_from_bytes(Context& context, Arguments arguments) {
  ByteOrder order;
  if (!read_order(context, arguments[1], "from_bytes", &order)) return Term();
  const std::optional<std::string> bytes = read_bytes(context, arguments[0]);
  if (!bytes) return Term();
  if (bytes->size() > kMostBits / 8) return context.raise("MemoryError", "");
  return int_of_bytes(context, *bytes, order, is_given_true(arguments[2]));
}

// Floats.

Term run_is_integer(Context&, Arguments arguments) {
  const double value = float_value(arguments[0]);
  return Term::boolean(std::isfinite(value) && std::floor(value) == value);
}

Term run_hex(Context& context, Arguments arguments) {
  constexpr int kDigits = 13;  // behind the point
  const double value = float_value(arguments[0]);
  if (std::isnan(value)) return context.heap.make_string("nan");
  std::string text = std::signbit(value) ? "-" : "";
  if (std::isinf(value)) return context.heap.make_string(text + "inf");
  if (value == 0) return context.heap.make_string(text + "0x0.0p+0");
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);  // 0.5 to 1
  const int shift = 1 - std::max(DBL_MIN_EXP - exponent, 0);
  exponent -= shift;
  auto bits = static_cast<Word>(std::ldexp(fraction, shift + 4 * kDigits));
  std::string digits(kDigits, '0');
  for (int i = kDigits; i-- > 0; bits >>= 4) digits[static_cast<std::size_t>(i)] = "0123456789abcdef"[bits & 15];
  text += "0x" + std::to_string(bits) + "." + digits + "p" + (exponent < 0 ? "-" : "+") + std::to_string(std::abs(exponent));
  return context.heap.make_string(text);
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// A number in hexadecimal, [0x]digits[.digits][p[+-]decimal digits], without its sign.
struct HexText {
  std::string digits;       // before and behind the point
  std::int64_t places = 0;  // behind it
  std::int64_t exponent = 0;
};

std::optional<HexText> parse_hex(std::string_view text) {
  HexText hex;
  std::size_t at = text.size() > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 2 : 0;
  bool behind_point = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !behind_point) {
      behind_point = true;
    } else if (is_hex_digit(text[at])) {
      hex.digits += text[at];
      hex.places += behind_point;
    } else {
      break;
    }
  }
  if (hex.digits.empty()) return {};
  if (at == text.size()) return hex;
  if (text[at] != 'p' && text[at] != 'P') return {};
  ++at;
  if (at < text.size() && text[at] == '+' && at + 1 < text.size() && text[at + 1] != '-') ++at;
  constexpr std::int64_t kFar = std::int64_t{1} << 50;
  const auto end = std::from_chars(text.data() + at, text.data() + text.size(), hex.exponent);
  if (end.ptr != text.data() + text.size() || end.ptr == text.data() + at) return {};
  if (end.ec == std::errc::result_out_of_range) hex.exponent = text[at] == '-' ? -kFar : kFar;
  hex.exponent = std::clamp(hex.exponent, -kFar, kFar);
  return hex;
}

/// Rounded once, half to even; infinite when it is too large.
double value_of_hex(const HexText& hex) {
  const std::size_t first = hex.digits.find_first_not_of('0');
  if (first == std::string::npos) return 0.0;
  constexpr std::size_t kKept = 15;  // digits: 57 bits at least, more than a mantissa and one
  const std::string_view digits = std::string_view(hex.digits).substr(first);
  Word mantissa = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + std::min(digits.size(), kKept), mantissa, 16);
  static_cast<void>(end);
  const std::string_view rest = digits.substr(std::min(digits.size(), kKept));
  std::int64_t exponent = 4 * (static_cast<std::int64_t>(rest.size()) - hex.places) + hex.exponent;
  mantissa = mantissa << 1 | Word{rest.find_first_not_of('0') != std::string_view::npos};  // what is left decides a half
  --exponent;
  // The highest bit says where it lies; below the normal numbers there are fewer bits to keep.
  const std::int64_t top = exponent + std::bit_width(mantissa);
  if (top > DBL_MAX_EXP) return HUGE_VAL;
  if (top < DBL_MIN_EXP - DBL_MANT_DIG) return 0.0;
  const std::int64_t lowest = std::max<std::int64_t>(top - DBL_MANT_DIG, DBL_MIN_EXP - DBL_MANT_DIG);
  const std::int64_t dropped = lowest - exponent;
  if (dropped > 0) {
    const Word half = Word{1} << (dropped - 1), tail = mantissa & (2 * half - 1);
    mantissa >>= dropped;
    if (tail > half || (tail == half && mantissa % 2 != 0)) ++mantissa;
    exponent = lowest;
  }
  return std::ldexp(static_cast<double>(mantissa), static_cast<int>(exponent));
}

Term run_fromhex(Context& context, Arguments arguments) {
  if (!is_string(arguments[0])) return raise_bad_argument(context, "fromhex() argument must be str, not ", arguments[0]);
  std::string_view text = string_view_of(arguments[0]);
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  if (equals_ignoring_case(text, "nan")) {
    value = std::nan("");
  } else if (equals_ignoring_case(text, "inf") || equals_ignoring_case(text, "infinity")) {
    value = HUGE_VAL;
  } else {
    const std::optional<HexText> hex = parse_hex(text);
    if (!hex) return context.raise("ValueError", "invalid hexadecimal floating-point string");
    context.charge(hex->digits.size());
    value = value_of_hex(*hex);
    if (std::isinf(value)) return context.raise("OverflowError", "hexadecimal value too large to represent as a float");
  }
  return context.heap.make_float(negative ? -value : value);
}

constexpr Method kMethods[] = {
    {"int", "as_integer_ratio", "", run_ratio},
    {"int", "bit_count", "", run_bit_count},
    {"int", "bit_length", "", run_bit_length},
    {"int", "conjugate", "", run_same},
    {"int", "to_bytes", "length=1, byteorder='big', *, signed=False", run_to_bytes},
    {"float", "as_integer_ratio", "", run_ratio},
    {"float", "conjugate", "", run_same},
    {"float", "hex", "", run_hex},
    {"float", "is_integer", "", run_is_integer},
};

constexpr Builtin kFunctions[] = {
    {"float.fromhex", "string, /", run_fromhex},
    {"int.from_bytes", "bytes, byteorder='big', *, signed=False", run_from_bytes},
};

}  // namespace

std::span<const Method> number_methods() { return kMethods; }
std::span<const Builtin> number_functions() { return kFunctions; }

}  // namespace pyvm::vm
