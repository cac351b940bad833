// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Change: lists, dicts and sets that the process that owns them changes, in amortized constant time an entry.
//
//   make_*_with_room(n)   an empty one with room for `n` entries at least
//   list_* dict_* set_*   change one in place. When it outgrows its words it moves to a box twice as large and leaves a Forward behind
//                         (boxed.h), so every term that names it still does; the builder is where it moves to
//   readers               take forwards: list_items, size_of, next_entry, and all of compare.h, hash.h, print.h and copy.h
//
// Any list, dict or set may be changed but a literal; one from a message gets room when it first grows. Iterating with next_entry while
// entries are added or removed skips or repeats entries, as the caller must not let happen; spans and entry numbers end with any change.
//
// C1  What is changed is_changeable(); the caller has asked, and raised a TypeError if not.
// C2  Keys and members are hashable: find_unhashable() gave nothing. So none of them is ever a forward or changed.
// C3  A box of at most kIndexFrom entries of room has no holes: it closes up. A larger one is closed when a quarter of its room is
//     holes, at the latest when there is no room left.
// C4  Who writes a term into a box that was made before the last safepoint calls note_written(), or a collection of the young part would
//     miss it. All functions here do. Smaller numbers, None and the like need no note.
// Design: docs/design/heap.md.
#pragma once

#include <optional>
#include <span>

#include "term/hash.h"
#include "term/term_builder.h"

namespace pyvm {

/// A list, dict or set that is no literal.
inline bool is_changeable(Term term) {
  constexpr unsigned kChangeable = kind_bit(BoxKind::List) | kind_bit(BoxKind::Dict) | kind_bit(BoxKind::Set);
  const Term container = resolve(term);
  if (!container.is_boxed() || !is_one_of(header_kind(header_of(container)), kChangeable)) return false;
  return (header_flags(header_of(container)) & box_flag::kLiteral) == 0;
}

/// Elements of a tuple or list, entries of a dict or set.
inline Word size_of(Term container) { return live_entries(resolve(container).boxed()); }

/// The elements of a tuple or list.
inline std::span<const Term> list_items(Term sequence) {
  const Word* box = resolve(sequence).boxed();
  return {reinterpret_cast<const Term*>(box + 1), header_arity(box[0])};
}

/// The list, dict or set that makes `key` unhashable, or nothing. Frozen sets, tuples, records and exceptions are looked into.
PYVM_EXPORT Term find_unhashable_boxed(Term key);
inline Term find_unhashable(Term key) {
  constexpr unsigned kPlain = kind_bit(BoxKind::String) | kind_bit(BoxKind::Binary) | kind_bit(BoxKind::SharedBinary) |
                              kind_bit(BoxKind::Big) | kind_bit(BoxKind::Float) | kind_bit(BoxKind::Ref);
  if (!key.is_boxed() || is_one_of(header_kind(header_of(key)), kPlain)) [[likely]]
    return Term();
  return find_unhashable_boxed(key);
}

/// Entries [first, end) of `box` were written (C4).
inline void note_written(Word* box, Word first, Word end, TermBuilder& builder) {
  if (is_old(box[0])) [[unlikely]]
    builder.remember(box, first, end);
}

inline constexpr Word kNoEntry = ~Word{0};
/// The first entry of a dict or set at `from` or behind it, or kNoEntry.
inline Word next_entry(Term dict_or_set, Word from) {
  const Word* box = resolve(dict_or_set).boxed();
  const Word stride = entry_words(header_kind(box[0]));
  for (; from < header_arity(box[0]); ++from) {
    if (box[1 + stride * from] != 0) return from;
  }
  return kNoEntry;
}
/// The key or member of an entry that next_entry gave, and the value of one of a dict.
inline Term entry_key(Term dict_or_set, Word entry) {
  const Word* box = resolve(dict_or_set).boxed();
  return Term::from_bits(box[1 + entry_words(header_kind(box[0])) * entry]);
}
inline Term entry_value(Term dict, Word entry) { return dict_value(resolve(dict), entry); }

// Lists. Positions are those of Python without negative ones: below the size, or at most the size where something is put.

PYVM_EXPORT Term make_list_with_room(Word entries, TermBuilder& builder);
PYVM_EXPORT void list_append_growing(Word* box, Term item, TermBuilder& builder);
inline void list_append(Term list, Term item, TermBuilder& builder) {
  PYVM_ASSERT1(is_changeable(list), "list_append: to what may not be changed (C1)");
  auto* box = const_cast<Word*>(resolve(list).boxed());
  const Word size = header_arity(box[0]);
  if (size >= header_capacity(box[0])) [[unlikely]]
    return list_append_growing(box, item, builder);
  box[1 + size] = item.bits();
  box[0] += Word{1} << kArityShift;
  if (item.is_boxed()) note_written(box, size, size + 1, builder);
}
inline void list_set(Term list, Word position, Term item, TermBuilder& builder) {
  PYVM_ASSERT1(position < size_of(list), "list_set: behind the end");
  auto* box = const_cast<Word*>(resolve(list).boxed());
  box[1 + position] = item.bits();
  if (item.is_boxed()) note_written(box, position, position + 1, builder);
}
/// Puts `items` in the place of [begin, end): assignment to a slice, deletion, insertion. They may be elements of the list itself.
PYVM_EXPORT void list_replace(Term list, Word begin, Word end, std::span<const Term> items, TermBuilder& builder);
inline void list_insert(Term list, Word position, Term item, TermBuilder& builder) {
  list_replace(list, position, position, {&item, 1}, builder);
}
inline void list_extend(Term list, std::span<const Term> items, TermBuilder& builder) {
  const Word size = size_of(list);
  list_replace(list, size, size, items, builder);
}
/// The element that stood there.
PYVM_EXPORT Term list_pop(Term list, Word position, TermBuilder& builder);
PYVM_EXPORT void list_delete(Term list, Word begin, Word end, TermBuilder& builder);
PYVM_EXPORT void list_clear(Term list);
PYVM_EXPORT void list_reverse(Term list, TermBuilder& builder);

// Dicts.

PYVM_EXPORT Term make_dict_with_room(Word entries, TermBuilder& builder);
PYVM_EXPORT void dict_set(Term dict, Term key, Term value, TermBuilder& builder);
/// The value that was removed, or nothing.
PYVM_EXPORT Term dict_delete(Term dict, Term key, TermBuilder& builder);
/// The entry that was put in last, unless the dict is empty.
PYVM_EXPORT std::optional<TermPair> dict_pop_last(Term dict, TermBuilder& builder);
PYVM_EXPORT void dict_clear(Term dict);

// Sets.

PYVM_EXPORT Term make_set_with_room(Word entries, TermBuilder& builder);
/// Whether it was not in it.
PYVM_EXPORT bool set_add(Term set, Term member, TermBuilder& builder);
/// Whether it was in it.
PYVM_EXPORT bool set_discard(Term set, Term member, TermBuilder& builder);
/// The member that was put in last, or nothing.
PYVM_EXPORT Term set_pop(Term set, TermBuilder& builder);
PYVM_EXPORT void set_clear(Term set);

/// Closes up a dict or set, so that its entries are all those below its arity.
PYVM_EXPORT void close_holes(Term dict_or_set, TermBuilder& builder);

/// Of a cell (local_kinds.h); `value` may be nothing.
inline void set_cell(Term cell, Term value, TermBuilder& builder) {
  auto* box = const_cast<Word*>(cell.boxed());
  box[1] = value.bits();
  if (value.is_boxed()) note_written(box, 0, 1, builder);
}

}  // namespace pyvm
