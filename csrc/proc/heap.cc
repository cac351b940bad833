// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/heap.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <vector>

#include "base/refused.h"
#include "base/stress.h"
#include "proc/heap_check.h"
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

/// The old part. Its boxes are marked (B5), and are bump-allocated as survivors arrive.
struct Heap::Old : Remembered {
  using Remembered::Remembered;
  ~Old() { release_storage(storage); }

  TermStorage storage;
  Word* top = nullptr;
  Word* end = nullptr;
  Word words = 0;    // in use, bytes of off-heap cells included
  Word live = 0;     // of them at the last collection of all
  Word nursery = 0;  // words that are allocated between collections
  Word roots = 0;    // read by each of them
};

Heap::Old* Heap::old() const { return static_cast<Old*>(remembered_); }

Heap::~Heap() { clear(); }

void Heap::clear() {
  release_storage(storage_);  // first: its off-heap cells may lie in adopted messages
  delete old();
  remembered_ = nullptr;
  release_adopted();
  top_ = end_ = nullptr;
  counted_ = nullptr;
  counted_cell_ = nullptr;
  words_ = live_words_ = 0;
  due_ = 0;
}

bool Heap::has_old_garbage() const { return remembered_ != nullptr && old()->words > old()->live; }

void Heap::release_adopted() {
  destroy_all(std::exchange(adopted_, nullptr));
  free_all(std::exchange(loose_, nullptr));
}

Word Heap::limit_of_all() const { return std::max<Word>(2 * (remembered_ == nullptr ? live_words_ : old()->live), kLeastWords); }

/// What is read of the stack is paid for by allocating as much, like what is copied.
Word Heap::limit() const {
  if (remembered_ == nullptr) return limit_of_all();
  return std::min(limit_of_all(), old()->words + std::max(old()->nursery, old()->roots));
}

void Heap::grow(Word words) {
  words_ += words;
  const auto room = static_cast<Word>(end_ - top_);
  if (words_ >= limit() + room) due_ |= Remembered::kPressed;
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
  due_ &= Remembered::kPressed;
  if (chunk_words_ == 0) due_ |= Remembered::kPressed;  // H7
  return due_ != 0;
}

namespace {

constexpr Word kLeastChunk = 32;
constexpr Word kLargestChunk = Word{1} << 20;
/// Below this a heap has no old part: copying all of it costs no more than managing two.
constexpr Word kLeastOld = stress::kCollect ? 0 : 4096;
constexpr Word kLeastNursery = stress::kCollect ? 64 : 2048;
constexpr Word kLargestNursery = Word{1} << 15;  // of the size of a processor's cache

constexpr bool is_literal(Word header) { return (header_flags(header) & box_flag::kLiteral) != 0; }

/// Of a header and as many terms as its arity says.
constexpr bool is_plain(Word header) { return is_sequence(header) && header_room(header) == 0; }

/// Most boxes have a few words, for which a call costs more than the copy.
inline void copy_words(const Word* from, Word words, Word* to) {
  constexpr Word kFew = 8;
  if (words > kFew) {
    std::copy_n(from, words, to);
    return;
  }
  for (Word i = 0; i < words; ++i) {
    to[i] = from[i];
    asm("");  // or the compiler makes a call of it
  }
}

/// H6. All that hold these bytes together would need less than a quarter of them, if they are slices of about that size. Those in other
/// processes may be larger: then what this copies was in vain, but it was little.
bool is_small_part(const Word* shared_binary) {
  const SharedBytes* bytes = shared_bytes(Term::boxed(shared_binary));
  return 4 * header_arity(shared_binary[0]) * bytes->count() <= bytes->size();
}

}  // namespace

/// Cheney's: boxes reached are copied one after the other, and the copies are scanned in that order. Of all parts, or of the young one.
template <bool kAll>
class Collection {
 public:
  explicit Collection(Heap& heap)
      : heap_(heap),
        from_(heap.take_storage()),
        old_(heap.old()),
        to_old_(!kAll || heap.live_words_ >= kLeastOld),
        age_(to_old_ ? 0 : kYoungBit) {
    if constexpr (kAll) {
      if (old_ != nullptr) old_from_ = std::exchange(old_->storage, {});
      chunk_words_ = std::clamp(heap.live_words_, kLeastChunk, kLargestChunk);
    } else {
      to_cells_ = old_->storage.off_heap;
      chunk_words_ = std::clamp(old_->live / 8, kLeastNursery, kLargestNursery);
      if (old_->top != nullptr) chunks_.push_back({old_->storage.chunks, old_->top, nullptr});
      top_ = old_->top;
      end_ = old_->end;
    }
  }

  ~Collection() {
    if (!is_done_) abandon();
  }
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  void run(Heap::Roots roots) {
    Word root_words = 0;
    for (const std::span<Term> part : roots) {
      for (Term& root : part) root = moved(root);
      root_words += part.size();
    }
    if constexpr (!kAll) scan_remembered();
    for (std::size_t i = 0; i < chunks_.size(); ++i) {  // grows meanwhile, as does what is used of the last
      for (Word* box = chunks_[i].first; box != end_of(i);) box = scan(box);
    }
    release_unreached();
    finish(root_words);
  }

