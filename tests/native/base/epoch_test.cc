// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/epoch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <thread>
#include <vector>

namespace pyvm {
namespace {

struct Node : Retired {
  Node() {
    reclaim = [](Retired* node) { ++static_cast<Node*>(node)->reclaimed; };
  }
  int reclaimed = 0;
};

/// Rounds of quiescing and collecting until `node` is reclaimed, at most `most`.
int rounds_until_reclaimed(const Node& node, int most) {
  int rounds = 0;
  while (node.reclaimed == 0 && rounds < most) {
    epoch_quiesce();
    epoch_collect();
    ++rounds;
  }
  return rounds;
}

TEST(Epoch, KeepsARetiredNodeForThreeEpochs) {
  epoch_drain();
  Node node;
  const EpochGuard guard;
  epoch_quiesce();
  epoch_retire(node);
  EXPECT_EQ(rounds_until_reclaimed(node, 100), 3);  // E1; alone, each round is an epoch
  EXPECT_EQ(epoch_pending(), 0u);
}

TEST(Epoch, KeepsANodeAsLongAsASectionIsOpenThatMayHaveSeenIt) {
  std::binary_semaphore entered(0), leave(0), left(0), end(0);
  std::thread reader([&] {
    epoch_enter();
    epoch_enter();  // nests
    entered.release();
    leave.acquire();
    epoch_leave();
    left.release();
    end.acquire();
    epoch_leave();
    left.release();
  });
  entered.acquire();
  Node node;
  {
    const EpochGuard guard;
    epoch_retire(node);
    EXPECT_EQ(rounds_until_reclaimed(node, 100), 100);
    leave.release();
    left.acquire();
    EXPECT_EQ(rounds_until_reclaimed(node, 100), 100) << "the inner section ended, the outer one did not";
    end.release();
    left.acquire();
    EXPECT_LE(rounds_until_reclaimed(node, 100), 3);
  }
  EXPECT_EQ(node.reclaimed, 1);
  reader.join();
}

TEST(Epoch, AQuiescentPointEndsWhatWasSeenBefore) {
  std::binary_semaphore go(0), done(0);
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    epoch_enter();
    done.release();
    while (!stop) {
      go.acquire();
      epoch_quiesce();
      done.release();
    }
    epoch_leave();
  });
  done.acquire();
  Node node;
  {
    const EpochGuard guard;
    epoch_retire(node);
    for (int i = 0; i < 5 && node.reclaimed == 0; ++i) {
      go.release();
      done.acquire();
      epoch_quiesce();
      epoch_collect();
    }
    EXPECT_EQ(node.reclaimed, 1);
  }
  stop = true;
  go.release();
  reader.join();
}

TEST(Epoch, AnotherThreadMaySayThatAWaitingOneHoldsNothingButNotWithinAnInnerSection) {
  std::binary_semaphore entered(0), leave_inner(0), left_inner(0), end(0);
  epoch_detail::Participant* waiting = nullptr;
  std::thread waiter([&] {
    epoch_enter();
    epoch_enter();
    waiting = &epoch_detail::participant();
    entered.release();
    leave_inner.acquire();
    epoch_leave();
    left_inner.release();
    end.acquire();
    epoch_leave();
  });
  entered.acquire();
  Node node;
  {
    const EpochGuard guard;
    epoch_retire(node);
    const auto rounds = [&] {
      int count = 0;
      for (; node.reclaimed == 0 && count < 100; ++count) {
        epoch_quiesce_for(*waiting);
        epoch_quiesce();
        epoch_collect();
      }
      return count;
    };
    EXPECT_EQ(rounds(), 100);
    leave_inner.release();
    left_inner.acquire();
    EXPECT_LE(rounds(), 4);
    EXPECT_EQ(node.reclaimed, 1);
  }
  end.release();
  waiter.join();
}

TEST(Epoch, DrainReclaimsWhatEndedThreadsLeft) {
  Node nodes[3];
  for (Node& node : nodes) {
    std::thread([&] {
      const EpochGuard guard;
      epoch_retire(node);
    }).join();
  }
  epoch_drain();
  for (const Node& node : nodes) EXPECT_EQ(node.reclaimed, 1);  // E3
}

TEST(Epoch, DrainWaitsForSectionsThatAreOpen) {
  std::binary_semaphore entered(0), leave(0);
  std::atomic<bool> left{false};
  std::thread reader([&] {
    const EpochGuard guard;
    entered.release();
    leave.acquire();
    left = true;
  });
  entered.acquire();
  std::thread releaser([&] { leave.release(); });
  epoch_drain();
  EXPECT_TRUE(left);
  releaser.join();
  reader.join();
}

struct Chain : Retired {
  Chain* then = nullptr;
  bool reclaimed = false;
};

TEST(Epoch, AReclamationMayRetire) {
  Chain last, middle, first;
  first.then = &middle;
  middle.then = &last;
  for (Chain* each : {&first, &middle, &last}) {
    each->reclaim = [](Retired* node) {
      auto* chain = static_cast<Chain*>(node);
      chain->reclaimed = true;
      if (chain->then != nullptr) epoch_retire(*chain->then);
    };
  }
  {
    const EpochGuard guard;
    epoch_retire(first);
  }
  epoch_drain();
  EXPECT_TRUE(first.reclaimed && middle.reclaimed && last.reclaimed);
}

TEST(Epoch, ReadersNeverSeeAReclaimedNode) {
  struct Value : Retired {
    explicit Value(std::uint64_t n) : number(n), copy(n) {
      reclaim = [](Retired* node) {
        auto* value = static_cast<Value*>(node);
        value->copy = ~value->number;
        delete value;
      };
    }
    std::uint64_t number;
    std::uint64_t copy;
  };
  constexpr int kSlots = 4;
  constexpr int kWriters = 2;
  constexpr std::uint64_t kEach = 30'000;
  Atomic<Value*> slots[kSlots];
  for (auto& slot : slots) slot.store_release(new Value(0));
  std::atomic<int> writing{kWriters};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&] {
      epoch_enter();
      for (std::uint64_t i = 1; i <= kEach; ++i) {
        epoch_retire(*slots[i % kSlots].exchange_acq_rel(new Value(i)));
        if (i % 16 == 0) epoch_quiesce();
        if (i % 256 == 0) {
          epoch_leave();
          std::this_thread::yield();
          epoch_enter();
        }
      }
      epoch_leave();
      --writing;
    });
  }
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&] {
      while (writing != 0) {
        const EpochGuard guard;
        for (auto& slot : slots) {
          const Value* value = slot.load_acquire();
          ASSERT_EQ(value->number, value->copy);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (auto& slot : slots) delete slot.load_acquire();
  epoch_drain();
}

}  // namespace
}  // namespace pyvm
