// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/look_ahead.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "kit.h"

namespace pyvm {
namespace {

std::vector<Signal*> make_signals(int count) {
  std::vector<Signal*> signals;
  for (int i = 0; i < count; ++i) signals.push_back(Signal::create(SignalKind::Message));
  return signals;
}

TEST(LookAhead, FindsThePlaceAgainAfterLostCounts) {
  const std::vector<Signal*> signals = make_signals(20);
  const auto ahead = std::make_unique<LookAhead>();
  std::uint32_t shown = 0;
  for (std::uint32_t i = 0; i < 20; ++i) {
    ahead->show(shown, signals[i]);
    if (i != 5 && i != 9) ++shown;  // two senders raced: the next one overwrites
  }
  std::uint32_t place = 0;
  for (std::uint32_t i = 0; i < 20; ++i) place = ahead->follow(place, signals[i]) + 1;
  EXPECT_EQ(place, shown);
  for (Signal* signal : signals) signal->destroy();
}

TEST(LookAhead, LeavesAPlaceAloneThatItCannotFind) {
  const std::vector<Signal*> signals = make_signals(2);
  const auto ahead = std::make_unique<LookAhead>();
  ahead->show(100, signals[0]);
  EXPECT_EQ(ahead->follow(300, signals[1]), 300u);
  for (Signal* signal : signals) signal->destroy();
}

/// On one scheduler the receiver runs when the whole slice of the sender has been sent.
TEST(LookAhead, IsMadeForALongQueueAndGoesWithIt) {
  constexpr std::int64_t kMany = 3 * LookAhead::kPlaces;
  const Started runtime(1);
  std::vector<bool> had_one;
  Atomic<int> runs;
  Atomic<std::int64_t> next;
  const auto receives = [&](Process& self) {
    had_one.push_back(self.line.ahead.load_relaxed() != nullptr);
    runs.store_release(static_cast<int>(had_one.size()));
    while (const Message message = receive(self)) {
      EXPECT_EQ(message.term().unchecked_small(), next.load_relaxed());
      next.store_release(next.load_relaxed() + 1);
    }
    return Outcome::Wait;
  };
  const Pid receiver = spawn_function({}, receives).pid;
  EXPECT_TRUE(wait_until([&] { return runs.load_acquire() == 1; }));
  spawn_function({}, [&](Process&) {
    for (std::int64_t i = 0; i < kMany; ++i) static_cast<void>(send(receiver, Term::small(i)));
    return Outcome::Exit;
  });
  EXPECT_TRUE(wait_until([&] { return next.load_acquire() == kMany; }));
  static_cast<void>(send(receiver, Term::small(kMany)));
  EXPECT_TRUE(wait_until([&] { return next.load_acquire() == kMany + 1; }));
  EXPECT_EQ(had_one, (std::vector<bool>{false, true, false}));
}

}  // namespace
}  // namespace pyvm
