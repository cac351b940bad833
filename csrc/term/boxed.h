// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Boxed: the layouts behind a boxed term. Words at Term::boxed(), the header first.
//
//   header   bits 0..2 = 110, or 010 of a box in the old part of a heap (B5), bits 3..7 kind, bits 8..15 flags, bits 16..63 arity
//            (a word whose low three bits are 000 in a header's place is an offset left by a copy in progress)
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
//   Exception   6 or 7                    module, qualified name, args (tuple), text (str(exception)), traceback (list of
//                                         tuples (file, line, function, source line)), cause (Exception or None); a dict of
//                                         its attributes, its notes among them as "__notes__"
//
// Of one process, never in a message:
//   Forward     address                   what the box had: a list, dict or set that moved to the box at the address (below 2^48)
//   Cell        1                         a term, or nothing
//   Closure     1 + captures              a word that looks like a small integer, its maker's business, then terms
//   Range       3                         start, stop, step: ints
//   Iterator    4                         kind (small), source, position (small), size (small)
//   Type        2 to 4                    module, qualified name: a class as a value. Of a record its class term and a tuple of the
//                                         defaults of its last fields besides; of an enum None and a dict from value to member; of
//                                         an abstract class a tuple of the names of the built-in types whose instances it takes
//
// Index of a dict or set of more than kIndexFrom entries: a power of two of 32-bit slots, at least 2n, open addressing by
// hash(key) with linear probing, each entry number + 1, 0 empty. Smaller ones have none and are searched.
//
// Room: a List, Dict or Set that its owner changes (change.h) has the class of its room in the upper six bits of the flags: 0 for
// room for exactly its arity, k for 2^(k-1) entries. Entries up to the arity are in use; the index is sized for the room and stands
// behind it; a dict or set with room has one more word, the last, that counts its holes: entries whose words are nothing, in no index.
//
// B1  Off-heap cells (SharedBinary, Opaque) of one storage form a list through their first word, so that releasing the
//     storage can drop their counts. Literal storage is never released.
// B2  Children are older than or in the same storage as their parent; there are no cycles. Neither holds for what a process has
//     changed, until it is copied.
// B3  A Forward has lost its size: memory with forwards in it is never walked box by box. What it leads to is no literal.
// B4  Only a box with room has holes, and one without an index has none.
// B5  Only a heap marks boxes as old, and what is copied from it is not (proc/heap.h). Headers are compared with is_same_header().
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
  Forward,
  Cell,
  Closure,
  Range,
  Iterator,
  Type,
  Slice,
};

namespace box_flag {
inline constexpr unsigned kLiteral = 1;    // any kind: lives in immortal literal storage; copies share it
inline constexpr unsigned kConstant = 2;   // a literal container that is or holds a list, dict or set: copied all the same
inline constexpr unsigned kNegative = 2;   // Big
inline constexpr unsigned kAscii = 2;      // String
inline constexpr unsigned kAlias = 2;      // Ref: was made as an alias
inline constexpr unsigned kRoomShift = 2;  // List, Dict, Set: from here on the class of the room
}  // namespace box_flag

inline constexpr std::size_t kHeapBinaryMax = 64;
inline constexpr std::size_t kIndexFrom = 8;

inline constexpr unsigned kArityShift = 16;

constexpr Word make_header(BoxKind kind, Word arity, unsigned flags = 0) {
  return (arity << kArityShift) | (Word{flags} << 8) | (static_cast<Word>(kind) << 3) | 0b110;
}
constexpr bool is_header(Word word) { return (word & 3) == 0b10; }

/// Set in the header of every box but those of the old part of a heap.
inline constexpr Word kYoungBit = 0b100;
constexpr bool is_old(Word header) { return (header & kYoungBit) == 0; }
constexpr Word as_young(Word header) { return header | kYoungBit; }
constexpr Word as_old(Word header) { return header & ~kYoungBit; }
/// The header `made` with the age of `header`.
constexpr Word as_old_as(Word header, Word made) { return (made & ~kYoungBit) | (header & kYoungBit); }
constexpr bool is_same_header(Word left, Word right) { return ((left ^ right) & ~kYoungBit) == 0; }

constexpr BoxKind header_kind(Word header) { return static_cast<BoxKind>((header >> 3) & 31); }
constexpr unsigned header_flags(Word header) { return static_cast<unsigned>(header >> 8) & 0xff; }
constexpr Word header_arity(Word header) { return header >> kArityShift; }

constexpr Word bytes_to_words(Word bytes) { return (bytes + 7) / 8; }

/// Entries that a box with room has room for; 0 of all others.
constexpr Word header_room(Word header) {
  const unsigned room_class = static_cast<unsigned>(header >> (8 + box_flag::kRoomShift)) & 63;
  return (Word{1} << room_class) >> 1;
}
constexpr unsigned room_flags(Word room) { return static_cast<unsigned>(std::bit_width(room)) << box_flag::kRoomShift; }
/// Entries that a box has words for.
constexpr Word header_capacity(Word header) {
  const Word room = header_room(header);
  return room == 0 ? header_arity(header) : room;
}

/// Slots of the index of a dict or set with `entries` entries; 0 when it has none.
constexpr Word index_slots(Word entries) { return entries <= kIndexFrom ? 0 : std::bit_ceil(2 * entries); }
constexpr Word index_words(Word entries) { return index_slots(entries) / 2; }

