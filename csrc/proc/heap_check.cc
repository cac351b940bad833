// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/heap_check.h"

#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace pyvm::heap_check {

namespace {

constexpr bool is_literal(Word header) { return (header_flags(header) & box_flag::kLiteral) != 0; }

/// Calls visit(box, entry, child) for each box that is reached and each boxed term in it, literals left out. False ends it.
template <typename Visit>
bool for_each_edge(Roots roots, Visit visit) {
  std::unordered_set<const Word*> met;
  std::vector<const Word*> open;
  const auto reach = [&](Term term) {
    if (!is_literal(term.boxed()[0]) && met.insert(term.boxed()).second) open.push_back(term.boxed());
  };
  for (const std::span<Term> part : roots) {
    for (const Term root : part) {
      if (root.is_boxed()) reach(root);
    }
  }
  while (!open.empty()) {
    const Word* box = open.back();
    open.pop_back();
    if (header_kind(box[0]) == BoxKind::Forward) {
      const Term target = Term::from_bits(header_arity(box[0]));
      if (!visit(box, Word{0}, target)) return false;
      reach(target);
      continue;
    }
    const Word stride = entry_words(header_kind(box[0]));
    for (Word i = 0; i < box_terms(box[0]).count; ++i) {
      const Term child = Term::from_bits(box[1 + i]);
      if (!child.is_boxed() || is_literal(child.boxed()[0])) continue;
      if (!visit(box, i / stride, child)) return false;
      reach(child);
    }
  }
  return true;
}

}  // namespace

bool remembers_all(Roots roots, std::span<const Remembered::Range> ranges) {
  std::unordered_map<const Word*, std::vector<const Remembered::Range*>> of_box;
  for (const Remembered::Range& range : ranges) of_box[range.box].push_back(&range);
  return for_each_edge(roots, [&](const Word* box, Word entry, Term child) {
    if (!is_old(box[0]) || is_old(child.boxed()[0])) return true;
    const auto found = of_box.find(box);
    if (found == of_box.end()) return false;
    if (header_kind(box[0]) == BoxKind::Forward) return true;
    for (const Remembered::Range* range : found->second) {
      if (range->first <= entry && entry < range->end) return true;
    }
    return false;
  });
}

bool is_all_old(Roots roots) {
  for (const std::span<Term> part : roots) {
    for (const Term root : part) {
      if (root.is_boxed() && !is_literal(root.boxed()[0]) && !is_old(root.boxed()[0])) return false;
    }
  }
  return for_each_edge(roots, [](const Word*, Word, Term child) { return is_old(child.boxed()[0]); });
}

}  // namespace pyvm::heap_check
