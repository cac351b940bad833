// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// TermBuilder: makes boxed terms in memory that the caller will own as one TermStorage.
//
//   TermBuilder(first, end)      starts in memory of the caller's (often the tail of the message being made); when it is
//                                full, chunks of growing size are chained on
//   allocate(words)              raw words for one box; never null: memory may be refused (refused.h)
//   make_*                       one box each; children must already be built, or be filled in through a Slots
//   take_storage()               hands over chunks and off-heap cells; the builder is empty afterwards
//   ~TermBuilder                 releases what was not taken
//
// A TermStorage is released once, by release_storage(). Terms in it are then gone. Not thread-safe: one thread builds.
#pragma once

#include <array>
#include <span>
#include <utility>
#include <vector>

#include "term/boxed.h"
#include "term/off_heap.h"

namespace pyvm {

/// An entry of a dict, as it lies in the box.
struct TermPair {
  Term key;
  Term value;
};
static_assert(sizeof(TermPair) == 2 * sizeof(Term));

/// The fields of an exception, in the order of the box (boxed.h).
struct ExceptionFields {
  Term module;
  Term qualified_name;
  Term args;                  // tuple
  Term text;                  // str(exception)
  Term traceback;             // list of tuples (file, line, function, source line)
  Term cause = Term::none();  // exception or None
  Term details = Term();      // dict of attributes, or nothing
};
inline ExceptionFields exception_fields(Term exception) {
  return {element(exception, 0),
          element(exception, 1),
          element(exception, 2),
          element(exception, 3),
          element(exception, 4),
          element(exception, 5),
          arity_of(exception) > 6 ? element(exception, 6) : Term()};
}

/// A chained piece of term memory. Allocated by TermBuilder only.
struct TermChunk {
  TermChunk* next;
  Word size_words;
  Word words[];
};

/// Everything besides the caller's own first words that a set of terms needs released.
struct TermStorage {
  TermChunk* chunks = nullptr;
  Word* off_heap = nullptr;  // head of the list of off-heap cells (B1)

  bool empty() const { return chunks == nullptr && off_heap == nullptr; }
  /// Words in the chunks: what max_heap counts for them, besides the inline words.
  Word chunk_words() const { return chunks == nullptr ? 0 : count_chunk_words(); }

 private:
  PYVM_EXPORT Word count_chunk_words() const;
};

PYVM_EXPORT void release_nonempty_storage(TermStorage& storage);
inline void release_storage(TermStorage& storage) {
  if (!storage.empty()) [[unlikely]]
    release_nonempty_storage(storage);
}

/// Entries of the old part of a heap that were written since it was last collected (heap.h).
class Remembered {
 public:
  static constexpr std::uint8_t kPressed = 2;

  struct Range {
    Word* box;
    Word first;
    Word end;
  };

  /// `due` gets kPressed when so much was written that a collection is due.
  explicit Remembered(std::uint8_t& due) : due_(due) {}

  void add(Word* box, Word first, Word end);
  std::span<const Range> ranges() const { return ranges_; }
  /// At the end of a collection. From now on `most` ranges make the next one due.
  void clear(std::size_t most);

 private:
  std::uint8_t& due_;
  std::size_t most_ = 0;
  std::vector<Range> ranges_;
};

class PYVM_EXPORT TermBuilder {
 public:
  TermBuilder() = default;
  TermBuilder(Word* first, Word* end) : top_(first), end_(end) {}
  ~TermBuilder() { release_storage(storage_); }
  TermBuilder(const TermBuilder&) = delete;
  TermBuilder& operator=(const TermBuilder&) = delete;

  Word* allocate(Word words) {
    if (static_cast<Word>(end_ - top_) < words) [[unlikely]]
      return allocate_in_new_chunk(words);
    Word* box = top_;
    top_ += words;
    return box;
  }

  Term make_int(std::int64_t value);
  Term make_uint(std::uint64_t value);
  /// Magnitude in limbs, least significant first; leading zero limbs allowed. Gives a small integer when it fits (T2).
  Term make_big(bool negative, std::span<const Word> limbs);
  Term make_float(double value) {
    const Term immediate = Term::try_short_float(value);
    return immediate.is_nothing() ? make_boxed_float(value) : immediate;
  }
  Term make_string(std::string_view utf8);
  Term make_binary(std::span<const std::byte> bytes);
  /// A slice of `shared`; takes over one count of it.
  Term make_shared_binary(SharedBytes* shared, std::size_t offset, std::size_t size);
  /// A handle; takes over one count of it.
  Term make_opaque(OffHeap* handle, Word id);
  Term make_ref(Word id, Pid maker, bool alias = false);