 private:
  struct Chunk {
    TermChunk* chunk;
    Word* first;  // that this collection put there
    Word* end;    // of what it put there, when there is a next chunk
  };

  Word* end_of(std::size_t chunk) const { return chunk + 1 == chunks_.size() ? top_ : chunks_[chunk].end; }

  /// The box behind it.
  Word* scan(Word* box) {
    const Word header = box[0];
    if (is_plain(header)) {
      Word* end = box + 1 + header_arity(header);
      scan(box + 1, end);
      return end;
    }
    const TermRange range = box_terms(header);
    scan(box + range.first, box + range.first + range.count);
    return box + box_words(header);
  }
  void scan(Word* word, const Word* end) {
    for (; word != end; ++word) *word = moved(Term::from_bits(*word)).bits();
  }

  /// H4. A range may be wider than what is left of its container, which may also have moved.
  void scan_remembered() {
    for (const Remembered::Range& range : old_->ranges()) {
      Word* box = range.box;
      if (header_kind(box[0]) == BoxKind::Forward) {
        make_forward(box, moved(Term::boxed(box)).boxed());
      } else {
        const Word stride = entry_words(header_kind(box[0])), end = std::min(range.end, header_arity(box[0]));
        if (range.first < end) scan(box + 1 + stride * range.first, box + 1 + stride * end);
      }
    }
  }

