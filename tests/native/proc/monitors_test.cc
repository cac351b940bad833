// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/kit.h"

namespace pyvm {
namespace {

Word do_monitor(Puppet& from, Pid to, const MonitorOptions& options = {}) {
  Word ref = 0;
  from.run([&](Process& self) { ref = monitor(self, to, options); });
  return ref;
}

bool do_demonitor(Puppet& from, Word ref, bool flush = false) {
  bool found = false;
  from.run([&](Process& self) { found = demonitor(self, ref, flush); });
  return found;
}

/// Monitors made, monitors that others made of it, and details kept for them.
struct Left {
  std::size_t made = 0, watched_by = 0, details = 0;
  bool operator==(const Left&) const = default;
};

Left left_in(Puppet& puppet) {
  Left left;
  puppet.run([&](Process& self) {
    self.receive_signals();
    left = {self.refs.size(), self.monitored_by.size(), self.extras_ ? self.extras_->monitor_details.size() : 0};
  });
  return left;
}

TEST(Monitors, GiveExactlyOneDownWithTheReason) {
  const Started runtime;
  Puppet watcher, target;
  const Word ref = do_monitor(watcher, target.pid());
  target.settle();
  target.exit("boom");
  EXPECT_EQ(down_reason(watcher.receive().get(), ref, target.pid()), "'boom'");
  EXPECT_TRUE(watcher.receive_all().empty());
  EXPECT_EQ(left_in(watcher), Left());
}

TEST(Monitors, EachMonitorOfOneTargetGivesItsDown) {
  std::set<Word> told;
  const Started runtime;
  Puppet watcher, target;
  const Word first = do_monitor(watcher, target.pid());
  const Word second = do_monitor(watcher, target.pid());
  EXPECT_NE(first, second);
  target.settle();
  target.exit("normal");
  for (int i = 0; i < 2; ++i) {
    const OwnedTerm down = watcher.receive();
    told.insert(ref_value(element(down.get(), 1)).id);
  }
  EXPECT_EQ(told, (std::set{first, second}));
}

TEST(Monitors, ADeadTargetGivesNoproc) {
  const Started runtime;
  Puppet watcher, target;
  target.exit("boom");
  const Word ref = do_monitor(watcher, target.pid());
  EXPECT_EQ(down_reason(watcher.receive().get(), ref, target.pid()), "'noproc'");
}

TEST(Monitors, ItselfIsNeverDown) {
  const Started runtime;
  Puppet watcher;
  EXPECT_NE(do_monitor(watcher, watcher.pid()), 0u);
  EXPECT_EQ(left_in(watcher), Left());
}

TEST(Monitors, DemonitorLeavesNothingOnEitherSide) {
  const Started runtime;
  Puppet watcher, target;
  const Word ref = do_monitor(watcher, target.pid());
  target.settle();
  EXPECT_TRUE(do_demonitor(watcher, ref));
  EXPECT_FALSE(do_demonitor(watcher, ref));
  EXPECT_EQ(left_in(target), Left());
  EXPECT_EQ(left_in(watcher), Left());
  target.exit("boom");
  EXPECT_TRUE(watcher.receive_all().empty());
}

TEST(Monitors, ADownOnItsWayIsNotReceivedAfterDemonitor) {
  const Started runtime;
  for (int round = 0; round < 300; ++round) {
    Puppet watcher;
    const Spawned target = spawn_function({}, [](Process& self) { return exit_with(self, "boom"); });
    const Word ref = do_monitor(watcher, target.pid);
    do_demonitor(watcher, ref, true);
    EXPECT_TRUE(watcher.receive_all().empty());
    EXPECT_EQ(left_in(watcher), Left());
    watcher.exit("normal");
  }
}

TEST(Monitors, FlushTakesADownThatWasReceivedAndNothingElse) {
  const Started runtime;
  Puppet watcher, target;
  static_cast<void>(send(watcher.pid(), Term::small(1)));
  const Word ref = do_monitor(watcher, target.pid());
  target.settle();
  target.exit("boom");
  static_cast<void>(send(watcher.pid(), Term::small(2)));
  watcher.settle();
  EXPECT_FALSE(do_demonitor(watcher, ref, true));
  EXPECT_EQ(watcher.receive_all(), (std::vector<std::string>{"1", "2"}));
}

TEST(Monitors, FlushFindsADownBeforeTheScanPositionOfAReceiveInProgress) {
  const Started runtime;
  Puppet watcher, target;
  const Word ref = do_monitor(watcher, target.pid());  // made in an empty mailbox: no mark
  target.settle();
  target.exit("boom");
  std::size_t left = 1;
  watcher.run([&](Process& self) {
    EXPECT_FALSE(receive_if(self, [](Term) { return false; }));  // looks at everything
    EXPECT_FALSE(demonitor(self, ref, true));
    left = self.mailbox.length();
  });
  EXPECT_EQ(left, 0u);
}

TEST(Monitors, ADownCarriesTheNameAndTheTagThatWereGiven) {
  const Started runtime;
  Puppet watcher, target;
  const Word ref = do_monitor(watcher, target.pid(), {.name = Term::short_string("db"), .tag = Term::short_string("gone")});
  EXPECT_EQ(left_in(watcher).details, 1u);
  target.settle();
  target.exit("boom");
  const OwnedTerm down = watcher.receive();
  EXPECT_EQ(element(down.get(), 0), Term::short_string("gone"));
  EXPECT_EQ(ref_value(element(down.get(), 1)).id, ref);
  EXPECT_EQ(element(element(down.get(), 3), 0), Term::short_string("db"));
  EXPECT_EQ(element(down.get(), 4), Term::short_string("boom"));
  EXPECT_EQ(left_in(watcher), Left());
}

TEST(Monitors, AReasonOfAnySizeArrivesWhole) {
  const Started runtime;
  Puppet watcher, target;
  do_monitor(watcher, target.pid());
  target.run([](Process& self) {
    self.receive_signals();
    TermBuilder builder;
    std::vector<Term> items(300, builder.make_string("a long reason"));
    const Term reason = builder.make_list(items);
    self.set_exit(OwnedTerm(reason, builder.take_storage()));
  });
  EXPECT_TRUE(target.ends());
  const OwnedTerm down = watcher.receive();
  EXPECT_EQ(arity_of(element(down.get(), 4)), 300u);
}

TEST(Monitors, AWatcherThatEndsIsForgottenByItsTarget) {
  const Started runtime;
  Puppet target;
  {
    Puppet watcher;
    do_monitor(watcher, target.pid());
    EXPECT_EQ(left_in(target).watched_by, 1u);
    watcher.exit("boom");
  }
  EXPECT_TRUE(wait_until([&] { return left_in(target) == Left(); }));
}

TEST(Monitors, ATargetThatIsEndingIsReportedOnce) {
  const Started runtime;
  for (int round = 0; round < 500; ++round) {
    Puppet watcher;
    const Spawned target = spawn_function({}, [](Process& self) { return exit_with(self, "boom"); });
    const Word ref = do_monitor(watcher, target.pid);
    const std::string reason = down_reason(watcher.receive().get(), ref, target.pid);
    EXPECT_TRUE(reason == "'boom'" || reason == "'noproc'") << reason;
    EXPECT_TRUE(watcher.receive_all().empty());
    watcher.exit("normal");
  }
}

}  // namespace
}  // namespace pyvm
