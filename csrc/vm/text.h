// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Text: what strings and bytes need underneath. A string is UTF-8 and its positions are code points, as in Python; both are the
// same thing in an ASCII string, whose length and items take constant time. Strings hold no surrogates.
//
//   count_code_points, byte_offset   between positions and bytes
//   code_point_at, encode_utf8       between code points and bytes
//   string_item, string_slice        s[i], s[i:j:k]; bytes_item, bytes_slice the same of bytes
//   next_character                   `for c in s`
//   concatenate, repeat, contains    +, *, in: of two strings or of two bytes
//
// X1  What raises gives nothing (context.h, V1).    X2  No text is larger than kLongestText: MemoryError.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "term/binary.h"
#include "term/change.h"
#include "term/number.h"
#include "vm/context.h"

namespace pyvm::vm {

inline constexpr std::size_t kLongestText = std::size_t{1} << 30;

// Code points of UTF-8.

inline bool is_ascii(std::string_view text) {
  Word bits = 0;
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    Word word;
    std::memcpy(&word, text.data() + i, 8);
    bits |= word;
  }
  for (; i < text.size(); ++i) bits |= static_cast<Word>(static_cast<unsigned char>(text[i]) & 0x80);
  return (bits & 0x8080808080808080) == 0;
}
/// Constant time.
inline bool is_ascii(Term string) {
  if (string.is_short_string()) return (string.bits() & 0x8080808080808000) == 0;
  return (header_flags(header_of(string)) & box_flag::kAscii) != 0;
}

inline bool is_continuation(char byte) { return (byte & 0xc0) == 0x80; }
/// Bytes of the code point whose first byte is `first`.
inline std::size_t bytes_from(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}
/// The code point that begins at byte `at`.
PYVM_EXPORT char32_t code_point_at(std::string_view utf8, std::size_t at);
/// The same, and moves `at` behind it.
inline char32_t take_code_point(std::string_view utf8, std::size_t& at) {
  const char32_t code_point = code_point_at(utf8, at);
  at += bytes_from(utf8[at]);
  return code_point;
}
PYVM_EXPORT void encode_utf8(std::string& out, char32_t code_point);

/// Where `part` begins in `text`, at `from` or later, or npos. Linear.
PYVM_EXPORT std::size_t find_bytes(std::string_view text, std::string_view part, std::size_t from = 0);
PYVM_EXPORT std::size_t count_code_points(std::string_view utf8);
/// Where code point number `position` begins; the size if there are no more than that.
PYVM_EXPORT std::size_t byte_offset(std::string_view utf8, std::size_t position);

/// The text of a string with its length in code points known to be its bytes or not.
struct Text {
  explicit Text(const Term& string) : utf8(string_view_of(string)), ascii(is_ascii(string)) {}
  Text(const Term&&) = delete;

  std::size_t length() const { return ascii ? utf8.size() : count_code_points(utf8); }
  std::size_t offset(std::size_t position) const { return ascii ? std::min(position, utf8.size()) : byte_offset(utf8, position); }
  std::size_t position(std::size_t offset) const { return ascii ? offset : count_code_points(utf8.substr(0, offset)); }

  std::string_view utf8;
  bool ascii;
};

inline std::string_view bytes_view(Term binary) {
  const std::span<const std::byte> bytes = binary_bytes(binary);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Numbers as arguments.

/// Of an int or bool.
bool fits_int64(Term integer);
/// An int or bool, cut to what fits 64 bits.
PYVM_EXPORT std::int64_t clamped_int(Term integer);
/// An int as a position: `None` gives `otherwise`; TypeError for anything else.
std::optional<std::int64_t> slice_index(Context& context, Term index, std::int64_t otherwise);
/// An int as a size: OverflowError for what does not fit 64 bits, TypeError for what is no int.
std::optional<std::int64_t> size_argument(Context& context, Term argument);
/// An int of 32 bits.
std::optional<int> int_argument(Context& context, Term argument);
/// len(term), if it has one.
PYVM_EXPORT std::optional<std::size_t> length_of(const Term& term);
/// bool(term)
PYVM_EXPORT bool is_truthy(Term term);

/// The name of the type of `term`, as errors show it.
PYVM_EXPORT std::string type_name(Term term);
/// The same as Python's checks of arguments show it: None is "None" there.
std::string argument_type_name(Term term);

/// The items start, start + step, ... of a slice, `count` of them.
struct Slice {
  std::int64_t start;
  std::int64_t stop;  // behind the last
  std::int64_t step;
  std::int64_t count;
};
/// What slice(start, stop, step) takes of a sequence of `length` items.
PYVM_EXPORT std::optional<Slice> resolve_slice(Context& context, Term start, Term stop, Term step, std::size_t length);
/// start and end of a search in `length` items, negative ones counted from the end. The start may lie behind the end.
struct Bounds {
  std::size_t start;
  std::size_t end;
};
std::optional<Bounds> search_bounds(Context& context, Term start, Term end, std::size_t length);

// Making strings and bytes.

/// Raises MemoryError if `size` breaks X2.
bool fits_text(Context& context, std::size_t size);
/// Memory for a string of `size` > 7 bytes, to be filled with UTF-8.
char* begin_string(TermBuilder& heap, std::size_t size, bool ascii, Term* string);
inline Term make_text(Context& context, std::string_view utf8) {
  return fits_text(context, utf8.size()) ? context.heap.make_string(utf8) : Term();
}
inline Term make_bytes(Context& context, std::string_view bytes) {
  return fits_text(context, bytes.size()) ? context.heap.make_binary(std::as_bytes(std::span(bytes))) : Term();
}
/// `part`, which lies in `binary`: shared if it is large, else copied. All of it is `binary` itself.
Term part_of_bytes(Context& context, Term binary, std::string_view part);
/// `part`, which lies in `string`. All of it is `string` itself.
Term part_of_string(Context& context, Term string, std::string_view part);

// Operators.

PYVM_EXPORT Term string_item(Context& context, Term string, Term index);
PYVM_EXPORT Term string_slice(Context& context, Term string, Term start, Term stop, Term step);
PYVM_EXPORT Term bytes_item(Context& context, Term bytes, Term index);
PYVM_EXPORT Term bytes_slice(Context& context, Term bytes, Term start, Term stop, Term step);

/// The string of the code point that begins at byte `at`, which is moved behind it; nothing at the end.
inline Term next_character(const Term& string, std::size_t& at) {
  const std::string_view utf8 = string_view_of(string);
  if (at >= utf8.size()) return Term();
  const std::string_view character = utf8.substr(at, bytes_from(utf8[at]));
  at += character.size();
  return Term::short_string(character);
}

/// left + right of two strings or of two bytes.
PYVM_EXPORT Term concatenate(Context& context, Term left, Term right);
/// The strings of `parts` one after the other: the parts of an f-string.
PYVM_EXPORT Term concatenate(Context& context, std::span<const Term> parts);
/// text * count, of a string or bytes.
PYVM_EXPORT Term repeat(Context& context, Term text, Term count);
/// part in text, as a bool.
PYVM_EXPORT Term contains(Context& context, Term text, Term part);

// Containers as arguments.

inline bool is_list_or_tuple(Term term) { return is_tuple(term) || is_box(resolve(term), BoxKind::List); }
inline bool is_dict(Term term) { return is_box(resolve(term), BoxKind::Dict); }

}  // namespace pyvm::vm
