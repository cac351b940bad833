// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/heap.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <vector>

#include "term/binary.h"

namespace pyvm {

namespace {

/// What an off-heap cell keeps in memory besides its box, in words.
Word off_heap_words(const Word* cell) {
  return header_kind(cell[0]) == BoxKind::SharedBinary ? bytes_to_words(header_arity(cell[0])) : 0;
}

void destroy_all(Signal* signal) {
  while (signal != nullptr) {
    Signal* next = signal->next_signal();
    signal->destroy();
    signal = next;
  }
}

void free_all(TermChunk* chunk) {
  while (chunk != nullptr) {
    TermChunk* next = chunk->next;
    std::free(chunk);
    chunk = next;
  }
}

}  // namespace

Heap::~Heap() {
  release_storage(storage_);  // first: its off-heap cells may lie in adopted messages
  release_adopted();
}

void Heap::release_adopted() {
  destroy_all(std::exchange(adopted_, nullptr));
  free_all(std::exchange(loose_, nullptr));
}

void Heap::grow(Word words) {
  words_ += words;
  pressed_ = pressed_ || words_ >= std::max<Word>(2 * live_words_, kLeastWords);
}

void Heap::adopt(Signal* message) {
  message->set_next(adopted_);
  adopted_ = message;
  Word words = message->size_words();
  if (message->storage != nullptr) words += take_cells(*message->storage);
  grow(words);
}

void Heap::adopt(TermStorage storage) {
  if (storage.empty()) return;
  Word words = take_cells(storage);
  while (TermChunk* chunk = storage.chunks) {
    storage.chunks = chunk->next;
    chunk->next = std::exchange(loose_, chunk);
    words += chunk->size_words;
  }
  grow(words);
}

Word Heap::take_cells(TermStorage& storage) {
  count_new_chunks();  // and cells: those of `storage` go before them
  Word words = 0;
  while (Word* cell = storage.off_heap) {
    storage.off_heap = reinterpret_cast<Word*>(cell[1]);
    words += off_heap_words(cell);
    adopt_off_heap_cell(cell);
  }
  counted_cell_ = storage_.off_heap;
  return words;
}

bool Heap::count_new_chunks() {
  for (const TermChunk* chunk = storage_.chunks; chunk != counted_; chunk = chunk->next) grow(chunk->size_words);
  counted_ = storage_.chunks;
  for (const Word* cell = storage_.off_heap; cell != counted_cell_; cell = reinterpret_cast<const Word*>(cell[1]))
    grow(off_heap_words(cell));
  counted_cell_ = storage_.off_heap;
  return pressed_;
}

/// Cheney's: boxes reached are copied one after the other, and the copies are scanned in that order.
class Collection {
 public:
  explicit Collection(Heap& heap) : heap_(heap), from_(heap.take_storage()) {
    chunk_words_ = std::clamp(heap.live_words_, kLeastChunk, kLargestChunk);
  }

  void run(Heap::Roots roots) {
    for (const std::span<Term> part : roots) {
      for (Term& root : part) root = moved(root);
    }
    for (std::size_t i = 0; i < chunks_.size(); ++i) {  // grows meanwhile, as does what is used of the last
      for (Word* box = chunks_[i].chunk->words; box != chunks_[i].top; box += box_words(box[0])) scan(box);
    }
    release_unreached();
    finish();
  }

 private:
  static constexpr Word kLeastChunk = 32;
  static constexpr Word kLargestChunk = Word{1} << 20;

  struct Chunk {
    TermChunk* chunk;
    Word* top;
  };

  void scan(Word* box) {
    const TermRange range = box_terms(box[0]);
    for (Word* word = box + range.first; word != box + range.first + range.count; ++word)
      *word = moved(Term::from_bits(*word)).bits();
  }

  Term moved(Term term) {
    while (term.is_boxed()) {
      auto* box = const_cast<Word*>(term.boxed());
      const Word header = box[0];
      if (!is_header(header)) return Term::boxed(reinterpret_cast<const Word*>(header));
      if ((header_flags(header) & box_flag::kLiteral) != 0) return term;
      if (header_kind(header) != BoxKind::Forward) return move(box);
      term = Term::from_bits(header_arity(header));  // H3. One step: the next header may be an address by now
    }
    return term;
  }

  /// A list that has become much shorter gives up what it had room for.
  static void drop_room(Word* box) {
    constexpr Word kLeastRoom = 4;
    const Word arity = header_arity(box[0]), room = std::bit_ceil(std::max(arity, kLeastRoom));
    if (header_room(box[0]) > 2 * room) box[0] = make_header(BoxKind::List, arity, room_flags(room));
  }

  Term move(Word* box) {
    if (header_kind(box[0]) == BoxKind::List) drop_room(box);
    const Word header = box[0];
    const Word words = box_words(header);
    Word* copy = allocate(words);
    std::copy_n(box, words, copy);
    if (is_off_heap_cell(header)) {
      heap_.adopt_off_heap_cell(copy);  // H2: the count goes along
      live_ += off_heap_words(copy);
    }
    box[0] = reinterpret_cast<Word>(copy);
    return Term::boxed(copy);
  }

  Word* allocate(Word words) {
    if (chunks_.empty() || static_cast<Word>(end_ - chunks_.back().top) < words) add_chunk(words);
    live_ += words;
    Word* box = chunks_.back().top;
    chunks_.back().top += words;
    return box;
  }

  void add_chunk(Word least) {
    const Word size = std::max(least, chunk_words_);
    chunk_words_ = std::min(2 * chunk_words_, kLargestChunk);
    auto* chunk = static_cast<TermChunk*>(std::malloc(sizeof(TermChunk) + size * sizeof(Word)));
    PYVM_CHECK(chunk != nullptr, "Heap::collect: out of memory");
    chunk->size_words = size;
    chunks_.push_back({chunk, chunk->words});
    end_ = chunk->words + size;
  }

  void release_unreached() {
    for (Word* cell = from_.off_heap; cell != nullptr; cell = reinterpret_cast<Word*>(cell[1])) {
      if (is_header(cell[0])) reinterpret_cast<OffHeap*>(cell[2])->release();
    }
    free_all(from_.chunks);
    heap_.release_adopted();
  }

  void finish() {
    TermChunk* below = nullptr;
    for (const Chunk& part : chunks_) {
      part.chunk->next = below;
      below = part.chunk;
    }
    heap_.storage_.chunks = heap_.counted_ = below;
    heap_.counted_cell_ = heap_.storage_.off_heap;
    heap_.top_ = chunks_.empty() ? nullptr : chunks_.back().top;
    heap_.end_ = chunks_.empty() ? nullptr : end_;
    heap_.chunk_words_ = std::clamp<Word>(live_, kLeastChunk, kLargestChunk);
    heap_.words_ = heap_.live_words_ = live_;
    heap_.pressed_ = false;
  }

  Heap& heap_;
  const TermStorage from_;
  std::vector<Chunk> chunks_;
  Word* end_ = nullptr;  // of the last chunk
  Word chunk_words_;     // of the next one
  Word live_ = 0;
};

void Heap::collect(Roots roots) { Collection(*this).run(roots); }

}  // namespace pyvm
