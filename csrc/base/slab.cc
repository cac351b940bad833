// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/slab.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "base/refused.h"

namespace pyvm {

namespace slab_internal {

constinit ThreadSlab none;
constinit thread_local ThreadSlab* current = &none;

void* allocate_large(std::size_t bytes) {
  void* p = std::malloc(bytes == 0 ? 1 : bytes);
  if (p == nullptr) memory_refused("slab_allocate: out of memory");
  return p;
}

}  // namespace slab_internal

using slab_internal::current;
using slab_internal::none;

namespace {

// Taken when a thread comes or goes and for statistics, never on an allocation's or a free's usual path.
constinit std::mutex lock;
constinit ThreadSlab* created = nullptr;   // all there are
constinit ThreadSlab* released = nullptr;  // those without a thread
constinit std::uint32_t created_count = 0;

std::atomic<std::size_t> mapped_bytes{0};
std::atomic<bool> huge_pages{false};

// Set when the thread's ThreadSlab has been released: destructors of other thread-local objects may still come here.
constinit thread_local bool thread_ended = false;

struct ThreadEnd {
  ~ThreadEnd() {
    thread_ended = true;
    ThreadSlab* slab = current;
    current = &none;
    if (slab != &none) slab->release();
  }
};

char* map(std::size_t bytes) {
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  PYVM_CHECK(p != MAP_FAILED, "slab_allocate: out of memory");
  return static_cast<char*>(p);
}

/// Maps `bytes`, a power of two, aligned to `bytes`.
char* map_aligned(std::size_t bytes) {
  char* p = map(bytes);  // the system puts regions side by side, so one aligned region is mostly followed by the next
  if (reinterpret_cast<std::uintptr_t>(p) % bytes != 0) {
    munmap(p, bytes);
    p = map(2 * bytes);
    const std::size_t before = bytes - reinterpret_cast<std::uintptr_t>(p) % bytes;
    if (before != bytes) munmap(p, before);
    char* aligned = p + before % bytes;
    munmap(aligned + bytes, 2 * bytes - bytes - before % bytes);
    p = aligned;
  }
  mapped_bytes.fetch_add(bytes, std::memory_order_relaxed);
#ifdef MADV_HUGEPAGE
  if (huge_pages.load(std::memory_order_relaxed)) madvise(p, bytes, MADV_HUGEPAGE);  // only advice: may be refused
#endif
  return p;
}

}  // namespace

/// What one thread has freed of another's memory and not handed over yet.
struct ThreadSlab::Outgoing {
  struct Batch {
    Node* first = nullptr;
    std::uint32_t size = 0;
  };
  ThreadSlab* owner = nullptr;
  std::uint32_t begun = 0;  // one bit a class: its batch is not empty
  Batch batches[kClasses];
};

ThreadSlab* ThreadSlab::create() {
  auto* slab = new ThreadSlab;
  const std::lock_guard guard(lock);
  slab->number_ = created_count++;
  slab->next_created_ = created;
  created = slab;
  return slab;
}

ThreadSlab* ThreadSlab::adopt_or_create() {
  {
    const std::lock_guard guard(lock);
    if (ThreadSlab* slab = released) {
      released = slab->next_released_;
      return slab;
    }
  }
  return create();
}

void ThreadSlab::release() {
  flush();  // S5
  const std::lock_guard guard(lock);
  next_released_ = released;
  released = this;
}

/// Gives the calling thread its ThreadSlab for as long as it runs; once it has ended, for one call, which must release it.
ThreadSlab* ThreadSlab::attach() {
  ThreadSlab* slab = adopt_or_create();
  if (!thread_ended) {
    static thread_local ThreadEnd at_end;
    static_cast<void>(at_end);
    current = slab;
  }
  return slab;
}

void* ThreadSlab::refill_and_allocate(std::size_t index) {
  if (this == &none) {
    ThreadSlab* slab = attach();
    void* p = slab->allocate(index);
    if (thread_ended) slab->release();
    return p;
  }
  Supply& supply = supplies_[index];
  if (supply.pending == nullptr && inboxes_[index].load_relaxed() != nullptr) {  // a look; the exchange decides
    // acquire pairs with the release of the compare-and-swaps in hand_over: what the freeing threads wrote is ours now (S3).
    supply.pending = inboxes_[index].exchange_acq_rel(nullptr);
  }
  Node* list = supply.pending;
  if (list != nullptr) {
    PYVM_ASSERT1(chunk_of(list)->owner == this && chunk_of(list)->index == index, "S4: a batch in the wrong inbox");
    supply.pending = list->next_batch;
  } else {
    list = carve(index);
  }
  classes_[index].free = list;
  classes_[index].count(1);
  return take(classes_[index].free);
}

/// A list of objects never used before: some of those that begin on the same page, so that no page is touched before its time.
ThreadSlab::Node* ThreadSlab::carve(std::size_t index) {
  constexpr std::uintptr_t kPageBytes = 4096;
  constexpr int kAtMost = 32;
  Supply& supply = supplies_[index];
  const std::size_t bytes = (index + 1) * kClassBytes;
  if (static_cast<std::size_t>(supply.end - supply.next) < bytes) start_chunk(index);
  char* page_end = reinterpret_cast<char*>((reinterpret_cast<std::uintptr_t>(supply.next) | (kPageBytes - 1)) + 1);
  char* begin = supply.next;
  for (int count = 0; count < kAtMost; ++count) {
    if (static_cast<std::size_t>(supply.end - supply.next) < bytes || (count != 0 && supply.next >= page_end)) break;
    supply.next += bytes;
  }
  Node* list = nullptr;
  for (char* p = supply.next; p != begin;) put(list, p -= bytes, index);
  return list;
}

void ThreadSlab::start_chunk(std::size_t index) {
  if (region_next_ == region_end_) {
    region_next_ = map_aligned(kRegionBytes);
    region_end_ = region_next_ + kRegionBytes;
  }
  char* base = region_next_;
  region_next_ += kChunkBytes;
  Chunk* chunk = chunk_header(reinterpret_cast<std::uintptr_t>(base));
  *chunk = Chunk{this, index};  // published with the first object that leaves this thread, by whatever carries it
  supplies_[index].next = reinterpret_cast<char*>(chunk) + kHeaderBytes;
  supplies_[index].end = base + kChunkBytes;
}

void ThreadSlab::free_foreign(void* p, std::size_t index, ThreadSlab* owner) {
  if (this == &none) {
    ThreadSlab* slab = attach();
    slab->free(p, index);
    if (thread_ended) slab->release();
    return;
  }
  classes_[index].count(-1);
  Outgoing& outgoing = outgoing_to(owner);
  Outgoing::Batch& batch = outgoing.batches[index];
  put(batch.first, p, index);
  outgoing.begun |= std::uint32_t{1} << index;
  if (++batch.size == kBatch) hand_over(outgoing, index);
}

ThreadSlab::Outgoing& ThreadSlab::outgoing_to(ThreadSlab* owner) {
  const std::uint32_t number = owner->number_;
  if (number >= outgoing_size_) {
    const std::uint32_t size = std::max(2 * outgoing_size_, number + 1);
    auto* table = static_cast<Outgoing**>(std::realloc(outgoing_, size * sizeof(Outgoing*)));
    PYVM_CHECK(table != nullptr, "slab_free: out of memory");
    std::memset(table + outgoing_size_, 0, (size - outgoing_size_) * sizeof(Outgoing*));
    outgoing_ = table;
    outgoing_size_ = size;
  }
  if (outgoing_[number] == nullptr) {
    outgoing_[number] = new Outgoing;
    outgoing_[number]->owner = owner;
  }
  return *outgoing_[number];
}

void ThreadSlab::hand_over(Outgoing& outgoing, std::size_t index) {
  Outgoing::Batch& batch = outgoing.batches[index];
  Node* first = batch.first;
  batch = {};
  outgoing.begun &= ~(std::uint32_t{1} << index);
  Atomic<Node*>& inbox = outgoing.owner->inboxes_[index];
  first->next_batch = inbox.load_relaxed();
  // release pairs with the exchange in refill_and_allocate. The batch we link to is not read here, so its push needs no acquire;
  // each compare-and-swap continues the release sequence of the ones before it.
  while (!inbox.compare_exchange_acq_rel(first->next_batch, first)) continue;
}

void ThreadSlab::flush() {
  for (std::uint32_t number = 0; number < outgoing_size_; ++number) {
    Outgoing* outgoing = outgoing_[number];
    if (outgoing == nullptr) continue;
    while (outgoing->begun != 0) hand_over(*outgoing, static_cast<std::size_t>(__builtin_ctz(outgoing->begun)));
  }
}

SlabStatistics slab_statistics() {
  SlabStatistics statistics;
  statistics.mapped_bytes = mapped_bytes.load(std::memory_order_relaxed);
  std::int64_t in_use = 0;
  const std::lock_guard guard(lock);
  for (ThreadSlab* slab = created; slab != nullptr; slab = slab->next_created_) {
    ++statistics.thread_slabs;
    for (std::size_t index = 0; index < ThreadSlab::kClasses; ++index) {
      const std::int64_t live = slab->classes_[index].live.load(std::memory_order_relaxed);
      in_use += live * static_cast<std::int64_t>((index + 1) * ThreadSlab::kClassBytes);
    }
  }
  statistics.in_use_bytes = static_cast<std::size_t>(std::max<std::int64_t>(in_use, 0));
  return statistics;
}

void slab_use_huge_pages(bool on) { huge_pages.store(on, std::memory_order_relaxed); }

}  // namespace pyvm
