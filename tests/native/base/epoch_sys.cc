// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/epoch.h"

#include <array>

#include "seeds.h"

namespace pyvm {
namespace {

struct Node : Retired {
  Node() {
    reclaim = [](Retired* node) { ++static_cast<Node*>(node)->reclaimed; };
  }
  int reclaimed = 0;
};

/// The functions as threads of which each is a participant of its own.
void run_participants(std::uint64_t seed, std::vector<std::function<void()>> threads) {
  systematic::keep_for_each(reinterpret_cast<void**>(&epoch_detail::self));
  for (auto& thread : threads) {
    thread = [body = std::move(thread)] {
      body();
      epoch_detail::leave_for_good();
    };
  }
  systematic::run(seed, threads);
}

TEST(EpochSystematic, NoNodeIsReclaimedUnderAReader) {
  constexpr int kNodes = 6;
  for_each_seed([](std::uint64_t seed) {
    std::array<Node, kNodes + 1> nodes;
    Atomic<Node*> shared(&nodes[0]);
    Atomic<int> nothing;
    bool writing = true;
    const auto reader = [&] {
      while (writing) {
        const EpochGuard guard;
        const Node* node = shared.load_acquire();
        for (int i = 0; i < 3; ++i) {
          EXPECT_EQ(node->reclaimed, 0);
          static_cast<void>(nothing.load_relaxed());  // others run
        }
      }
    };
    const auto scheduler = [&] {  // a section that lasts, with quiescent points
      epoch_enter();
      while (writing) {
        epoch_quiesce();
        const Node* node = shared.load_acquire();
        static_cast<void>(nothing.load_relaxed());
        EXPECT_EQ(node->reclaimed, 0);
      }
      epoch_leave();
    };
    const auto writer = [&] {
      epoch_enter();
      for (int i = 1; i <= kNodes; ++i) {
        epoch_retire(*shared.exchange_acq_rel(&nodes[i]));
        epoch_quiesce();
        epoch_collect();
      }
      epoch_leave();
      writing = false;
    };
    run_participants(seed, {reader, scheduler, writer});
    epoch_drain();
    for (int i = 0; i < kNodes; ++i) EXPECT_EQ(nodes[i].reclaimed, 1);
    EXPECT_EQ(nodes[kNodes].reclaimed, 0);
  });
}

TEST(EpochSystematic, WhatAThreadLeavesIsReclaimedOnceWhoeverTakesItOver) {
  for_each_seed([](std::uint64_t seed) {
    std::array<Node, 6> nodes;
    int next = 0;
    const auto comes_and_goes = [&] {
      for (int life = 0; life < 2; ++life) {
        epoch_enter();
        epoch_retire(nodes[next++]);
        epoch_leave();
        epoch_enter();
        epoch_collect();
        epoch_leave();
        epoch_detail::leave_for_good();
      }
    };
    run_participants(seed, {comes_and_goes, comes_and_goes, comes_and_goes});
    epoch_drain();
    for (const Node& node : nodes) EXPECT_EQ(node.reclaimed, 1);
  });
}

TEST(EpochSystematic, DrainingBesideRetiringReclaimsEachNodeOnce) {
  for_each_seed([](std::uint64_t seed) {
    std::array<Node, 8> nodes;
    const auto retires = [&](int first) {
      for (int i = first; i < first + 4; ++i) {
        const EpochGuard guard;
        epoch_retire(nodes[i]);
      }
    };
    run_participants(seed, {[&] { retires(0); }, [&] { retires(4); }, [] { epoch_drain(); }});
    epoch_drain();
    for (const Node& node : nodes) EXPECT_EQ(node.reclaimed, 1);
  });
}

}  // namespace
}  // namespace pyvm
