// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/copy.h"

#include <algorithm>
#include <cstdlib>

namespace pyvm {

namespace {

/// What a thread keeps from one large copy to the next, so that it need not ask for pages each time.
struct KeptMemory {
  static constexpr std::size_t kKeptMax = 1 << 15;

  Copy::Met* first = nullptr;
  std::size_t capacity = 0;

  ~KeptMemory() {
    std::free(first);
    first = nullptr;  // for a copy after the end of the thread's objects
    capacity = 0;
  }
  void resize(std::size_t to) {
    first = static_cast<Copy::Met*>(std::realloc(first, to * sizeof(Copy::Met)));
    PYVM_CHECK(first != nullptr, "copy: out of memory");
    capacity = to;
  }
};

thread_local KeptMemory kept_memory;

/// The list of a walk, which it keeps in registers.
struct MetBoxes {
  Copy::Met* first;
  Copy::Met* top;
  Copy::Met* end;
};

/// A full list, with room again: the first boxes are listed in the Copy, more of them in the thread's memory, for one copy at a time.
[[gnu::noinline]] MetBoxes grow(MetBoxes met) {
  KeptMemory& kept = kept_memory;
  const auto size = static_cast<std::size_t>(met.top - met.first);
  const bool was_kept = met.first == kept.first;
  if (kept.capacity <= size) kept.resize(4 * size);
  if (!was_kept) std::copy_n(met.first, size, kept.first);
  return {kept.first, kept.first + size, kept.first + kept.capacity};
}

constexpr bool is_literal(Word header) { return (header_flags(header) & box_flag::kLiteral) != 0; }

Word terms_of(const Copy::Met& met) { return is_sequence(met.header) ? met.words - 1 : box_terms(met.header).count; }

/// What is behind the terms of a box: bytes, the index of a dict or set, or an off-heap cell, whose count is taken.
void copy_rest(const Copy::Met& met, Word terms, Word* target, TermBuilder& builder) {
  std::copy(met.box + 1 + terms, met.box + met.words, target + 1 + terms);
  if (!is_off_heap_cell(met.header)) return;
  reinterpret_cast<OffHeap*>(target[2])->retain();
  builder.adopt_off_heap_cell(target);
}

bool any_boxed(const Word* words, TermRange range) {
  for (Word i = 0; i < range.count; ++i) {
    if (Term::from_bits(words[range.first + i]).is_boxed()) return true;
  }
  return false;
}

}  // namespace

// A box met has its header replaced by its offset in the copy, whose low three bits are 000, until ~Copy.
Copy::Copy(Term root) : root_(root) {
  MetBoxes met{on_stack_, on_stack_, on_stack_ + kOnStack};
  Word words = 0;
  const auto meet = [&](Term term) __attribute__((always_inline)) {
    auto* source = const_cast<Word*>(term.boxed());
    const Word header = source[0];
    if (!is_header(header) || is_literal(header)) return;
    if (met.top == met.end) [[unlikely]]
      met = grow(met);
    const Word size = is_sequence(header) ? 1 + header_arity(header) : box_words(header);
    *met.top++ = {source, header, size};
    source[0] = words << kOffsetShift;
    words += size;
  };
  if (root.is_boxed()) meet(root);
  // The list of boxes met is also the work list: each is scanned once, after those met before it.
  for (std::ptrdiff_t scanned = 0; scanned < met.top - met.first; ++scanned) {
    const Met& parent = met.first[scanned];
    const Word* child = parent.box + 1;
    const Word* const end = child + terms_of(parent);
    for (; child != end; ++child) {
      if (const Term term = Term::from_bits(*child); term.is_boxed()) meet(term);
    }
  }
  first_ = met.first;
  top_ = met.top;
  words_ = words;
}

Copy::~Copy() {
  for (const Met* met = first_; met != top_; ++met) met->box[0] = met->header;
  if (first_ != on_stack_ && kept_memory.capacity > KeptMemory::kKeptMax) kept_memory.resize(KeptMemory::kKeptMax);
}

Term Copy::build(TermBuilder& builder) const {
  if (first_ == top_) return root_;  // an immediate or a literal
  Word* const begin = builder.allocate(words_);
  Word* target = begin;
  for (const Met* met = first_; met != top_; ++met) {
    target[0] = met->header;
    const Word terms = terms_of(*met);
    for (Word i = 1; i <= terms; ++i) {
      const Term child = Term::from_bits(met->box[i]);
      Word bits = child.bits();
      if (child.is_boxed()) {
        const Word left = child.boxed()[0];
        if (!is_header(left)) bits = Term::boxed(begin + (left >> kOffsetShift)).bits();  // otherwise a literal
      }
      target[i] = bits;
    }
    if (!is_sequence(met->header)) copy_rest(*met, terms, target, builder);
    target += met->words;
  }
  return Term::boxed(begin);
}

bool is_flat(Term boxed) { return !any_boxed(boxed.boxed(), box_terms(header_of(boxed))); }

Word exact_words(Term term) {
  if (!term.is_boxed()) return 0;
  const Word header = header_of(term);
  if (is_literal(header)) return 0;
  return is_flat(term) ? box_words(header) : Copy(term).words();
}

Term copy_boxed(Term term, TermBuilder& builder) {
  const Word header = header_of(term);
  if (is_literal(header)) return term;
  if (!is_flat(term)) return Copy(term).build(builder);
  const Copy::Met box{const_cast<Word*>(term.boxed()), header, box_words(header)};
  Word* target = builder.allocate(box.words);
  target[0] = header;
  copy_rest(box, 0, target, builder);
  return Term::boxed(target);
}

}  // namespace pyvm