constexpr unsigned kind_bit(BoxKind kind) { return 1u << static_cast<unsigned>(kind); }
constexpr bool is_one_of(BoxKind kind, unsigned kinds) { return (kinds >> static_cast<unsigned>(kind) & 1) != 0; }
inline constexpr unsigned kSequenceKinds = kind_bit(BoxKind::Tuple) | kind_bit(BoxKind::List) | kind_bit(BoxKind::Record) |
                                           kind_bit(BoxKind::Function) | kind_bit(BoxKind::EnumMember) |
                                           kind_bit(BoxKind::Exception);
inline constexpr unsigned kContainerKinds =
    kSequenceKinds | kind_bit(BoxKind::Dict) | kind_bit(BoxKind::Set) | kind_bit(BoxKind::FrozenSet);
inline constexpr unsigned kLocalKinds = kind_bit(BoxKind::Cell) | kind_bit(BoxKind::Closure) | kind_bit(BoxKind::Range) |
                                        kind_bit(BoxKind::Iterator) | kind_bit(BoxKind::Type) | kind_bit(BoxKind::Slice);

/// Kinds whose boxes hold terms and may be sent. All others are compared and hashed without looking further.
constexpr bool is_container_kind(BoxKind kind) { return is_one_of(kind, kContainerKinds); }
/// Kinds of which a message has none, Forward besides.
constexpr bool is_local_kind(BoxKind kind) { return is_one_of(kind, kLocalKinds); }
constexpr bool is_dict_or_set_kind(BoxKind kind) { return kind >= BoxKind::Dict && kind <= BoxKind::FrozenSet; }
/// Words of one entry of a dict or set: its key, or member, comes first. 1 for other kinds.
constexpr Word entry_words(BoxKind kind) { return kind == BoxKind::Dict ? 2 : 1; }
constexpr bool has_index(Word header) { return is_dict_or_set_kind(header_kind(header)) && header_capacity(header) > kIndexFrom; }

/// Size in words, header included, of a whole box without room. Not of a Forward (B3).
constexpr Word exact_box_words(Word header) {
  const Word arity = header_arity(header);
  const BoxKind kind = header_kind(header);
  if (kind >= BoxKind::Tuple) {
    const bool indexed = is_dict_or_set_kind(kind) && arity > kIndexFrom;
    return 1 + arity * entry_words(kind) + (indexed ? index_words(arity) : 0);
  }
  if (kind == BoxKind::String || kind == BoxKind::Binary) return 1 + bytes_to_words(arity);
  return kind == BoxKind::SharedBinary ? 4 : 1 + arity;
}
/// Of any box.
constexpr Word box_words(Word header) {
  const Word room = header_room(header);
  if (room == 0) [[likely]]
    return exact_box_words(header);
  const BoxKind kind = header_kind(header);
  return 1 + room * entry_words(kind) + (is_dict_or_set_kind(kind) ? index_words(room) + 1 : 0);
}

/// Words of a box that are terms: [first, first + count).
struct TermRange {
  Word first;
  Word count;
};
constexpr TermRange box_terms(Word header) {
  const BoxKind kind = header_kind(header);
  return {1, is_one_of(kind, kContainerKinds | kLocalKinds) ? header_arity(header) * entry_words(kind) : 0};
}

/// Tuples, lists, records and what is built like them: the header and `arity` terms, then at most room.
constexpr bool is_sequence(Word header) { return is_one_of(header_kind(header), kSequenceKinds); }

constexpr bool is_off_heap_cell(Word header) {
  return header_kind(header) == BoxKind::SharedBinary || header_kind(header) == BoxKind::Opaque;
}

inline Word header_of(Term term) { return term.boxed()[0]; }
inline bool is_box(Term term, BoxKind kind) { return term.is_boxed() && header_kind(header_of(term)) == kind; }
inline Word arity_of(Term term) { return header_arity(header_of(term)); }
/// Slot `i` (0-based) of a tuple, list, set; pair words of a dict; 0 of a record is its class.
inline Term element(Term term, Word i) { return Term::from_bits(term.boxed()[1 + i]); }

inline bool is_forward(Term term) { return is_box(term, BoxKind::Forward); }
/// What a term that may be a forward stands for. Containers are read through this; all else never moves.
inline Term resolve(Term term) {
  while (is_forward(term)) [[unlikely]]
    term = Term::from_bits(arity_of(term));
  return term;
}
inline void make_forward(Word* from, const Word* to) {
  PYVM_ASSERT1(reinterpret_cast<Word>(to) >> 48 == 0, "make_forward: an address above 2^48");
  from[0] = as_old_as(from[0], make_header(BoxKind::Forward, reinterpret_cast<Word>(to)));
}

inline bool is_tuple(Term term) { return is_box(term, BoxKind::Tuple); }
inline bool is_tuple(Term term, Word arity) { return is_tuple(term) && arity_of(term) == arity; }
inline bool is_container(Term term) { return term.is_boxed() && is_container_kind(header_kind(header_of(term))); }
inline bool is_set(Term term) { return is_box(term, BoxKind::Set) || is_box(term, BoxKind::FrozenSet); }

inline Term dict_key(Term dict, Word i) { return element(dict, 2 * i); }
inline Term dict_value(Term dict, Word i) { return element(dict, 2 * i + 1); }
/// The slots of the index of a dict or set that has one.
inline const std::uint32_t* index_of(const Word* box) {
  return reinterpret_cast<const std::uint32_t*>(box + 1 + entry_words(header_kind(box[0])) * header_capacity(box[0]));
}
/// Entries of a box with this header, at home or not, that are in use but empty.
inline Word holes_of(const Word* box, Word header) {
  return header_room(header) != 0 && is_dict_or_set_kind(header_kind(header)) ? box[box_words(header) - 1] : 0;
}
/// How many entries or elements a container has, its holes left out.
inline Word live_entries(const Word* box) { return header_arity(box[0]) - holes_of(box, box[0]); }

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
