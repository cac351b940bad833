// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The run queue: pushed and taken by its owner, alone and with a thief at the other end.
#include <benchmark/benchmark.h>

#include <atomic>
#include <thread>

#include "base/chase_lev_deque.h"

namespace pyvm {
namespace {

struct Item {};

void BM_DequePushTake(benchmark::State& state) {
  ChaseLevDeque<Item> deque;
  Item item;
  for (std::int64_t i = 0; i < state.range(0); ++i) deque.push(&item);
  for (auto _ : state) {
    deque.push(&item);
    benchmark::DoNotOptimize(deque.take());
  }
}
BENCHMARK(BM_DequePushTake)->Arg(0)->Arg(1000)->Arg(100'000);

void BM_DequeEmptyTake(benchmark::State& state) {
  ChaseLevDeque<Item> deque;
  for (auto _ : state) benchmark::DoNotOptimize(deque.take());
}
BENCHMARK(BM_DequeEmptyTake);

/// The owner pushes and takes; another thread takes without pause.
void BM_DequeWithThief(benchmark::State& state) {
  ChaseLevDeque<Item> deque;
  Item item;
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> stolen{0};
  std::thread thief([&] {
    std::int64_t count = 0;
    while (!stop.load(std::memory_order_relaxed)) count += deque.take() != nullptr ? 1 : 0;
    stolen.store(count);
  });
  for (auto _ : state) {
    deque.push(&item);
    deque.push(&item);
    benchmark::DoNotOptimize(deque.take());
  }
  stop.store(true);
  thief.join();
  state.counters["stolen"] = static_cast<double>(stolen.load()) / static_cast<double>(state.iterations());
}
BENCHMARK(BM_DequeWithThief)->UseRealTime();

}  // namespace
}  // namespace pyvm