  Term moved(Term term) {
    while (term.is_boxed()) {
      auto* box = const_cast<Word*>(term.boxed());
      const Word header = box[0];
      if (!is_header(header)) return Term::boxed(reinterpret_cast<const Word*>(header));
      if (is_literal(header)) return term;
      if (header_kind(header) != BoxKind::Forward) return !kAll && is_old(header) ? term : move(box);
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
    constexpr unsigned kCells = kind_bit(BoxKind::SharedBinary) | kind_bit(BoxKind::Opaque);
    if (header_room(box[0]) != 0 && header_kind(box[0]) == BoxKind::List) drop_room(box);
    const Word header = box[0];
    if (is_one_of(header_kind(header), kCells)) [[unlikely]]
      return move_cell(box);
    const Word words = is_plain(header) ? 1 + header_arity(header) : box_words(header);
    Word* copy = allocate(words);
    copy_words(box, words, copy);
    return left_for(box, copy);
  }

  Term left_for(Word* box, Word* copy) {
    copy[0] = (copy[0] & ~kYoungBit) | age_;
    box[0] = reinterpret_cast<Word>(copy);
    return Term::boxed(copy);
  }

  /// H2: the count goes along.
  Term move_cell(Word* box) {
    const bool is_bytes = header_kind(box[0]) == BoxKind::SharedBinary;
    if (kAll && is_bytes && is_small_part(box)) return copied_out(box);
    Word* copy = allocate(box_words(box[0]));
    std::copy_n(box, box_words(box[0]), copy);
    adopt_cell(copy);
    return left_for(box, copy);
  }

  void adopt_cell(Word* cell) {
    cell[1] = reinterpret_cast<Word>(std::exchange(to_cells_, cell));
    live_ += off_heap_words(cell);  // its box is counted in the end
  }

  /// H6. In the heap when it is short, as make_binary() has it.
  Term copied_out(Word* box) {
    const Word size = header_arity(box[0]);
    const std::span<const std::byte> bytes = binary_bytes(Term::boxed(box));
    auto* whole = shared_bytes(Term::boxed(box));
    Word* copy = nullptr;
    if (size <= kHeapBinaryMax) {
      const Word words = bytes_to_words(size);
      copy = allocate(1 + words);
      copy[words] = 0;  // the padding of the last word
      copy[0] = make_header(BoxKind::Binary, size);
      std::ranges::copy(bytes, reinterpret_cast<std::byte*>(copy + 1));
    } else {
      copy = allocate(box_words(box[0]));
      copy[0] = make_header(BoxKind::SharedBinary, size);
      copy[2] = reinterpret_cast<Word>(static_cast<OffHeap*>(SharedBytes::create(bytes)));
      copy[3] = 0;
      adopt_cell(copy);
    }
    whole->release();
    return left_for(box, copy);
  }

  Word* allocate(Word words) {
    if (static_cast<Word>(end_ - top_) < words) [[unlikely]]
      add_chunk(words);
    return std::exchange(top_, top_ + words);
  }

  [[gnu::noinline]] void add_chunk(Word least) {
    const Word size = std::max(least, chunk_words_);
    chunk_words_ = std::min(2 * chunk_words_, kLargestChunk);
    auto* chunk = static_cast<TermChunk*>(std::malloc(sizeof(TermChunk) + size * sizeof(Word)));
    if (chunk == nullptr) memory_refused("Heap::collect: out of memory");
    chunk->size_words = size;
    if (!chunks_.empty()) chunks_.back().end = top_;
    chunks_.push_back({chunk, chunk->words, nullptr});
    top_ = chunk->words;
    end_ = chunk->words + size;
  }

  static void release_cells(Word* cell) {
    for (; cell != nullptr; cell = reinterpret_cast<Word*>(cell[1])) {
      if (is_header(cell[0])) reinterpret_cast<OffHeap*>(cell[2])->release();
    }
  }

  void release_unreached() {
    release_cells(from_.off_heap);
    release_cells(old_from_.off_heap);
    keep_nursery();
    free_all(from_.chunks);
    free_all(old_from_.chunks);
    heap_.release_adopted();
  }

  /// The chunk that was allocated from serves again. Under stress it does not, so that who still points to it is found.
  void keep_nursery() {
    if (kAll || stress::kCollect) return;
    for (TermChunk** link = &from_.chunks; *link != nullptr; link = &(*link)->next) {
      TermChunk* chunk = *link;
      if (chunk->size_words != old_->nursery) continue;
      *link = std::exchange(chunk->next, nullptr);
      heap_.storage_.chunks = chunk;
      return;
    }
  }

  /// The chunks as a list, the newest first, on top of `below`.
  TermChunk* linked(TermChunk* below) const {
    for (const Chunk& part : chunks_) {
      if (part.chunk == below) continue;  // it was there before
      part.chunk->next = below;
      below = part.chunk;
    }
    return below;
  }

  /// H7. Some boxes were moved and some were not: the cells of both are listed, each in one place.
  void abandon() {
    TermStorage& moved = kAll ? heap_.storage_ : old_->storage;
    moved = {linked(moved.chunks), to_cells_};
    release_cells(from_.off_heap);
    release_cells(old_from_.off_heap);
    heap_.clear();
    free_all(from_.chunks);
    free_all(old_from_.chunks);
  }

  void finish(Word root_words) {
    is_done_ = true;
    for (std::size_t i = 0; i < chunks_.size(); ++i) live_ += static_cast<Word>(end_of(i) - chunks_[i].first);
    if (to_old_) {
      finish_old(root_words);
    } else {
      finish_young();
    }
    heap_.counted_ = heap_.storage_.chunks;
    heap_.counted_cell_ = heap_.storage_.off_heap;
    heap_.due_ = 0;
  }

  void finish_young() {
    delete std::exchange(old_, nullptr);
    heap_.remembered_ = nullptr;
    heap_.storage_ = {linked(nullptr), to_cells_};
    heap_.top_ = top_;
    heap_.end_ = top_ + std::min(static_cast<Word>(end_ - top_), std::max(live_, Heap::kLeastWords));
    heap_.chunk_words_ = std::clamp<Word>(live_, kLeastChunk, kLargestChunk);
    heap_.words_ = heap_.live_words_ = live_;
  }

  void finish_old(Word root_words) {
    if (old_ == nullptr) heap_.remembered_ = old_ = new Heap::Old(heap_.due_);
    old_->storage = {linked(kAll ? nullptr : old_->storage.chunks), to_cells_};
    old_->top = top_;
    old_->end = end_;
    old_->words = kAll ? live_ : old_->words + live_;
    if (kAll) {
      old_->live = live_;
      old_->nursery = std::clamp(live_ / 2, kLeastNursery, kLargestNursery);
    }
    old_->roots = root_words;
    old_->clear(old_->nursery / 4);
    TermChunk* nursery = heap_.storage_.chunks;
    heap_.top_ = nursery == nullptr ? nullptr : nursery->words;
    heap_.end_ = nursery == nullptr ? nullptr : nursery->words + nursery->size_words;
    heap_.chunk_words_ = nursery == nullptr ? old_->nursery : old_->nursery / 8;  // what comes behind it makes a collection due
    heap_.live_words_ = old_->words;
    heap_.words_ = old_->words + (nursery == nullptr ? 0 : nursery->size_words);
  }

  Heap& heap_;
  TermStorage from_;
  TermStorage old_from_;
  Heap::Old* old_;
  const bool to_old_;  // what is alive becomes the old part
  const Word age_;
  std::vector<Chunk> chunks_;
  Word* to_cells_ = nullptr;
  Word* top_ = nullptr;  // in the last chunk
  Word* end_ = nullptr;
  Word chunk_words_;  // of the next one
  Word live_ = 0;     // copied by this collection
  bool is_done_ = false;
};

void Heap::collect_all(Roots roots) { Collection<true>(*this).run(roots); }

void Heap::collect(Roots roots) {
  if (remembered_ == nullptr) return collect_all(roots);
  count_new_chunks();
  const auto room = static_cast<Word>(end_ - top_);
  if (words_ >= limit_of_all() + room) return collect_all(roots);
  PYVM_ASSERT2(heap_check::remembers_all(roots, old()->ranges()),
               "H4: an old box leads to a young one, and nothing remembers it");
  Collection<false>(*this).run(roots);
  PYVM_ASSERT2(heap_check::is_all_old(roots), "H4: a collection of the young part left a young box");
}

}  // namespace pyvm
