// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/registry.h"

#include <atomic>
#include <set>

#include "proc/kit.h"

namespace pyvm {
namespace {

using registry::NameResult;
using registry::whereis;

NameResult do_add(Puppet& puppet, std::string_view name) {
  NameResult result{};
  puppet.run([&](Process& self) { result = registry::add_name(name, self); });
  return result;
}

bool do_remove(Puppet& puppet) {
  bool removed = false;
  puppet.run([&](Process& self) { removed = registry::remove_name(self); });
  return removed;
}

TEST(Registry, FindsAProcessByItsName) {
  const Started runtime;
  Puppet puppet;
  EXPECT_EQ(whereis("db"), Pid());
  EXPECT_EQ(do_add(puppet, "db"), NameResult::Added);
  EXPECT_EQ(whereis("db"), puppet.pid());
  EXPECT_EQ(whereis("d"), Pid());
  EXPECT_TRUE(do_remove(puppet));
  EXPECT_FALSE(do_remove(puppet));
  EXPECT_EQ(whereis("db"), Pid());
}

TEST(Registry, KeepsNamesOfAnyLength) {
  const Started runtime;
  Puppet puppet;
  const std::string name(300, 'n');
  EXPECT_EQ(do_add(puppet, name), NameResult::Added);
  EXPECT_EQ(whereis(name), puppet.pid());
  EXPECT_EQ(whereis(std::string(299, 'n')), Pid());
  EXPECT_TRUE(do_remove(puppet));
}

TEST(Registry, OneNameAProcessAndOneProcessAName) {
  const Started runtime;
  Puppet a, b;
  EXPECT_EQ(do_add(a, "one"), NameResult::Added);
  EXPECT_EQ(do_add(b, "one"), NameResult::NameTaken);
  EXPECT_EQ(do_add(a, "two"), NameResult::ProcessHasName);
  EXPECT_TRUE(do_remove(a));
  EXPECT_EQ(do_add(b, "one"), NameResult::Added);
  EXPECT_EQ(whereis("one"), b.pid());
}

TEST(Registry, WhoIsToldOfAnEndFindsTheNameFree) {
  const Started runtime;
  for (int round = 0; round < 200; ++round) {
    Puppet target({.name = "server"});
    Watch watch(target.pid());
    target.run([](Process& self) { self.set_exit(OwnedTerm(Term::short_string("boom"))); });
    EXPECT_EQ(watch.reason(), "'boom'");
    EXPECT_EQ(whereis("server"), Pid());  // X2
    EXPECT_FALSE(target.is_alive());
  }
}

TEST(Registry, WhoIsToldOfAnEndCanTakeTheName) {
  std::atomic<int> taken{0}, added{0};
  const Started runtime;
  constexpr int kRounds = 500;
  for (int round = 0; round < kRounds; ++round) {
    const Spawned server =
        spawn_function({.name = "server"}, [](Process& self) { return receive(self) ? Outcome::Exit : Outcome::Wait; });
    ASSERT_EQ(server.error, SpawnError::None);
    std::atomic<bool> watches{false};
    const Spawned heir = spawn_function({}, [&, begun = false](Process& self) mutable {
      if (!std::exchange(begun, true)) monitor(self, server.pid), watches = true;
      for (int i = 0; i < 3'000 && self.spend(); ++i) {  // awake on its scheduler, so that it is told at once
        if (!receive(self)) continue;
        ++(registry::add_name("server", self) == NameResult::Added ? added : taken);
        return Outcome::Exit;
      }
      return Outcome::Yield;
    });
    EXPECT_TRUE(wait_until([&] { return watches.load(); }));
    static_cast<void>(send(server.pid, Term::small(1)));
    ASSERT_TRUE(wait_until([&] { return !is_alive(heir.pid); }));
  }
  EXPECT_EQ(taken, 0);
  EXPECT_EQ(added, kRounds);
}

TEST(Registry, ANameGivenAtSpawnIsThereFromTheBirth) {
  const Started runtime;
  Puppet puppet({.name = "server"});
  EXPECT_EQ(whereis("server"), puppet.pid());
  const Spawned second = spawn_function({.name = "server"}, [](Process&) { return Outcome::Wait; });
  EXPECT_EQ(second.error, SpawnError::NameTaken);
  EXPECT_EQ(second.pid, Pid());
}

TEST(Registry, ANameResolvesToNobodyWhileItsProcessIsNotBorn) {
  const Started runtime;
  const SpawnOptions options{.name = "unborn"};
  SpawnError error = SpawnError::None;
  Process* process = prepare_process(options, error);
  ASSERT_NE(process, nullptr);
  EXPECT_EQ(whereis("unborn"),
            Pid());  // N2: a message or monitor would find nobody, and say "noproc" of a process that will live
  EXPECT_EQ(spawn_function(options, [](Process&) { return Outcome::Wait; }).error, SpawnError::NameTaken);
  emplace_body<LambdaBody>(*process, [](Process&) { return Outcome::Wait; });
  const Spawned spawned = begin_process(*process, options);
  EXPECT_EQ(whereis("unborn"), spawned.pid);
}

TEST(Registry, AnAbandonedProcessLeavesItsNameFree) {
  const Started runtime;
  SpawnError error = SpawnError::None;
  Process* process = prepare_process({.name = "never"}, error);
  ASSERT_NE(process, nullptr);
  abandon_process(*process);
  Puppet puppet({.name = "never"});
  EXPECT_EQ(whereis("never"), puppet.pid());
}

TEST(Registry, ListsAllNames) {
  std::set<std::string> expected;
  std::set<std::string> found;
  const Started runtime;
  std::vector<Puppet> puppets;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "name" + std::to_string(i);
    puppets.push_back(Puppet({.name = name}));
    expected.insert(name);
  }
  registry::for_each_name([&](std::string_view name, Pid pid) {
    EXPECT_EQ(whereis(name), pid);
    found.insert(std::string(name));
  });
  EXPECT_EQ(found, expected);
}

TEST(Registry, OfManyThatWantANameOneHasIt) {
  const Started runtime;
  constexpr int kProcesses = 200;
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> added{0}, taken{0};
    for (int i = 0; i < kProcesses; ++i) {
      static_cast<void>(spawn_function({}, [&](Process& self) {
        switch (registry::add_name("wanted", self)) {
          case NameResult::Added:
            ++added;
            return Outcome::Wait;
          case NameResult::NameTaken:
            ++taken;
            return Outcome::Exit;
          default:
            return Outcome::Wait;  // woken again
        }
      }));
    }
    ASSERT_TRUE(wait_until([&] { return added + taken == kProcesses; }));
    EXPECT_EQ(added, 1);
    const Pid winner = whereis("wanted");
    send_exit(Pid(), winner, reason::kill);
    ASSERT_TRUE(wait_until([&] { return whereis("wanted") == Pid(); }));
  }
}

TEST(Registry, ReadersFindNamesOrNothingWhileTheyComeAndGo) {
  std::atomic<bool> stop{false};
  const Started runtime;
  constexpr int kNames = 50;
  Puppet fixed({.name = "fixed"});
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        EXPECT_EQ(whereis("fixed"), fixed.pid());
        for (int name = 0; name < kNames; ++name) {
          if (const Pid pid = whereis("name" + std::to_string(name))) static_cast<void>(send(pid, Term::small(1)));
        }
      }
    });
  }
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 2; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < 3'000; ++i) {
        const std::string name = "name" + std::to_string((i + writer * 7) % kNames);
        static_cast<void>(spawn_function({.name = name}, [](Process&) { return Outcome::Exit; }));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace pyvm
