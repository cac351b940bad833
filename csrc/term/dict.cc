// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Entries of dicts and sets: found one by one in small ones, by the index in larger ones (boxed.h).
#include <algorithm>

#include "term/compare.h"
#include "term/entries.h"
#include "term/hash.h"

namespace pyvm {

namespace {

using entry_detail::kNotFound;

/// Terms that equal only terms of the same bits: all immediates but numbers (T1).
bool equals_only_itself(Term term) { return (term.bits() & 7) == Term::kImmediateTag && !term.is_bool(); }

/// The entry among `count` whose first word equals `key`.
Word find_one_by_one(const Word* entries, Word stride, Word count, Term key) {
  for (Word i = 0; i < count; ++i) {
    if (entries[i * stride] == key.bits()) return i;
  }
  if (equals_only_itself(key)) return kNotFound;
  for (Word i = 0; i < count; ++i) {
    if (equal(Term::from_bits(entries[i * stride]), key)) return i;
  }
  return kNotFound;
}

/// Of two boxes whose last words are padded with zeros.
inline bool equal_words(const Word* left, const Word* right, Word count) {
  for (Word i = 0; i < count; ++i) {
    if (left[i] != right[i]) return false;
  }
  return true;
}

constexpr Word kTextKinds = kind_bit(BoxKind::String) | kind_bit(BoxKind::Binary);

/// Of two boxed terms: whether both are strings or both short bytes.
inline bool are_texts(Word one, Word other) {
  return header_kind(one) == header_kind(other) && is_one_of(header_kind(one), kTextKinds);
}

inline bool are_equal_texts(const Word* left, const Word* right) {
  return header_arity(left[0]) == header_arity(right[0]) &&
         equal_words(left + 1, right + 1, bytes_to_words(header_arity(left[0])));
}

/// Whether they are the same or texts that are equal. Others may be equal besides.
inline bool are_equal_texts(Term left, Term right) {
  if (left == right) return true;
  if (!left.is_boxed() || !right.is_boxed() || !are_texts(header_of(left), header_of(right))) return false;
  return are_equal_texts(left.boxed(), right.boxed());
}

/// equal(), at once for strings and short bytes, which most keys are.
inline bool equal_keys(Term left, Term right) {
  if (left == right) return true;
  if (left.is_boxed() && right.is_boxed() && are_texts(header_of(left), header_of(right)))
    return are_equal_texts(left.boxed(), right.boxed());
  return equal(left, right);
}

/// What was found last on this thread: who looks a key up and then sets its value finds the entry without hashing again. Only a hint, as
/// the key that stands there is compared; so it may name a box that is gone.
struct LastFound {
  const Word* box = nullptr;
  Word entry = 0;
};
constinit thread_local LastFound last_found;

/// The entry that equals `key`, or kNotFound and `slot` is the empty one where the search ended.
Word find_by_index(const std::uint32_t* index, Word slots, const Word* entries, Word stride, Term key, Word* slot) {
  Word at = hash(key) & (slots - 1);
  for (; index[at] != 0; at = (at + 1) & (slots - 1)) {
    const Word entry = index[at] - 1;
    const Term candidate = Term::from_bits(entries[entry * stride]);
    if (equal_keys(candidate, key)) return entry;
  }
  *slot = at;
  return kNotFound;
}

/// Moves entry `from` to `to`.
void move_entry(Word* entries, Word stride, Word from, Word to) {
  if (from != to) std::copy_n(entries + from * stride, stride, entries + to * stride);
}

Word drop_duplicates(Word* entries, Word stride, Word count) {
  Word kept = 0;
  for (Word i = 0; i < count; ++i) {
    const Word* entry = entries + i * stride;
    const Word found = find_one_by_one(entries, stride, kept, Term::from_bits(entry[0]));
    if (found == kNotFound) {
      move_entry(entries, stride, i, kept++);
    } else if (stride == 2) {
      entries[found * stride + 1] = entry[1];
    }
  }
  return kept;
}

/// The same, leaving an index over what is kept behind the `count` entries.
Word drop_duplicates_by_index(Word* entries, Word stride, Word count, std::uint32_t* index) {
  const Word slots = index_slots(count);
  std::fill_n(index, slots, 0u);
  Word kept = 0;
  for (Word i = 0; i < count; ++i) {
    const Word* entry = entries + i * stride;
    Word slot = 0;
    const Word found = find_by_index(index, slots, entries, stride, Term::from_bits(entry[0]), &slot);
    if (found == kNotFound) {
      move_entry(entries, stride, i, kept++);
      index[slot] = static_cast<std::uint32_t>(kept);
    } else if (stride == 2) {
      entries[found * stride + 1] = entry[1];
    }
  }
  return kept;
}

void write_slots(const Word* entries, Word stride, Word count, std::uint32_t* index, Word slots) {
  std::fill_n(index, slots, 0u);
  for (Word entry = 0; entry < count; ++entry) {
    Word slot = hash(Term::from_bits(entries[entry * stride])) & (slots - 1);
    while (index[slot] != 0) slot = (slot + 1) & (slots - 1);
    index[slot] = static_cast<std::uint32_t>(entry + 1);
  }
}

}  // namespace

namespace entry_detail {

Word find_entry(const Word* box, Term key, Word* slot) {
  const Word stride = entry_words(header_kind(box[0]));
  const Word slots = index_slots(header_capacity(box[0]));
  if (slots == 0) return find_one_by_one(box + 1, stride, header_arity(box[0]), key);
  LastFound& last = last_found;
  if (last.box == box && last.entry < header_arity(box[0]) && are_equal_texts(Term::from_bits(box[1 + stride * last.entry]), key))
    return last.entry;
  const Word found = find_by_index(index_of(box), slots, box + 1, stride, key, slot);
  last = {box, found};
  return found;
}

void write_index(Word* box) {
  const Word slots = index_slots(header_capacity(box[0]));
  auto* index = const_cast<std::uint32_t*>(index_of(box));
  if (slots > 0) write_slots(box + 1, entry_words(header_kind(box[0])), header_arity(box[0]), index, slots);
}

}  // namespace entry_detail

Term dict_get(Term dict, Term key) {
  const Word* box = resolve(dict).boxed();
  PYVM_ASSERT1(header_kind(box[0]) == BoxKind::Dict, "dict_get: not a dict");
  Word slot = 0;
  const Word entry = entry_detail::find_entry(box, key, &slot);
  return entry == kNotFound ? Term() : Term::from_bits(box[2 + 2 * entry]);
}

bool set_has(Term set_or_forward, Term member) {
  const Term set = resolve(set_or_forward);
  PYVM_ASSERT1(is_set(set), "set_has: not a set");
  Word slot = 0;
  return entry_detail::find_entry(set.boxed(), member, &slot) != kNotFound;
}

void seal_entries(Word* box) {
  const BoxKind kind = header_kind(box[0]);
  const Word count = header_arity(box[0]);
  const Word stride = entry_words(kind);
  PYVM_CHECK(count < (Word{1} << 32) - 1, "seal_entries: more entries than the index can number");
  auto* index = const_cast<std::uint32_t*>(index_of(box));  // T4: the builder's own, not yet seen by anyone else
  const Word kept =
      index_slots(count) == 0 ? drop_duplicates(box + 1, stride, count) : drop_duplicates_by_index(box + 1, stride, count, index);
  if (kept == count) return;
  box[0] = make_header(kind, kept, header_flags(box[0]));
  entry_detail::write_index(box);
}

}  // namespace pyvm
