// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/copy.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/refused.h"
#include "term/entries.h"

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
    auto* larger = static_cast<Copy::Met*>(std::realloc(first, to * sizeof(Copy::Met)));
    if (larger == nullptr) memory_refused("copy: out of memory");
    first = larger;
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
constexpr bool is_constant(Word header) {
  constexpr unsigned kBoth = box_flag::kLiteral | box_flag::kConstant;
  return is_container_kind(header_kind(header)) && (header_flags(header) & kBoth) == kBoth;
}

constexpr bool is_shared(Word header) {
  return is_literal(header) && !is_constant(header) && !is_local_kind(header_kind(header));
}

/// Flags of literals, and of boxes with room.
constexpr Word kUnusualFlags = Word{0xff & ~box_flag::kAscii} << 8;
static_assert(box_flag::kAscii == box_flag::kNegative && box_flag::kAscii == box_flag::kAlias);

/// Words of a box that is copied as it is; 0 of literals, boxes with room, forwards and what cannot be copied.
inline Word usual_words(Word header) {
  if ((header & kUnusualFlags) != 0) return 0;
  if (is_sequence(header)) return 1 + header_arity(header);
  return header_kind(header) >= BoxKind::Forward ? 0 : exact_box_words(header);
}

/// The header of a copy without room and holes.
Word compact_header(const Word* box, Word header) {
  return make_header(header_kind(header), header_arity(header) - holes_of(box, header));
}

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

/// Literals of which the copy has its own: they are cloned first, because other threads read their headers.
struct Copy::Unusual {
  TermBuilder memory;
  std::unordered_map<const Word*, Word*> clones;
  bool local = false;

  Word* clone(const Word* root) {
    std::vector<std::pair<const Word*, Word*>> open;
    const auto clone_of = [&](const Word* literal) {
      const auto [found, is_new] = clones.emplace(literal, nullptr);
      if (is_new) {
        const Word words = box_words(literal[0]);
        found->second = memory.allocate(words);
        std::copy_n(literal, words, found->second);
        found->second[0] = make_header(header_kind(literal[0]), header_arity(literal[0]));
        open.emplace_back(literal, found->second);
      }
      return found->second;
    };
    Word* const result = clone_of(root);
    while (!open.empty()) {
      const auto [literal, copy] = open.back();
      open.pop_back();
      for (Word i = 1; i <= box_terms(literal[0]).count; ++i) {
        const Term child = Term::from_bits(literal[i]);
        if (child.is_boxed() && is_constant(header_of(child))) copy[i] = Term::boxed(clone_of(child.boxed())).bits();
      }
    }
    return result;
  }
};

/// The box to copy in the place of `box`, or null where there is none: literals are shared, what is local is refused.
Word* Copy::find_unusual(Word* box) {
  while (is_header(box[0]) && header_kind(box[0]) == BoxKind::Forward) box = reinterpret_cast<Word*>(header_arity(box[0]));
  const Word header = box[0];
  if (!is_header(header)) return box;
  if (is_shared(header)) return nullptr;
  if (is_local_kind(header_kind(header))) {
    unusual_->local = true;
    return nullptr;
  }
  return is_literal(header) ? unusual_->clone(box) : box;
}

