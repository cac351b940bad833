// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/format.h"

#include <algorithm>
#include <cmath>

#include "term/number.h"
#include "term/print.h"
#include "vm/enums.h"
#include "vm/format_number.h"
#include "vm/format_spec.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

using format_detail::FloatStyle;
using format_detail::FormatSpec;
using format_detail::NumberParts;
using format_detail::read_spec;

constexpr std::size_t kMostDigits = 4300;
constexpr Word kMostLimbs = kMostDigits * 3322 / 1000 / 64 + 2;  // more of them have more digits

Term raise_too_many_digits(Context& context) {
  return context.raise(
      "ValueError",
      "Exceeds the limit (4300 digits) for integer string conversion; use sys.set_int_max_str_digits() to increase "
      "the limit");
}

Term raise_not_allowed(Context& context, std::string_view what, std::string_view where) {
  return context.raise("ValueError", std::string(what) + " not allowed " + std::string(where));
}

/// The magnitude, whose base is 2^bits.
std::string binary_digits(std::span<const Word> limbs, unsigned bits) {
  std::string out;  // the last one first
  const std::size_t all = 64 * limbs.size();
  for (std::size_t at = 0; at < all; at += bits) {
    Word digit = limbs[at / 64] >> (at % 64);
    if (at % 64 + bits > 64 && at / 64 + 1 < limbs.size()) digit |= limbs[at / 64 + 1] << (64 - at % 64);
    out += "0123456789abcdef"[digit & ((1u << bits) - 1)];
  }
  while (out.size() > 1 && out.back() == '0') out.pop_back();
  std::reverse(out.begin(), out.end());
  return out;
}

/// What stands in front of a number: its sign, as `spec` wants it.
std::string sign_text(const FormatSpec& spec, bool negative) {
  if (negative) return "-";
  return spec.sign == '+' || spec.sign == ' ' ? std::string(1, spec.sign) : "";
}

Term format_string(Context& context, const Term& value, const FormatSpec& spec) {
  constexpr std::string_view kWhere = "in string format specifier";
  if (spec.type != 's') return format_detail::raise_unknown_type(context, spec.type, "str");
  if (spec.sign != 0) return raise_not_allowed(context, spec.sign == ' ' ? "Space" : "Sign", kWhere);
  if (spec.no_negative_zero) return raise_not_allowed(context, "Negative zero coercion (z)", kWhere);
  if (spec.alternate) return raise_not_allowed(context, "Alternate form (#)", kWhere);
  if (spec.align == '=') return raise_not_allowed(context, "'=' alignment", kWhere);
  const Text text(value);
  return format_detail::make_padded(context, spec,
                                    spec.precision ? text.utf8.substr(0, text.offset(*spec.precision)) : text.utf8);
}

Term format_character(Context& context, const Term& value, const FormatSpec& spec) {
  constexpr std::string_view kWhere = "with integer format specifier 'c'";
  if (spec.sign != 0) return raise_not_allowed(context, "Sign", kWhere);
  if (spec.alternate) return raise_not_allowed(context, "Alternate form (#)", kWhere);
  if (!fits_int64(value)) return context.raise("OverflowError", "Python int too large to convert to C long");
  const auto character = character_of(context, value, "%c arg not in range(0x110000)");
  return character ? format_detail::make_number(context, spec, {"", "", *character}) : Term();
}

Term format_int(Context& context, const Term& value, const FormatSpec& spec) {
  constexpr std::string_view kWhere = "in integer format specifier";
  if (spec.precision) return raise_not_allowed(context, "Precision", kWhere);
  if (spec.no_negative_zero) return raise_not_allowed(context, "Negative zero coercion (z)", kWhere);
  if (spec.type == 'c') return format_character(context, value, spec);
  const unsigned base = spec.type == 'b' ? 2 : spec.type == 'o' ? 8 : (spec.type | 0x20) == 'x' ? 16 : 10;
  auto digits = int_digits(context, value, base);
  if (!digits) return Term();
  std::string prefix = sign_text(spec, is_negative_int(value));
  if (spec.alternate && base != 10) prefix.append("0").append(1, static_cast<char>(spec.type));
  if (spec.type == 'X') {
    std::transform(digits->begin(), digits->end(), digits->begin(), [](char c) { return c >= 'a' ? c & ~0x20 : c; });
  }
  return format_detail::make_number(context, spec, {prefix, *digits, ""});
}

