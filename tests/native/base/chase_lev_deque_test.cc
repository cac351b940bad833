// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/chase_lev_deque.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace pyvm {
namespace {

TEST(ChaseLevDeque, GivesTheOldestFirstAcrossGrowth) {
  ChaseLevDeque<int> deque(2);
  std::vector<int> items(100);
  EXPECT_EQ(deque.take(), nullptr);
  for (int& item : items) deque.push(&item);
  EXPECT_EQ(deque.size(), items.size());
  for (int& item : items) EXPECT_EQ(deque.take(), &item);
  EXPECT_EQ(deque.take(), nullptr);
}

TEST(ChaseLevDeque, ReusesItsSlots) {
  ChaseLevDeque<int> deque(4);
  std::vector<int> items(3);
  for (int round = 0; round < 1000; ++round) {
    for (int& item : items) deque.push(&item);
    for (int& item : items) ASSERT_EQ(deque.take(), &item);
  }
}

TEST(ChaseLevDeque, EveryItemIsTakenOnceWhileThievesCompete) {
  constexpr int kItems = 100'000;
  ChaseLevDeque<std::atomic<int>> deque(2);
  std::vector<std::atomic<int>> taken(kItems);
  std::atomic<int> total{0};
  const auto take_one = [&] {
    if (std::atomic<int>* item = deque.take()) {
      item->fetch_add(1);
      total.fetch_add(1);
    }
  };
  std::vector<std::thread> thieves;
  for (int i = 0; i < 3; ++i) {
    thieves.emplace_back([&] {
      while (total.load() < kItems) take_one();
    });
  }
  for (int i = 0; i < kItems; ++i) {
    deque.push(&taken[i]);
    if (i % 3 == 0) take_one();
  }
  while (total.load() < kItems) take_one();
  for (std::thread& thief : thieves) thief.join();
  for (const std::atomic<int>& count : taken) ASSERT_EQ(count.load(), 1);
}

TEST(ChaseLevDeque, AThiefSeesItemsInOrder) {
  constexpr int kItems = 50'000;
  ChaseLevDeque<int> deque(2);
  std::vector<int> items(kItems);
  std::thread thief([&] {
    int* last = nullptr;
    for (int received = 0; received < kItems;) {
      if (int* item = deque.take()) {
        ASSERT_LT(last, item);
        last = item;
        ++received;
      }
    }
  });
  for (int& item : items) deque.push(&item);
  thief.join();
}

}  // namespace
}  // namespace pyvm
