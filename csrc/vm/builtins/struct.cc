// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// struct: values as C has them in memory. pack, unpack, unpack_from, calcsize.
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "term/change.h"
#include "vm/builtins/tables.h"
#include "vm/builtins/text_methods.h"
#include "vm/exceptions.h"
#include "vm/number_bits.h"
#include "vm/numbers.h"

namespace pyvm::vm {

namespace {

/// struct.error
Term raise_error(Context& context, std::string_view text) {
  return context.raise(context.heap.make_exception("struct", "error", text));
}
bool fail(Context& context, std::string_view text) {
  raise_error(context, text);
  return false;
}

struct Code {
  char letter;
  std::size_t size;
  std::size_t native_size;  // and alignment; 0: only '@' and no prefix have it, if size is 0 too
};
// size 0: native only.
constexpr Code kCodes[] = {{'x', 1, 1}, {'c', 1, 1}, {'b', 1, 1}, {'B', 1, 1}, {'?', 1, 1}, {'s', 1, 1}, {'p', 1, 1},
                           {'h', 2, 2}, {'H', 2, 2}, {'i', 4, 4}, {'I', 4, 4}, {'l', 4, 8}, {'L', 4, 8}, {'q', 8, 8},
                           {'Q', 8, 8}, {'n', 0, 8}, {'N', 0, 8}, {'P', 0, 8}, {'e', 2, 2}, {'f', 4, 4}, {'d', 8, 8}};

/// `count` values of one kind; of 's' and 'p' one with `count` bytes.
struct Field {
  char letter;
  std::size_t size;
  std::size_t offset;
  std::size_t count;
};

struct Layout {
  std::vector<Field> fields;
  std::size_t size = 0;
  std::size_t values = 0;
  bool native = true;
  ByteOrder order = std::endian::native == std::endian::little ? ByteOrder::Little : ByteOrder::Big;
  bool is_natural() const { return order == (std::endian::native == std::endian::little ? ByteOrder::Little : ByteOrder::Big); }
};

class FormatReader {
 public:
  FormatReader(Context& context, std::string_view format) : context_(context), format_(format) {}

