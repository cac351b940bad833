// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/copy.h"

#include <algorithm>
#include <cstdlib>

#include "term/small_stack.h"

namespace pyvm {

namespace {

/// What a thread keeps from one large copy to the next, so that it need not ask for pages each time.
struct KeptMemory {
  static constexpr std::size_t kKeptMax = 1 << 16;

  Word** first = nullptr;
  std::size_t capacity = 0;

  ~KeptMemory() { std::free(first); }
  void resize(std::size_t to) {
    first = static_cast<Word**>(std::realloc(first, to * sizeof(Word*)));
    PYVM_CHECK(first != nullptr, "copy: out of memory");
    capacity = to;
  }
};

thread_local KeptMemory kept_memory;

/// The boxes met, in order. The first are listed on the C stack; more of them in the thread's memory, one list at a time.
struct MetBoxes {
  static constexpr std::size_t kOnStack = 128;

  Word** first;
  Word** top;
  Word** end;
};

/// A full list, with room again. Takes and gives it by value, so that the walk's own may live in registers.
[[gnu::noinline]] MetBoxes grow(MetBoxes met) {
  KeptMemory& kept = kept_memory;
  const auto size = static_cast<std::size_t>(met.top - met.first);
  const bool was_kept = met.first == kept.first;
  if (kept.capacity <= size) kept.resize(4 * size);
  if (!was_kept) std::copy_n(met.first, size, kept.first);
  return {kept.first, kept.first + size, kept.first + kept.capacity};
}

constexpr bool is_literal(Word header) { return (header_flags(header) & box_flag::kLiteral) != 0; }

/// A box copied whole, because it has no boxed children, and its off-heap count taken.
Word* copy_whole(const Word* source, Word header, TermBuilder& builder) {
  const Word words = box_words(header);
  Word* target = builder.allocate(words);
  std::copy_n(source, words, target);
  if (is_off_heap_cell(header)) {
    reinterpret_cast<OffHeap*>(target[2])->retain();
    builder.adopt_off_heap_cell(target);
  }
  return target;
}

bool any_boxed(const Word* words, TermRange range) {
  for (Word i = 0; i < range.count; ++i) {
    if (Term::from_bits(words[range.first + i]).is_boxed()) return true;
  }
  return false;
}

/// One pass over all boxes below a root, each met once. A box met has its header replaced by visit()'s word, whose low three
/// bits are 000, for as long as the walk runs; the visitor knows the header from that word.
template <typename Visitor>
Word walk_marking(Term root, Visitor& visitor) {
  Word* on_stack[MetBoxes::kOnStack];
  MetBoxes met{on_stack, on_stack, on_stack + MetBoxes::kOnStack};

  // The word that now stands for a boxed term: of a box already met, what was left there.
  const auto meet = [&](Term term) __attribute__((always_inline)) {
    auto* source = const_cast<Word*>(term.boxed());
    const Word header = source[0];
    if (!is_header(header)) return header;
    if (is_literal(header)) return term.bits();
    const Word mark = visitor.visit(source, header);
    if (met.top == met.end) [[unlikely]]
      met = grow(met);
    *met.top++ = source;
    source[0] = mark;
    return mark;
  };

  const Word result = meet(root);
  // The list of boxes met is also the work list: each is scanned once, after those met before it.
  for (std::ptrdiff_t scanned = 0; scanned < met.top - met.first; ++scanned) {
    const Word* source = met.first[scanned];
    const Word mark = source[0];
    const Word header = Visitor::header_behind(mark);
    const BoxKind kind = header_kind(header);
    if (!is_container_kind(kind)) continue;
    const Word children = header_arity(header) * entry_words(kind);
    for (Word i = 1; i <= children; ++i) {
      const Term child = Term::from_bits(source[i]);
      Visitor::put(mark, i, child.is_boxed() ? meet(child) : child.bits());
    }
    if (has_index(header)) Visitor::put_index(source, mark, header);
  }
  for (Word** box = met.first; box != met.top; ++box) (*box)[0] = Visitor::header_behind((*box)[0]);
  if (met.first != on_stack && kept_memory.capacity > KeptMemory::kKeptMax) kept_memory.resize(KeptMemory::kKeptMax);
  return result;
}

/// Leaves the address of the copy, whose first word is the header.
struct Copier {
  TermBuilder& builder;

  Word visit(const Word* source, Word header) {
    if (!is_container_kind(header_kind(header))) return reinterpret_cast<Word>(copy_whole(source, header, builder));
    Word* target = builder.allocate(box_words(header));
    target[0] = header;  // the children follow when it is scanned
    return reinterpret_cast<Word>(target);
  }
  static Word header_behind(Word mark) { return *reinterpret_cast<const Word*>(mark); }
  static void put(Word mark, Word place, Word term) { reinterpret_cast<Word*>(mark)[place] = term; }
  static void put_index(const Word* source, Word mark, Word header) {
    const Word words = box_words(header);
    const Word behind = 1 + box_terms(header).count;
    std::copy(source + behind, source + words, reinterpret_cast<Word*>(mark) + behind);
  }
};

/// Leaves the header itself with its low bits cleared: they are the same in every header.
struct Counter {
  Word words = 0;

  Word visit(const Word*, Word header) {
    words += box_words(header);
    return header & ~Word{7};
  }
  static Word header_behind(Word mark) { return mark | make_header(BoxKind{}, 0); }
  static void put(Word, Word, Word) {}
  static void put_index(const Word*, Word, Word) {}
};

}  // namespace

Word estimate_words(Term term, Word limit) {
  Word words = 0;
  SmallStack<Term, 64> waiting;
  waiting.push(term);
  while (!waiting.empty() && words < limit) {
    const Term next = waiting.top();
    waiting.pop();
    if (!next.is_boxed()) continue;
    const Word header = header_of(next);
    words += box_words(header);
    const TermRange children = box_terms(header);
    for (Word i = 0; i < children.count && words < limit; ++i) {
      const Term child = Term::from_bits(next.boxed()[children.first + i]);
      if (child.is_boxed()) waiting.push(child);
    }
  }
  return std::min(words, limit);
}

Word exact_words(Term term) {
  if (!term.is_boxed()) return 0;
  const Word header = header_of(term);
  if (is_literal(header)) return 0;
  if (!any_boxed(term.boxed(), box_terms(header))) return box_words(header);
  Counter counter;
  walk_marking(term, counter);
  return counter.words;
}

Term copy_boxed(Term term, TermBuilder& builder) {
  const Word header = header_of(term);
  if (is_literal(header)) return term;
  if (!any_boxed(term.boxed(), box_terms(header))) return Term::boxed(copy_whole(term.boxed(), header, builder));  // flat
  Copier copier{builder};
  return Term::from_bits(walk_marking(term, copier));
}

}  // namespace pyvm
