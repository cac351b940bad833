// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "proc/kit.h"

namespace pyvm {
namespace {

void exit_signal(Pid from, const Puppet& to, std::string_view reason) { send_exit(from, to.pid(), Term::short_string(reason)); }

/// How a process ends that gets one exit signal; empty when it lives on.
std::string end_by(const SpawnOptions& options, std::string_view reason) {
  Puppet sender, target(options);
  Watch watch(target.pid());
  target.settle();
  exit_signal(sender.pid(), target, reason);
  if (target.settle()) return "";
  return watch.reason();
}

TEST(Exit, AnExitSignalEndsAProcessWithItsReason) {
  const Started runtime;
  EXPECT_EQ(end_by({}, "boom"), "'boom'");
}

TEST(Exit, NormalFromAnotherProcessIsIgnored) {
  const Started runtime;
  EXPECT_EQ(end_by({}, "normal"), "");
}

TEST(Exit, KillArrivesAsKilledAndCannotBeTrapped) {
  const Started runtime;
  EXPECT_EQ(end_by({}, "kill"), "'killed'");
  EXPECT_EQ(end_by({.trap_exit = true}, "kill"), "'killed'");
}

TEST(Exit, ATrapperGetsAMessageForEachSignalAlsoForNormal) {
  const Started runtime;
  Puppet sender, trapper({.trap_exit = true});
  for (const char* reason : {"boom", "normal", "killed"}) {
    exit_signal(sender.pid(), trapper, reason);
    EXPECT_EQ(exit_reason(trapper.receive().get(), sender.pid()), "'" + std::string(reason) + "'");
  }
}

TEST(Exit, TheReasonKillOverALinkCanBeTrapped) {
  const Started runtime;
  Puppet target, trapper({.trap_exit = true});
  trapper.run([&](Process& self) { link(self, target.pid()); });
  target.settle();
  target.exit("kill");
  EXPECT_EQ(exit_reason(trapper.receive().get(), target.pid()), "'kill'");
}

TEST(Exit, NormalToItselfEndsTheProcess) {
  const Started runtime;
  Puppet target;
  Watch watch(target.pid());
  target.settle();
  target.run([](Process& self) { send_exit(self.pid(), self.pid(), reason::normal); });
  EXPECT_TRUE(target.ends());
  EXPECT_EQ(watch.reason(), "'normal'");
}

TEST(Exit, TheFirstReasonStands) {
  const Started runtime(1);
  Puppet target;
  Watch watch(target.pid());
  target.run([](Process& self) {
    self.receive_signals();
    send_exit(Pid(), self.pid(), Term::short_string("first"));
    send_exit(Pid(), self.pid(), Term::short_string("second"));
  });
  EXPECT_EQ(watch.reason(), "'first'");
}

TEST(Exit, ABodyThatReturnsExitWithoutAReasonEndsNormally) {
  const Started runtime;
  Puppet parent;
  Word ref = 0;
  Pid child;
  parent.run([&](Process& self) {
    const Spawned spawned = spawn_function({.parent = &self, .monitor = true}, [](Process&) { return Outcome::Exit; });
    ref = spawned.monitor;
    child = spawned.pid;
  });
  EXPECT_EQ(down_reason(parent.receive().get(), ref, child), "'normal'");
}

struct Traces {
  std::atomic<int> kills{0}, destroyed{0}, runs{0};
};

class Traced final : public Body {
 public:
  explicit Traced(Traces& traces) : traces_(traces) {}
  ~Traced() override { ++traces_.destroyed; }
  Outcome run(Process& self) override {
    ++traces_.runs;
    const Message message = receive(self);
    return message ? Outcome::Exit : Outcome::Wait;
  }
  void kill(Process&) override { ++traces_.kills; }

