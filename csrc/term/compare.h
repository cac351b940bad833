// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Compare: equality and the total order of terms.
//
// Equality is Python's ==: 1 == 1.0 == True, tuples and lists never equal each other, dicts and sets ignore order, a set
// equals a frozenset with the same members. NaN equals nothing; inside a container, a box is equal to itself without a look
// into it, as in Python. Records equal records of their class; exceptions and references by name are equal by what they hold.
//
// The order is Erlang's over Python's kinds, consistent with equality except that NaN sorts as the greatest number and equals
// itself there:
//   numbers (exact, also across int and float) < None < TIMEOUT < atoms (by text) < refs < functions < enum members < pids <
//   tuples (by size, then elements) < records (by class name, then fields) < dicts (by size, sorted keys, values) <
//   sets (by size, sorted members) < exceptions < lists (by elements, then size) < strings (by code point) < binaries < opaque <
//   what never leaves its process.
//
// Forwards, room and holes make no difference: terms are compared by what they stand for.
// What a process has changed may hold itself: comparing two such containers need not end, so the machine asks with try_*, which
// gives up where CPython raises a RecursionError. Messages and literals have no cycles.
// Otherwise depth is bounded by memory: an explicit stack, no recursion in C++. Two DAGs cost their nodes, not their paths. Comparing two
// small terms allocates nothing.
// Source: Erlang reference manual, "Term Comparisons".
#pragma once

#include <compare>
#include <optional>

#include "term/term.h"

namespace pyvm {

/// equal() of terms whose bits do not settle it.
PYVM_EXPORT bool equal_boxed(Term left, Term right);

/// Python's ==.
inline bool equal(Term left, Term right) {
  if (left == right && !left.is_boxed()) return true;  // immediates of equal bits are equal (no NaN is immediate, T3)
  if (left.is_small() && right.is_small()) return false;
  if (left.is_short_string() || right.is_short_string()) return false;  // T1
  return equal_boxed(left, right);
}

/// Equal, and of the same kinds all the way down: 1, 1.0 and True differ, so do a set and a frozenset, and 0.0 and -0.0.
PYVM_EXPORT bool equal_exact(Term left, Term right);

/// The most containers in one another that try_* look into.
inline constexpr std::size_t kMaxCompareDepth = 100'000;

PYVM_EXPORT std::optional<bool> try_equal_boxed(Term left, Term right);
/// equal(), or nothing when the terms are too deep, most likely because they hold themselves.
inline std::optional<bool> try_equal(Term left, Term right) {
  return left.is_boxed() && right.is_boxed() ? try_equal_boxed(left, right) : std::optional(equal(left, right));
}
PYVM_EXPORT std::optional<std::weak_ordering> try_compare(Term left, Term right);

/// The total order.
PYVM_EXPORT std::weak_ordering compare(Term left, Term right);

}  // namespace pyvm
