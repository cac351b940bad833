// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/spawn.h"

#include <array>
#include <atomic>

#include "proc/kit.h"

namespace pyvm {
namespace {

TEST(Spawn, ABodyIsMadeInTheProcessWhenItFitsAndElsewhereWhenItDoesNot) {
  struct Small : Body {
    Outcome run(Process& self) override {
      EXPECT_TRUE(self.inline_body);
      return Outcome::Exit;
    }
  };
  struct Large : Body {
    explicit Large(int number) : number_(number) {}
    Outcome run(Process& self) override {
      EXPECT_FALSE(self.inline_body);
      EXPECT_EQ(number_, 42);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&words_) % 16, 0u);
      return Outcome::Exit;
    }
    int number_;
    alignas(16) std::array<Word, 20> words_{};
  };
  const Started runtime;
  const Pid small = spawn<Small>({}).pid;
  const Pid large = spawn<Large>({}, 42).pid;
  EXPECT_TRUE(wait_until([&] { return !is_alive(small) && !is_alive(large); }));
}

TEST(Spawn, LinkAndMonitorAreInForceFromTheBirth) {
  const Started runtime;
  Puppet parent({.trap_exit = true});
  Spawned child;
  parent.run([&](Process& self) {
    child = spawn_function({.parent = &self, .link = true, .monitor = true}, [](Process& child_self) {
      EXPECT_EQ(child_self.links.size(), 1u);
      EXPECT_EQ(child_self.monitored_by.size(), 1u);
      return exit_with(child_self, "boom");
    });
    EXPECT_EQ(self.links.size(), 1u);
  });
  const OwnedTerm first = parent.receive(), second = parent.receive();
  EXPECT_EQ(exit_reason(first.get(), child.pid), "'boom'");
  EXPECT_EQ(down_reason(second.get(), child.monitor, child.pid), "'boom'");
  EXPECT_TRUE(parent.receive_all().empty());
}

TEST(Spawn, AMonitorsTagStandsInPlaceOfDown) {
  const Started runtime;
  Puppet parent;
  parent.run([](Process& self) {
    static_cast<void>(spawn_function({.parent = &self, .monitor = true, .monitor_options = {.tag = Term::short_string("gone")}},
                                     [](Process&) { return Outcome::Exit; }));
  });
  EXPECT_EQ(element(parent.receive().get(), 0), Term::short_string("gone"));
}

TEST(Spawn, AChildKnowsItsParent) {
  const Started runtime;
  Puppet parent;
  Puppet child = parent.child({});
  child.run([&](Process& self) { EXPECT_EQ(self.parent, parent.pid()); });
}

