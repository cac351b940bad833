// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What compare.cc can say of two terms without looking into a container. Private to it.
#pragma once

#include <algorithm>

#include "term/binary.h"
#include "term/local_kinds.h"
#include "term/number.h"

namespace pyvm::compare_detail {

/// Which of the three questions is asked.
enum class Mode : std::uint8_t { Equal, Exact, Order };

/// Negative, zero and positive are answers. In the two modes of equality, kUnequal is the only answer but 0.
using Verdict = int;
inline constexpr Verdict kEqual = 0;
inline constexpr Verdict kUnequal = 1;
inline constexpr Verdict kDescend = 2;  // both are containers of one kind, or forwards to such; their children decide

/// Two terms with different bits.
template <Mode kMode>
Verdict decide_equal(Term left, Term right);
Verdict decide_order(Term left, Term right);

template <Mode kMode>
inline Verdict decide(Term left, Term right) {
  if (left == right) return kEqual;
  if constexpr (kMode == Mode::Order) {
    if (left.is_small() && right.is_small()) return left.unchecked_small() < right.unchecked_small() ? -1 : 1;
    return decide_order(left, right);
  } else {
    return decide_equal<kMode>(left, right);
  }
}

template <Mode kMode>
inline Verdict decide_equal(Term left, Term right) {
  const auto as_numbers = [](Term a, Term b) {
    return kMode == Mode::Equal && is_number(a) && is_number(b) && equal_numbers(a, b) ? kEqual : kUnequal;
  };
  if (!left.is_boxed() || !right.is_boxed()) {
    if (left.is_small() && right.is_small()) return kUnequal;
    return as_numbers(left, right);  // no string is both short and long (T1)
  }
  const Word left_header = header_of(left);
  const Word right_header = header_of(right);
  const BoxKind kind = header_kind(left_header);
  const bool same_arity = header_arity(left_header) == header_arity(right_header);
  if (kind != header_kind(right_header)) {
    if (is_binary(left) && is_binary(right)) {
      return same_arity && std::ranges::equal(binary_bytes(left), binary_bytes(right)) ? kEqual : kUnequal;
    }
    if (is_set(left) && is_set(right)) {
      return kMode == Mode::Equal && live_entries(left.boxed()) == live_entries(right.boxed()) ? kDescend : kUnequal;
    }
    if (is_forward(left) || is_forward(right)) return decide<kMode>(resolve(left), resolve(right));
    return as_numbers(left, right);
  }
  switch (kind) {
    case BoxKind::Float:
      if (kMode == Mode::Exact) return left.boxed()[1] == right.boxed()[1] && !is_nan(left) ? kEqual : kUnequal;
      return equal_numbers(left, right) ? kEqual : kUnequal;
    case BoxKind::Big:
      return equal_numbers(left, right) ? kEqual : kUnequal;
    case BoxKind::String:
      if (!same_arity) return kUnequal;
      return std::memcmp(left.boxed() + 1, right.boxed() + 1, header_arity(left_header)) == 0 ? kEqual : kUnequal;
    case BoxKind::Binary:
    case BoxKind::SharedBinary:
      return same_arity && std::ranges::equal(binary_bytes(left), binary_bytes(right)) ? kEqual : kUnequal;
    case BoxKind::Opaque:
      return left.boxed()[3] == right.boxed()[3] ? kEqual : kUnequal;
    case BoxKind::Ref:
      return left.boxed()[1] == right.boxed()[1] ? kEqual : kUnequal;
    case BoxKind::Dict:
    case BoxKind::Set:
      return live_entries(left.boxed()) == live_entries(right.boxed()) ? kDescend : kUnequal;
    case BoxKind::Forward:
      return decide<kMode>(resolve(left), resolve(right));
    case BoxKind::Cell:
    case BoxKind::Closure:
    case BoxKind::Range:
    case BoxKind::Iterator:
    case BoxKind::Type:
      return local_detail::equal_local(left, right) ? kEqual : kUnequal;
    default:
      return same_arity ? kDescend : kUnequal;
  }
}

}  // namespace pyvm::compare_detail
