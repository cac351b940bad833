// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/slab.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace pyvm {
namespace {

std::size_t address(void* p) { return reinterpret_cast<std::size_t>(p); }

TEST(Slab, GivesEverySizeItsOwnWritableMemory) {
  std::vector<std::pair<unsigned char*, std::size_t>> all;
  for (int round = 0; round < 40; ++round) {
    for (std::size_t bytes = 0; bytes <= 1100; bytes += 7) {
      auto* p = static_cast<unsigned char*>(slab_allocate(bytes));
      ASSERT_EQ(address(p) % 16, 0u);
      std::memset(p, static_cast<int>(all.size() % 251), bytes);
      all.emplace_back(p, bytes);
    }
  }
  for (std::size_t number = 0; number < all.size(); ++number) {
    const auto [p, bytes] = all[number];
    for (std::size_t at = 0; at < bytes; ++at) ASSERT_EQ(p[at], number % 251);
    slab_free(p, bytes);
  }
}

TEST(Slab, SurvivesAllocationAndFreeInDestructorsOfThreadLocals) {
  struct Late {
    void* held = nullptr;
    ~Late() {
      slab_free(held, 48);
      for (int i = 0; i < 100; ++i) slab_free(slab_allocate(48), 48);
    }
  };
  for (int i = 0; i < 3; ++i) {
    std::thread([] {
      static thread_local Late late;  // made before the thread's slab, so destroyed after it was released
      late.held = slab_allocate(48);
    }).join();
  }
}

// The rest is about ThreadSlab itself, which stays the same when slab_allocate is malloc.

TEST(ThreadSlab, ClassesCoverTheirSizes) {
  EXPECT_FALSE(ThreadSlab::fits(0));
  EXPECT_TRUE(ThreadSlab::fits(1));
  EXPECT_TRUE(ThreadSlab::fits(512));
  EXPECT_FALSE(ThreadSlab::fits(513));
  EXPECT_EQ(ThreadSlab::class_of(1), 0u);
  EXPECT_EQ(ThreadSlab::class_of(16), 0u);
  EXPECT_EQ(ThreadSlab::class_of(17), 1u);
  EXPECT_EQ(ThreadSlab::class_of(512), ThreadSlab::kClasses - 1);
}

TEST(ThreadSlab, ReusesTheObjectFreedLast) {
  ThreadSlab* slab = ThreadSlab::create();
  void* first = slab->allocate(3);
  void* second = slab->allocate(3);
  slab->free(first, 3);
  slab->free(second, 3);
  EXPECT_EQ(slab->allocate(3), second);
  EXPECT_EQ(slab->allocate(3), first);
  slab->release();
}

TEST(ThreadSlab, NeverGivesAnObjectTwiceAcrossChunks) {
  ThreadSlab* slab = ThreadSlab::create();
  for (const std::size_t index : {0u, 2u, 3u, 31u}) {
    const std::size_t bytes = (index + 1) * ThreadSlab::kClassBytes;
    std::set<std::size_t> taken;
    std::vector<void*> all;
    for (std::size_t number = 0; number < 3 * ThreadSlab::kChunkBytes / bytes; ++number) {
      void* p = slab->allocate(index);
      std::memset(p, 0xab, bytes);
      const auto above = taken.lower_bound(address(p));
      ASSERT_TRUE(above == taken.end() || *above >= address(p) + bytes);
      ASSERT_TRUE(above == taken.begin() || *std::prev(above) + bytes <= address(p));
      taken.insert(address(p));
      all.push_back(p);
    }
    for (void* p : all) slab->free(p, index);
  }
  slab->release();
}

TEST(ThreadSlab, AlignsMultiplesOfACacheLineToIt) {
  ThreadSlab* slab = ThreadSlab::create();
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(address(slab->allocate(ThreadSlab::class_of(192))) % 64, 0u);
  slab->release();
}

TEST(ThreadSlab, HandsBackFullBatchesAtOnceAndTheRestWhenFlushed) {
  ThreadSlab* owner = ThreadSlab::create();
  ThreadSlab* other = ThreadSlab::create();
  constexpr std::size_t kObjects = 2 * ThreadSlab::kBatch;  // carved in batches of the same size: both lists empty at the end
  std::set<void*> lent;
  std::vector<void*> order;
  for (std::size_t i = 0; i < kObjects; ++i) order.push_back(owner->allocate(0));
  lent.insert(order.begin(), order.end());
  for (std::size_t i = 0; i < kObjects - 1; ++i) other->free(order[i], 0);

  for (std::uint32_t i = 0; i < ThreadSlab::kBatch; ++i) EXPECT_EQ(lent.count(owner->allocate(0)), 1u);
  EXPECT_EQ(lent.count(owner->allocate(0)), 0u);  // the second batch is one short
  for (std::uint32_t i = 1; i < ThreadSlab::kBatch; ++i) static_cast<void>(owner->allocate(0));
  other->free(order[kObjects - 1], 0);
  EXPECT_EQ(lent.count(owner->allocate(0)), 1u);

  void* last = owner->allocate(0);
  while (lent.count(last) != 0) last = owner->allocate(0);
  other->free(last, 0);
  for (int i = 0; i < 31; ++i) static_cast<void>(owner->allocate(0));
  other->flush();
  EXPECT_EQ(owner->allocate(0), last);
  owner->release();
  other->release();
}

#ifndef PYVM_SLAB_MALLOC

TEST(Slab, AThreadThatEndsLosesNothing) {
  std::array<void*, 5> lent;
  for (void*& p : lent) p = slab_allocate(320);
  std::thread([&] {
    for (void* p : lent) slab_free(p, 320);  // less than a batch, never flushed
  }).join();
  std::set<void*> expected(lent.begin(), lent.end());
  for (int i = 0; i < 5000 && !expected.empty(); ++i) expected.erase(slab_allocate(320));  // after what is free already
  EXPECT_TRUE(expected.empty());                                                           // S5
}

TEST(Slab, ThreadsReuseTheMemoryOfEndedOnes) {
  const auto use = [] {
    std::thread([] {
      std::vector<void*> all;
      for (int i = 0; i < 10'000; ++i) all.push_back(slab_allocate(208));
      for (void* p : all) slab_free(p, 208);
    }).join();
  };
  use();
  const SlabStatistics before = slab_statistics();
  for (int i = 0; i < 10; ++i) use();
  const SlabStatistics after = slab_statistics();
  EXPECT_EQ(after.mapped_bytes, before.mapped_bytes);
  EXPECT_EQ(after.thread_slabs, before.thread_slabs);
}

TEST(Slab, CountsWhatIsInUse) {
  const SlabStatistics before = slab_statistics();
  void* p = slab_allocate(100);
  EXPECT_EQ(slab_statistics().in_use_bytes, before.in_use_bytes + 112);
  std::thread([&] { slab_free(p, 100); }).join();
  EXPECT_EQ(slab_statistics().in_use_bytes, before.in_use_bytes);
}

#endif  // PYVM_SLAB_MALLOC

// Every thread allocates, gives to the next one, and frees what it was given.
TEST(Slab, KeepsObjectsApartWhileThreadsPassThemRound) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 300;
  constexpr int kEach = 100;
  struct Given {
    std::mutex mutex;
    std::vector<std::pair<unsigned char*, std::size_t>> objects;
  };
  std::array<Given, kThreads> given;
  std::atomic<int> running(kThreads);
  const auto take = [&](int me) {
    std::vector<std::pair<unsigned char*, std::size_t>> objects;
    {
      const std::lock_guard guard(given[me].mutex);
      objects.swap(given[me].objects);
    }
    for (const auto& [p, bytes] : objects) {
      for (std::size_t at = 0; at < bytes; ++at) ASSERT_EQ(p[at], static_cast<unsigned char>(bytes + me));
      slab_free(p, bytes);
    }
  };
  std::vector<std::thread> threads;
  for (int me = 0; me < kThreads; ++me) {
    threads.emplace_back([&, me] {
      const int next = (me + 1) % kThreads;
      for (int round = 0; round < kRounds; ++round) {
        for (int i = 0; i < kEach; ++i) {
          const std::size_t bytes = 1 + static_cast<std::size_t>(round * 37 + i * 61) % 600;
          auto* p = static_cast<unsigned char*>(slab_allocate(bytes));
          std::memset(p, static_cast<int>(bytes) + next, bytes);
          const std::lock_guard guard(given[next].mutex);
          given[next].objects.emplace_back(p, bytes);
        }
        take(me);
        if (round % 16 == 0) slab_flush();
      }
      running.fetch_sub(1);
      while (running.load() != 0) take(me);
      take(me);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace pyvm
