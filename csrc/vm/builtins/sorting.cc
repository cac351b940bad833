// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/builtins/sorting.h"

#include <algorithm>
#include <bit>

#include "vm/operators.h"

namespace pyvm::vm {

namespace {

struct Keyed {
  Term key;
  Term item;
};
Term key_of(Term item) { return item; }
Term key_of(const Keyed& keyed) { return keyed.key; }

/// Small integers order as their bits.
bool less_small(Term left, Term right) {
  return static_cast<std::int64_t>(left.bits()) < static_cast<std::int64_t>(right.bits());
}

constexpr std::size_t kFew = 64;

/// Few items are compared in CPython's order, so that an error names the same two: a run as long as it goes, then each of the others is
/// put in its place among those before it. Source: CPython's listsort.txt.
template <typename Item, typename Less>
void sort_few(std::vector<Item>& items, Less&& less) {
  if (items.size() < 2) return;
  std::size_t sorted = 1;
  const bool falls = less(items[1], items[0]);
  while (sorted < items.size() && (sorted == 1 || less(items[sorted], items[sorted - 1]) == falls)) ++sorted;
  if (falls) std::reverse(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(sorted));
  for (auto next = items.begin() + static_cast<std::ptrdiff_t>(sorted); next < items.end(); ++next) {
    std::rotate(std::upper_bound(items.begin(), next, *next, less), next, next + 1);
  }
}

template <typename Item>
bool sort_stably(Context& context, std::vector<Item>& items) {
  if (std::ranges::all_of(items, [](const Item& item) { return key_of(item).is_small(); })) {
    std::ranges::stable_sort(items, [](const Item& left, const Item& right) { return less_small(key_of(left), key_of(right)); });
    return true;
  }
  bool raised = false;
  const auto less = [&](const Item& left, const Item& right) {
    if (raised) return false;
    const Answer answer = order(context, Opcode::Less, key_of(left), key_of(right));
    raised = answer == Answer::Raised;
    return answer == Answer::Yes;
  };
  if (items.size() < kFew) {
    sort_few(items, less);
  } else {
    std::ranges::stable_sort(items, less);
  }
  return !raised;
}

template <typename Item>
bool sort_all(Context& context, std::vector<Item>& items, bool reverse) {
  context.charge(items.size() * static_cast<std::size_t>(std::bit_width(items.size())));
  if (reverse) std::reverse(items.begin(), items.end());  // equal ones keep their order
  if (!sort_stably(context, items)) return false;
  if (reverse) std::reverse(items.begin(), items.end());
  return true;
}

}  // namespace

bool sort_items(Context& context, std::vector<Term>& items, bool reverse) {
  if (!std::ranges::all_of(items, [](Term item) { return item.is_small(); })) return sort_all(context, items, reverse);
  context.charge(items.size() * static_cast<std::size_t>(std::bit_width(items.size())));
  std::ranges::sort(items, less_small);  // equal ones cannot be told apart
  if (reverse) std::reverse(items.begin(), items.end());
  return true;
}

bool sort_items_by(Context& context, std::span<const Term> keys, std::vector<Term>& items, bool reverse) {
  std::vector<Keyed> keyed;
  keyed.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) keyed.push_back({keys[i], items[i]});
  if (!sort_all(context, keyed, reverse)) return false;
  std::ranges::transform(keyed, items.begin(), &Keyed::item);
  return true;
}

}  // namespace pyvm::vm
