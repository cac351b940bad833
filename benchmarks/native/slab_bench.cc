// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The slab beside malloc: one object again and again, as a signal between two processes of one scheduler; a thousand at once, as
// in a full mailbox; and a stream of objects that one thread allocates and another frees.
#include <benchmark/benchmark.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include "base/slab.h"

namespace pyvm {
namespace {

struct Slab {
  static void* allocate(std::size_t bytes) { return slab_allocate(bytes); }
  static void free(void* p, std::size_t bytes) { slab_free(p, bytes); }
};

struct Malloc {
  static void* allocate(std::size_t bytes) { return std::malloc(bytes); }
  static void free(void* p, std::size_t) { std::free(p); }
};

constexpr std::size_t kBytes = 96;

template <typename Allocator>
void BM_OneObject(benchmark::State& state) {
  for (auto _ : state) {
    void* p = Allocator::allocate(kBytes);
    benchmark::DoNotOptimize(p);
    Allocator::free(p, kBytes);
  }
}
BENCHMARK(BM_OneObject<Slab>);
BENCHMARK(BM_OneObject<Malloc>);

template <typename Allocator>
void BM_ThousandObjects(benchmark::State& state) {
  std::vector<void*> objects(1'000);
  for (auto _ : state) {
    for (void*& p : objects) p = Allocator::allocate(kBytes);
    for (void* p : objects) Allocator::free(p, kBytes);
  }
  state.SetItemsProcessed(state.iterations() * 1'000);
}
BENCHMARK(BM_ThousandObjects<Slab>);
BENCHMARK(BM_ThousandObjects<Malloc>);

/// One object through a ring of 4,096 places: what the ring itself costs is in both figures.
template <typename Allocator>
void BM_FreedByAnotherThread(benchmark::State& state) {
  constexpr std::size_t kPlaces = 4'096;
  static std::array<std::atomic<void*>, kPlaces> ring{};
  std::atomic<bool> ended{false};
  std::thread consumer([&] {
    for (std::size_t at = 0;; at = (at + 1) % kPlaces) {
      void* p = nullptr;
      while ((p = ring[at].load(std::memory_order_acquire)) == nullptr) {
        if (ended.load(std::memory_order_acquire) && ring[at].load(std::memory_order_acquire) == nullptr) return;
        std::this_thread::yield();
      }
      ring[at].store(nullptr, std::memory_order_release);
      Allocator::free(p, kBytes);
    }
  });
  std::size_t at = 0;
  for (auto _ : state) {
    void* p = Allocator::allocate(kBytes);
    *static_cast<std::size_t*>(p) = at;
    while (ring[at].load(std::memory_order_acquire) != nullptr) std::this_thread::yield();
    ring[at].store(p, std::memory_order_release);
    at = (at + 1) % kPlaces;
  }
  ended.store(true, std::memory_order_release);
  consumer.join();
}
BENCHMARK(BM_FreedByAnotherThread<Slab>)->UseRealTime();
BENCHMARK(BM_FreedByAnotherThread<Malloc>)->UseRealTime();

}  // namespace
}  // namespace pyvm
