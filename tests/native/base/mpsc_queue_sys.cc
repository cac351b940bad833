// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/mpsc_queue.h"

#include <array>

#include "seeds.h"

namespace pyvm {
namespace {

struct Item : MpscNode {
  int producer = 0;
  int number = 0;
};

TEST(MpscQueueSystematic, KeepsOrderAndWakesASleeperExactlyOnce) {
  constexpr int kProducers = 3;
  constexpr int kEach = 4;
  for_each_seed([](std::uint64_t seed) {
    MpscQueue queue;
    std::array<std::array<Item, kEach>, kProducers> items;
    std::array<int, kProducers> next{};
    Atomic<int> wakes(0);
    int sleeps = 0;
    int received = 0;
    std::vector<std::function<void()>> threads;
    for (int producer = 0; producer < kProducers; ++producer) {
      threads.emplace_back([&, producer] {
        for (int number = 0; number < kEach; ++number) {
          Item& item = items[producer][number];
          item.producer = producer;
          item.number = number;
          if (queue.push(item) == PushResult::OweWake) wakes.store_release(wakes.load_acquire() + 1);
        }
      });
    }
    threads.emplace_back([&] {
      while (received < kProducers * kEach) {
        if (auto* item = static_cast<Item*>(queue.pop())) {
          EXPECT_EQ(item->number, next[item->producer]++);  // Q1
          ++received;
        } else if (queue.try_sleep()) {
          ++sleeps;
          while (wakes.load_acquire() < sleeps) continue;  // Q2: a lost wake-up would hang here
          EXPECT_EQ(wakes.load_acquire(), sleeps);         // Q2: and a second one fail here
        }
      }
    });
    systematic::run(seed, threads);
    EXPECT_EQ(queue.pop(), nullptr);
  });
}

TEST(MpscQueueSystematic, ACancelledSleepIsEitherTakenBackOrPaidByAPush) {
  for_each_seed([](std::uint64_t seed) {
    MpscQueue queue;
    Item item;
    bool slept = false;
    bool cancelled = false;
    bool owed = false;
    systematic::run(seed, {[&] { owed = queue.push(item) == PushResult::OweWake; },
                           [&] {
                             slept = queue.try_sleep();
                             cancelled = slept && queue.cancel_sleep();
                           }});
    EXPECT_EQ(owed, slept && !cancelled);
    EXPECT_EQ(queue.pop(), &item);
  });
}

}  // namespace
}  // namespace pyvm