FloatStyle float_style(const FormatSpec& spec) {
  FloatStyle style{'r', spec.precision.value_or(6), spec.alternate, spec.type == 0, spec.no_negative_zero};
  if (spec.type == 0) {
    style.type = spec.precision ? 'g' : 'r';
  } else {
    style.type = spec.type == 'n' ? 'g' : spec.type == '%' ? 'f' : static_cast<char>(spec.type);
  }
  return style;
}

Term format_float(Context& context, double value, const FormatSpec& spec) {
  if (spec.precision && *spec.precision > 0x7fffffff) return context.raise("ValueError", "precision too big");
  if (!fits_text(context, spec.precision.value_or(0))) return Term();
  std::string text = format_detail::float_text(spec.type == '%' ? value * 100 : value, float_style(spec));
  if (spec.type == '%') text += '%';
  const bool negative = text[0] == '-';
  if (negative) text.erase(0, 1);
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  return format_detail::make_number(context, spec, {sign_text(spec, negative), text.substr(0, digits), text.substr(digits)});
}

bool is_one_of(char32_t type, std::u32string_view types) { return types.find(type) != std::u32string_view::npos; }

Term format_number(Context& context, const Term& value, std::string_view text) {
  const bool real = is_float(value);
  const std::string name = type_name(value);
  const auto spec = read_spec(context, text, '>', real ? 0 : 'd', name);
  if (!spec) return Term();
  if (!real && is_one_of(spec->type, U"bcdoxXn")) return format_int(context, value, *spec);
  if (!is_one_of(spec->type, U"eEfFgG%") && !(real && (spec->type == 'n' || spec->type == 0))) {
    return format_detail::raise_unknown_type(context, spec->type, name);
  }
  const auto number = as_double(context, value);
  return number ? format_float(context, *number, *spec) : Term();
}

/// str() of a member of an enum.
Term enum_shown(Context& context, Term member) {
  const ClassTable* table = class_of(nullptr, member);
  if (table != nullptr && table->shows_value) return str_of(context, enum_value(member));
  const Term cls = element(member, 1), name = enum_name(context, member);
  const std::string_view dotted = string_view_of(cls);
  const std::string kind(dotted.substr(dotted.rfind('.') + 1));
  return make_text(context, name.is_none() ? kind + "(0)" : kind + "." + std::string(string_view_of(name)));
}

Term raise_own_text(Context& context) {
  return context.raise("TypeError",
                       "compiled code calls a __str__, __repr__ or __format__ of the program for str(x), repr(x), "
                       "print(x) and f'{x}' only, not for what contains x");
}

/// No escapes beyond those of repr() but for what is no ASCII.
std::string escaped(std::string_view utf8) {
  std::string out;
  for (std::size_t at = 0; at < utf8.size();) {
    const char32_t code_point = take_code_point(utf8, at);
    if (code_point < 0x80) {
      out += static_cast<char>(code_point);
      continue;
    }
    const int digits = code_point < 0x100 ? 2 : code_point < 0x10000 ? 4 : 8;
    out += digits == 2 ? "\\x" : digits == 4 ? "\\u" : "\\U";
    for (int i = digits; i-- > 0;) out += "0123456789abcdef"[(code_point >> (4 * i)) & 15];
  }
  return out;
}

}  // namespace

bool is_negative_int(Term integer) {
  if (!is_box(integer, BoxKind::Big)) return integer.is_small() && integer.unchecked_small() < 0;
  return (header_flags(header_of(integer)) & box_flag::kNegative) != 0;
}

