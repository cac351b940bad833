// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/stable_pool.h"

#include "seeds.h"

namespace pyvm {
namespace {

struct Item {
  int holders = 0;
  Item* next_free = nullptr;
  Atomic<std::uint32_t> next_batch;
  std::uint32_t index = 0;
};

constexpr std::size_t kSegmentItems = 4;
constexpr std::size_t kSegments = 64;

TEST(StablePoolSystematic, NoObjectHasTwoHoldersAndNoneIsLost) {
  static Atomic<Item*> segments[kSegments];
  static StablePool<Item, kSegmentItems, kSegments> pool(segments);  // its caches go on from seed to seed
  for_each_seed([](std::uint64_t seed) {
    const auto thread = [&] {
      for (int round = 0; round < 3; ++round) {
        Item* held[5];
        for (Item*& item : held) {
          item = pool.allocate();
          EXPECT_NE(item, nullptr);
          EXPECT_EQ(++item->holders, 1);  // L1
          item->next_batch.store_relaxed(static_cast<std::uint32_t>(round) + 1);
        }
        for (Item* item : held) {
          EXPECT_EQ(--item->holders, 0);
          pool.recycle(*item);
        }
      }
    };
    systematic::run(seed, {thread, thread, thread});
    EXPECT_LE(pool.end_index(), 3u * (5 + 4) + 1);
  });
}

}  // namespace
}  // namespace pyvm
