// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "term/number.h"
#include "vm/enums.h"
#include "vm/format.h"
#include "vm/format_number.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

/// One conversion: %[(key)][flags][width][.precision][length]type
struct Conversion {
  bool left = false;
  bool plus = false;
  bool blank = false;
  bool alternate = false;
  bool zero = false;
  std::size_t width = 0;
  std::optional<std::size_t> precision;
  char32_t type = 0;
};

/// A number as it is put together: its sign, "0x" or the like, and the rest.
struct Converted {
  std::string sign;
  std::string prefix;
  std::string text;
  bool numeric = false;
};

std::int64_t checked_add_digit(std::int64_t value, char digit, std::int64_t limit) {
  const std::int64_t more = digit - '0';
  return value > (limit - more) / 10 ? -1 : value * 10 + more;
}

/// An integral float as digits, whole: its binary digits are few, its decimal ones at most 309.
std::string whole_digits(double value) { return format_detail::float_text(std::fabs(std::trunc(value)), {'f', 0}); }

/// str % values, counted in code points, or bytes % values (PEP 461), counted in bytes.
class PercentFormatter {
 public:
  PercentFormatter(Context& context, std::string_view format, const Term& values, bool makes_bytes)
      : context_(context), format_(format), values_(values), makes_bytes_(makes_bytes), single_(!is_tuple(values)) {}

  /// False after an exception.
  bool run(std::string& out) {
    while (at_ < format_.size()) {
      const std::size_t percent = std::min(format_.find('%', at_), format_.size());
      out += format_.substr(at_, percent - at_);
      at_ = percent;
      if (at_ < format_.size() && !append_conversion(out)) return false;
      if (!fits_text(context_, out.size())) return false;
    }
    if (all_taken() || is_mapping()) return true;
    return fail("TypeError", makes_bytes_ ? "not all arguments converted during bytes formatting"
                                          : "not all arguments converted during string formatting");
  }

 private:
  bool fail(std::string_view kind, std::string_view text) {
    context_.raise(kind, text);
    return false;
  }
  bool all_taken() const { return single_ ? taken_ > 0 : taken_ >= list_items(values_).size(); }
  /// What Python takes for a mapping here.
  bool is_mapping() const {
    return is_dict(values_) || is_box(resolve(values_), BoxKind::List) || is_box(resolve(values_), BoxKind::Range) ||
           (is_binary(values_) && !makes_bytes_);
  }
  std::size_t length_of(std::string_view text) const { return makes_bytes_ ? text.size() : count_code_points(text); }

  /// The next argument; nothing after an exception.
  Term take() {
    if (keyed_.is_nothing() ? all_taken() : keyed_taken_) {
      return context_.raise("TypeError", "not enough arguments for format string");
    }
    if (!keyed_.is_nothing()) {
      keyed_taken_ = true;
      return keyed_;
    }
    ++taken_;
    return single_ ? values_ : list_items(values_)[taken_ - 1];
  }

  bool append_conversion(std::string& out) {
    Conversion conversion;
    ++at_;  // the '%'
    if (at_ < format_.size() && format_[at_] == '%') {
      out += format_[at_++];
      return true;
    }
    if (!read_key() || !read_flags_and_width(conversion) || !read_type(conversion)) return false;
    const Term value = take();
    Converted converted;
    if (value.is_nothing() || !convert(conversion, value, converted)) return false;
    return append_padded(conversion, converted, out);
  }

  /// (key)
  bool read_key() {
    if (at_ == format_.size() || format_[at_] != '(') return true;
    if (!is_mapping()) return fail("TypeError", "format requires a mapping");
    const std::size_t first = ++at_;
    int open = 1;
    for (; at_ < format_.size() && open > 0; ++at_) open += format_[at_] == '(' ? 1 : format_[at_] == ')' ? -1 : 0;
    if (open > 0) return fail("ValueError", "incomplete format key");
    if (!is_dict(values_)) {
      const std::string of_what = is_binary(values_) ? "byte" : type_name(values_);
      return fail("TypeError", of_what + " indices must be integers or slices, not " + (makes_bytes_ ? "bytes" : "str"));
    }
    const std::string_view name = format_.substr(first, at_ - 1 - first);
    const Term key = makes_bytes_ ? make_bytes(context_, std::string(name)) : context_.heap.make_string(name);
    keyed_ = dict_get(values_, key);
    keyed_taken_ = false;
    if (!keyed_.is_nothing()) return true;
    TermBuilder& heap = context_.heap;
    const Term text = repr_of(context_, key);
    context_.raise(heap.make_exception(
        {heap.make_string("builtins"), heap.make_string("KeyError"), heap.tuple(key), text, heap.make_list({})}));
    return false;
  }

  bool read_flag(Conversion& conversion) {
    switch (at_ < format_.size() ? format_[at_] : '\0') {
      case '-':
        conversion.left = true;
        return true;
      case '+':
        conversion.plus = true;
        return true;
      case ' ':
        conversion.blank = true;
        return true;
      case '#':
        conversion.alternate = true;
        return true;
      case '0':
        conversion.zero = true;
        return true;
      default:
        return false;
    }
  }

