// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// StablePool: objects found by index whose memory stays what it is for ever, so that a stale index is safe to look through.
//
//   at(index)     any thread   the object there, or null when none was ever given out
//   allocate()    any thread   a free object, constructed once, otherwise as it was left; null when as many as the limit were made and
//                              none is free here: each other thread may have up to kMostCached free ones to itself
//   recycle(o)    any thread   free again
//   end_index()   any thread   one past the largest index ever given out
//   is_made(i)    any thread   the object at i < end_index() is constructed: for who walks all, and comes by while another thread does it
//   restart()     one thread   gives out all again from the first, constructed anew; nothing may be in use, no other thread here
//
// T gives `index` and `next_free` (plain, the pool's) and `next_batch` (Atomic<uint32_t>, may serve T while it is in use).
// L1  An object is in use, in one thread's cache, or in one batch of the shared stack, whose top carries a tag against ABA.
// L2  Index 0 is never given out.
// L3  A thread's cache holds at most kMostCached objects; what is more goes to the shared stack.
// One pool for each T: the caches are thread-local statics of the class, so instantiate it in one .cc only.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <new>

#include "base/atomic.h"
#include "base/check.h"

namespace pyvm {

template <typename T, std::size_t kSegmentObjects, std::size_t kSegments>
class StablePool {
 public:
  using Segments = Atomic<T*>[kSegments];
  static constexpr std::uint64_t kMost = std::uint64_t{kSegmentObjects} * kSegments - 1;

  /// `segments` is zero at the beginning and outlives the pool; it is apart so that look-ups can be inlined elsewhere. A `limit`
  /// above kMost is kMost.
  explicit constexpr StablePool(Segments& segments, std::uint64_t limit = kMost)
      : segments_(segments), limit_(limit < kMost ? limit : kMost) {}

  T* at(std::uint32_t index) const {
    if (index / kSegmentObjects >= kSegments) return nullptr;
    T* segment = segments_[index / kSegmentObjects].load_acquire();  // pairs with the exchange in segment_for
    return segment == nullptr ? nullptr : &segment[index % kSegmentObjects];
  }

  T* allocate() {
    if (T* object = take_free()) return object;
    std::uint32_t index = next_index_.load_relaxed();
    do {
      if (index > limit_.load_relaxed()) return nullptr;
    } while (!next_index_.compare_exchange_acq_rel(index, index + 1));
    T* segment = segment_for(index);
    auto* object = new (&segment[index % kSegmentObjects]) T;
    object->index = index;
    made_word(segment, index).fetch_or_seq_cst(made_bit(index));  // pairs with the acquire in is_made; release would do
    return object;
  }

  bool is_made(std::uint32_t index) const {
    T* segment = segments_[index / kSegmentObjects].load_acquire();
    return segment != nullptr && (made_word(segment, index).load_acquire() & made_bit(index)) != 0;
  }

  void recycle(T& object) {
    Cache& mine = cache();
    object.next_free = mine.first;
    mine.first = &object;
    if (++mine.count > kMostCached) give_batch(mine, kBatch);
  }

  void restart() {
    for (std::uint32_t index = 0; index < end_index(); index += kSegmentObjects) {
      T* segment = segments_[index / kSegmentObjects].load_acquire();
      if (segment == nullptr) continue;  // none was given out yet
      for (std::size_t word = 0; word < kMadeWords; ++word)
        made_word(segment, static_cast<std::uint32_t>(64 * word)).store_release(0);
    }
    generation_.store_release(generation_.load_relaxed() + 1);  // what threads have in their caches is forgotten
    top_.store_release(((top_.load_relaxed() >> 32) + 1) << 32);
    next_index_.store_release(1);
  }

  std::uint32_t end_index() const { return next_index_.load_acquire(); }
  std::uint64_t limit() const { return limit_.load_relaxed(); }
  /// Of objects ever made: those made before stay in use when it is lowered.
  void set_limit(std::uint64_t objects) { limit_.store_relaxed(objects < kMost ? objects : kMost); }

 private:
#ifdef PYVM_SYSTEMATIC  // small, so that a short test meets the edges
  static constexpr std::uint32_t kBatch = 2;
#else
  static constexpr std::uint32_t kBatch = 64;
#endif

 public:
  static constexpr std::uint32_t kMostCached = 2 * kBatch - 1;  // L3