// A box met has its header replaced by its offset in the copy, whose low three bits are 000, until ~Copy.
Copy::Copy(Term root) : root_(root) {
  MetBoxes met{on_stack_, on_stack_, on_stack_ + kOnStack};
  Word words = 0;
  /// False: this box is not copied as it is, or not at all.
  const auto meet = [&](Term term) __attribute__((always_inline)) {
    auto* source = const_cast<Word*>(term.boxed());
    const Word header = source[0];
    if (!is_header(header)) return true;
    const Word size = usual_words(header);
    if (size == 0) [[unlikely]]
      return is_shared(header);
    if (met.top == met.end) [[unlikely]]
      met = grow(met);
    *met.top++ = {source, header, size};
    source[0] = words << kOffsetShift;
    words += size;
    return true;
  };
  std::ptrdiff_t scanned = 0;
  bool is_usual = !root.is_boxed() || meet(root);
  // The list of boxes met is also the work list: each is scanned once, after those met before it.
  for (; is_usual && scanned < met.top - met.first; ++scanned) {
    const Met& parent = met.first[scanned];
    const Word* child = parent.box + 1;
    const Word* const end = child + terms_of(parent);
    for (; child != end; ++child) {
      if (const Term term = Term::from_bits(*child); term.is_boxed() && !meet(term)) [[unlikely]] {
        is_usual = false;
        break;
      }
    }
    if (!is_usual) break;
  }
  first_ = met.first;
  top_ = met.top;
  words_ = words;
  if (!is_usual) walk_unusual(met.end, scanned);
}

/// Goes on where a box was met that is not copied as it is, and the children of its parent may be met again.
[[gnu::noinline]] void Copy::walk_unusual(Met* end, std::ptrdiff_t scanned) {
  unusual_ = std::make_unique<Unusual>();
  MetBoxes met{first_, top_, end};
  const auto meet = [&](Term term) {
    Word* source = find_unusual(const_cast<Word*>(term.boxed()));
    if (source == nullptr || !is_header(source[0])) return;
    const Word header = source[0];
    if (met.top == met.end) met = grow(met);
    *met.top++ = {source, header, exact_box_words(compact_header(source, header))};
    source[0] = words_ << kOffsetShift;
    words_ += met.top[-1].words;
  };
  if (met.top == met.first) meet(root_);
  for (; scanned < met.top - met.first; ++scanned) {
    const Word* box = met.first[scanned].box;  // the list may move
    const Word terms = box_terms(met.first[scanned].header).count;
    for (Word i = 1; i <= terms; ++i) {
      if (const Term term = Term::from_bits(box[i]); term.is_boxed()) meet(term);
    }
  }
  first_ = met.first;
  top_ = met.top;
}

Copy::~Copy() {
  for (const Met* met = first_; met != top_; ++met) met->box[0] = met->header;
  if (first_ != on_stack_ && kept_memory.capacity > KeptMemory::kKeptMax) kept_memory.resize(KeptMemory::kKeptMax);
}

