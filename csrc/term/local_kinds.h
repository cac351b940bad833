// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What comparing and hashing know of the kinds that stay in their process (boxed.h). Private to term/.
//
// Ranges are equal when they have the same elements, classes by name; cells, closures and iterators equal only themselves. A range
// with a bound beyond a small integer equals those of the same bounds only.
#pragma once

#include <array>

#include "term/boxed.h"

namespace pyvm::local_detail {

/// First element, last element and step, as many as the range has elements for: equal for equal ranges.
std::array<Term, 3> range_key(Term range);

/// Both are of one local kind.
bool equal_local(Term left, Term right);
/// Negative, zero or positive; of cells, closures and iterators by where they lie.
int order_local(Term left, Term right);

}  // namespace pyvm::local_detail
