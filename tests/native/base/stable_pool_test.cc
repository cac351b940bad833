// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/stable_pool.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace pyvm {
namespace {

struct Thing {
  std::uint32_t index = 0;
  Thing* next_free = nullptr;
  Atomic<std::uint32_t> next_batch;
  int life = 0;
};

using Pool = StablePool<Thing, 64, 1024>;
Pool::Segments segments;

std::vector<std::uint32_t> indexes(Pool& pool, std::size_t count) {
  std::vector<std::uint32_t> taken;
  for (std::size_t i = 0; i < count; ++i) taken.push_back(pool.allocate()->index);
  return taken;
}

void recycle_all(Pool& pool) {
  for (std::uint32_t index = 1; index < pool.end_index(); ++index) pool.recycle(*pool.at(index));
}

TEST(StablePool, GivesOutFromTheFirstAgainAfterARestart) {
  Pool pool(segments);
  const std::vector<std::uint32_t> first = indexes(pool, 500);
  EXPECT_EQ(first.front(), 1u);
  pool.at(7)->life = 3;
  recycle_all(pool);
  // A thread that keeps some in its cache across the restart, and gives back nothing of the earlier life when it ends.
  std::thread([&] {
    Thing* mine = pool.allocate();
    pool.recycle(*mine);
    pool.restart();
    EXPECT_EQ(indexes(pool, 300), std::vector<std::uint32_t>(first.begin(), first.begin() + 300));
    recycle_all(pool);
    pool.restart();
  }).join();
  EXPECT_EQ(indexes(pool, 500), first);
  EXPECT_EQ(pool.at(7)->life, 0);  // constructed anew
  recycle_all(pool);
  pool.restart();
  EXPECT_EQ(pool.end_index(), 1u);
}

}  // namespace
}  // namespace pyvm
