// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/generations.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

namespace pyvm {
namespace {

TEST(Generations, ACellHasNothingThenTheNewestOfEachChange) {
  Generations generations;
  GenerationCell<int> one, other;
  EXPECT_EQ(one.newest(generations), nullptr);
  {
    GenerationChange change(generations);
    change.put(one, 1);
    EXPECT_EQ(one.newest(generations), nullptr) << "it counts when the change ends";
  }
  EXPECT_EQ(*one.newest(generations), 1);
  EXPECT_EQ(other.newest(generations), nullptr);
  {
    GenerationChange change(generations);
    change.put(other, 2);
    change.put(other, 3);
    change.put(one, 2);
  }
  EXPECT_EQ(*one.newest(generations), 2);
  EXPECT_EQ(*other.newest(generations), 3) << "the last of one change";
}

TEST(Generations, ThreadsSeeAllOfAChangeAndNeverGoBack) {
  constexpr int kChanges = 20000;
  constexpr int kReaders = 3;
  Generations generations;
  std::array<GenerationCell<int>, 3> cells;
  Atomic<int> started, done;
  const auto read = [&] {
    int seen = 0;
    started.fetch_add_acq_rel(1);
    while (done.load_acquire() == 0) {
      for (const auto& cell : cells) {
        const int* found = cell.newest(generations);
        const int now = found == nullptr ? 0 : *found;
        ASSERT_GE(now, seen);  // G2, G3: what was seen in one cell is in all
        seen = now;
      }
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < kReaders; ++i) readers.emplace_back(read);
  while (started.load_acquire() < kReaders) std::this_thread::yield();
  for (int value = 1; value <= kChanges; ++value) {
    GenerationChange change(generations);
    for (auto& cell : cells) change.put(cell, value);
  }
  done.store_release(1);
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace pyvm
