// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "proc/kit.h"

namespace pyvm {
namespace {

/// Waits without receiving until it is told to, by the gate; then takes everything.
Spawned spawn_slow(MailboxPolicy policy, std::uint32_t most, std::atomic<bool>& gate, std::atomic<int>& taken) {
  return spawn_function({.policy = policy, .max_mailbox = most}, [&](Process& self) {
    self.receive_signals();
    while (Signal* wake = self.take_wake()) wake->destroy();
    if (!gate) return Outcome::Wait;
    while (receive(self)) {
      ++taken;
      if (!self.spend()) return Outcome::Yield;
    }
    return Outcome::Wait;
  });
}

void wake(Pid pid) { static_cast<void>(deliver(pid, Signal::create(SignalKind::Wake))); }

TEST(Bounded, DropRefusesWhatIsTooMuchAndTakesAgainWhenThereIsRoom) {
  std::atomic<bool> gate{false};
  std::atomic<int> taken{0};
  const Started runtime;
  Puppet puppet;
  const Spawned receiver = spawn_slow(MailboxPolicy::Drop, 10, gate, taken);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(send(receiver.pid, Term::small(i)), Delivery::Sent);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(send(receiver.pid, Term::small(i)), Delivery::Dropped);
  gate = true;
  EXPECT_TRUE(wait_until([&] {
    wake(receiver.pid);
    return taken == 10;
  }));
  EXPECT_EQ(send(receiver.pid, Term::small(1)), Delivery::Sent);
  EXPECT_TRUE(wait_until([&] { return taken == 11; }));
}

TEST(Bounded, TheBoundEndsItsProcessAlsoWhenItTrapsExits) {
  const Started runtime;
  for (const bool trap_exit : {false, true}) {
    Puppet watcher;
    const Spawned target = spawn_function({.trap_exit = trap_exit, .policy = MailboxPolicy::Exit, .max_mailbox = 5},
                                          [](Process&) { return Outcome::Wait; });
    Word ref = 0;
    watcher.run([&](Process& self) { ref = monitor(self, target.pid); });
    for (int i = 0; i < 6; ++i) static_cast<void>(send(target.pid, Term::small(i)));
    EXPECT_EQ(down_reason(watcher.receive().get(), ref, target.pid), "'max_mailbox'");
  }
}

TEST(Bounded, RepliesDoNotCount) {
  const Started runtime(1);
  Puppet puppet({.policy = MailboxPolicy::Drop, .max_mailbox = 1});
  puppet.run([&](Process& self) {
    const Word ref = make_alias(self, AliasMode::Explicit);
    TermBuilder builder;
    const OwnedTerm alias(builder.make_ref(ref, self.pid(), true), builder.take_storage());
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(send_to_alias(alias.get(), Signal::with_copy(SignalKind::Message, Term::small(i))), Delivery::Sent);
    }
    EXPECT_EQ(send(self.pid(), Term::small(5)), Delivery::Sent);
    EXPECT_EQ(send(self.pid(), Term::small(6)), Delivery::Dropped);
    for (int i = 0; i < 6; ++i) EXPECT_TRUE(receive(self));
    EXPECT_EQ(self.line.bounded_length.load_relaxed(), 0u);
  });
}

TEST(Bounded, SuspendedSendersGoOnWhenThereIsRoomAndNothingIsLost) {
  std::atomic<bool> gate{false};
  std::atomic<int> taken{0}, ended{0};
  const Started runtime;
  constexpr int kSenders = 10;
  constexpr int kEach = 300;
  const Spawned receiver = spawn_slow(MailboxPolicy::SuspendSender, 20, gate, taken);
  for (int sender = 0; sender < kSenders; ++sender) {
    static_cast<void>(spawn_function({}, [&, left = kEach](Process& self) mutable {
      for (; left > 0; --left) {
        if (!self.spend()) return Outcome::Yield;
        static_cast<void>(send(receiver.pid, Term::small(left)));
      }
      ++ended;
      return Outcome::Exit;
    }));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(ended, 0);
  EXPECT_EQ(taken, 0);
  gate = true;
  EXPECT_TRUE(wait_until([&] {
    wake(receiver.pid);
    return taken == kSenders * kEach && ended == kSenders;
  })) << taken
      << " taken, " << ended << " ended";
}

TEST(Bounded, SuspendedSendersGoOnWhenTheReceiverEnds) {
  const Started runtime;
  for (int round = 0; round < 50; ++round) {
    std::atomic<bool> gate{false};
    std::atomic<int> taken{0}, ended{0};
    const Spawned receiver = spawn_slow(MailboxPolicy::SuspendSender, 5, gate, taken);
    constexpr int kSenders = 6;
    for (int sender = 0; sender < kSenders; ++sender) {
      static_cast<void>(spawn_function({}, [&, left = 20](Process& self) mutable {
        for (; left > 0; --left) {
          if (!self.spend()) return Outcome::Yield;
          static_cast<void>(send(receiver.pid, Term::small(left)));
        }
        ++ended;
        return Outcome::Exit;
      }));
    }
    if (round % 2 == 0) std::this_thread::yield();
    send_exit(Pid(), receiver.pid, reason::kill);
    ASSERT_TRUE(wait_until([&] { return ended == kSenders; })) << ended;
  }
}

/// Each floods the next one before it takes anything.
TEST(Bounded, ARingOfFullMailboxesStopsNobodyForEver) {
  const Started runtime;
  constexpr int kEach = 200;
  for (const std::size_t size : {2, 3, 5}) {
    for (int round = 0; round < 20; ++round) {
      std::vector<std::atomic<Word>> pids(size);
      std::atomic<int> ended{0};
      for (std::size_t i = 0; i < size; ++i) {
        const Spawned spawned = spawn_function({.policy = MailboxPolicy::SuspendSender, .max_mailbox = 5},
                                               [&, i, left = kEach, taken = 0](Process& self) mutable {
                                                 const Word next = pids[(i + 1) % size];
                                                 if (next == 0) return Outcome::Yield;
                                                 for (; left > 0; --left) {
                                                   if (!self.spend()) return Outcome::Yield;
                                                   static_cast<void>(send(Pid::from_value(next), Term::small(left)));
                                                 }
                                                 while (receive(self)) ++taken;
                                                 if (taken < kEach) return Outcome::Wait;
                                                 ++ended;
                                                 return Outcome::Exit;
                                               });
        pids[i] = spawned.pid.value();
      }
      ASSERT_TRUE(wait_until([&] { return ended == static_cast<int>(size); })) << ended << " of " << size << " ended";
    }
  }
}

TEST(Bounded, AThreadThatIsNoProcessIsNotStopped) {
  std::atomic<bool> gate{false};
  std::atomic<int> taken{0};
  const Started runtime;
  const Spawned receiver = spawn_slow(MailboxPolicy::SuspendSender, 5, gate, taken);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(send(receiver.pid, Term::small(i)), Delivery::Sent);
  gate = true;
  EXPECT_TRUE(wait_until([&] {
    wake(receiver.pid);
    return taken == 50;
  }));
}

}  // namespace
}  // namespace pyvm
