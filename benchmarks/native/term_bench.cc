// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What the verbs over terms cost: copying, comparing, hashing, looking up. Terms are built once, outside of the measured loop.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "term/compare.h"
#include "term/copy.h"
#include "term/hash.h"

namespace pyvm {
namespace {

Term small(std::int64_t value) { return Term::small(value); }

/// 61 boxes in 220 words: 20 times (i, [i + 1, i + 2, (i + 3, i + 4)]) in a tuple.
Term make_rows(TermBuilder& builder) {
  std::vector<Term> rows;
  for (int i = 0; i < 20; ++i) {
    const std::array items{small(i + 1), small(i + 2), builder.tuple(small(i + 3), small(i + 4))};
    rows.push_back(builder.tuple(small(i), builder.make_list(items)));
  }
  return builder.make_tuple(rows);
}

Term make_flat(TermBuilder& builder) { return builder.tuple(builder.make_string("add"), small(1), small(2), Term::none()); }

Term make_nested(TermBuilder& builder) {
  Term term = small(0);
  for (int i = 0; i < 60'000; ++i) term = builder.tuple(term);
  return term;
}

Term make_dict_of(TermBuilder& builder, int entries) {
  std::vector<TermPair> pairs;
  for (int i = 0; i < entries; ++i) pairs.push_back({builder.make_string("key" + std::to_string(i)), small(i)});
  return builder.make_dict(pairs);
}

using Make = Term (*)(TermBuilder&);

template <Make kMake>
void BM_Copy(benchmark::State& state) {
  TermBuilder source;
  const Term term = kMake(source);
  const Word words = exact_words(term);
  std::vector<Word> memory(words);
  for (auto _ : state) {
    TermBuilder target(memory.data(), memory.data() + words);
    benchmark::DoNotOptimize(copy(term, target));
  }
  state.counters["words"] = static_cast<double>(words);
}
BENCHMARK(BM_Copy<make_flat>);
BENCHMARK(BM_Copy<make_rows>);
BENCHMARK(BM_Copy<make_nested>);

/// As a message is made: counted, allocated, copied, freed.
template <Make kMake>
void BM_CountAllocateCopy(benchmark::State& state) {
  TermBuilder source;
  const Term term = kMake(source);
  for (auto _ : state) {
    const Word words = exact_words(term);
    auto* memory = static_cast<Word*>(std::malloc(words * sizeof(Word)));
    TermBuilder target(memory, memory + words);
    benchmark::DoNotOptimize(copy(term, target));
    std::free(memory);
  }
}
BENCHMARK(BM_CountAllocateCopy<make_flat>);
BENCHMARK(BM_CountAllocateCopy<make_rows>);

template <Make kMake>
void BM_ExactWords(benchmark::State& state) {
  TermBuilder source;
  const Term term = kMake(source);
  for (auto _ : state) benchmark::DoNotOptimize(exact_words(term));
}
BENCHMARK(BM_ExactWords<make_rows>);

template <Make kMake>
void BM_Equal(benchmark::State& state) {
  TermBuilder builder;
  const Term left = kMake(builder);
  const Term right = kMake(builder);
  for (auto _ : state) benchmark::DoNotOptimize(equal(left, right));
}
BENCHMARK(BM_Equal<make_flat>);
BENCHMARK(BM_Equal<make_rows>);
BENCHMARK(BM_Equal<make_nested>);

template <Make kMake>
void BM_Compare(benchmark::State& state) {
  TermBuilder builder;
  const Term left = kMake(builder);
  const Term right = kMake(builder);
  for (auto _ : state) benchmark::DoNotOptimize(compare(left, right));
}
BENCHMARK(BM_Compare<make_flat>);
BENCHMARK(BM_Compare<make_rows>);

template <Make kMake>
void BM_Hash(benchmark::State& state) {
  TermBuilder builder;
  const Term term = kMake(builder);
  for (auto _ : state) benchmark::DoNotOptimize(hash(term));
}
Term make_int(TermBuilder&) { return small(1'234'567); }
Term make_short_string(TermBuilder& builder) { return builder.make_string("counter"); }
Term make_string_of_20(TermBuilder& builder) { return builder.make_string("a string of 20 bytes"); }
BENCHMARK(BM_Hash<make_int>);
BENCHMARK(BM_Hash<make_short_string>);
BENCHMARK(BM_Hash<make_string_of_20>);
BENCHMARK(BM_Hash<make_flat>);
BENCHMARK(BM_Hash<make_rows>);

void BM_DictGet(benchmark::State& state) {
  TermBuilder builder;
  const auto entries = static_cast<int>(state.range(0));
  const Term dict = make_dict_of(builder, entries);
  std::vector<Term> keys;
  for (int i = 0; i < entries; ++i) keys.push_back(builder.make_string("key" + std::to_string(i)));
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(dict_get(dict, keys[next]));
    if (++next == keys.size()) next = 0;
  }
}
BENCHMARK(BM_DictGet)->Arg(8)->Arg(100)->Arg(10'000);

void BM_MakeDict(benchmark::State& state) {
  TermBuilder keys;
  std::vector<TermPair> pairs;
  for (int i = 0; i < state.range(0); ++i) pairs.push_back({keys.make_string("key" + std::to_string(i)), small(i)});
  std::vector<Word> memory(box_words(make_header(BoxKind::Dict, pairs.size())));
  for (auto _ : state) {
    TermBuilder builder(memory.data(), memory.data() + memory.size());
    benchmark::DoNotOptimize(builder.make_dict(pairs));
  }
}
BENCHMARK(BM_MakeDict)->Arg(8)->Arg(100);

}  // namespace
}  // namespace pyvm

BENCHMARK_MAIN();
