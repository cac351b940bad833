// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Boxed: the layouts behind a boxed term. Words at Term::boxed(), the header first.
//
//   header   bits 0..2 = 110, bits 3..7 kind, bits 8..15 flags, bits 16..63 arity
//            (a word whose low three bits are 000 in a header's place is a forwarding address left by a copy in progress)
//
//   kind        arity          flags      words after the header
//   Float       1                         the double
//   Big         limbs          Negative   limbs of the magnitude, least significant first, the last not zero
//   String      bytes          Ascii      UTF-8 bytes, padded with zeros to a word; 8 bytes or more (T1)
//   Binary      bytes                     bytes, padded; at most kHeapBinaryMax
//   SharedBinary bytes                    next off-heap cell, OffHeap* (a SharedBytes), offset in it: a whole binary or a slice
//   Opaque      3                         next off-heap cell, OffHeap* (an opaque handle), unique id
//   Tuple, List n                         n terms
//   Dict        n                         n pairs key, value in insertion order, then the index (index_words(n))
//   Set, FrozenSet n                      n terms in insertion order, then the index
//   Record      1 + fields                class term (Term::record_class), then the fields in order
//   Ref         2              Alias      unique id, pid bits of its maker
//   Function    2                         module (string), qualified name (string): a reference by name
//   EnumMember  3                         module, qualified name of the class, member name
//   Exception   6                         module, qualified name, args (tuple), text (str(exception)), traceback (list of
//                                         tuples (file, line, function, source line)), cause (Exception or None)
//
// Index of a dict or set of more than kIndexFrom entries: a power of two of 32-bit slots, at least 2n, open addressing by
// hash(key) with linear probing, each entry number + 1, 0 empty. Smaller ones have none and are searched.
//
// B1  Off-heap cells (SharedBinary, Opaque) of one storage form a list through their first word, so that releasing the
//     storage can drop their counts. Literal storage is never released.
// B2  Children are older than or in the same storage as their parent; there are no cycles.
#pragma once

#include "term/term.h"

