// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Heap: the values of one compiled process, and the messages it took over. Owner only.
//
//   make_* of TermBuilder    never collects: terms stay where they are until collect()
//   adopt(message)           its terms are this heap's; they are copied out, or dropped, by the next collection
//   wants_collection()       cheap: as much as was alive was allocated again
//   collect(roots)           boxes move; the roots are written anew; what they do not reach is freed. Usually of the young part alone
//   collect_all(roots)       of both parts
//
// A heap of some size has two parts. What a collection finds alive becomes the old part, which collections of the young part neither copy nor
// read, but for what was written into it since (Remembered). A small heap has a young part only.
//
// H1  What a box of the heap points to is in the heap, adopted, or a literal.
// H2  An off-heap cell is in the list of the part that holds its box, and has one count there (B1).
// H3  After collect() a forward is met in old boxes only; after collect_all() nowhere. Dicts and sets keep their holes, so that positions
//     in them stay what they are. Either may run only where all live terms are in `roots`: at a safepoint.
// H4  At a safepoint a word of an old box leads to a young box only if its entry is remembered (C4). A new box is always young.
// H5  When a collection is due there are at most `2 * live + nursery` words, where `live` was alive at the last collection of all and the
//     nursery is at most half of it. Only what is allocated between two safepoints comes on top.
// H6  A slice that is a small part of its bytes does not outlive a collection of all: it gets bytes of its own.
// H7  Once a chunk was refused a collection is due. If its own memory is refused, the heap is emptied before that is told
//     (refused.h): all its terms are gone, and its process must end.
// Design: docs/design/heap.md. Source: C. J. Cheney, A Nonrecursive List Compacting Algorithm (1970).
#pragma once

#include <initializer_list>
#include <span>

#include "proc/signal.h"

namespace pyvm {

class PYVM_EXPORT Heap final : public TermBuilder {
 public:
  Heap() = default;
  ~Heap();

  void adopt(Signal* message);
  void adopt(TermStorage storage);

  bool wants_collection() { return due_ != 0 && count_new_chunks(); }

  using Roots = std::initializer_list<std::span<Term>>;
  void collect(Roots roots);
  void collect_all(Roots roots);

  /// Frees all that it has; its terms are gone.
  void clear();

  /// Words in chunks and adopted messages, and of the bytes that off-heap cells hold, alive or not.
  Word words() const { return words_; }
  /// Words that the last collection found alive, or took for alive because they are old.
  Word live_words() const { return live_words_; }
  /// Whether there may be garbage among the live words.
  bool has_old_garbage() const;

 private:
  template <bool kAll>
  friend class Collection;
  struct Old;  // what is kept of an old part
  static constexpr Word kLeastWords = 256;

  Old* old() const;
  /// When as many words are there a collection is due, and one of all parts.
  Word limit() const;
  Word limit_of_all() const;
  bool count_new_chunks();
  void grow(Word words);
  Word take_cells(TermStorage& storage);
  void release_adopted();

  Signal* adopted_ = nullptr;           // through their next
  TermChunk* loose_ = nullptr;          // adopted without a message
  TermChunk* counted_ = nullptr;        // the newest chunk that words_ knows
  const Word* counted_cell_ = nullptr;  // and the newest off-heap cell
  Word words_ = 0;
  Word live_words_ = 0;
};

}  // namespace pyvm
