// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/change.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "term/entries.h"
#include "term/small_stack.h"

namespace pyvm {

namespace {

using entry_detail::find_entry;
using entry_detail::kNotFound;

constexpr Word kLeastRoom = 4;
constexpr Word kMostEntries = (Word{1} << 31);  // of a dict or set: the index numbers them in 32 bits

Word* changed_box(Term container) {
  PYVM_ASSERT1(is_changeable(container), "change: of what may not be changed (C1)");
  return const_cast<Word*>(resolve(container).boxed());
}

void set_arity(Word* box, Word arity) { box[0] = (box[0] & ((Word{1} << kArityShift) - 1)) | (arity << kArityShift); }

Word* make_box(BoxKind kind, Word entries, TermBuilder& builder) {
  const Word room = std::bit_ceil(std::max(entries, kLeastRoom));
  const Word header = make_header(kind, 0, room_flags(room));
  Word* box = builder.allocate(box_words(header));
  box[0] = header;
  if (!is_dict_or_set_kind(kind)) return box;
  PYVM_CHECK(room <= kMostEntries, "change: more entries than the index can number");
  box[box_words(header) - 1] = 0;
  entry_detail::write_index(box);
  return box;
}

/// A larger home for what is in `box`, which becomes a forward to it.
Word* move(Word* box, Word entries, TermBuilder& builder) {
  const BoxKind kind = header_kind(box[0]);
  Word* larger = make_box(kind, entries, builder);
  const Word stride = entry_words(kind);
  Word* to = larger + 1;
  if (holes_of(box, box[0]) == 0) {
    to = std::copy_n(box + 1, header_arity(box[0]) * stride, to);
  } else {
    for (Word i = 0; i < header_arity(box[0]); ++i) {
      const Word* entry = box + 1 + i * stride;
      if (entry[0] != 0) to = std::copy_n(entry, stride, to);
    }
  }
  set_arity(larger, static_cast<Word>(to - larger - 1) / stride);
  if (is_dict_or_set_kind(kind)) entry_detail::write_index(larger);
  note_written(box, 0, 0, builder);
  make_forward(box, larger);
  return larger;
}

// ---------------------------------------------------------------------------------------------------------------- lists

/// The list's box, with words for `entries` elements.
Word* with_room(Word* box, Word entries, TermBuilder& builder) {
  return entries <= header_capacity(box[0]) ? box : move(box, entries, builder);
}

bool overlaps(const Word* box, std::span<const Term> items) {
  const auto* first = reinterpret_cast<const Word*>(items.data());
  return first >= box && first <= box + header_arity(box[0]);
}

// ------------------------------------------------------------------------------------------------------- dicts and sets

/// Word by word through the entries of one box.
struct Entries {
  explicit Entries(Word* box) : box(box), stride(entry_words(header_kind(box[0]))) {}

  Word* at(Word entry) const { return box + 1 + entry * stride; }
  Word count() const { return header_arity(box[0]); }
  bool is_hole(Word entry) const { return at(entry)[0] == 0; }
  Word slots() const { return index_slots(header_capacity(box[0])); }
  std::uint32_t* index() const { return const_cast<std::uint32_t*>(index_of(box)); }
  Word& holes() const { return box[box_words(box[0]) - 1]; }
  Word home(Word entry) const { return hash(Term::from_bits(at(entry)[0])) & (slots() - 1); }

