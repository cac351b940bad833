// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/local_kinds.h"

#include "term/compare.h"

namespace pyvm::local_detail {

namespace {

int sign_of(std::weak_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

int order_parts(const std::array<Term, 3>& left, const std::array<Term, 3>& right) {
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (const int order = sign_of(compare(left[i], right[i]))) return order;
  }
  return 0;
}

}  // namespace

std::array<Term, 3> range_key(Term range) {
  const Term parts[] = {element(range, 0), element(range, 1), element(range, 2)};
  if (!parts[0].is_small() || !parts[1].is_small() || !parts[2].is_small()) return {parts[0], parts[1], parts[2]};
  const __int128 start = parts[0].unchecked_small();
  const __int128 step = parts[2].unchecked_small();
  const __int128 span = parts[1].unchecked_small() - start;
  if (step == 0 || span == 0 || (span > 0) != (step > 0)) return {Term::none(), Term::none(), Term::none()};
  const __int128 steps = (span - (step > 0 ? 1 : -1)) / step;
  const Term last = Term::small(static_cast<std::int64_t>(start + steps * step));
  return {parts[0], last, steps == 0 ? Term::none() : parts[2]};
}

bool equal_local(Term left, Term right) {
  switch (header_kind(header_of(left))) {
    case BoxKind::Range:
      return order_parts(range_key(left), range_key(right)) == 0;
    case BoxKind::Type:
      return equal(element(left, 0), element(right, 0)) && equal(element(left, 1), element(right, 1));
    default:
      return left == right;
  }
}

int order_local(Term left, Term right) {
  switch (header_kind(header_of(left))) {
    case BoxKind::Range:
      return order_parts(range_key(left), range_key(right));
    case BoxKind::Type:
      return order_parts({element(left, 1), element(left, 0), Term()}, {element(right, 1), element(right, 0), Term()});
    default:
      return left.bits() < right.bits() ? -1 : left == right ? 0 : 1;
  }
}

}  // namespace pyvm::local_detail
