// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/mpsc_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <semaphore>
#include <thread>
#include <vector>

namespace pyvm {
namespace {

struct Item : MpscNode {
  int producer = 0;
  int number = 0;
};

TEST(MpscQueue, IsEmptyAtFirstAndAfterTheLastPop) {
  MpscQueue queue;
  EXPECT_EQ(queue.pop(), nullptr);
  Item item;
  EXPECT_EQ(queue.push(item), PushResult::Queued);
  EXPECT_EQ(queue.pop(), &item);
  EXPECT_EQ(queue.pop(), nullptr);
  EXPECT_EQ(queue.push(item), PushResult::Queued);
  EXPECT_EQ(queue.pop(), &item);
}

TEST(MpscQueue, KeepsOrder) {
  MpscQueue queue;
  std::array<Item, 5> items;
  for (Item& item : items) EXPECT_EQ(queue.push(item), PushResult::Queued);
  for (Item& item : items) EXPECT_EQ(queue.pop(), &item);
}

TEST(MpscQueue, RefusesToSleepOnWhatWasPushed) {
  MpscQueue queue;
  Item item;
  EXPECT_EQ(queue.push(item), PushResult::Queued);
  EXPECT_FALSE(queue.try_sleep());
  EXPECT_EQ(queue.pop(), &item);
  EXPECT_TRUE(queue.try_sleep());
}

TEST(MpscQueue, OnlyTheFirstPushOnASleeperOwesTheWakeUp) {
  MpscQueue queue;
  std::array<Item, 2> items;
  ASSERT_TRUE(queue.try_sleep());
  EXPECT_EQ(queue.push(items[0]), PushResult::OweWake);
  EXPECT_EQ(queue.push(items[1]), PushResult::Queued);
  EXPECT_FALSE(queue.cancel_sleep());
  EXPECT_EQ(queue.pop(), &items[0]);
  EXPECT_EQ(queue.pop(), &items[1]);
}

TEST(MpscQueue, ACancelledSleepOwesNothing) {
  MpscQueue queue;
  ASSERT_TRUE(queue.try_sleep());
  EXPECT_TRUE(queue.cancel_sleep());
  Item item;
  EXPECT_EQ(queue.push(item), PushResult::Queued);
}

TEST(MpscQueue, LosesNoItemAndNoWakeUpUnderContention) {
  constexpr int kProducers = 4;
  constexpr int kEach = 20'000;
  MpscQueue queue;
  std::binary_semaphore wake(0);
  std::vector<std::vector<Item>> items(kProducers);
  for (auto& each : items) each = std::vector<Item>(kEach);

  std::vector<std::thread> producers;
  for (int producer = 0; producer < kProducers; ++producer) {
    producers.emplace_back([&, producer] {
      for (int number = 0; number < kEach; ++number) {
        Item& item = items[producer][number];
        item.producer = producer;
        item.number = number;
        if (queue.push(item) == PushResult::OweWake) wake.release();
      }
    });
  }
  std::array<int, kProducers> next{};
  for (int received = 0; received < kProducers * kEach;) {
    if (auto* item = static_cast<Item*>(queue.pop())) {
      ASSERT_EQ(item->number, next[item->producer]++);  // Q1
      ++received;
    } else if (queue.try_sleep()) {
      wake.acquire();  // Q2: exactly one push releases it
    }
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(queue.pop(), nullptr);
}

}  // namespace
}  // namespace pyvm