std::optional<std::string> int_digits(Context& context, Term integer, unsigned base) {
  const bool big = is_box(integer, BoxKind::Big);
  const std::int64_t value = big ? 0 : clamped_int(integer);
  const Word magnitude = value < 0 ? ~static_cast<Word>(value) + 1 : static_cast<Word>(value);
  const std::span<const Word> limbs = big ? std::span(integer.boxed() + 1, arity_of(integer)) : std::span(&magnitude, 1);
  context.charge(8 * limbs.size());
  if (base != 10) return binary_digits(limbs, base == 2 ? 1 : base == 8 ? 3 : 4);
  if (!big) return std::to_string(magnitude);
  if (limbs.size() > kMostLimbs) {
    raise_too_many_digits(context);
    return {};
  }
  std::string digits = big_decimal(integer);
  if (digits[0] == '-') digits.erase(0, 1);
  if (digits.size() <= kMostDigits) return digits;
  raise_too_many_digits(context);
  return {};
}

std::optional<double> as_double(Context& context, Term number) {
  if (is_float(number)) return float_value(number);
  if (!is_box(number, BoxKind::Big)) return static_cast<double>(clamped_int(number));
  // The highest 64 bits, the last of them set if any below is: rounding that once is rounding the number.
  const Word* limbs = number.boxed() + 1;
  const Word count = arity_of(number);
  const int shift = std::countl_zero(limbs[count - 1]);
  Word top = limbs[count - 1] << shift;
  if (count > 1 && shift > 0) top |= limbs[count - 2] >> (64 - shift);
  bool rest = count > 1 && (limbs[count - 2] << shift) != 0;
  for (Word i = 0; i + 2 < count; ++i) rest = rest || limbs[i] != 0;
  const int exponent = static_cast<int>(std::min<Word>(count, 32)) * 64 - 64 - shift;
  const double value = std::ldexp(static_cast<double>(top | (rest ? 1 : 0)), exponent);
  if (std::isfinite(value)) return is_negative_int(number) ? -value : value;
  context.raise("OverflowError", "int too large to convert to float");
  return {};
}

Term raise_surrogate(Context& context) { return context.raise("ValueError", "a surrogate is no character of a text"); }

std::optional<std::string> character_of(Context& context, Term code_point, std::string_view out_of_range) {
  const std::int64_t value = clamped_int(code_point);
  std::string out;
  if (value < 0 || value > 0x10ffff) {
    context.raise("OverflowError", out_of_range);
    return {};
  }
  if (value >= 0xd800 && value < 0xe000) {
    raise_surrogate(context);
    return {};
  }
  encode_utf8(out, static_cast<char32_t>(value));
  return out;
}

Term str_of(Context& context, const Term& value) {
  if (is_string(value)) return value;
  if (has_own_str(value)) return raise_own_text(context);
  if (is_box(value, BoxKind::Exception)) return exception_fields(value).text;
  if (is_box(value, BoxKind::EnumMember)) return enum_shown(context, value);
  return repr_of(context, value);
}

Term repr_of(Context& context, const Term& value) {
  if (has_own_repr(value)) return raise_own_text(context);
  if (is_int(value) && !value.is_bool()) {
    const auto digits = int_digits(context, value, 10);
    return digits ? make_text(context, (is_negative_int(value) ? "-" : "") + *digits) : Term();
  }
  return make_text(context, print(value, kLongestText));  // X2: what is longer is cut there, and too long by the dots
}

Term ascii_of(Context& context, const Term& value) {
  const Term repr = repr_of(context, value);
  if (repr.is_nothing() || is_ascii(repr)) return repr;
  return make_text(context, escaped(string_view_of(repr)));
}

Term format_value(Context& context, const Term& given, const Term& spec) {
  const ClassTable* table = is_box(given, BoxKind::EnumMember) ? class_of(nullptr, given) : nullptr;
  const Term value = table != nullptr && table->shows_value && !table->own_str ? enum_value(given) : given;
  if (is_box(value, BoxKind::EnumMember)) {  // as its str()
    const Term shown = str_of(context, value);
    return shown.is_nothing() ? shown : format_value(context, shown, spec);
  }
  if (spec.is_nothing() || spec == Term::short_string("")) return str_of(context, value);
  const std::string_view text = string_view_of(spec);
  if (is_int(value) || is_float(value)) return format_number(context, value, text);
  if (!is_string(value)) {
    return context.raise("TypeError", "unsupported format string passed to " + type_name(value) + ".__format__");
  }
  const auto read = read_spec(context, text, '<', 's', "str");
  return read ? format_string(context, value, *read) : Term();
}

}  // namespace pyvm::vm
