// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Number formats: a float in one of C's notations, and how digits are grouped. Private to format*.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pyvm::vm::format_detail {

/// How a float is to be shown.
struct FloatStyle {
  char type;  // e, f, g in either case; r: the shortest digits that read back as the same
  std::size_t precision;
  bool alternate = false;         // keeps the point, and the zeros of g
  bool add_point_zero = false;    // 1.0, not 1
  bool no_negative_zero = false;  // what rounds to zero has no sign
};

/// With a '-' in front if it is negative. Exact digits, rounded half to even.
std::string float_text(double value, const FloatStyle& style);

/// `digits` with zeros in front of them to fill `width` if need be, and `separator` after each `group` of them from the right.
std::string group_digits(std::string_view digits, char separator, std::size_t group, std::size_t width);

}  // namespace pyvm::vm::format_detail
