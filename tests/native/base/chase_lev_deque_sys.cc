// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/chase_lev_deque.h"

#include <array>

#include "seeds.h"

namespace pyvm {
namespace {

TEST(ChaseLevDequeSystematic, EveryItemIsTakenOnceWhileTheArrayGrows) {
  constexpr int kItems = 10;
  for_each_seed([](std::uint64_t seed) {
    ChaseLevDeque<int> deque(1);
    std::array<int, kItems> taken{};
    int total = 0;
    const auto take_one = [&] {
      if (int* item = deque.take()) {
        ++*item;
        ++total;
      }
    };
    const auto thief = [&] {
      while (total < kItems) take_one();
    };
    systematic::run(seed, {[&] {
                             for (int& item : taken) deque.push(&item);
                             thief();
                           },
                           thief, thief});
    for (const int count : taken) EXPECT_EQ(count, 1);  // D1
  });
}

TEST(ChaseLevDequeSystematic, AThiefSeesItemsInOrderWhileSlotsAreReused) {
  constexpr int kItems = 12;
  for_each_seed([](std::uint64_t seed) {
    ChaseLevDeque<int> deque(2);
    std::array<int, kItems> items{};
    std::vector<int*> seen;
    systematic::run(seed, {[&] {
                             for (int& item : items) deque.push(&item);
                           },
                           [&] {
                             while (seen.size() < kItems) {
                               if (int* item = deque.take()) seen.push_back(item);
                             }
                           }});
    for (int i = 0; i < kItems; ++i) EXPECT_EQ(seen[i], &items[i]);  // D2
  });
}

}  // namespace
}  // namespace pyvm
