// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/stable_pool.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "base/random.h"

namespace pyvm {
namespace {

/// `Tag` makes a type, and so a pool with its caches, of its own for each test.
template <int Tag>
struct Item {
  Atomic<int> holders;
  int constructed = 1;
  Item* next_free = nullptr;
  Atomic<std::uint32_t> next_batch;
  std::uint32_t index = 0;
};

template <int Tag, std::size_t kSegmentObjects = 16, std::size_t kSegments = 1024>
struct Pool : StablePool<Item<Tag>, kSegmentObjects, kSegments> {
  using Base = StablePool<Item<Tag>, kSegmentObjects, kSegments>;
  Pool() : Base(segments) {}
  static inline Atomic<Item<Tag>*> segments[kSegments];
};

TEST(StablePool, GivesEachObjectAnIndexByWhichItIsFoundForEver) {
  Pool<0> pool;
  std::vector<Item<0>*> items;
  for (int i = 0; i < 100; ++i) items.push_back(pool.allocate());
  for (Item<0>* item : items) {
    EXPECT_NE(item->index, 0u);  // L2
    EXPECT_LT(item->index, pool.end_index());
    EXPECT_EQ(pool.at(item->index), item);
  }
  for (Item<0>* item : items) pool.recycle(*item);
  for (Item<0>* item : items) EXPECT_EQ(pool.at(item->index), item);
  EXPECT_EQ(pool.at(16 * 1024), nullptr);
  EXPECT_EQ(pool.at(16 * 900), nullptr);
}

TEST(StablePool, KnowsWhichObjectsAreMade) {
  Pool<5> pool;
  std::vector<Item<5>*> items;
  for (int i = 0; i < 40; ++i) items.push_back(pool.allocate());
  for (const Item<5>* item : items) EXPECT_TRUE(pool.is_made(item->index));
  EXPECT_FALSE(pool.is_made(0));
  EXPECT_FALSE(pool.is_made(41));
  EXPECT_FALSE(pool.is_made(16 * 500));
  for (Item<5>* item : items) pool.recycle(*item);
  pool.restart();
  EXPECT_FALSE(pool.is_made(1));
  EXPECT_EQ(pool.allocate()->index, 1u);
  EXPECT_TRUE(pool.is_made(1));
  EXPECT_FALSE(pool.is_made(2));
}

TEST(StablePool, ConstructsAnObjectOnceAndLeavesItAsItWas) {
  Pool<1> pool;
  Item<1>* item = pool.allocate();
  EXPECT_EQ(item->constructed, 1);
  item->constructed = 7;
  pool.recycle(*item);
  EXPECT_EQ(pool.allocate(), item);
  EXPECT_EQ(item->constructed, 7);
}

TEST(StablePool, GivesNothingBeyondItsLimitAndAgainWhatCameBack) {
  Pool<2> pool;
  pool.set_limit(20);
  std::vector<Item<2>*> items;
  while (Item<2>* item = pool.allocate()) items.push_back(item);
  EXPECT_EQ(items.size(), 20u);
  pool.recycle(*items.back());
  EXPECT_EQ(pool.allocate(), items.back());
  EXPECT_EQ(pool.allocate(), nullptr);
  pool.set_limit(~std::uint64_t{0});
  EXPECT_EQ(pool.limit(), 16u * 1024 - 1);
  EXPECT_NE(pool.allocate(), nullptr);
}

TEST(StablePool, AThreadThatEndsGivesItsFreeObjectsToTheOthers) {
  Pool<3> pool;
  std::set<Item<3>*> theirs;
  std::thread([&] {
    std::vector<Item<3>*> items;
    for (int i = 0; i < 500; ++i) items.push_back(pool.allocate());
    for (Item<3>* item : items) pool.recycle(*item);
    theirs.insert(items.begin(), items.end());
  }).join();
  const std::uint32_t end = pool.end_index();
  for (int i = 0; i < 500; ++i) EXPECT_EQ(theirs.count(pool.allocate()), 1u);
  EXPECT_EQ(pool.end_index(), end);
}

TEST(StablePool, AtItsLimitItMissesNoMoreThanIsInTheCachesOfOthers) {
  Pool<6> pool;
  constexpr std::size_t kLimit = 1'000;
  pool.set_limit(kLimit);
  const auto take_all = [&] {
    std::size_t taken = 0;
    while (pool.allocate() != nullptr) ++taken;
    return taken;
  };
  std::size_t mine = 0, theirs = 0;
  Atomic<int> step;
  std::thread other([&] {
    std::vector<Item<6>*> items;
    for (int i = 0; i < 500; ++i) items.push_back(pool.allocate());
    for (Item<6>* item : items) pool.recycle(*item);
    step.store_release(1);
    while (step.load_acquire() != 2) std::this_thread::yield();
    theirs = take_all();
  });
  while (step.load_acquire() != 1) std::this_thread::yield();
  mine = take_all();
  step.store_release(2);
  other.join();
  EXPECT_GE(mine, kLimit - pool.kMostCached);
  EXPECT_EQ(mine + theirs, kLimit);
}

TEST(StablePool, NoObjectHasTwoHolders) {
  Pool<4> pool;
  constexpr int kThreads = 4;
  constexpr int kSteps = 60'000;
  constexpr std::size_t kMost = 400;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      Random random(static_cast<std::uint64_t>(thread));
      std::vector<Item<4>*> held;
      bool growing = true;
      for (int step = 0; step < kSteps; ++step) {
        if (held.size() == kMost) growing = false;
        if (held.empty()) growing = true;
        if (random.below(4) != 0 ? growing : !growing) {
          if (held.size() == kMost) continue;
          Item<4>* item = pool.allocate();
          ASSERT_EQ(item->holders.fetch_add_acq_rel(1), 0);
          item->next_batch.store_relaxed(~0u);  // in use, it may be anything
          held.push_back(item);
        } else if (!held.empty()) {
          ASSERT_EQ(held.back()->holders.fetch_add_acq_rel(-1), 1);
          pool.recycle(*held.back());
          held.pop_back();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // Free objects are used again rather than new ones, but for what the caches hold.
  EXPECT_LE(pool.end_index(), kThreads * (kMost + 3 * 64) + 1);
}

struct Thing {
  std::uint32_t index = 0;
  Thing* next_free = nullptr;
  Atomic<std::uint32_t> next_batch;
  int life = 0;
};

using ThingPool = StablePool<Thing, 64, 1024>;
ThingPool::Segments thing_segments;

std::vector<std::uint32_t> indexes(ThingPool& pool, std::size_t count) {
  std::vector<std::uint32_t> taken;
  for (std::size_t i = 0; i < count; ++i) taken.push_back(pool.allocate()->index);
  return taken;
}

void recycle_all(ThingPool& pool) {
  for (std::uint32_t index = 1; index < pool.end_index(); ++index) pool.recycle(*pool.at(index));
}

TEST(StablePool, GivesOutFromTheFirstAgainAfterARestart) {
  ThingPool pool(thing_segments);
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
