// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <array>

#include "base/random.h"
#include "base/seeds.h"
#include "proc/hand.h"

namespace pyvm {
namespace {

/// Two processes, each on its own thread, link and unlink each other at random, then settle.
struct Pair {
  explicit Pair(std::uint64_t seed) : random(seed) {
    for (std::size_t i = 0; i < 2; ++i) {
      pids[i] = hand::spawn_function({.trap_exit = true}, [this, i](Process& self) { return step(self, i); });
    }
  }

  Outcome step(Process& self, std::size_t i) {
    while (const Message message = receive(self)) {
      if (message.term().is_small()) continue;
      ++exits[i];
    }
    if (left[i] > 0) {
      --left[i];
      random.below(2) == 0 ? link(self, pids[1 - i]) : unlink(self, pids[1 - i]);
      return Outcome::Yield;
    }
    linked[i] = self.links.size();
    return ending ? Outcome::Exit : Outcome::Wait;
  }

  void nudge(std::size_t i) { static_cast<void>(send(pids[i], Term::small(1))); }

  Random random;
  std::array<Pid, 2> pids;
  std::array<int, 2> left{5, 5};
  std::array<std::size_t, 2> linked{};
  std::array<int, 2> exits{};
  bool ending = false;
};

TEST(LinksSystematic, BothSidesAgreeAfterAnyCrossing) {
  for_each_seed([](std::uint64_t seed) {
    Pair pair(seed);
    const auto scheduler = [&] {
      hand::run_until([&] { return pair.left[0] == 0 && pair.left[1] == 0 && hand::ready.empty(); });
    };
    run_fibers_as_threads(seed, {scheduler, scheduler});
    const auto settle = [&] {
      for (std::size_t i : {0, 1, 0, 1}) {
        pair.nudge(i);
        hand::run_until([] { return hand::ready.empty(); });
      }
    };
    settle();
    EXPECT_EQ(pair.linked[0], pair.linked[1]);
    EXPECT_EQ(pair.exits[0] + pair.exits[1], 0);
    const std::size_t linked = pair.linked[1];
    pair.ending = true;
    pair.nudge(0);
    hand::run_until([&] { return hand::ready.empty(); });
    pair.nudge(1);
    hand::run_until([] { return process_table::alive() == 0; });
    EXPECT_EQ(pair.exits[1], static_cast<int>(linked));
    hand::expect_nothing_left();
  });
}

TEST(LinksSystematic, AnEndMeetsLinksAndUnlinksOfTheOtherSide) {
  for_each_seed([](std::uint64_t seed) {
    int exits = 0, exits_unlinked = 0;
    bool other_ended = false;
    Pid other;
    const Pid target = hand::spawn_function({}, [](Process& self) {
      self.set_exit(OwnedTerm(Term::short_string("boom")));
      return Outcome::Exit;
    });
    other = hand::spawn_function({.trap_exit = true}, [&, step = 0, unlinked = false](Process& self) mutable {
      while (receive(self)) ++(unlinked ? exits_unlinked : exits);
      switch (step++) {
        case 0:
          link(self, target);
          return Outcome::Yield;
        case 1:
          unlink(self, target);
          unlinked = true;
          return Outcome::Yield;
        case 2:
        case 3:
          return Outcome::Yield;
        default:
          other_ended = true;
          return Outcome::Exit;
      }
    });
    const auto scheduler = [&] { hand::run_until([&] { return other_ended && hand::ready.empty(); }); };
    run_fibers_as_threads(seed, {scheduler, scheduler});
    hand::run_until([] { return process_table::alive() == 0; });
    EXPECT_LE(exits, 1);
    EXPECT_EQ(exits_unlinked, 0) << "an exit was received after unlink";
    hand::expect_nothing_left();
  });
}

}  // namespace
}  // namespace pyvm