 private:
  // A bit for each object that is constructed, behind the objects of a segment.
  static constexpr std::size_t kMadeWords = (kSegmentObjects + 63) / 64;
  static Atomic<std::uint64_t>& made_word(T* segment, std::uint32_t index) {
    return reinterpret_cast<Atomic<std::uint64_t>*>(segment + kSegmentObjects)[index % kSegmentObjects / 64];
  }
  static std::uint64_t made_bit(std::uint32_t index) { return std::uint64_t{1} << index % kSegmentObjects % 64; }

  struct Cache {
    StablePool* pool = nullptr;
    T* first = nullptr;
    std::uint32_t count = 0;
    std::uint32_t generation = 0;
    ~Cache() {
      if (count != 0 && generation == pool->generation_.load_acquire()) pool->give_batch(*this, count);
    }
  };

  Cache& cache() {
#ifdef PYVM_SYSTEMATIC
    static thread_local Cache caches[systematic::kMostFibers];  // a fiber stands for a thread
    Cache& mine = caches[systematic::fiber()];
#else
    static thread_local Cache mine;
#endif
    mine.pool = this;
    const std::uint32_t generation = generation_.load_relaxed();
    if (mine.generation != generation) [[unlikely]] {
      mine.first = nullptr;
      mine.count = 0;
      mine.generation = generation;
    }
    return mine;
  }

  T* take_free() {
    Cache& mine = cache();
    if (mine.first == nullptr) {
      mine.first = pop_batch();
      for (T* object = mine.first; object != nullptr; object = object->next_free) ++mine.count;
      if (mine.first == nullptr) return nullptr;
    }
    T* object = mine.first;
    mine.first = object->next_free;
    --mine.count;
    return object;
  }

  void give_batch(Cache& mine, std::uint32_t size) {
    T* batch = mine.first;
    T* last = batch;
    for (std::uint32_t i = 1; i < size; ++i) last = last->next_free;
    mine.first = last->next_free;
    last->next_free = nullptr;
    mine.count -= size;
    std::uint64_t top = top_.load_acquire();
    std::uint64_t desired;
    do {
      batch->next_batch.store_relaxed(static_cast<std::uint32_t>(top));
      desired = ((top >> 32) + 1) << 32 | batch->index;
    } while (!top_.compare_exchange_acq_rel(top, desired));  // pairs with pop_batch: the list in the batch is visible
  }

  T* pop_batch() {
    std::uint64_t top = top_.load_acquire();
    for (;;) {
      const auto index = static_cast<std::uint32_t>(top);
      if (index == 0) return nullptr;
      T* batch = at(index);
      // Another thread may be using this object by now; then the tag has moved and the exchange fails (L1).
      const std::uint64_t below = batch->next_batch.load_relaxed();
      if (top_.compare_exchange_acq_rel(top, ((top >> 32) + 1) << 32 | below)) return batch;
    }
  }

  T* segment_for(std::uint32_t index) {
    Atomic<T*>& slot = segments_[index / kSegmentObjects];
    T* segment = slot.load_acquire();
    if (segment != nullptr) return segment;
    constexpr std::size_t kHugePage = std::size_t{2} << 20;
    constexpr std::size_t kBytes = kSegmentObjects * sizeof(T) + kMadeWords * sizeof(std::uint64_t);
    char* memory = map(kBytes + kHugePage);
    const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(memory) % kHugePage) % kHugePage;
    auto* fresh = reinterpret_cast<T*>(memory + before);  // zero pages; allocate() constructs one object at a time
#ifdef MADV_HUGEPAGE
    if (kBytes >= kHugePage) madvise(memory + before, kBytes, MADV_HUGEPAGE);  // one fault in place of 512; only advice
#endif
    if (slot.compare_exchange_acq_rel(segment, fresh)) return fresh;
    munmap(memory, kBytes + kHugePage);
    return segment;
  }

  static char* map(std::size_t bytes) {
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    PYVM_CHECK(memory != MAP_FAILED, "StablePool: out of memory");
    return static_cast<char*>(memory);
  }

  Segments& segments_;
  Atomic<std::uint32_t> next_index_{1};  // L2
  Atomic<std::uint64_t> limit_;
  Atomic<std::uint32_t> generation_;
  Atomic<std::uint64_t> top_;  // tag in the high half, index of the first object of the top batch in the low; 0: none
};

}  // namespace pyvm