TEST(Spawn, ALifeLeavesNothingToTheNext) {
  const Started runtime(1);
  for (int life = 0; life < 50; ++life) {
    Puppet other;
    Puppet puppet(
        {.trap_exit = true, .policy = MailboxPolicy::Drop, .max_mailbox = 20, .max_heap_words = 100'000, .name = "again"});
    puppet.run([&](Process& self) {
      EXPECT_TRUE(self.links.empty() && self.refs.empty() && self.monitored_by.empty());
      EXPECT_EQ(self.mailbox.length(), 0u);
      EXPECT_EQ(self.suspend_count, 0u);
      EXPECT_EQ(self.timer, nullptr);
      EXPECT_FALSE(self.timed_out);
      link(self, other.pid());
      monitor(self, other.pid(), {.tag = Term::short_string("gone")});
      make_alias(self, AliasMode::Explicit);
      self.set_deadline(process_time_ns() + 1'000'000'000'000);
      for (int i = 0; i < 5; ++i) static_cast<void>(send(self.pid(), Term::small(i)));
      ++self.suspend_count;
      self.receive_signals();
      self.suspend_count = 0;
    });
    puppet.exit("normal");
    Puppet plain;
    plain.run([](Process& self) {
      EXPECT_FALSE(self.trap_exit);
      EXPECT_EQ(self.line.policy, MailboxPolicy::Unbounded);
      EXPECT_EQ(self.line.bounded_length.load_relaxed(), 0u);
      EXPECT_EQ(self.extras_, nullptr);
    });
    plain.exit("normal");
    other.exit("normal");
  }
}

struct SpawnsTheNext final : Body {
  Outcome run(Process& self) override {
    static_cast<void>(spawn<SpawnsTheNext>({.parent = &self}));
    return Outcome::Exit;
  }
};

TEST(Spawn, ChainsOfProcessesThatSpawnTheNextAndEndEndWithTheRuntime) {
  for (int round = 0; round < 60; ++round) {
    {
      const Started runtime;
      for (int chain = 0; chain < 3; ++chain) static_cast<void>(spawn<SpawnsTheNext>({}));
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    ASSERT_EQ(process_table::alive(), 0u);
  }
}

TEST(Spawn, AThreadThatSpawnsWhileTheRuntimeStopsIsRefusedOrItsProcessEnds) {
  for (int round = 0; round < 60; ++round) {
    std::thread outside;
    {
      const Started runtime;
      outside = std::thread([] {
        while (spawn_function({}, [](Process&) { return Outcome::Wait; }).error == SpawnError::None) continue;
      });
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    outside.join();
    ASSERT_EQ(process_table::alive(), 0u);
  }
}

TEST(Spawn, SaysWhenThereAreTooMany) {
  const Started runtime;
  const std::size_t limit = process_table::limit();
  process_table::set_limit(process_table::end_index() + 200);
  std::size_t spawned = 0;
  for (; spawned < 100'000; ++spawned) {
    const Spawned one = spawn_function({}, [](Process&) { return Outcome::Wait; });
    if (one.error == SpawnError::None) continue;
    EXPECT_EQ(one.error, SpawnError::TooManyProcesses);
    EXPECT_EQ(one.pid, Pid());
    break;
  }
  EXPECT_LT(spawned, 100'000u);
  process_table::set_limit(limit);
  EXPECT_EQ(spawn_function({}, [](Process&) { return Outcome::Wait; }).error, SpawnError::None);
}

TEST(Spawn, ProcessesCanBeListedWhileOthersAreBornAndEnd) {
  std::atomic<bool> stop{false};
  const Started runtime;
  Puppet fixed;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) static_cast<void>(spawn_function({}, [](Process&) { return Outcome::Exit; }));
      stop = true;
    });
  }
  while (!stop) {
    const EpochGuard guard;
    bool found = false;
    process_table::for_each([&](Process& process) { found |= process.pid() == fixed.pid(); });
    EXPECT_TRUE(found);
  }
  for (std::thread& thread : threads) thread.join();
}

/// Children that end while they are born, of parents that end too.
TEST(Spawn, AFamilyThatBreedsAndDiesLeavesNoProcess) {
  struct Breeder : Body {
    Breeder(int depth, std::atomic<int>& count) : depth_(depth), count_(count) { ++count; }
    ~Breeder() override { --count_; }
    Outcome run(Process& self) override {
      for (int i = 0; i < 3 && depth_ > 0; ++i) {
        static_cast<void>(spawn<Breeder>({.parent = &self, .link = i == 0, .monitor = i == 1}, depth_ - 1, count_));
      }
      if (depth_ % 2 == 0) return exit_with(self, "boom");
      return depth_ == 0 || receive(self) ? Outcome::Exit : Outcome::Wait;
    }
    int depth_;
    std::atomic<int>& count_;
  };
  std::atomic<int> bodies{0};
  {
    const Started runtime;
    for (int i = 0; i < 30; ++i) static_cast<void>(spawn<Breeder>({}, 6, bodies));
  }
  EXPECT_EQ(bodies, 0);
  EXPECT_EQ(process_table::alive(), 0u);
}

}  // namespace
}  // namespace pyvm
