// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/delivery.h"

#include <array>

#include "base/seeds.h"
#include "proc/hand.h"

namespace pyvm {
namespace {

struct Answer final : Inspection {
  void run(Process&) override { ++ran; }
  void no_process() override { ++absent; }
  int ran = 0;
  int absent = 0;
};

TEST(DeliverySystematic, ASleepingProcessIsMadeReadyByExactlyOneOfManySenders) {
  for_each_seed([](std::uint64_t seed) {
    constexpr int kSenders = 3;
    constexpr int kEach = 3;
    int received = 0;
    std::array<int, kSenders> next{};
    const Pid receiver = hand::spawn_function({}, [&](Process& self) {
      while (const Message message = receive(self)) {
        const int value = static_cast<int>(message.term().unchecked_small());
        EXPECT_EQ(value % 10, next[static_cast<std::size_t>(value / 10)]++);  // M1
        if (++received == kSenders * kEach) return Outcome::Exit;
      }
      return Outcome::Wait;
    });
    std::vector<std::function<void()>> fibers;
    for (int sender = 0; sender < kSenders; ++sender) {
      fibers.emplace_back([=] {
        for (int i = 0; i < kEach; ++i) static_cast<void>(send(receiver, Term::small(sender * 10 + i)));
      });
    }
    const auto scheduler = [&] { hand::run_until([&] { return received == kSenders * kEach; }); };  // a lost wake-up would hang
    fibers.emplace_back(scheduler);
    fibers.emplace_back(scheduler);
    run_fibers_as_threads(seed, fibers);
    hand::run_until([] { return process_table::alive() == 0; });
    hand::expect_nothing_left();
  });
}

/// Two processes flood one that is behind, and tell another after each message, which tells the first: what it hears of is there.
TEST(DeliverySystematic, AnOutboxGoesOutBeforeWhatFollowsIt) {
  for_each_seed([](std::uint64_t seed) {
    constexpr int kSenders = 2;
    constexpr int kEach = 4;
    constexpr int kHeard = 100;
    constexpr int kTold = kSenders * kEach / 2;
    constexpr int kAll = kSenders * kEach + kTold;
    std::array<int, kSenders> next{};
    int received = 0;
    const Pid flooded = hand::spawn_function({}, [&](Process& self) {
      self.line.pressure.store_relaxed(1);  // for all its life
      while (const Message message = receive(self)) {
        const int value = static_cast<int>(message.term().unchecked_small());
        const auto sender = static_cast<std::size_t>(value % kHeard / 10);
        if (value >= kHeard) {
          EXPECT_LT(value % 10, next[sender]) << "D1: told of a message that is not there";
        } else {
          EXPECT_EQ(value % 10, next[sender]++);  // M1
        }
        if (++received == kAll) return Outcome::Exit;
      }
      return Outcome::Wait;
    });
    int passed = 0;
    const Pid other = hand::spawn_function({}, [&](Process& self) {
      while (const Message message = receive(self)) {
        static_cast<void>(send(flooded, Term::small(kHeard + message.term().unchecked_small())));
        if (++passed == kTold) return Outcome::Exit;
      }
      return Outcome::Wait;
    });
    for (int sender = 0; sender < kSenders; ++sender) {
      hand::spawn_function({}, [=, i = 0](Process&) mutable {
        while (i < kEach) {
          const Term value = Term::small(sender * 10 + i);
          static_cast<void>(send(flooded, value));
          if (i++ % 2 != 0) return i == kEach ? Outcome::Exit : Outcome::Yield;  // with a message in the outbox
          static_cast<void>(send(other, value));
        }
        return Outcome::Exit;
      });
    }
    const auto scheduler = [&] { hand::run_until([&] { return received == kAll; }); };
    run_fibers_as_threads(seed, {scheduler, scheduler, scheduler});
    hand::run_until([] { return process_table::alive() == 0; });
    hand::expect_nothing_left();
  });
}

/// Senders that resolved a pid meet its process as it ends, is reclaimed, and is born again under another pid.
TEST(DeliverySystematic, WhatIsSentToAProcessNeverReachesTheNextOneInItsPlace) {
  for_each_seed([](std::uint64_t seed) {
    constexpr int kSenders = 2;
    constexpr int kEach = 4;
    std::array<Answer, kSenders * kEach> answers;
    int lives = 0, strays = 0, senders = kSenders;
    const auto expects_nothing = [&](Process& self) {
      while (receive(self)) ++strays;
      return Outcome::Exit;
    };
    const Pid first = hand::spawn_function({}, [](Process& self) { return receive(self) ? Outcome::Exit : Outcome::Wait; });
    const auto sender = [&](int from) {
      for (int i = from; i < from + kEach; ++i) {
        static_cast<void>(send(first, Term::small(i)));
        Signal* inspect = Signal::create(SignalKind::Inspect);
        inspect->ref = reinterpret_cast<Word>(static_cast<Inspection*>(&answers[static_cast<std::size_t>(i)]));
        static_cast<void>(deliver(first, inspect));
      }
      --senders;
    };
    const auto scheduler = [&] {
      hand::run_until([&] { return senders == 0 || process_table::alive() == 0; });
      epoch_enter();
      while (lives < 6) {  // in the place of the first as soon as it is free
        ++lives;
        EXPECT_NE(hand::spawn_function({}, expects_nothing), first);
        epoch_quiesce();
        hand::run_one();
        epoch_collect();
      }
      epoch_leave();
    };
    run_fibers_as_threads(seed, {[&] { sender(0); }, [&] { sender(kEach); }, scheduler});
    hand::run_until([] { return process_table::alive() == 0; });
    hand::expect_nothing_left();
    EXPECT_EQ(strays, 0);                                                           // P2
    for (const Answer& answer : answers) EXPECT_EQ(answer.ran + answer.absent, 1);  // X3
  });
}

/// Two wait where two may; one is taken; of the two that send then at least one finds the room.
TEST(DeliverySystematic, DropRefusesNothingWhileThereIsRoom) {
  for_each_seed([](std::uint64_t seed) {
    bool taken = false;
    int over = 0, dropped = 0;
    const Pid receiver = hand::spawn_function({.policy = MailboxPolicy::Drop, .max_mailbox = 2}, [&](Process& self) {
      taken = taken || receive(self);
      return Outcome::Wait;
    });
    for (int i = 0; i < 2; ++i) EXPECT_EQ(send(receiver, Term::small(i)), Delivery::Sent);
    const auto sender = [&](bool waits) {
      while (waits && !taken) systematic::yield_point();
      if (send(receiver, Term::small(2)) == Delivery::Dropped) ++dropped;
      if (++over == 2) send_exit(Pid(), receiver, reason::kill);
    };
    const auto scheduler = [&] { hand::run_until([&] { return process_table::alive() == 0; }); };
    run_fibers_as_threads(seed, {[&] { sender(false); }, [&] { sender(true); }, scheduler});
    hand::expect_nothing_left();
    EXPECT_LE(dropped, 1);
  });
}

TEST(DeliverySystematic, AMonitorOfAProcessThatEndsGivesOneDown) {
  for_each_seed([](std::uint64_t seed) {
    int downs = 0;
    const Pid target = hand::spawn_function({}, [](Process&) { return Outcome::Exit; });
    for (int i = 0; i < 2; ++i) {
      hand::spawn_function({}, [&, begun = false](Process& self) mutable {
        if (!std::exchange(begun, true)) monitor(self, target);
        if (!receive(self)) return Outcome::Wait;
        ++downs;
        return Outcome::Exit;
      });
    }
    const auto scheduler = [&] { hand::run_until([&] { return downs == 2; }); };
    run_fibers_as_threads(seed, {scheduler, scheduler, scheduler});
    hand::run_until([] { return process_table::alive() == 0; });
    hand::expect_nothing_left();
    EXPECT_EQ(downs, 2);
  });
}

}  // namespace
}  // namespace pyvm
