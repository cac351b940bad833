// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Heap: the values of one compiled process, and the messages it took over. Owner only.
//
//   make_* of TermBuilder    never collects: terms stay where they are until collect()
//   adopt(message)           its terms are this heap's; they are copied out, or dropped, by the next collection
//   wants_collection()       cheap: as much as was alive was allocated again
//   collect(roots)           every box moves; the roots are written anew; what they do not reach is freed
//
// H1  What a box of the heap points to is in the heap, adopted, or a literal.
// H2  An off-heap cell is in the list of the storage that holds its box, and has one count there (B1).
// H3  collect() leaves no forward. Dicts and sets keep their holes, so that positions in them stay what they are. It may run only where all live terms are in `roots`: at a safepoint.
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

  bool wants_collection() {
    return (storage_.chunks != counted_ || storage_.off_heap != counted_cell_ || pressed_) && count_new_chunks();
  }

  using Roots = std::initializer_list<std::span<Term>>;
  void collect(Roots roots);

  /// Words in chunks and adopted messages, and of the bytes that off-heap cells hold, alive or not.
  Word words() const { return words_; }
  /// Words that the last collection found alive.
  Word live_words() const { return live_words_; }

 private:
  friend class Collection;
  static constexpr std::uint32_t kLeastWords = 256;

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
  bool pressed_ = false;
};

}  // namespace pyvm
