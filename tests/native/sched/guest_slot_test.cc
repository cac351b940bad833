// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "sched/guest_slot.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace pyvm {
namespace {

/// Who takes a guest sees what the host wrote, and the host what a guest left, though neither touches it otherwise (K2).
TEST(GuestSlot, AGuestIsHandedOverWithAllThatWasWritten) {
  constexpr int kPuts = 5'000;
  GuestSlot slot;
  std::vector<Process> processes(kPuts);
  std::atomic<bool> over{false};
  int by_host = 0;
  const auto watcher = [&](int& taken) {
    while (!over) {
      if (!slot.begin_watch()) continue;
      std::this_thread::yield();
      if (Process* guest = slot.end_watch()) {
        taken += static_cast<int>(guest->reductions_total);
        guest->reductions_total = 0;
      }
    }
  };
  int taken[2] = {0, 0};
  std::thread first([&] { watcher(taken[0]); });
  std::thread second([&] { watcher(taken[1]); });
  for (Process& process : processes) {
    process.reductions_total = 1;
    Process* mine = slot.put(process) ? slot.take() : &process;
    if (mine != nullptr) by_host += static_cast<int>(std::exchange(mine->reductions_total, 0));
  }
  over = true;
  first.join();
  second.join();
  EXPECT_FALSE(slot.has_guest());
  EXPECT_EQ(by_host + taken[0] + taken[1], kPuts);
  for (const Process& process : processes) EXPECT_EQ(process.reductions_total, 0u);
}

}  // namespace
}  // namespace pyvm
