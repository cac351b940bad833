// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/builtins/sorting.h"

#include <algorithm>
#include <bit>

#include "vm/operators.h"

namespace pyvm::vm {

bool sort_items(Context& context, std::vector<Term>& items, bool reverse) {
  context.charge(items.size() * static_cast<std::size_t>(std::bit_width(items.size())));
  if (reverse) std::reverse(items.begin(), items.end());  // equal ones keep their order
  if (std::ranges::all_of(items, [](Term item) { return item.is_small(); })) {
    // Small integers order as their bits, and equal ones cannot be told apart.
    std::ranges::sort(items, [](Term left, Term right) {
      return static_cast<std::int64_t>(left.bits()) < static_cast<std::int64_t>(right.bits());
    });
  } else {
    bool raised = false;
    std::ranges::stable_sort(items, [&](Term left, Term right) {
      if (raised) return false;
      const Answer less = order(context, Opcode::Less, left, right);
      raised = less == Answer::Raised;
      return less == Answer::Yes;
    });
    if (raised) return false;
  }
  if (reverse) std::reverse(items.begin(), items.end());
  return true;
}

}  // namespace pyvm::vm
