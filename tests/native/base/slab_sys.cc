// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/slab.h"

#include <algorithm>
#include <set>
#include <vector>

#include "seeds.h"

namespace pyvm {
namespace {

constexpr std::size_t kIndex = 1;

// The fibers share one real thread, so each plays with a ThreadSlab of its own.
TEST(SlabSystematic, HandsOverWithoutLosingOrDoublingAnObject) {
  for_each_seed([](std::uint64_t seed) {
    ThreadSlab* owner = ThreadSlab::create();
    ThreadSlab* others[2] = {ThreadSlab::create(), ThreadSlab::create()};
    std::vector<void*> lent[2];
    std::set<void*> held;  // what nobody else may be given
    for (int i = 0; i < 10; ++i) {
      void* p = owner->allocate(kIndex);
      lent[i % 2].push_back(p);
      held.insert(p);
    }
    int back = 0;
    std::vector<std::function<void()>> threads;
    for (int other = 0; other < 2; ++other) {
      threads.emplace_back([&, other] {
        for (void* p : lent[other]) {
          held.erase(p);
          others[other]->free(p, kIndex);
        }
        others[other]->flush();
      });
    }
    std::vector<void*> known = lent[0];
    known.insert(known.end(), lent[1].begin(), lent[1].end());
    threads.emplace_back([&] {
      for (int i = 0; i < 60; ++i) {
        void* p = owner->allocate(kIndex);
        EXPECT_TRUE(held.insert(p).second);  // S3
        if (std::find(known.begin(), known.end(), p) != known.end()) ++back;
      }
    });
    systematic::run(seed, threads);
    for (int i = 0; back < 10 && i < 10'000; ++i) {
      void* p = owner->allocate(kIndex);
      EXPECT_TRUE(held.insert(p).second);
      if (std::find(known.begin(), known.end(), p) != known.end()) ++back;
    }
    EXPECT_EQ(back, 10);
  });
}

}  // namespace
}  // namespace pyvm