  /// A container whose terms the caller fills in before it is used: `arity` of them, 1 + fields of a record (the class first),
  /// 2 * arity of a dict (key, value, key, ...). Dicts and sets need seal() after that.
  Term make_container(BoxKind kind, Word arity, Term** slots);
  /// Makes a dict or set from make_container ready: drops duplicates as make_dict does and writes the index.
  void seal(Term dict_or_set);

  Term make_tuple(std::span<const Term> elements) { return make_sequence(BoxKind::Tuple, elements); }
  Term make_list(std::span<const Term> elements) { return make_sequence(BoxKind::List, elements); }
  /// Keeps the order of insertion; the value of a later equal key takes the place of the earlier one's, as in Python.
  Term make_dict(std::span<const Term> keys_and_values);
  Term make_dict(std::span<const TermPair> pairs) {
    return make_dict(std::span(reinterpret_cast<const Term*>(pairs.data()), 2 * pairs.size()));
  }
  /// `kind` is Set or FrozenSet. Of equal members the first stays.
  Term make_set(BoxKind kind, std::span<const Term> members);
  /// `fields` has a term for each field of the class (atom_table.h).
  Term make_record(Term record_class, std::span<const Term> fields);
  Term make_function(std::string_view module, std::string_view qualified_name);
  Term make_enum_member(std::string_view module, std::string_view qualified_name, std::string_view member);
  Term make_exception(const ExceptionFields& fields);
  /// One with a text and nothing else: args is (text,), the traceback is empty.
  Term make_exception(std::string_view module, std::string_view qualified_name, std::string_view text);

  template <typename... Terms>
  Term tuple(Terms... elements) {
    const std::array<Term, sizeof...(elements)> array{elements...};
    return make_tuple(array);
  }

  /// Adds an off-heap cell that the caller built by hand (the copier).
  void adopt_off_heap_cell(Word* box) {
    box[1] = reinterpret_cast<Word>(storage_.off_heap);
    storage_.off_heap = box;
    due_ |= kUncounted;
  }

  /// Entries [first, end) of an old container were written, or it was moved (C4).
  void remember(Word* box, Word first, Word end);

  TermStorage take_storage() {
    TermStorage taken = storage_;
    storage_ = {};
    top_ = end_ = nullptr;
    return taken;
  }

 protected:  // Heap is the one that derives from it
  Word* top_ = nullptr;
  Word* end_ = nullptr;
  Word chunk_words_ =
      64;  // of the next chunk, at least: each twice the one before, so that a large box does not make them larger
  TermStorage storage_;
  Remembered* remembered_ = nullptr;  // of a heap with an old part
  std::uint8_t due_ = 0;              // what a heap looks at in a safepoint: kUncounted, a chunk or cell came; kPressed

  static constexpr std::uint8_t kUncounted = 1;

 private:
  Word* allocate_in_new_chunk(Word words);
  Term make_boxed_float(double value);
  Term make_sequence(BoxKind kind, std::span<const Term> elements);
};

/// A term that owns its storage: state of a native body, an exit reason, an entry of the process dictionary. Move-only.
class PYVM_EXPORT OwnedTerm {
 public:
  OwnedTerm() = default;
  /// Takes an immediate as it is, or a deep copy of a boxed term.
  explicit OwnedTerm(Term source);
  OwnedTerm(Term term, TermStorage storage) : term_(term), storage_(storage) {}
  OwnedTerm(OwnedTerm&& other) noexcept : term_(other.term_), storage_(other.storage_) {
    other.term_ = Term();
    other.storage_ = {};
  }
  OwnedTerm& operator=(OwnedTerm&& other) noexcept {
    std::swap(term_, other.term_);
    std::swap(storage_, other.storage_);
    return *this;
  }
  ~OwnedTerm() { release_storage(storage_); }

  Term get() const { return term_; }
  explicit operator bool() const { return !term_.is_nothing(); }
  Word chunk_words() const { return storage_.chunk_words(); }

 private:
  Term term_;
  TermStorage storage_;
};

}  // namespace pyvm