Term Copy::build(TermBuilder& builder) const {
  PYVM_CHECK(unusual_ == nullptr || !unusual_->local, "Copy::build: a part that never leaves its process");
  if (first_ == top_) return root_;  // an immediate or a literal
  Word* const begin = builder.allocate(words_);
  if (unusual_ != nullptr) [[unlikely]]
    return build_unusual(begin, builder);
  Word* target = begin;
  for (const Met* met = first_; met != top_; ++met) {
    target[0] = as_young(met->header);
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

/// Where the copy of a box will be, or kNoOffset: immediates and literals stay as they are.
Word Copy::offset_of(Term child) const {
  while (child.is_boxed()) {
    const Word header = child.boxed()[0];
    if (!is_header(header)) return header >> kOffsetShift;
    if (header_kind(header) == BoxKind::Forward) {
      child =
          Term::from_bits(header_arity(header));  // one step: its header may be an offset by now, which resolve() would misread
    } else if (is_constant(header)) {
      child = Term::boxed(unusual_->clones.at(child.boxed()));
    } else {
      break;
    }
  }
  return kNoOffset;
}

/// As build(), for boxes that differ from their copies.
Term Copy::build_unusual(Word* begin, TermBuilder& builder) const {
  Word* target = begin;
  for (const Met* met = first_; met != top_; ++met) {
    const bool has_room = header_room(met->header) != 0;
    target[0] = has_room ? compact_header(met->box, met->header) : as_young(met->header);
    const Word terms = box_terms(met->header).count;
    Word* to = target + 1;
    for (Word i = 1; i <= terms; ++i) {
      if (met->box[i] == 0 && has_room) continue;  // a hole
      const Term child = Term::from_bits(met->box[i]);
      const Word offset = offset_of(child);
      *to++ = offset == kNoOffset ? child.bits() : Term::boxed(begin + offset).bits();
    }
    if (!has_room && !is_sequence(met->header)) copy_rest(*met, terms, target, builder);
    target += met->words;
  }
  // Indexes last: hashing a key needs all of it.
  target = begin;
  for (const Met* met = first_; met != top_; target += met++->words) {
    if (header_room(met->header) == 0 || !has_index(target[0])) continue;
    const bool is_same =
        holes_of(met->box, met->header) == 0 && index_slots(header_room(met->header)) == index_slots(header_arity(met->header));
    if (is_same) {
      const Word* from = met->box + 1 + header_room(met->header) * entry_words(header_kind(met->header));
      std::copy_n(from, index_words(header_arity(met->header)), target + 1 + box_terms(target[0]).count);
    } else {
      entry_detail::write_index(target);
    }
  }
  return Term::boxed(begin);
}

Copy::Refusal Copy::refused() const {
  if (unusual_ != nullptr && unusual_->local) return Refusal::Local;
  return has_backward_edge() && has_cycle() ? Refusal::Cycle : Refusal::None;
}

/// Whether a box holds itself or one met before it, without which there is no cycle.
bool Copy::has_backward_edge() const {
  Word own = 0;
  for (const Met* met = first_; met != top_; own += met++->words) {
    for (Word i = 1; i <= box_terms(met->header).count; ++i) {
      if (offset_of(Term::from_bits(met->box[i])) <= own) return true;
    }
  }
  return false;
}

/// Takes boxes away that nothing left holds, the root first; what is in a cycle stays.
bool Copy::has_cycle() const {
  const auto boxes = static_cast<std::size_t>(top_ - first_);
  std::vector<std::uint32_t> index_at(words_);  // from the offset of a box
  std::vector<std::uint32_t> holders(boxes);
  Word offset = 0;
  for (std::size_t i = 0; i < boxes; offset += first_[i++].words) index_at[offset] = static_cast<std::uint32_t>(i);
  const auto for_children = [&](const Met& met, auto&& visit) {
    for (Word i = 1; i <= box_terms(met.header).count; ++i) {
      const Word child = offset_of(Term::from_bits(met.box[i]));
      if (child != kNoOffset) visit(index_at[child]);
    }
  };
  for (const Met* met = first_; met != top_; ++met) for_children(*met, [&](std::uint32_t child) { ++holders[child]; });
  std::vector<std::uint32_t> free;
  if (holders[0] == 0) free.push_back(0);
  std::size_t taken = 0;
  while (!free.empty()) {
    const Met& met = first_[free.back()];
    free.pop_back();
    ++taken;
    for_children(met, [&](std::uint32_t child) {
      if (--holders[child] == 0) free.push_back(child);
    });
  }
  return taken < boxes;
}

bool is_flat(Term boxed) { return !any_boxed(boxed.boxed(), box_terms(header_of(boxed))); }

Word exact_words(Term term) {
  if (!term.is_boxed()) return 0;
  const Word header = header_of(term);
  if (is_shared(header)) return 0;
  return usual_words(header) != 0 && is_flat(term) ? usual_words(header) : Copy(term).words();
}

Term copy_boxed(Term term, TermBuilder& builder) {
  const Word header = header_of(term);
  if (is_shared(header)) return term;
  const Word words = usual_words(header);
  if (words == 0 || !is_flat(term)) return Copy(term).build(builder);
  const Copy::Met box{const_cast<Word*>(term.boxed()), header, words};
  Word* target = builder.allocate(words);
  target[0] = as_young(header);
  copy_rest(box, 0, target, builder);
  return Term::boxed(target);
}

}  // namespace pyvm