 private:
  Traces& traces_;
  char large_[200] = {};  // not in the process's own memory
};

TEST(Exit, ABodyIsKilledOnlyWhenItEndsFromOutsideAndAlwaysDestroyed) {
  Traces itself, outside, shutdown;
  {
    const Started runtime;
    const Pid first = spawn<Traced>({}, itself).pid;
    const Pid second = spawn<Traced>({}, outside).pid;
    static_cast<void>(spawn<Traced>({}, shutdown));
    static_cast<void>(send(first, Term::small(1)));
    send_exit(Pid(), second, Term::short_string("boom"));
    EXPECT_TRUE(wait_until([&] { return itself.destroyed == 1 && outside.destroyed == 1 && shutdown.runs == 1; }));
  }
  EXPECT_EQ(itself.kills, 0);
  EXPECT_EQ(outside.kills, 1);
  EXPECT_EQ(shutdown.kills, 1);
  EXPECT_EQ(shutdown.destroyed, 1);
}

TEST(Exit, ASuspendedProcessStillEnds) {
  const Started runtime;
  Puppet target, other;
  static_cast<void>(deliver(target.pid(), make_pid_signal(SignalKind::Suspend, other.pid())));
  send_exit(other.pid(), target.pid(), Term::short_string("boom"));
  EXPECT_TRUE(target.ends());
}

TEST(Exit, ASuspendedProcessRunsAgainAfterAsManyResumes) {
  std::atomic<int> received{0};
  const Started runtime;
  Puppet other;
  const Spawned target = spawn_function({}, [&](Process& self) {
    while (receive(self)) ++received;
    return Outcome::Wait;
  });
  const auto tell = [&](SignalKind kind) { static_cast<void>(deliver(target.pid, make_pid_signal(kind, other.pid()))); };
  const auto settle = [&] {  // its signals are received, whether its body may run or not
    class Wake final : public Inspection {
     public:
      void run(Process& process) override {
        suspended = process.suspend_count;
        done.store(true);
      }
      void no_process() override { done.store(true); }
      std::uint32_t suspended = 0;
      std::atomic<bool> done{false};
    } wake;
    Signal* signal = Signal::create(SignalKind::Inspect);
    signal->ref = reinterpret_cast<Word>(static_cast<Inspection*>(&wake));
    static_cast<void>(deliver(target.pid, signal));
    EXPECT_TRUE(wait_until([&] { return wake.done.load(); }));
    return wake.suspended;
  };
  tell(SignalKind::Suspend);
  tell(SignalKind::Suspend);
  static_cast<void>(send(target.pid, Term::small(1)));
  EXPECT_EQ(settle(), 2u);
  tell(SignalKind::Resume);
  EXPECT_EQ(settle(), 1u) << "resumed once of two";
  EXPECT_EQ(received, 0);
  tell(SignalKind::Resume);
  EXPECT_TRUE(wait_until([&] { return received == 1; }));
  EXPECT_EQ(settle(), 0u);
}

/// It is busy with something else than its mailbox, in which messages and other signals race with the one that counts.
TEST(Exit, AKillReachesABodyThatNeverReceives) {
  const Started runtime;
  for (int round = 0; round < 300; ++round) {
    const Spawned busy = spawn_function({}, [](Process& self) {
      for (int i = 0; i < 50; ++i) self.spend();
      return Outcome::Yield;
    });
    std::vector<std::thread> senders;
    for (int sender = 0; sender < 2; ++sender) {
      senders.emplace_back([&] {
        for (int i = 0; i < 20; ++i) {
          static_cast<void>(send(busy.pid, Term::small(i)));
          static_cast<void>(deliver(busy.pid, make_pid_signal(SignalKind::Resume, Pid())));
        }
      });
    }
    send_exit(Pid(), busy.pid, reason::kill);
    ASSERT_TRUE(wait_until([&] { return !is_alive(busy.pid); }));
    for (std::thread& sender : senders) sender.join();
  }
}

TEST(Exit, TheHeapLimitEndsAProcessThatHoldsTooMuch) {
  const Started runtime;
  Puppet target({.max_heap_words = 1'000});
  Watch watch(target.pid());
  target.settle();
  for (int i = 0; i < 1'000; ++i) static_cast<void>(send(target.pid(), Term::small(i)));
  EXPECT_EQ(watch.reason(), "'killed'");
}

/// Exits from many sides race with the end of the body itself: every watcher is told one reason, the same to all.
TEST(Exit, AllWhoWatchAreToldTheSameReason) {
  const Started runtime;
  for (int round = 0; round < 200; ++round) {
    Puppet target, first, second;
    Word refs[2];
    first.run([&](Process& self) { refs[0] = monitor(self, target.pid()); });
    second.run([&](Process& self) { refs[1] = monitor(self, target.pid()); });
    target.settle();
    std::thread other([&] { send_exit(Pid(), target.pid(), Term::short_string("one")); });
    send_exit(Pid(), target.pid(), Term::short_string("two"));
    other.join();
    const std::string told = down_reason(first.receive().get(), refs[0], target.pid());
    EXPECT_TRUE(told == "'one'" || told == "'two'");
    EXPECT_EQ(down_reason(second.receive().get(), refs[1], target.pid()), told);
    first.exit("normal");
    second.exit("normal");
  }
}

}  // namespace
}  // namespace pyvm
