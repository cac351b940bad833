// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "term/unicode.h"
#include "vm/builtins/text_methods.h"

namespace pyvm::vm {

namespace {

constexpr unsigned kLeft = 1;
constexpr unsigned kRight = 2;

/// The units that a strip takes away: those of `chars`, or spaces.
struct Stripped {
  const Subject& subject;
  std::string_view chars;
  bool spaces;

  bool has(std::string_view unit) const {
    return spaces ? subject.is_space(unit) : chars.find(unit) != std::string_view::npos;  // UTF-8 is found at its boundaries only
  }
};

Term strip_sides(Context& context, Arguments arguments, unsigned sides, std::string_view method) {
  const Subject subject(arguments[0]);
  Stripped stripped{subject, {}, arguments[1].is_nothing() || arguments[1].is_none()};
  if (!stripped.spaces) {
    if (!subject.is_alike(arguments[1])) {
      if (subject.bytes) return raise_not_bytes(context, arguments[1]);
      return context.raise("TypeError", std::string(method) + " arg must be None or str");
    }
    stripped.chars = subject.view_of(arguments[1]);
  }
  std::size_t first = 0;
  std::size_t end = subject.view.size();
  while ((sides & kLeft) != 0 && first < end && stripped.has(subject.unit_at(first))) first += subject.unit_at(first).size();
  while ((sides & kRight) != 0 && first < end && stripped.has(subject.unit_before(end))) end -= subject.unit_before(end).size();
  return subject.part(context, subject.view.substr(first, end - first));
}

/// The fill of a justification, or nothing after an exception.
std::optional<std::string_view> read_fill(Context& context, const Subject& subject, const Term& fill, std::string_view method) {
  if (fill.is_nothing()) return " ";
  if (subject.bytes) {
    if (is_binary(fill) && bytes_view(fill).size() == 1) return bytes_view(fill);
    raise_bad_argument(context, std::string(method) + "() argument 2 must be a byte string of length 1, not ", fill);
    return {};
  }
  if (!is_string(fill)) {
    raise_type_error(context, "The fill character must be a unicode character, not ", fill);
    return {};
  }
  if (Text(fill).length() == 1) return string_view_of(fill);
  context.raise("TypeError", "The fill character must be exactly one character long");
  return {};
}

Term pad(Context& context, const Subject& subject, std::size_t left, std::size_t right, std::string_view fill) {
  if (!fits_text(context, subject.view.size() + (left + right) * fill.size())) return Term();
  std::string out;
  out.reserve(subject.view.size() + (left + right) * fill.size());
  for (std::size_t i = 0; i < left; ++i) out += fill;
  out += subject.view;
  for (std::size_t i = 0; i < right; ++i) out += fill;
  return subject.make(context, out);
}

Term justify(Context& context, Arguments arguments, unsigned sides, std::string_view method) {
  const Subject subject(arguments[0]);
  const auto width = size_argument(context, arguments[1]);
  if (!width) return Term();
  const auto fill = read_fill(context, subject, arguments[2], method);
  if (!fill) return Term();
  const std::size_t length = subject.length();
  if (*width <= static_cast<std::int64_t>(length)) return subject.self;
  const std::size_t missing = static_cast<std::size_t>(*width) - length;
  if (!fits_text(context, missing)) return Term();
  std::size_t left = 0;
  if (sides == kLeft) left = missing;
  if (sides == (kLeft | kRight)) left = missing / 2 + (missing & static_cast<std::size_t>(*width) & 1);
  return pad(context, subject, left, missing - left, *fill);
}

}  // namespace

std::string_view Subject::unit_before(std::size_t at) const {
  std::size_t first = at - 1;
  while (!bytes && first > 0 && is_continuation(view[first])) --first;
  return view.substr(first, at - first);
}

bool Subject::is_space(std::string_view unit) const {
  const char c = unit[0];
  if (c == ' ' || (c >= '\t' && c <= '\r')) return true;
  return !bytes && (c < 0x20) && has_unicode_flag(code_point_at(unit, 0), UnicodeFlag::Space);  // negative beyond ASCII
}

bool is_line_break(char32_t code_point) { return has_unicode_flag(code_point, UnicodeFlag::LineBreak); }

Term raise_type_error(Context& context, std::string_view before, Term wrong, std::string_view after) {
  return context.raise("TypeError", std::string(before).append(type_name(wrong)).append(after));
}

Term raise_bad_argument(Context& context, std::string_view before, Term wrong) {
  return context.raise("TypeError", std::string(before).append(argument_type_name(wrong)));
}

Term raise_not_bytes(Context& context, Term wrong) {
  return raise_type_error(context, "a bytes-like object is required, not '", wrong, "'");
}

Term text_strip(Context& context, Arguments arguments) { return strip_sides(context, arguments, kLeft | kRight, "strip"); }
Term text_lstrip(Context& context, Arguments arguments) { return strip_sides(context, arguments, kLeft, "lstrip"); }
Term text_rstrip(Context& context, Arguments arguments) { return strip_sides(context, arguments, kRight, "rstrip"); }
Term text_center(Context& context, Arguments arguments) { return justify(context, arguments, kLeft | kRight, "center"); }
Term text_ljust(Context& context, Arguments arguments) { return justify(context, arguments, kRight, "ljust"); }
Term text_rjust(Context& context, Arguments arguments) { return justify(context, arguments, kLeft, "rjust"); }

Term text_zfill(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  const auto width = size_argument(context, arguments[1]);
  if (!width) return Term();
  const std::size_t length = subject.length();
  if (*width <= static_cast<std::int64_t>(length)) return subject.self;
  const std::size_t missing = static_cast<std::size_t>(*width) - length;
  if (!fits_text(context, missing)) return Term();
  std::string out(missing, '0');
  out += subject.view;
  if (!subject.view.empty() && (subject.view[0] == '+' || subject.view[0] == '-')) std::swap(out[0], out[missing]);
  return subject.make(context, out);
}

Term text_expandtabs(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  const auto size = int_argument(context, arguments[1].is_nothing() ? Term::small(8) : arguments[1]);
  if (!size) return Term();
  std::string out;
  std::size_t column = 0;
  for (const char c : subject.view) {
    if (c == '\t') {
      const std::size_t spaces = *size <= 0 ? 0 : static_cast<std::size_t>(*size) - column % static_cast<std::size_t>(*size);
      if (!fits_text(context, out.size() + spaces)) return Term();
      out.append(spaces, ' ');
      column += spaces;
      continue;
    }
    out += c;
    if (subject.bytes || !is_continuation(c)) ++column;
    if (c == '\n' || c == '\r') column = 0;
  }
  return subject.make(context, out);
}

}  // namespace pyvm::vm
