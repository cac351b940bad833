// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/format_spec.h"

#include "term/unicode.h"
#include "vm/format_number.h"
#include "vm/text.h"

namespace pyvm::vm::format_detail {

namespace {

bool is_align(char c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

/// 'c', or '\x7f' if it cannot be shown.
std::string quoted(char32_t c) {
  if (c > 32 && c < 128) return std::string("'") + static_cast<char>(c) + "'";
  std::string hex;
  for (char32_t rest = c; rest > 0 || hex.empty(); rest >>= 4) hex.insert(0, 1, "0123456789abcdef"[rest & 15]);
  return "'\\x" + hex + "'";
}

class SpecReader {
 public:
  SpecReader(Context& context, std::string_view spec) : context_(context), spec_(spec) {}

  std::optional<FormatSpec> read(char default_align, char32_t default_type, std::string_view type_name) {
    read_fill_and_align(default_align);
    if (!read_width() || !read_grouping() || !read_precision()) return {};
    read_.type = default_type;
    if (at_ < spec_.size()) read_.type = take_code_point(spec_, at_);
    if (at_ < spec_.size()) {
      fail("Invalid format specifier '" + std::string(spec_) + "' for object of type '" + std::string(type_name) + "'");
      return {};
    }
    if (!grouping_fits_type()) return {};
    return read_;
  }

 private:
  bool at_char(char c) const { return at_ < spec_.size() && spec_[at_] == c; }
  bool skip(char c) {
    if (!at_char(c)) return false;
    ++at_;
    return true;
  }
  bool fail(std::string_view text) {
    context_.raise("ValueError", text);
    return false;
  }

  void read_fill_and_align(char default_align) {
    const std::size_t first = spec_.empty() ? 0 : bytes_from(spec_[0]);
    const bool filled = first < spec_.size() && is_align(spec_[first]);
    if (filled) {
      read_.fill = spec_.substr(0, first);
      at_ = first;
    }
    const bool aligned = at_ < spec_.size() && is_align(spec_[at_]);
    read_.align = aligned ? spec_[at_++] : default_align;
    if (at_char('+') || at_char('-') || at_char(' ')) read_.sign = spec_[at_++];
    read_.no_negative_zero = skip('z');
    read_.alternate = skip('#');
    if (!filled && skip('0')) {
      read_.fill = "0";
      if (!aligned && default_align == '>') read_.align = '=';
    }
  }

  bool read_width() {
    read_.width = read_decimal(context_, spec_, at_, "Too many decimal digits in format string");
    return context_.error.is_nothing();
  }

  bool read_grouping() {
    if (skip(',')) read_.grouping = ',';
    if (at_char('_') && read_.grouping != 0) return fail("Cannot specify both ',' and '_'.");
    if (skip('_')) read_.grouping = '_';
    if (at_char(',') && read_.grouping == '_') return fail("Cannot specify both ',' and '_'.");
    return true;
  }

  bool read_precision() {
    if (!skip('.')) return true;
    read_.precision = read_decimal(context_, spec_, at_, "Too many decimal digits in format string");
    if (!context_.error.is_nothing()) return false;
    return read_.precision ? true : fail("Format specifier missing precision");
  }

  bool grouping_fits_type() {
    if (read_.grouping == 0 || read_.type == 0 ||
        std::u32string_view(U"defgEG%F").find(read_.type) != std::u32string_view::npos) {
      return true;
    }
    if (read_.grouping == '_' && std::u32string_view(U"boxX").find(read_.type) != std::u32string_view::npos) return true;
    return fail(std::string("Cannot specify '") + read_.grouping + "' with " + quoted(read_.type) + ".");
  }

  Context& context_;
  std::string_view spec_;
  std::size_t at_ = 0;
  FormatSpec read_;
};

void append_fill(std::string& out, std::string_view fill, std::size_t count) {
  for (; count > 0; --count) out += fill;
}

std::size_t missing_to_width(const FormatSpec& spec, std::size_t length) {
  return spec.width && *spec.width > length ? *spec.width - length : 0;
}

/// Whether `size` bytes and `count` fills fit a text.
bool fits_padded(Context& context, std::size_t size, std::size_t count, std::string_view fill) {
  return fits_text(context, count) && fits_text(context, size + count * fill.size());
}

}  // namespace

std::optional<FormatSpec> read_spec(Context& context, std::string_view spec, char default_align, char32_t default_type,
                                    std::string_view type_name) {
  return SpecReader(context, spec).read(default_align, default_type, type_name);
}

std::optional<std::size_t> read_decimal(Context& context, std::string_view text, std::size_t& at, std::string_view too_large) {
  constexpr std::size_t kMost = ~std::size_t{0} >> 1;
  std::optional<std::size_t> value;
  while (at < text.size()) {
    const int digit = decimal_value(code_point_at(text, at));
    if (digit < 0) break;
    const std::size_t before = value.value_or(0);
    if (before > (kMost - static_cast<std::size_t>(digit)) / 10) {
      context.raise("ValueError", too_large);
      return {};
    }
    value = before * 10 + static_cast<std::size_t>(digit);
    at += bytes_from(text[at]);
  }
  return value;
}

Term make_padded(Context& context, const FormatSpec& spec, std::string_view text) {
  const std::size_t missing = missing_to_width(spec, count_code_points(text));
  if (missing == 0) return make_text(context, text);
  if (!fits_padded(context, text.size(), missing, spec.fill)) return Term();
  const std::size_t left = spec.align == '>' ? missing : spec.align == '^' ? missing / 2 : 0;
  std::string out;
  append_fill(out, spec.fill, left);
  out += text;
  append_fill(out, spec.fill, missing - left);
  return make_text(context, out);
}

Term make_number(Context& context, const FormatSpec& spec, const NumberParts& parts) {
  const std::size_t others = parts.prefix.size() + count_code_points(parts.rest);
  if (spec.width && !fits_padded(context, others, *spec.width, spec.fill)) return Term();
  const bool zeros = spec.fill == "0" && spec.align == '=' && spec.width && *spec.width > others;
  const std::size_t group = spec.type == 'b' || spec.type == 'o' || spec.type == 'x' || spec.type == 'X' ? 4 : 3;
  const std::string digits =
      parts.digits.empty() ? "" : group_digits(parts.digits, spec.grouping, group, zeros ? *spec.width - others : 0);
  if (spec.align != '=') return make_padded(context, spec, parts.prefix + digits + parts.rest);
  std::string out = parts.prefix;
  append_fill(out, spec.fill, missing_to_width(spec, others + digits.size()));
  return make_text(context, out.append(digits).append(parts.rest));
}

Term raise_unknown_type(Context& context, char32_t type, std::string_view type_name) {
  return context.raise("ValueError",
                       "Unknown format code " + quoted(type) + " for object of type '" + std::string(type_name) + "'");
}

}  // namespace pyvm::vm::format_detail
