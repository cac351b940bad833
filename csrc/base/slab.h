// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Slab: memory for small objects that one thread allocates and another one frees (signals, table entries).
//
//   slab_allocate(bytes)   any thread   16-byte aligned (64 for multiples of 64); above 512 bytes it is malloc, which may be refused (refused.h); never null
//   slab_free(p, bytes)    any thread   `bytes` as allocated; memory of another thread is collected, and handed back in batches
//   slab_flush()           any thread   hands over what the thread has collected; schedulers call it when idle and now and then
//   slab_statistics()      any thread   a sum over all threads that are running, so approximate
//
// Each thread that comes here owns a ThreadSlab: per class of 16 bytes a last-in first-out list of free objects, of which some,
// the nodes, hold the addresses of others, six from 64 bytes on: of objects that went cold only the node has to come from
// memory before the next ones are known. Objects are carved from chunks of 64 KiB, aligned to that, whose header names the
// owner and the class. Memory stays mapped.
//
// S1  Only the owner touches the free lists, the pending batches and the chunks being carved; the inboxes alone are shared.
// S2  A chunk has one owner and one class for ever; so where an object goes back to never changes.
// S3  An object is in one place: in use, on its owner's free list, in one thread's outgoing batch, or in its owner's inbox.
// S4  A batch in an inbox is of that inbox's class; inboxes are pushed to one batch at a time and emptied all at once, so no ABA.
// S5  A thread that ends hands over its batches, and its ThreadSlab goes to the next thread that needs one.
//
// With AddressSanitizer, or PYVM_SLAB_MALLOC in the whole build, the functions are malloc and free; ThreadSlab itself stays.
// Design: docs/design/memory.md. Source: snmalloc's batched remote frees. Rejected there: malloc, a depot, one inbox a thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "base/atomic.h"
#include "base/check.h"

#if defined(__SANITIZE_ADDRESS__) && !defined(PYVM_SLAB_MALLOC)
#define PYVM_SLAB_MALLOC
#endif

namespace pyvm {

struct SlabStatistics {
  std::size_t mapped_bytes = 0;  // taken from the system for small objects
  std::size_t in_use_bytes = 0;  // allocated and not freed, rounded up to the classes
  std::size_t thread_slabs = 0;  // as many as there were threads at once
};

PYVM_EXPORT SlabStatistics slab_statistics();

class ThreadSlab {
 public:
  static constexpr std::size_t kClassBytes = 16;
  static constexpr std::size_t kClasses = 32;
  static constexpr std::size_t kMaxBytes = kClassBytes * kClasses;
  static constexpr std::size_t kChunkBytes = 64 * 1024;
#ifdef PYVM_SYSTEMATIC  // small, so that a short test meets the edges
  static constexpr std::uint32_t kBatch = 2;
  static constexpr std::size_t kRegionBytes = kChunkBytes;
#else
  static constexpr std::uint32_t kBatch = 32;
  static constexpr std::size_t kRegionBytes = 2 * 1024 * 1024;
#endif

  /// True for 1 to kMaxBytes bytes.
  static constexpr bool fits(std::size_t bytes) { return bytes - 1 < kMaxBytes; }
  static constexpr std::size_t class_of(std::size_t bytes) { return (bytes - 1) / kClassBytes; }

  constexpr ThreadSlab() = default;
  ThreadSlab(const ThreadSlab&) = delete;
  ThreadSlab& operator=(const ThreadSlab&) = delete;

  /// A new one, for a thread (slab_allocate does it) or for a test that plays several threads. Lives for ever.
  PYVM_EXPORT static ThreadSlab* create();

  /// Owner only.
  void* allocate(std::size_t index) {
    SizeClass& size_class = classes_[index];
    void* last = size_class.last;
    if (last == nullptr && size_class.free == nullptr) [[unlikely]]
      return refill_and_allocate(index);
    size_class.count(1);
    if (last == nullptr) return take(size_class.free);
    size_class.last = nullptr;
    return last;
  }

  /// Owner only: called on the ThreadSlab of the thread that frees, whoever owns the object.
  void free(void* p, std::size_t index) {
    Chunk* chunk = chunk_of(p);
    PYVM_ASSERT1(chunk->index == index, "S2: slab_free: not the size it was allocated with");
    if (chunk->owner != this) [[unlikely]]
      return free_foreign(p, index, chunk->owner);
    SizeClass& size_class = classes_[index];
    if (size_class.last != nullptr) put(size_class.free, size_class.last, index);
    size_class.last = p;
    size_class.count(-1);
  }

  /// Owner only. Hands over every batch, full or not.
  PYVM_EXPORT void flush();

  /// Owner only. Flushes, then leaves everything to the next thread that attaches.
  PYVM_EXPORT void release();

 private:
  friend SlabStatistics slab_statistics();

  // A free object that is a node of a list. The smallest class has room for just this.
  struct Node {
    std::uintptr_t link;  // the next node; in the bits that are 0 in an address, how many free objects follow
    Node* next_batch;     // in the first node of a batch that is in an inbox or pending
    void* objects[];