  Word* box;
  Word stride;
};

void close(const Entries& entries, TermBuilder& builder) {
  Word kept = 0;
  for (Word i = 0; i < entries.count(); ++i) {
    if (entries.is_hole(i)) continue;
    if (i != kept) std::copy_n(entries.at(i), entries.stride, entries.at(kept));
    ++kept;
  }
  set_arity(entries.box, kept);
  entries.holes() = 0;
  entry_detail::write_index(entries.box);
  note_written(entries.box, 0, kept, builder);
}

/// Takes an entry out of the index: those behind its slot that were pushed there by it move up, so that no search ends early.
void remove_from_index(const Entries& entries, Word entry) {
  const Word mask = entries.slots() - 1;
  std::uint32_t* index = entries.index();
  Word free = entries.home(entry);
  while (index[free] != entry + 1) free = (free + 1) & mask;
  for (Word at = (free + 1) & mask; index[at] != 0; at = (at + 1) & mask) {
    const Word distance = (at - entries.home(index[at] - 1)) & mask;
    if (distance < ((at - free) & mask)) continue;  // its home is behind the free slot
    index[free] = index[at];
    free = at;
  }
  index[free] = 0;
}

/// A full box with room again: closed up when that is worth it, else moved.
Word* make_room(Word* box, TermBuilder& builder) {
  const Word capacity = header_capacity(box[0]);
  if (header_room(box[0]) != 0 && holes_of(box, box[0]) >= std::max<Word>(1, capacity / 4)) {
    close(Entries(box), builder);
    return box;
  }
  return move(box, capacity + 1, builder);
}

/// Puts a key that is not in it behind the others; its words but the first are the caller's to fill.
Word* add_entry(Word* box, Term key, Word slot, TermBuilder& builder) {
  if (header_arity(box[0]) == header_capacity(box[0])) [[unlikely]] {
    box = make_room(box, builder);
    find_entry(box, key, &slot);
  }
  const Entries entries(box);
  if (entries.slots() > 0) entries.index()[slot] = static_cast<std::uint32_t>(entries.count() + 1);
  Word* entry = entries.at(entries.count());
  entry[0] = key.bits();
  set_arity(box, entries.count() + 1);
  note_written(box, entries.count() - 1, entries.count(), builder);
  return entry;
}

/// Empties an entry. Small boxes close up; of the others the last entries are given back and the rest are holes (C3).
void remove_entry(Word* box, Word entry, TermBuilder& builder) {
  if (header_room(box[0]) == 0 && has_index(box[0])) {  // nowhere to count a hole
    box = move(box, header_arity(box[0]), builder);
  }
  const Entries entries(box);
  const Word count = entries.count();
  if (entries.slots() == 0) {
    std::copy(entries.at(entry + 1), entries.at(count), entries.at(entry));
    set_arity(box, count - 1);
    return note_written(box, entry, count - 1, builder);
  }
  remove_from_index(entries, entry);
  std::fill_n(entries.at(entry), entries.stride, Word{0});
  ++entries.holes();
  Word last = count;
  while (last > 0 && entries.is_hole(last - 1)) --last;
  entries.holes() -= count - last;
  set_arity(box, last);
  if (entries.holes() > header_room(box[0]) / 4) close(entries, builder);
}

/// The last entry of a box that has any: the end of a box with room is never a hole, and others have none.
Word last_entry(const Word* box) { return header_arity(box[0]) - 1; }

/// Keeps the room that was well used. Emptying more would cost more than filling it did.
void clear(Word* box) {
  const Word count = header_arity(box[0]);
  set_arity(box, 0);
  if (header_room(box[0]) == 0) return;
  if (4 * count < header_room(box[0])) box[0] = as_old_as(box[0], make_header(header_kind(box[0]), 0, room_flags(kLeastRoom)));
  Entries(box).holes() = 0;
  entry_detail::write_index(box);
}

}  // namespace

Term make_list_with_room(Word entries, TermBuilder& builder) { return Term::boxed(make_box(BoxKind::List, entries, builder)); }
Term make_dict_with_room(Word entries, TermBuilder& builder) { return Term::boxed(make_box(BoxKind::Dict, entries, builder)); }
Term make_set_with_room(Word entries, TermBuilder& builder) { return Term::boxed(make_box(BoxKind::Set, entries, builder)); }

void list_append_growing(Word* box, Term item, TermBuilder& builder) {
  list_append(Term::boxed(move(box, header_arity(box[0]) + 1, builder)), item, builder);
}

void list_replace(Term list, Word begin, Word end, std::span<const Term> items, TermBuilder& builder) {
  Word* box = changed_box(list);
  const Word size = header_arity(box[0]);
  PYVM_ASSERT1(begin <= end && end <= size, "list_replace: not a part of the list");
  std::vector<Term> own;
  if (overlaps(box, items)) {
    own.assign(items.begin(), items.end());
    items = own;
  }
  const Word new_size = size - (end - begin) + items.size();
  box = with_room(box, new_size, builder);
  if (end < size) std::memmove(box + 1 + begin + items.size(), box + 1 + end, (size - end) * sizeof(Word));
  if (!items.empty()) std::memcpy(box + 1 + begin, items.data(), items.size() * sizeof(Word));
  set_arity(box, new_size);
  note_written(box, begin, end - begin == items.size() ? end : new_size, builder);
}

Term list_pop(Term list, Word position, TermBuilder& builder) {
  const Term item = list_items(list)[position];
  list_delete(list, position, position + 1, builder);
  return item;
}

void list_delete(Term list, Word begin, Word end, TermBuilder& builder) {
  Word* box = changed_box(list);
  const Word size = header_arity(box[0]);
  PYVM_ASSERT1(begin <= end && end <= size, "list_delete: not a part of the list");
  std::copy(box + 1 + end, box + 1 + size, box + 1 + begin);
  set_arity(box, size - (end - begin));
  if (end < size) note_written(box, begin, size - (end - begin), builder);
}

void list_clear(Term list) { set_arity(changed_box(list), 0); }

void list_reverse(Term list, TermBuilder& builder) {
  Word* box = changed_box(list);
  std::reverse(box + 1, box + 1 + header_arity(box[0]));
  note_written(box, 0, header_arity(box[0]), builder);
}

void dict_set(Term dict, Term key, Term value, TermBuilder& builder) {
  Word* box = changed_box(dict);
  Word slot = 0;
  const Word found = find_entry(box, key, &slot);
  if (found == kNotFound) {
    add_entry(box, key, slot, builder)[1] = value.bits();
    return;
  }
  box[2 + 2 * found] = value.bits();
  if (value.is_boxed()) note_written(box, found, found + 1, builder);
}

Term dict_delete(Term dict, Term key, TermBuilder& builder) {
  Word* box = changed_box(dict);
  Word slot = 0;
  const Word found = find_entry(box, key, &slot);
  if (found == kNotFound) return Term();
  const Term value = Term::from_bits(box[2 + 2 * found]);
  remove_entry(box, found, builder);
  return value;
}

std::optional<TermPair> dict_pop_last(Term dict, TermBuilder& builder) {
  Word* box = changed_box(dict);
  if (header_arity(box[0]) == 0) return std::nullopt;
  const Word last = last_entry(box);
  const TermPair entry{Term::from_bits(box[1 + 2 * last]), Term::from_bits(box[2 + 2 * last])};
  remove_entry(box, last, builder);
  return entry;
}

void dict_clear(Term dict) { clear(changed_box(dict)); }

bool set_add(Term set, Term member, TermBuilder& builder) {
  Word* box = changed_box(set);
  Word slot = 0;
  if (find_entry(box, member, &slot) != kNotFound) return false;
  add_entry(box, member, slot, builder);
  return true;
}

bool set_discard(Term set, Term member, TermBuilder& builder) {
  Word* box = changed_box(set);
  Word slot = 0;
  const Word found = find_entry(box, member, &slot);
  if (found == kNotFound) return false;
  remove_entry(box, found, builder);
  return true;
}

Term set_pop(Term set, TermBuilder& builder) {
  Word* box = changed_box(set);
  if (header_arity(box[0]) == 0) return Term();
  const Word last = last_entry(box);
  const Term member = Term::from_bits(box[1 + last]);
  remove_entry(box, last, builder);
  return member;
}

void set_clear(Term set) { clear(changed_box(set)); }

void close_holes(Term dict_or_set, TermBuilder& builder) {
  auto* box = const_cast<Word*>(resolve(dict_or_set).boxed());
  if (holes_of(box, box[0]) != 0) close(Entries(box), builder);
}

Term find_unhashable_boxed(Term key) {
  constexpr unsigned kUnhashable =
      kind_bit(BoxKind::List) | kind_bit(BoxKind::Dict) | kind_bit(BoxKind::Set) | kind_bit(BoxKind::Slice);
  constexpr std::size_t kFew = 64;  // containers that are looked into before it is worth knowing which were
  SmallStack<Term, 16> open;
  std::unordered_set<Word> known;
  std::size_t met = 0;
  open.push(resolve(key));
  while (!open.empty()) {
    const Term term = open.top();
    open.pop();
    const Word header = header_of(term);
    if (is_one_of(header_kind(header), kUnhashable)) return term;
    if (!is_container_kind(header_kind(header))) continue;
    if (++met > kFew && !known.insert(term.bits()).second) continue;
    for (Word i = 0; i < box_terms(header).count; ++i) {
      if (element(term, i).is_boxed()) open.push(resolve(element(term, i)));
    }
  }
  return Term();
}

}  // namespace pyvm
