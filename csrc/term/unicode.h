// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Unicode: what the Python that this was built for knows of a code point. The tables are made by tools/gen_unicode.py at build
// time, in two stages: a block of 128 code points, then the record of one. Surrogates have the properties of no character.
#pragma once

#include <cstdint>

namespace pyvm {

enum class UnicodeFlag : std::uint16_t {  // in the order of tools/gen_unicode.py
  Alpha = 1 << 0,
  Decimal = 1 << 1,
  Digit = 1 << 2,
  Numeric = 1 << 3,
  Lower = 1 << 4,
  Upper = 1 << 5,
  Title = 1 << 6,
  Space = 1 << 7,
  Printable = 1 << 8,
  LineBreak = 1 << 9,
  IdentifierStart = 1 << 10,
  IdentifierPart = 1 << 11,
  Cased = 1 << 12,
  CaseIgnorable = 1 << 13,  // where it is looked for the letter before or after a sigma
};

namespace unicode_detail {

struct UnicodeRecord {
  std::uint16_t flags;
  std::int8_t decimal;
  std::int32_t upper, lower, title, folded;  // what is added to the code point; or kExpanded | offset << 2 | count
};
constexpr std::int32_t kExpanded = 1 << 30;
constexpr unsigned kBlockBits = 7;

extern const UnicodeRecord kRecords[];
extern const char32_t kExpansions[];
extern const std::uint16_t kBlockOf[];
extern const std::uint16_t kBlocks[];

inline const UnicodeRecord& record_of(char32_t code_point) {
  const std::uint32_t block = kBlockOf[code_point >> kBlockBits];
  return kRecords[kBlocks[(block << kBlockBits) + (code_point & ((1u << kBlockBits) - 1))]];
}

/// Calls `emit` with each code point that `mapping` makes of `code_point`: up to three.
template <typename Emit>
void map_code_point(char32_t code_point, std::int32_t mapping, Emit emit) {
  if (mapping < kExpanded) return emit(static_cast<char32_t>(static_cast<std::int32_t>(code_point) + mapping));
  const char32_t* expansion = kExpansions + ((mapping & ~kExpanded) >> 2);
  for (std::int32_t i = 0; i < (mapping & 3); ++i) emit(expansion[i]);
}

}  // namespace unicode_detail

/// Whether `flag` holds of `code_point`.
inline bool has_unicode_flag(char32_t code_point, UnicodeFlag flag) {
  return (unicode_detail::record_of(code_point).flags & static_cast<std::uint16_t>(flag)) != 0;
}

/// The value of a decimal digit of any script, or -1.
inline int decimal_value(char32_t code_point) { return unicode_detail::record_of(code_point).decimal; }

// str.upper() and its like of one code point. A sigma at the end of a word is the caller's business.
template <typename Emit>
void map_upper(char32_t code_point, Emit emit) {
  unicode_detail::map_code_point(code_point, unicode_detail::record_of(code_point).upper, emit);
}
template <typename Emit>
void map_lower(char32_t code_point, Emit emit) {
  unicode_detail::map_code_point(code_point, unicode_detail::record_of(code_point).lower, emit);
}
template <typename Emit>
void map_title(char32_t code_point, Emit emit) {
  unicode_detail::map_code_point(code_point, unicode_detail::record_of(code_point).title, emit);
}
template <typename Emit>
void map_folded(char32_t code_point, Emit emit) {
  unicode_detail::map_code_point(code_point, unicode_detail::record_of(code_point).folded, emit);
}

}  // namespace pyvm