namespace pyvm {

enum class BoxKind : std::uint8_t {
  Float = 1,
  Big,
  String,
  Binary,
  SharedBinary,
  Opaque,
  Tuple,
  List,
  Dict,
  Set,
  FrozenSet,
  Record,
  Ref,
  Function,
  EnumMember,
  Exception,
};

namespace box_flag {
inline constexpr unsigned kLiteral = 1;   // any kind: lives in immortal literal storage; copies share it
inline constexpr unsigned kNegative = 2;  // Big
inline constexpr unsigned kAscii = 2;     // String
inline constexpr unsigned kAlias = 2;     // Ref: was made as an alias
}  // namespace box_flag

inline constexpr std::size_t kHeapBinaryMax = 64;
inline constexpr std::size_t kIndexFrom = 8;

constexpr Word make_header(BoxKind kind, Word arity, unsigned flags = 0) {
  return (arity << 16) | (Word{flags} << 8) | (static_cast<Word>(kind) << 3) | 0b110;
}
constexpr bool is_header(Word word) { return (word & 7) == 0b110; }
constexpr BoxKind header_kind(Word header) { return static_cast<BoxKind>((header >> 3) & 31); }
constexpr unsigned header_flags(Word header) { return static_cast<unsigned>(header >> 8) & 0xff; }
constexpr Word header_arity(Word header) { return header >> 16; }

constexpr Word bytes_to_words(Word bytes) { return (bytes + 7) / 8; }

/// Slots of the index of a dict or set with `entries` entries; 0 when it has none.
constexpr Word index_slots(Word entries) { return entries <= kIndexFrom ? 0 : std::bit_ceil(2 * entries); }
constexpr Word index_words(Word entries) { return index_slots(entries) / 2; }

/// Kinds whose boxes hold terms. All others are compared and hashed without looking further.
constexpr bool is_container_kind(BoxKind kind) { return kind >= BoxKind::Tuple && kind != BoxKind::Ref; }
constexpr bool is_dict_or_set_kind(BoxKind kind) { return kind >= BoxKind::Dict && kind <= BoxKind::FrozenSet; }
/// Words of one entry of a dict or set: its key, or member, comes first. 1 for other kinds.
constexpr Word entry_words(BoxKind kind) { return kind == BoxKind::Dict ? 2 : 1; }
constexpr bool has_index(Word header) { return is_dict_or_set_kind(header_kind(header)) && header_arity(header) > kIndexFrom; }

/// Size of a whole box in words, header included.
constexpr Word box_words(Word header) {
  const Word arity = header_arity(header);
  const BoxKind kind = header_kind(header);
  if (kind >= BoxKind::Tuple) return 1 + arity * entry_words(kind) + (has_index(header) ? index_words(arity) : 0);
  if (kind == BoxKind::String || kind == BoxKind::Binary) return 1 + bytes_to_words(arity);
  return kind == BoxKind::SharedBinary ? 4 : 1 + arity;
}

/// Words of a box that are terms: [first, first + count).
struct TermRange {
  Word first;
  Word count;
};
constexpr TermRange box_terms(Word header) {
  const BoxKind kind = header_kind(header);
  return {1, is_container_kind(kind) ? header_arity(header) * entry_words(kind) : 0};
}

/// Tuples, lists, records and what is built like them: the header and `arity` terms, nothing else.
constexpr bool is_sequence(Word header) {
  constexpr auto bit = [](BoxKind kind) { return 1u << static_cast<unsigned>(kind); };
  constexpr unsigned kSequences = bit(BoxKind::Tuple) | bit(BoxKind::List) | bit(BoxKind::Record) | bit(BoxKind::Function) |
                                  bit(BoxKind::EnumMember) | bit(BoxKind::Exception);
  return (kSequences >> static_cast<unsigned>(header_kind(header)) & 1) != 0;
}

constexpr bool is_off_heap_cell(Word header) {
  return header_kind(header) == BoxKind::SharedBinary || header_kind(header) == BoxKind::Opaque;
}

inline Word header_of(Term term) { return term.boxed()[0]; }
inline bool is_box(Term term, BoxKind kind) { return term.is_boxed() && header_kind(header_of(term)) == kind; }
inline Word arity_of(Term term) { return header_arity(header_of(term)); }
/// Slot `i` (0-based) of a tuple, list, set; pair words of a dict; 0 of a record is its class.
inline Term element(Term term, Word i) { return Term::from_bits(term.boxed()[1 + i]); }
inline bool is_tuple(Term term) { return is_box(term, BoxKind::Tuple); }
inline bool is_tuple(Term term, Word arity) { return is_tuple(term) && arity_of(term) == arity; }
inline bool is_container(Term term) { return term.is_boxed() && is_container_kind(header_kind(header_of(term))); }
inline bool is_set(Term term) { return is_box(term, BoxKind::Set) || is_box(term, BoxKind::FrozenSet); }

inline Term dict_key(Term dict, Word i) { return element(dict, 2 * i); }
inline Term dict_value(Term dict, Word i) { return element(dict, 2 * i + 1); }
/// The slots of the index of a dict or set that has one.
inline const std::uint32_t* index_of(const Word* box) {
  return reinterpret_cast<const std::uint32_t*>(box + 1 + entry_words(header_kind(box[0])) * header_arity(box[0]));
}

inline bool is_string(Term term) { return term.is_short_string() || is_box(term, BoxKind::String); }
inline bool is_ref(Term term) { return is_box(term, BoxKind::Ref); }

/// The unique number of a reference and the process that made it.
struct RefValue {
  Word id;
  Pid maker;
  constexpr bool operator==(const RefValue& other) const { return id == other.id; }
};
inline RefValue ref_value(Term ref) { return {ref.boxed()[1], Pid::from_value(ref.boxed()[2])}; }

}  // namespace pyvm
