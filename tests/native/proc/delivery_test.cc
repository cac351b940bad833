// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/delivery.h"

#include <atomic>

#include "proc/kit.h"
#include "proc/process_info.h"

namespace pyvm {
namespace {

OwnedTerm big_term(int size) {
  TermBuilder builder;
  std::vector<Term> items;
  for (int i = 0; i < size; ++i) items.push_back(builder.tuple(Term::small(i), builder.make_string("a string that needs a box")));
  const Term term = builder.make_list(items);
  return OwnedTerm(term, builder.take_storage());
}

TEST(Delivery, SaysWhetherTheReceiverIsThere) {
  const Started runtime;
  Puppet puppet;
  EXPECT_EQ(send(puppet.pid(), Term::small(1)), Delivery::Sent);
  puppet.exit("done");
  EXPECT_EQ(send(puppet.pid(), Term::small(2)), Delivery::NoProcess);
  EXPECT_EQ(send(Pid(), Term::small(3)), Delivery::NoProcess);
  EXPECT_EQ(send(Pid(123'456, 7), Term::small(4)), Delivery::NoProcess);
}

TEST(Delivery, AMessageIsADeepCopyThatOutlivesItsSource) {
  const Started runtime;
  Puppet puppet;
  for (const int size : {1, 10, 5'000}) {  // in the signal's own words, and in chunks
    {
      const OwnedTerm source = big_term(size);
      ASSERT_EQ(send(puppet.pid(), source.get()), Delivery::Sent);
    }
    EXPECT_TRUE(equal(puppet.receive().get(), big_term(size).get()));
  }
}

/// Sends itself again to whom it inspects, as the fastest of senders would.
struct Endless final : Inspection {
  static void send(Pid to, Endless& endless) {
    Signal* signal = Signal::create(SignalKind::Inspect);
    signal->ref = reinterpret_cast<Word>(static_cast<Inspection*>(&endless));
    static_cast<void>(deliver(to, signal));
  }
  void run(Process& process) override {
    ++ran;
    if (!over && ran < most) send(process.pid(), *this);
  }
  void no_process() override {}
  std::atomic<int> ran{0};
  std::atomic<bool> over{false};
  int most = 0;
};

TEST(Delivery, ReceivesWhatHadArrivedAndNotWhatComesMeanwhile) {
  Endless endless;
  endless.most = 1'000;
  const Started runtime;
  Puppet puppet;
  puppet.run([&](Process& self) {
    Endless::send(self.pid(), endless);
    EXPECT_EQ(send(self.pid(), Term::small(7)), Delivery::Sent);
    self.receive_signals();
    EXPECT_EQ(endless.ran, 1);
    EXPECT_TRUE(receive(self));
  });
}

TEST(Delivery, AReferenceIsMarkedBehindMessagesThatWereNotReceivedYet) {
  const Started runtime;
  Puppet puppet;
  puppet.run([&](Process& self) {
    ASSERT_EQ(self.mailbox.length(), 0u);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(send(self.pid(), Term::small(i)), Delivery::Sent);
    static_cast<void>(deliver(self.pid(), make_pid_signal(SignalKind::Exit, Pid(), reason::kill)));
    EXPECT_EQ(send(self.pid(), Term::small(100)), Delivery::Sent);
    const Word ref = make_ref(self);
    EXPECT_FALSE(self.exiting);  // making a reference receives no signals that do something
    EXPECT_TRUE(self.mailbox.begin_at(ref));
    EXPECT_EQ(self.mailbox.candidate(), nullptr);
    self.mailbox.rewind();
    EXPECT_EQ(self.mailbox.length(), 100u);
  });
}

TEST(Delivery, SignalsToASuspendedProcessDoNotKeepItsSchedulerFromTheOthers) {
  Endless endless;
  endless.most = 2'000'000'000;
  const Started runtime(1);
  Puppet target;
  static_cast<void>(deliver(target.pid(), make_pid_signal(SignalKind::Suspend, Pid())));
  Endless::send(target.pid(), endless);
  EXPECT_TRUE(wait_until([&] { return endless.ran > 100; }));
  std::atomic<bool> other_ran{false};
  static_cast<void>(spawn_function({}, [&](Process&) {
    other_ran = true;
    return Outcome::Exit;
  }));
  for (int i = 0; i < 2'000 && !other_ran; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(other_ran);
  endless.over = true;
}

TEST(Delivery, KeepsTheOrderOfEachSender) {
  std::atomic<int> received{0};
  std::atomic<bool> in_order{true};
  const Started runtime;
  constexpr int kSenders = 4;
  constexpr int kEach = 5'000;
  const Spawned receiver = spawn_function({}, [&, next = std::vector<int>(kSenders)](Process& self) mutable {
    while (const Message message = receive(self)) {
      const auto sender = static_cast<std::size_t>(element(message.term(), 0).unchecked_small());
      if (element(message.term(), 1).unchecked_small() != next[sender]++) in_order = false;
      if (++received == kSenders * kEach) return Outcome::Exit;
      if (!self.spend()) return Outcome::Yield;
    }
    return Outcome::Wait;
  });
  std::vector<std::thread> threads;
  for (int sender = 0; sender < kSenders / 2; ++sender) {  // half of them are threads, half are processes
    threads.emplace_back([&, sender] {
      for (int i = 0; i < kEach; ++i) {
        static_cast<void>(deliver(receiver.pid, make_tuple_message(Term::small(sender), Term::small(i))));
      }
    });
  }
  for (int sender = kSenders / 2; sender < kSenders; ++sender) {
    static_cast<void>(spawn_function({}, [&, sender, i = 0](Process& self) mutable {
      for (; i < kEach; ++i) {
        if (!self.spend()) return Outcome::Yield;
        static_cast<void>(deliver(receiver.pid, make_tuple_message(Term::small(sender), Term::small(i))));
      }
      return Outcome::Exit;
    }));
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(wait_until([&] { return received == kSenders * kEach; }));
  EXPECT_TRUE(in_order);  // M1
}

TEST(Delivery, AStalePidNeverReachesWhoHasItsIndexNow) {
  std::atomic<int> wrong{0};
  const Started runtime(1);
  std::vector<Pid> old;
  for (int i = 0; i < 300; ++i) {
    Puppet once;
    old.push_back(once.pid());
    once.exit("done");
  }
  const auto counts = [&](Process& self) {
    while (receive(self)) ++wrong;
    return Outcome::Wait;
  };
  std::vector<Pid> alive;
  for (int i = 0; i < 300; ++i) alive.push_back(spawn_function({}, counts).pid);
  for (const Pid pid : old) EXPECT_EQ(send(pid, Term::small(1)), Delivery::NoProcess);
  for (const Pid pid : alive) {
    EXPECT_EQ(std::count(old.begin(), old.end(), pid), 0);  // A1
    EXPECT_TRUE(is_alive(pid));
  }
  EXPECT_EQ(wrong, 0);
}

struct Answer final : Inspection {
  void run(Process&) override { ++ran; }
  void no_process() override { ++absent; }
  std::atomic<int> ran{0}, absent{0};
};

void inspect(Pid pid, Answer& answer) {
  Signal* signal = Signal::create(SignalKind::Inspect);
  signal->ref = reinterpret_cast<Word>(static_cast<Inspection*>(&answer));
  static_cast<void>(deliver(pid, signal));
}

TEST(Delivery, AnInspectionIsAnsweredOnceAliveOrNot) {
  const Started runtime;
  Puppet puppet;
  Answer answer;
  inspect(puppet.pid(), answer);
  EXPECT_TRUE(wait_until([&] { return answer.ran == 1; }));
  puppet.exit("done");
  inspect(puppet.pid(), answer);
  EXPECT_EQ(answer.absent, 1);
  EXPECT_EQ(answer.ran, 1);
}

TEST(Delivery, InspectionsOfEndingProcessesAreAllAnsweredByShutdown) {
  constexpr int kProcesses = 2'000;
  std::vector<Answer> answers(kProcesses);
  {
    const Started runtime;
    for (Answer& answer : answers) {
      const Spawned spawned = spawn_function({}, [](Process&) { return Outcome::Exit; });
      inspect(spawned.pid, answer);
    }
  }
  for (const Answer& answer : answers) ASSERT_EQ(answer.ran + answer.absent, 1);  // X3
}

}  // namespace
}  // namespace pyvm