  bool read_flags_and_width(Conversion& conversion) {
    while (read_flag(conversion)) ++at_;
    std::int64_t width = 0;
    if (!read_size(width, std::numeric_limits<std::int64_t>::max(), "width too big")) return false;
    if (width < 0) conversion.left = true;
    conversion.width = static_cast<std::size_t>(width < 0 ? -std::max(width, -std::numeric_limits<std::int64_t>::max()) : width);
    if (at_ == format_.size() || format_[at_] != '.') return true;
    ++at_;
    std::int64_t precision = 0;
    if (!read_size(precision, std::numeric_limits<int>::max(), makes_bytes_ ? "prec too big" : "precision too big")) return false;
    conversion.precision = static_cast<std::size_t>(std::max<std::int64_t>(precision, 0));
    return true;
  }

  /// A number or '*': the next argument.
  bool read_size(std::int64_t& size, std::int64_t limit, std::string_view too_big) {
    if (at_ < format_.size() && format_[at_] == '*') {
      ++at_;
      return take_size(size, limit);
    }
    for (; at_ < format_.size() && format_[at_] >= '0' && format_[at_] <= '9'; ++at_) {
      size = checked_add_digit(size, format_[at_], limit);
      if (size < 0) return fail("ValueError", too_big);
    }
    return true;
  }

  bool take_size(std::int64_t& size, std::int64_t limit) {
    const Term given = take();
    if (given.is_nothing()) return false;
    const Term value = plain_value(given);
    if (!is_int(value)) return fail("TypeError", "* wants int");
    if (limit == std::numeric_limits<int>::max()) {
      const std::int64_t number = clamped_int(value);
      if (number != static_cast<int>(number)) return fail("OverflowError", "Python int too large to convert to C int");
      size = number;
      return true;
    }
    const auto number = size_argument(context_, value);
    size = number.value_or(0);
    return number.has_value();
  }

  bool read_type(Conversion& conversion) {
    if (at_ < format_.size() && (format_[at_] == 'h' || format_[at_] == 'l' || format_[at_] == 'L')) ++at_;
    if (at_ == format_.size()) return fail("ValueError", "incomplete format");
    type_at_ = at_;
    conversion.type = makes_bytes_ ? static_cast<unsigned char>(format_[at_++]) : take_code_point(format_, at_);
    return true;
  }

  bool convert(const Conversion& conversion, const Term& value, Converted& converted) {
    switch (conversion.type) {
      case 'b':
        if (!makes_bytes_) return fail_unsupported(conversion.type);
        return convert_bytes(conversion, value, converted);
      case 's':
        if (makes_bytes_) return convert_bytes(conversion, value, converted);
        return convert_text(conversion, value, converted);
      case 'r':
      case 'a':
        return convert_text(conversion, value, converted);
      case 'c':
        return makes_bytes_ ? convert_byte(value, converted) : convert_character(value, converted);
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X':
        return convert_int(conversion, value, converted);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        return convert_float(conversion, value, converted);
      default:
        return fail_unsupported(conversion.type);
    }
  }

  bool fail_unsupported(char32_t type) {
    if (makes_bytes_ && type > 127) return fail("OverflowError", "character argument not in range(0x110000)");
    std::string hex;
    for (char32_t rest = type; rest > 0 || hex.empty(); rest >>= 4) hex.insert(0, 1, "0123456789abcdef"[rest & 15]);
    const char shown = type >= 31 && type <= 126 ? static_cast<char>(type) : '?';
    return fail("ValueError", std::string("unsupported format character '") + shown + "' (0x" + hex + ") at index " +
                                  std::to_string(length_of(format_.substr(0, type_at_))));
  }

  bool convert_text(const Conversion& conversion, const Term& value, Converted& converted) {
    const Term text = conversion.type == 's'                    ? str_of(context_, value)
                      : conversion.type == 'r' && !makes_bytes_ ? repr_of(context_, value)
                                                                : ascii_of(context_, value);
    if (text.is_nothing()) return false;
    const std::string_view utf8 = string_view_of(text);
    converted.text = conversion.precision ? utf8.substr(0, Text(text).offset(*conversion.precision)) : utf8;
    return true;
  }

  bool convert_bytes(const Conversion& conversion, const Term& given, Converted& converted) {
    const Term value = plain_value(given);
    if (!is_binary(value)) {
      return fail("TypeError",
                  "%b requires a bytes-like object, or an object that implements __bytes__, not '" + type_name(given) + "'");
    }
    converted.text = bytes_view(value).substr(0, conversion.precision.value_or(std::string_view::npos));
    return true;
  }

  bool convert_byte(const Term& given, Converted& converted) {
    const Term value = plain_value(given);
    if (is_binary(value) && bytes_view(value).size() == 1) {
      converted.text = bytes_view(value);
      return true;
    }
    if (!is_int(value)) return fail("TypeError", "%c requires an integer in range(256) or a single byte");
    const std::int64_t byte = clamped_int(value);
    if (byte < 0 || byte > 255) return fail("OverflowError", "%c arg not in range(256)");
    converted.text = static_cast<char>(byte);
    return true;
  }