  bool read(Layout& layout) {
    read_prefix(layout);
    while (at_ < format_.size()) {
      if (is_space(format_[at_])) {
        ++at_;
        continue;
      }
      std::size_t count = 1;
      if (!read_count(&count) || !read_field(layout, count)) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kMost = std::numeric_limits<std::int64_t>::max();

  static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  void read_prefix(Layout& layout) {
    const char prefix = format_.empty() ? '@' : format_[0];
    if (prefix != '@' && prefix != '=' && prefix != '<' && prefix != '>' && prefix != '!') return;
    ++at_;
    if (format_.empty()) at_ = 0;
    layout.native = prefix == '@';
    if (prefix == '<') layout.order = ByteOrder::Little;
    if (prefix == '>' || prefix == '!') layout.order = ByteOrder::Big;
  }

  bool read_count(std::size_t* count) {
    if (!is_digit(format_[at_])) return true;
    *count = 0;
    for (; at_ < format_.size() && is_digit(format_[at_]); ++at_) {
      const auto digit = static_cast<std::size_t>(format_[at_] - '0');
      if (*count > (kMost - digit) / 10) return fail(context_, "total struct size too long");
      *count = *count * 10 + digit;
    }
    return at_ < format_.size() || fail(context_, "repeat count given without format specifier");
  }

  bool read_field(Layout& layout, std::size_t count) {
    const char letter = format_[at_++];
    const Code* code = std::ranges::find(kCodes, letter, &Code::letter);
    if (code == std::end(kCodes) || (code->size == 0 && !layout.native)) return fail(context_, "bad char in struct format");
    const std::size_t size = layout.native ? code->native_size : code->size;
    if (layout.native && layout.size % size != 0) layout.size += size - layout.size % size;
    if (count > (kMost - layout.size) / size) return fail(context_, "total struct size too long");
    layout.fields.push_back({letter, size, layout.size, count});
    layout.size += size * count;
    layout.values += letter == 'x' ? 0 : letter == 's' || letter == 'p' ? 1 : count;
    return true;
  }

  Context& context_;
  std::string_view format_;
  std::size_t at_ = 0;
};

bool read_layout(Context& context, const Term& format, Layout& layout) {
  if (!is_string(format) && !is_binary(format)) {
    context.raise("TypeError", "Struct() argument 1 must be a str or bytes object, not " + type_name(format));
    return false;
  }
  return FormatReader(context, is_string(format) ? string_view_of(format) : bytes_view(format)).read(layout);
}

// Floats of two bytes.

/// Nothing: too large.
std::optional<std::uint16_t> half_of(double value) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
  const double size = std::fabs(value);
  if (std::isnan(value)) return sign | 0x7e00;
  if (std::isinf(value)) return sign | 0x7c00;
  int exponent = 0;
  const double fraction = std::frexp(size, &exponent);
  if (size == 0 || exponent < -13)
    return sign | static_cast<std::uint16_t>(std::nearbyint(std::ldexp(size, 24)));           // below the normal ones
  const auto mantissa = static_cast<unsigned>(std::nearbyint(std::ldexp(fraction, 11)));      // 1024 to 2048
  const unsigned bits = static_cast<unsigned>(exponent - 1 + 15) * 1024 + (mantissa - 1024);  // 2048 carries over
  if (bits >= 0x7c00) return {};
  return sign | static_cast<std::uint16_t>(bits);
}

double value_of_half(unsigned bits) {
  const unsigned exponent = bits >> 10 & 31, mantissa = bits & 1023;
  double value = 0;
  if (exponent == 31) {
    value = mantissa == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<double>(mantissa), -24);
  } else {
    value = std::ldexp(static_cast<double>(mantissa + 1024), static_cast<int>(exponent) - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

bool is_signed_code(char letter) { return std::string_view("bhilqn").find(letter) != std::string_view::npos; }

/// Writes the values of one layout.
class Packer {
 public:
  Packer(Context& context, const Layout& layout) : context_(context), layout_(layout), bytes_(layout.size, '\0') {}

  bool pack(std::span<const Term> values) {
    std::size_t next = 0;
    for (const Field& field : layout_.fields) {
      if (field.letter == 'x') continue;
      const bool one = field.letter == 's' || field.letter == 'p';
      for (std::size_t i = 0; i < (one ? 1 : field.count); ++i) {
        const Term& value = values[next++];
        if (one ? !put_bytes(field, value) : !put(field, field.offset + i * field.size, value)) return false;
      }
    }
    return true;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void put_bits(std::size_t at, std::size_t size, Word bits) {
    for (std::size_t i = 0; i < size; ++i)
      bytes_[at + (layout_.order == ByteOrder::Little ? i : size - 1 - i)] = static_cast<char>(bits >> (8 * i));
  }

  bool put_bytes(const Field& field, const Term& value) {
    if (!is_binary(value)) return fail(context_, std::string("argument for '") + field.letter + "' must be a bytes object");
    std::string_view given = bytes_view(value);
    if (field.letter == 's') {
      given = given.substr(0, field.count);
      given.copy(bytes_.data() + field.offset, given.size());
    } else if (field.count > 0) {
      given = given.substr(0, field.count - 1);
      bytes_[field.offset] = static_cast<char>(std::min<std::size_t>(given.size(), 255));
      given.copy(bytes_.data() + field.offset + 1, given.size());
    }
    return true;
  }

  bool put(const Field& field, std::size_t at, const Term& value) {
    switch (field.letter) {
      case 'c':
        if (!is_binary(value) || bytes_view(value).size() != 1)
          return fail(context_, "char format requires a bytes object of length 1");
        bytes_[at] = bytes_view(value)[0];
        return true;
      case '?':
        bytes_[at] = is_truthy(resolve(value)) ? 1 : 0;
        return true;
      case 'e':
      case 'f':
      case 'd':
        return put_float(field, at, value);
      default:
        return put_int(field, at, value);
    }
  }

  bool put_float(const Field& field, std::size_t at, Term number) {
    const Term made = to_float(context_, number);
    if (made.is_nothing() || is_not_mine(made)) {
      context_.error = Term();
      return fail(context_, "required argument is not a float");
    }
    const double value = float_value(made);
    if (field.letter == 'd') {
      put_bits(at, 8, std::bit_cast<Word>(value));
      return true;
    }
    const auto single = static_cast<float>(value);
    if (field.letter == 'f' && (layout_.native || !std::isinf(single) || std::isinf(value))) {
      put_bits(at, 4, std::bit_cast<std::uint32_t>(single));
      return true;
    }
    const std::optional<std::uint16_t> half = field.letter == 'e' ? half_of(value) : std::nullopt;
    if (!half) {
      context_.raise("OverflowError", std::string("float too large to pack with ") + field.letter + " format");
      return false;
    }
    put_bits(at, 2, *half);
    return true;
  }

  /// What CPython says of a number that its C type does not hold, which depends on who converts it.
  bool refuse_int(const Field& field, Term number) {
    const bool natural = layout_.native || layout_.is_natural();
    const bool has_sign = is_signed_code(field.letter);
    if (field.letter == 'P' || (!natural && field.size == 8)) return fail(context_, "int too large to convert");
    const bool by_long = has_sign || field.letter == 'B' || (field.letter == 'H' && natural);
    const bool converts = by_long ? fits_int64(number) : bytes_of_int(number, 8, layout_.order, false) && !is_negative(number);
    if (!converts || field.size == 8) return fail(context_, "argument out of range");
    std::string name = std::string("'") + field.letter + "'";
    if (field.letter == 'b') name = "byte";
    if (field.letter == 'B') name = "ubyte";
    if (field.letter == 'h' && natural) name = "short";
    if (field.letter == 'H' && natural) name = "ushort";
    const unsigned bits = 8 * static_cast<unsigned>(field.size);
    const std::int64_t most = has_sign ? (std::int64_t{1} << (bits - 1)) - 1 : (std::int64_t{1} << bits) - 1;
    return fail(context_,
                name + " format requires " + std::to_string(has_sign ? -most - 1 : 0) + " <= number <= " + std::to_string(most));
  }

  bool put_int(const Field& field, std::size_t at, Term number) {
    if (!is_int(number)) return fail(context_, "required argument is not an integer");
    const bool has_sign = is_signed_code(field.letter) || (field.letter == 'P' && is_negative(number));
    std::optional<std::string> bytes;
    if (has_sign || !is_negative(number)) bytes = bytes_of_int(number, field.size, layout_.order, has_sign);
    if (!bytes) return refuse_int(field, number);
    bytes->copy(bytes_.data() + at, field.size);
    return true;
  }

  Context& context_;
  const Layout& layout_;
  std::string bytes_;
};

/// format, *values
Term run_pack(Context& context, Arguments arguments) {
  Layout layout;
  if (!read_layout(context, arguments[0], layout)) return Term();
  const Arguments values = arguments.subspan(1);
  if (values.size() != layout.values)
    return raise_error(context, "pack expected " + std::to_string(layout.values) + " items for packing (got " +
                                    std::to_string(values.size()) + ")");
  if (!fits_text(context, layout.size)) return Term();
  Packer packer(context, layout);
  return packer.pack(values) ? make_bytes(context, packer.bytes()) : Term();
}

Term run_calcsize(Context& context, Arguments arguments) {
  Layout layout;
  return read_layout(context, arguments[0], layout) ? context.heap.make_uint(layout.size) : Term();
}

Term unpack_one(Context& context, const Layout& layout, char letter, std::string_view bytes) {
  if (letter == 'c') return make_bytes(context, bytes);
  if (letter == '?') return Term::boolean(bytes[0] != 0);
  if (letter != 'e' && letter != 'f' && letter != 'd') return int_of_bytes(context, bytes, layout.order, is_signed_code(letter));
  Word bits = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[layout.order == ByteOrder::Little ? i : bytes.size() - 1 - i]);
    bits |= Word{byte} << (8 * i);
  }
  if (letter == 'd') return context.heap.make_float(std::bit_cast<double>(bits));
  if (letter == 'f') return context.heap.make_float(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  return context.heap.make_float(value_of_half(static_cast<unsigned>(bits)));
}

/// `bytes` has as many as the layout.
Term unpack_all(Context& context, const Layout& layout, std::string_view bytes) {
  std::vector<Term> values;
  for (const Field& field : layout.fields) {
    if (field.letter == 's') {
      values.push_back(make_bytes(context, bytes.substr(field.offset, field.count)));
    } else if (field.letter == 'p') {
      const std::string_view text = bytes.substr(field.offset, field.count);
      values.push_back(make_bytes(context, text.empty() ? text : text.substr(1, static_cast<unsigned char>(text[0]))));
    } else if (field.letter != 'x') {
      for (std::size_t i = 0; i < field.count; ++i)
        values.push_back(unpack_one(context, layout, field.letter, bytes.substr(field.offset + i * field.size, field.size)));
    }
  }
  context.charge(values.size());
  return context.heap.make_tuple(values);
}

/// format, buffer
Term run_unpack(Context& context, Arguments arguments) {
  Layout layout;
  if (!read_layout(context, arguments[0], layout)) return Term();
  if (!is_binary(arguments[1])) return raise_type_error(context, "a bytes-like object is required, not '", arguments[1], "'");
  const std::string_view bytes = bytes_view(arguments[1]);
  if (bytes.size() != layout.size)
    return raise_error(context, "unpack requires a buffer of " + std::to_string(layout.size) + " bytes");
  return unpack_all(context, layout, bytes);
}

/// format, buffer, offset
Term run_unpack_from(Context& context, Arguments arguments) {
  Layout layout;
  if (!read_layout(context, arguments[0], layout)) return Term();
  if (!is_binary(arguments[1])) return raise_type_error(context, "a bytes-like object is required, not '", arguments[1], "'");
  const std::string_view bytes = bytes_view(arguments[1]);
  const std::optional<std::int64_t> given = arguments[2].is_nothing() ? 0 : size_argument(context, arguments[2]);
  if (!given) return Term();
  std::int64_t offset = *given;
  const auto size = static_cast<std::int64_t>(bytes.size()), wanted = static_cast<std::int64_t>(layout.size);
  if (offset < 0) {
    if (offset + wanted > 0)
      return raise_error(context,
                         "not enough data to unpack " + std::to_string(wanted) + " bytes at offset " + std::to_string(offset));
    if (offset + size < 0)
      return raise_error(context,
                         "offset " + std::to_string(offset) + " out of range for " + std::to_string(size) + "-byte buffer");
    offset += size;
  }
  if (size - offset < wanted)
    return raise_error(context, "unpack_from requires a buffer of at least " +
                                    std::to_string(static_cast<Word>(wanted) + static_cast<Word>(offset)) +
                                    " bytes for unpacking " + std::to_string(wanted) + " bytes at offset " +
                                    std::to_string(offset) + " (actual buffer size is " + std::to_string(size) + ")");
  return unpack_all(context, layout, bytes.substr(static_cast<std::size_t>(offset), layout.size));
}

constexpr Builtin kFunctions[] = {
    {"struct.calcsize", "format, /", run_calcsize},
    {"struct.pack", "format, /, *values", run_pack},
    {"struct.unpack", "format, buffer, /", run_unpack},
    {"struct.unpack_from", "format, /, buffer, offset=0", run_unpack_from},
};

}  // namespace

std::span<const Builtin> struct_functions() { return kFunctions; }

}  // namespace pyvm::vm
