// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Number: what comparison and printing know of integers and floats. Small integers, bools, floats and big integers compare by
// their exact value: nothing is rounded on the way.
#pragma once

#include <string>

#include "term/boxed.h"

namespace pyvm {

/// An int of any size, a float or a bool.
inline bool is_number(Term term) {
  if (term.is_small() || term.is_short_float()) return true;
  if (term.is_boxed()) return header_kind(header_of(term)) <= BoxKind::Big;
  return term.is_bool();
}
static_assert(static_cast<int>(BoxKind::Float) == 1 && static_cast<int>(BoxKind::Big) == 2);

/// A bool, a small or a big integer.
inline bool is_int(Term term) { return term.is_small() || is_box(term, BoxKind::Big) || term.is_bool(); }
inline bool is_float(Term term) { return term.is_short_float() || is_box(term, BoxKind::Float); }
inline double float_value(Term term) {
  return term.is_short_float() ? term.unchecked_short_float() : std::bit_cast<double>(term.boxed()[1]);
}
/// A boxed NaN; every NaN is boxed (T3).
inline bool is_nan(Term term) {
  if (!is_box(term, BoxKind::Float)) return false;
  const double value = std::bit_cast<double>(term.boxed()[1]);
  return value != value;
}

/// Negative, zero or positive. NaN is greater than every other number and as great as itself.
PYVM_EXPORT int compare_numbers(Term left, Term right);
/// Python's == of two numbers.
PYVM_EXPORT bool equal_numbers(Term left, Term right);

/// A big integer as Python's str() shows it. Quadratic in its size.
PYVM_EXPORT std::string big_decimal(Term big);

}  // namespace pyvm