  bool convert_character(const Term& given, Converted& converted) {
    const Term value = plain_value(given);
    if (is_string(value) && Text(value).length() == 1) {
      converted.text = string_view_of(value);
      return true;
    }
    if (!is_int(value)) return fail("TypeError", "%c requires int or char");
    const auto character = character_of(context_, value, "%c arg not in range(0x110000)");
    converted.text = character.value_or("");
    return character.has_value();
  }

  bool convert_int(const Conversion& conversion, const Term& given, Converted& converted) {
    const Term value = plain_value(given);
    const bool decimal = conversion.type == 'd' || conversion.type == 'i' || conversion.type == 'u';
    if (!is_int(value) && !(decimal && is_float(value))) {
      const char type = makes_bytes_ && conversion.type == 'i' ? 'd' : static_cast<char>(conversion.type);
      return fail("TypeError",
                  std::string("%") + type +
                      (decimal ? " format: a real number is required, not " : " format: an integer is required, not ") +
                      type_name(given));
    }
    if (!read_digits(decimal ? 10 : conversion.type == 'o' ? 8 : 16, value, converted)) return false;
    if (conversion.type == 'X') to_upper(converted.text);
    if (conversion.alternate && !decimal) converted.prefix = std::string("0") + static_cast<char>(conversion.type);
    if (!fits_text(context_, conversion.precision.value_or(0))) return false;
    if (conversion.precision && converted.text.size() < *conversion.precision) {
      converted.text.insert(0, *conversion.precision - converted.text.size(), '0');
    }
    take_sign(conversion, converted);
    return true;
  }

  /// The digits of an int, or of a float without its fraction.
  bool read_digits(unsigned base, const Term& value, Converted& converted) {
    if (is_float(value)) {
      const double real = float_value(value);
      if (std::isnan(real)) return fail("ValueError", "cannot convert float NaN to integer");
      if (std::isinf(real)) return fail("OverflowError", "cannot convert float infinity to integer");
      converted.text = whole_digits(real);
      converted.sign = real <= -1 ? "-" : "";
      return true;
    }
    const auto digits = int_digits(context_, value, base);
    converted.text = digits.value_or("");
    converted.sign = is_negative_int(value) ? "-" : "";
    return digits.has_value();
  }

  bool convert_float(const Conversion& conversion, const Term& given, Converted& converted) {
    const Term value = plain_value(given);
    if (!is_int(value) && !is_float(value))
      return fail("TypeError", (makes_bytes_ ? "float argument required, not " : "must be real number, not ") + type_name(given));
    const auto number = as_double(context_, value);
    if (!number && makes_bytes_) return fail("TypeError", "float argument required, not int");
    const std::size_t precision = conversion.precision.value_or(6);
    if (!number || !fits_text(context_, precision)) return false;
    converted.text = format_detail::float_text(*number, {static_cast<char>(conversion.type), precision, conversion.alternate});
    if (converted.text[0] == '-') {
      converted.sign = "-";
      converted.text.erase(0, 1);
    }
    take_sign(conversion, converted);
    return true;
  }

  static void take_sign(const Conversion& conversion, Converted& converted) {
    converted.numeric = true;
    if (converted.sign.empty() && conversion.plus) converted.sign = "+";
    if (converted.sign.empty() && conversion.blank) converted.sign = " ";
  }

  static void to_upper(std::string& text) {
    for (char& c : text) c = c >= 'a' ? static_cast<char>(c & ~0x20) : c;
  }

  bool append_padded(const Conversion& conversion, const Converted& converted, std::string& out) {
    const std::size_t length = converted.sign.size() + converted.prefix.size() + length_of(converted.text);
    const std::size_t missing = conversion.width > length ? conversion.width - length : 0;
    if (!fits_text(context_, missing)) return false;
    const bool zeros = conversion.zero && converted.numeric && !conversion.left;
    if (!conversion.left && !zeros) out.append(missing, ' ');
    out += converted.sign;
    out += converted.prefix;
    if (zeros) out.append(missing, '0');
    out += converted.text;
    if (conversion.left) out.append(missing, ' ');
    return true;
  }

  Context& context_;
  std::string_view format_;
  const Term& values_;
  const bool makes_bytes_;
  const bool single_;
  std::size_t at_ = 0;
  std::size_t type_at_ = 0;
  std::size_t taken_ = 0;
  Term keyed_;  // the value of the last key; what has a key takes its arguments from there
  bool keyed_taken_ = false;
};

}  // namespace

Term format_percent(Context& context, const Term& format, const Term& values) {
  const bool makes_bytes = is_binary(format);
  const std::string_view text = makes_bytes ? bytes_view(format) : string_view_of(format);
  context.charge(text.size());
  std::string out;
  if (!PercentFormatter(context, text, values, makes_bytes).run(out)) return Term();
  return makes_bytes ? make_bytes(context, out) : make_text(context, out);
}

}  // namespace pyvm::vm
