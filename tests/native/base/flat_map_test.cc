// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/flat_map.h"

#include <gtest/gtest.h>

#include <unordered_map>
#include <vector>

#include "base/random.h"

namespace pyvm {
namespace {

using Model = std::unordered_map<std::uint64_t, std::uint64_t>;

void expect_equal(FlatMap& map, const Model& model) {
  ASSERT_EQ(map.size(), model.size());
  for (const auto& [key, value] : model) {
    const std::uint64_t* found = map.find(key);
    ASSERT_NE(found, nullptr);
    ASSERT_EQ(*found, value);
  }
  Model seen;
  map.for_each([&](std::uint64_t key, std::uint64_t value) { ASSERT_TRUE(seen.emplace(key, value).second); });
  ASSERT_EQ(seen, model);
}

TEST(FlatMap, IsEmptyAtFirstAndHoldsNoMemory) {
  FlatMap map;
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.size_bytes(), 0u);
  EXPECT_EQ(map.find(1), nullptr);
  EXPECT_FALSE(map.erase(1));
  map.for_each([](std::uint64_t, std::uint64_t) { FAIL(); });
}

TEST(FlatMap, InsertSaysWhetherTheKeyWasNewAndReplacesTheValue) {
  FlatMap map;
  EXPECT_TRUE(map.insert(5, 1));
  EXPECT_FALSE(map.insert(5, 2));
  EXPECT_EQ(*map.find(5), 2u);
  *map.find(5) = 3;
  EXPECT_EQ(*map.find(5), 3u);
  EXPECT_TRUE(map.erase(5));
  EXPECT_FALSE(map.erase(5));
  EXPECT_TRUE(map.empty());
}

TEST(FlatMap, OneEntryTakesNoMemory) {
  FlatMap map;
  for (std::uint64_t key = 1; key < 100; ++key) {
    EXPECT_TRUE(map.insert(key, ~key));
    EXPECT_EQ(map.size(), 1u);
    EXPECT_EQ(map.size_bytes(), 0u);
    EXPECT_EQ(map.find(key + 1), nullptr);
    map.for_each([&](std::uint64_t found, std::uint64_t value) { EXPECT_EQ(found, ~value); });
    EXPECT_TRUE(map.erase(key));
  }
  map.insert(1, 10);
  map.insert(2, 20);
  EXPECT_EQ(*map.find(1), 10u);
  EXPECT_EQ(*map.find(2), 20u);
  EXPECT_GT(map.size_bytes(), 0u);
  map.clear();
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.size_bytes(), 0u);
}

TEST(FlatMap, AgreesWithAModelThroughRandomSteps) {
  for (const std::uint64_t keys : {1, 3, 12, 100, 3000}) {  // few keys: much erasing from a small, crowded table
    Random random(keys);
    FlatMap map;
    Model model;
    for (int step = 0; step < 20'000; ++step) {
      const std::uint64_t key = (random.below(keys) + 1) << (random.below(2) * 27);
      if (random.below(2) == 0) {
        EXPECT_EQ(map.insert(key, step), model.insert_or_assign(key, step).second);
      } else {
        EXPECT_EQ(map.erase(key), model.erase(key) == 1);
      }
      if (step % 500 == 0) {
        ASSERT_NO_FATAL_FAILURE(expect_equal(map, model));
      }
    }
    ASSERT_NO_FATAL_FAILURE(expect_equal(map, model));
  }
}

TEST(FlatMap, ErasingInAnyOrderLosesNoOtherKey) {
  // Every subset of a table of 8 slots erased in every rotation: runs of slots that wrap around are met.
  for (std::uint64_t base = 1; base < 200; base += 7) {
    for (int rotation = 0; rotation < 6; ++rotation) {
      FlatMap map;
      Model model;
      std::vector<std::uint64_t> keys;
      for (std::uint64_t i = 0; i < 6; ++i) keys.push_back(base + i * i * 31);
      for (const std::uint64_t key : keys) map.insert(key, key), model[key] = key;
      for (int i = 0; i < 6; ++i) {
        const std::uint64_t key = keys[static_cast<std::size_t>(i + rotation) % 6];
        EXPECT_TRUE(map.erase(key));
        model.erase(key);
        ASSERT_NO_FATAL_FAILURE(expect_equal(map, model));
      }
    }
  }
}

TEST(FlatMap, MovingLeavesTheSourceEmptyAndAssigningReleases) {
  FlatMap map;
  for (std::uint64_t key = 1; key <= 100; ++key) map.insert(key, key * key);
  FlatMap moved(std::move(map));
  EXPECT_TRUE(map.empty());  // NOLINT(bugprone-use-after-move): it is a promise
  EXPECT_EQ(map.find(3), nullptr);
  EXPECT_EQ(*moved.find(10), 100u);
  moved = FlatMap();
  EXPECT_TRUE(moved.empty());
  EXPECT_EQ(moved.size_bytes(), 0u);
  EXPECT_TRUE(map.insert(1, 1));
}

}  // namespace
}  // namespace pyvm
