// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/copy.h"

#include <algorithm>
#include <vector>

namespace pyvm {

namespace {

struct Forwarded {
  Word* source;
  Word header;
};

/// Copies one box without its children and leaves its new address in the place of its header.
Term move_box(Term term, TermBuilder& builder, std::vector<Forwarded>& forwarded) {
  auto* source = const_cast<Word*>(term.boxed());
  const Word header = source[0];
  if (!is_header(header)) return Term::from_bits(header);  // met before: sharing is kept
  if ((header_flags(header) & box_flag::kLiteral) != 0) return term;
  const Word words = box_words(header);
  Word* target = builder.allocate(words);
  std::copy_n(source, words, target);
  if (is_off_heap_cell(header)) {
    reinterpret_cast<OffHeap*>(source[2])->retain();
    builder.adopt_off_heap_cell(target);
  }
  forwarded.push_back({source, header});
  source[0] = reinterpret_cast<Word>(target);
  return Term::boxed(target);
}

}  // namespace

Word estimate_words(Term term, Word limit) {
  Word words = 0;
  std::vector<Term> waiting{term};
  while (!waiting.empty() && words < limit) {
    const Term next = waiting.back();
    waiting.pop_back();
    if (!next.is_boxed()) continue;
    const Word header = header_of(next);
    words += box_words(header);
    const TermRange children = box_terms(header);
    for (Word i = 0; i < children.count && words < limit; ++i) {
      waiting.push_back(Term::from_bits(next.boxed()[children.first + i]));
    }
  }
  return std::min(words, limit);
}

Term copy(Term term, TermBuilder& builder) {
  if (!term.is_boxed()) return term;
  std::vector<Forwarded> forwarded;
  const Term result = move_box(term, builder, forwarded);
  // The list of moved boxes is also the work list: each is scanned once, after those moved before it.
  for (std::size_t scanned = 0; scanned < forwarded.size(); ++scanned) {
    auto* target = reinterpret_cast<Word*>(forwarded[scanned].source[0]);
    const TermRange children = box_terms(forwarded[scanned].header);
    for (Word i = children.first; i < children.first + children.count; ++i) {
      const Term child = Term::from_bits(target[i]);
      if (child.is_boxed()) target[i] = move_box(child, builder, forwarded).bits();
    }
  }
  for (const Forwarded& box : forwarded) box.source[0] = box.header;
  return result;
}

}  // namespace pyvm
