// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/generations.h"

#include <array>

#include "seeds.h"

namespace pyvm {
namespace {

/// One writer: writers exclude each other by a lock, which fibers cannot take turns at.
TEST(GenerationsSystematic, WhoHasSeenOnePartOfAChangeFindsAllOfIt) {
  for_each_seed([](std::uint64_t seed) {
    Generations generations;
    std::array<GenerationCell<int>, 3> cells;
    const auto writer = [&] {
      for (int value = 1; value <= 4; ++value) {
        GenerationChange change(generations);
        for (auto& cell : cells) change.put(cell, value);
      }
    };
    const auto reader = [&] {
      int seen = 0;
      for (int round = 0; round < 6; ++round) {
        const int* found = cells[static_cast<std::size_t>(round * 2 % 3)].newest(generations);
        const int now = found == nullptr ? 0 : *found;
        EXPECT_GE(now, seen);  // G2, G3
        seen = now;
      }
    };
    systematic::run(seed, {writer, reader, reader});
    for (const auto& cell : cells) EXPECT_EQ(*cell.newest(generations), 4);
  });
}

}  // namespace
}  // namespace pyvm