    std::uintptr_t count() const { return link % kClassBytes; }
  };
  static_assert(sizeof(Node) == kClassBytes);

  /// As many as fit into the object, and no more than make a cache line.
  static constexpr std::size_t most_in_node(std::size_t index) { return index < 3 ? 2 * index : 6; }

  static void put(Node*& list, void* p, std::size_t index) {
    if (list != nullptr && list->count() < most_in_node(index)) {
      list->objects[list->count()] = p;
      ++list->link;
    } else {
      Node* node = static_cast<Node*>(p);
      node->link = reinterpret_cast<std::uintptr_t>(list);
      list = node;
    }
  }

  static void* take(Node*& list) {
    Node* node = list;
    __builtin_prefetch(reinterpret_cast<const void*>(node->link));
    const std::uintptr_t count = node->count();
    if (count == 0) {
      list = reinterpret_cast<Node*>(node->link);
      return node;
    }
    --node->link;
    if (count > 2) __builtin_prefetch(node->objects[count - 3], 1);  // soon written to
    return node->objects[count - 1];
  }

  struct Chunk {
    ThreadSlab* owner;
    std::size_t index;
  };

  struct SizeClass {
    void* last = nullptr;  // the object freed last, most often the one allocated next
    Node* free = nullptr;
    std::atomic<std::int64_t> live{0};  // written by the owner, read for statistics; negative where more is freed than allocated

    void count(std::int64_t change) { live.store(live.load(std::memory_order_relaxed) + change, std::memory_order_relaxed); }
  };

  struct Supply {
    Node* pending = nullptr;  // batches taken from the inbox
    char* next = nullptr;     // the part of the newest chunk not carved yet
    char* end = nullptr;
  };

  struct Outgoing;

  // The header's place varies from chunk to chunk: at one offset they would all compete for the same set of the cache.
  static constexpr std::uintptr_t kColours = 32;
  static constexpr std::uintptr_t kHeaderBytes = 64;

  static Chunk* chunk_header(std::uintptr_t base) {
    return reinterpret_cast<Chunk*>(base + (base / kChunkBytes) % kColours * kHeaderBytes);
  }
  static Chunk* chunk_of(void* p) { return chunk_header(reinterpret_cast<std::uintptr_t>(p) & ~(kChunkBytes - 1)); }

  PYVM_EXPORT void* refill_and_allocate(std::size_t index);
  PYVM_EXPORT void free_foreign(void* p, std::size_t index, ThreadSlab* owner);
  Node* carve(std::size_t index);
  void start_chunk(std::size_t index);
  Outgoing& outgoing_to(ThreadSlab* owner);
  void hand_over(Outgoing& outgoing, std::size_t index);

  static ThreadSlab* attach();
  static ThreadSlab* adopt_or_create();

  // Owner only (S1), but for the counters.
  SizeClass classes_[kClasses];
  Supply supplies_[kClasses];
  char* region_next_ = nullptr;
  char* region_end_ = nullptr;
  Outgoing** outgoing_ = nullptr;  // by the owner's number; null where nothing was ever freed
  std::uint32_t outgoing_size_ = 0;

  // Written when created or released, under the lock in slab.cc.
  std::uint32_t number_ = 0;
  ThreadSlab* next_created_ = nullptr;
  ThreadSlab* next_released_ = nullptr;

  // Pushed to by every thread that frees this one's memory.
  alignas(64) Atomic<Node*> inboxes_[kClasses];
};

namespace slab_internal {

/// What a thread has before its first allocation and after its last: it is empty and owns nothing, so only slow paths know it.
PYVM_EXPORT extern constinit ThreadSlab none;

// One access without a call even from inside the shared library; it takes 8 bytes of the space kept for libraries loaded late.
PYVM_EXPORT extern constinit thread_local ThreadSlab* current __attribute__((tls_model("initial-exec")));

PYVM_EXPORT void* allocate_large(std::size_t bytes);

}  // namespace slab_internal

[[nodiscard]] inline void* slab_allocate(std::size_t bytes) {
#ifndef PYVM_SLAB_MALLOC
  if (ThreadSlab::fits(bytes)) return slab_internal::current->allocate(ThreadSlab::class_of(bytes));
#endif
  return slab_internal::allocate_large(bytes);
}

inline void slab_free(void* p, [[maybe_unused]] std::size_t bytes) {
#ifndef PYVM_SLAB_MALLOC
  if (ThreadSlab::fits(bytes)) return slab_internal::current->free(p, ThreadSlab::class_of(bytes));
#endif
  std::free(p);
}

inline void slab_flush() { slab_internal::current->flush(); }

/// Asks the system for huge pages in regions mapped from now on. Off at first: a first touch then costs 2 MiB.
PYVM_EXPORT void slab_use_huge_pages(bool on);

}  // namespace pyvm
