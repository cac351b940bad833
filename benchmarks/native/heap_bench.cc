// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What a compiled process pays for its heap, an item being one turn of a loop that makes garbage, with a safepoint each turn as in the machine.
#include <benchmark/benchmark.h>

#include <vector>

#include "proc/heap.h"
#include "term/change.h"

namespace pyvm {
namespace {

void safepoint(Heap& heap, std::vector<Term>& roots) {
  if (heap.wants_collection()) heap.collect({roots});
}

Term small_tree(Heap& heap, int i) {
  const Term leaf = heap.tuple(Term::small(i), Term::none());
  return heap.tuple(leaf, heap.make_list({}), leaf);
}

/// A state of a few words: most processes.
void BM_GarbageBesideASmallState(benchmark::State& state) {
  Heap heap;
  std::vector<Term> roots{small_tree(heap, 0), Term(), Term()};
  int i = 0;
  for (auto _ : state) {
    roots[1] = small_tree(heap, ++i);
    safepoint(heap, roots);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_GarbageBesideASmallState);

/// One collection of a heap with `range` boxes of three words alive.
void BM_CollectAll(benchmark::State& state) {
  Heap heap;
  std::vector<Term> roots{Term::none()};
  for (int i = 0; i < state.range(0); ++i) roots[0] = heap.tuple(Term::small(i), roots[0]);
  for (auto _ : state) heap.collect({roots});
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_CollectAll)->Arg(8)->Arg(64)->Arg(512);

Term dict_of(Heap& heap, int entries, std::vector<Term>& roots) {
  roots[0] = make_dict_with_room(8, heap);
  for (int i = 0; i < entries; ++i) {
    dict_set(roots[0], Term::small(i), heap.tuple(Term::small(i), Term::none()), heap);
    safepoint(heap, roots);
  }
  return roots[0];
}

/// A dict of `range` entries is alive and read; everything else is garbage.
void BM_GarbageBesideADict(benchmark::State& state) {
  Heap heap;
  std::vector<Term> roots{Term(), Term()};
  dict_of(heap, static_cast<int>(state.range(0)), roots);
  int i = 0;
  for (auto _ : state) {
    roots[1] = small_tree(heap, ++i);
    safepoint(heap, roots);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_GarbageBesideADict)->Arg(1000)->Arg(1000000);

/// The same, and each turn replaces the value of an entry.
void BM_ChangesOfADict(benchmark::State& state) {
  Heap heap;
  std::vector<Term> roots{Term(), Term()};
  const int entries = static_cast<int>(state.range(0));
  dict_of(heap, entries, roots);
  int i = 0;
  for (auto _ : state) {
    i = (i + 7919) % entries;
    dict_set(roots[0], Term::small(i), small_tree(heap, i), heap);
    safepoint(heap, roots);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ChangesOfADict)->Arg(1000)->Arg(1000000);

/// A list of a thousand lists, to one of which each turn appends a tuple; it starts anew when it has a thousand.
void BM_AppendsToAListOfLists(benchmark::State& state) {
  constexpr int kLists = 1000;
  Heap heap;
  std::vector<Term> roots{make_list_with_room(kLists, heap), Term()};
  for (int i = 0; i < kLists; ++i) list_append(roots[0], make_list_with_room(4, heap), heap);
  int i = 0;
  for (auto _ : state) {
    const Term list = list_items(roots[0])[static_cast<std::size_t>(++i % kLists)];
    if (size_of(list) == kLists) list_clear(list);
    list_append(list, heap.tuple(Term::small(i), Term::none()), heap);
    safepoint(heap, roots);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_AppendsToAListOfLists)->Iterations(3000000);

}  // namespace
}  // namespace pyvm
