// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/registry.h"

#include "base/seeds.h"
#include "proc/hand.h"

namespace pyvm {
namespace {

/// One writer: writers exclude each other by a lock, which fibers cannot take turns at.
TEST(RegistrySystematic, ReadersSeeANameOrNothingWhileNamesComeAndGo) {
  for_each_seed([](std::uint64_t seed) {
    constexpr int kRounds = 4;
    const Pid pid = hand::spawn_function({}, [](Process&) { return Outcome::Wait; });
    const Pid other = hand::spawn_function({}, [](Process&) { return Outcome::Wait; });
    const Pid fixed = hand::spawn_function({.name = "fixed"}, [](Process&) { return Outcome::Wait; });
    bool writing = true;
    const auto writer = [&] {
      for (int round = 0; round < kRounds; ++round) {
        epoch_enter();
        Process& process = *process_table::resolve(pid);
        EXPECT_EQ(registry::add_name("name", process), registry::NameResult::Added);
        EXPECT_EQ(registry::whereis("name"), pid);  // N2
        EXPECT_TRUE(registry::remove_name(process));
        EXPECT_EQ(registry::whereis("name"), Pid());
        // The memory of the entry that went serves this one, if it was given back too early.
        Process& second = *process_table::resolve(other);
        EXPECT_EQ(registry::add_name("other", second), registry::NameResult::Added);
        EXPECT_TRUE(registry::remove_name(second));
        epoch_quiesce();
        epoch_collect();
        epoch_leave();
      }
      writing = false;
    };
    const auto reader = [&] {
      while (writing) {
        const Pid found = registry::whereis("name");
        EXPECT_TRUE(found == pid || found == Pid());
        EXPECT_EQ(registry::whereis("fixed"), fixed);
      }
    };
    run_fibers_as_threads(seed, {writer, reader, reader});
    for (const Pid each : {pid, other, fixed}) send_exit(Pid(), each, reason::kill);
    hand::run_until([] { return process_table::alive() == 0; });
    EXPECT_EQ(registry::whereis("fixed"), Pid());
    hand::expect_nothing_left();
  });
}

}  // namespace
}  // namespace pyvm
