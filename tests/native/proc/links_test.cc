// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/kit.h"

namespace pyvm {
namespace {

std::size_t links_of(Puppet& puppet) {
  std::size_t count = 0;
  puppet.run([&](Process& self) {
    self.receive_signals();
    count = self.links.size();
  });
  return count;
}

void do_link(Puppet& from, const Puppet& to) {
  from.run([&](Process& self) { link(self, to.pid()); });
}
void do_unlink(Puppet& from, const Puppet& to) {
  from.run([&](Process& self) { unlink(self, to.pid()); });
}

TEST(Links, AnAbnormalReasonEndsTheOtherProcessAndGoesOn) {
  const Started runtime;
  Puppet a, b, c;
  do_link(a, b);
  do_link(b, c);
  b.settle();
  c.settle();
  Watch watch(c.pid());
  a.exit("boom");
  EXPECT_EQ(watch.reason(), "'boom'");
  EXPECT_TRUE(b.ends());
}

TEST(Links, ANormalEndIsNotFelt) {
  const Started runtime;
  Puppet a, b;
  do_link(a, b);
  b.settle();
  a.exit("normal");
  EXPECT_TRUE(b.settle());
  EXPECT_EQ(links_of(b), 0u);
}

TEST(Links, ATrapperIsToldOnce) {
  const Started runtime;
  Puppet a, trapper({.trap_exit = true});
  do_link(trapper, a);
  do_link(trapper, a);  // at most one link a pair
  do_link(a, trapper);
  trapper.settle();
  a.settle();
  a.exit("normal");
  EXPECT_EQ(exit_reason(trapper.receive().get(), a.pid()), "'normal'");
  EXPECT_TRUE(trapper.receive_all().empty());
}

TEST(Links, WorkInBothDirections) {
  const Started runtime;
  Puppet maker({.trap_exit = true}), other({.trap_exit = true});
  do_link(maker, other);
  other.settle();
  maker.exit("boom");
  EXPECT_EQ(exit_reason(other.receive().get(), maker.pid()), "'boom'");
}

TEST(Links, LinkingADeadProcessGivesNoproc) {
  const Started runtime;
  Puppet dead, trapper({.trap_exit = true}), other;
  dead.exit("done");
  do_link(trapper, dead);
  EXPECT_EQ(exit_reason(trapper.receive().get(), dead.pid()), "'noproc'");
  EXPECT_EQ(links_of(trapper), 0u);
  Watch watch(other.pid());
  do_link(other, dead);
  EXPECT_EQ(watch.reason(), "'noproc'");
}

TEST(Links, LinkingItselfDoesNothing) {
  const Started runtime;
  Puppet a;
  do_link(a, a);
  EXPECT_EQ(links_of(a), 0u);
}

TEST(Links, AfterUnlinkNothingComesAndNothingIsLeft) {
  const Started runtime;
  Puppet a, trapper({.trap_exit = true});
  do_link(trapper, a);
  a.settle();
  do_unlink(trapper, a);
  a.exit("boom");
  EXPECT_TRUE(trapper.receive_all().empty());
  EXPECT_EQ(links_of(trapper), 0u);  // the acknowledgement came, though from a process that ended
}

TEST(Links, UnlinkingADeadProcessLeavesNothing) {
  const Started runtime;
  Puppet a, trapper({.trap_exit = true});
  do_link(trapper, a);
  a.exit("boom");
  EXPECT_EQ(exit_reason(trapper.receive().get(), a.pid()), "'boom'");
  do_unlink(trapper, a);
  EXPECT_EQ(links_of(trapper), 0u);
}

TEST(Links, AnExitThatCameBeforeUnlinkStays) {
  const Started runtime;
  Puppet a, trapper({.trap_exit = true});
  do_link(trapper, a);
  a.settle();
  a.exit("boom");
  trapper.settle();  // received: it is a message now
  do_unlink(trapper, a);
  EXPECT_EQ(trapper.receive_all().size(), 1u);
}

TEST(Links, ALinkMadeAgainBeforeTheUnlinkIsAcknowledgedHolds) {
  const Started runtime;
  Puppet a({.trap_exit = true}), b;
  do_link(a, b);
  b.settle();
  a.run([&](Process& self) {
    unlink(self, b.pid());
    link(self, b.pid());
    unlink(self, b.pid());
    link(self, b.pid());
  });
  b.settle();
  EXPECT_EQ(links_of(a), 1u);
  EXPECT_EQ(links_of(b), 1u);
  b.exit("boom");
  EXPECT_EQ(exit_reason(a.receive().get(), b.pid()), "'boom'");
}

TEST(Links, TwoThatUnlinkAtOnceAreBothFree) {
  const Started runtime;
  for (int round = 0; round < 200; ++round) {
    Puppet a, b;
    do_link(a, b);
    b.settle();
    std::thread other([&] { do_unlink(a, b); });
    do_unlink(b, a);
    other.join();
    a.settle();
    b.settle();
    EXPECT_EQ(links_of(a), 0u);
    EXPECT_EQ(links_of(b), 0u);
    a.exit("boom");
    EXPECT_TRUE(b.settle());
    b.exit("normal");
  }
}

/// Links and unlinks from both sides at random: afterwards both sides agree.
TEST(Links, BothSidesAgreeAfterAnyCrossing) {
  const Started runtime;
  constexpr int kRounds = 100;
  for (int round = 0; round < kRounds; ++round) {
    Puppet a({.trap_exit = true}), b({.trap_exit = true});
    const auto play = [round](Puppet& one, const Puppet& other, std::uint64_t seed) {
      Random random(seed + static_cast<std::uint64_t>(round));
      for (int i = 0; i < 10; ++i) {
        const bool linking = random.below(2) == 0;
        linking ? do_link(one, other) : do_unlink(one, other);
      }
    };
    std::thread other([&] { play(a, b, 1'000); });
    play(b, a, 2'000);
    other.join();
    for (int i = 0; i < 3; ++i) a.settle(), b.settle();
    EXPECT_EQ(links_of(a), links_of(b));
    const std::size_t linked = links_of(a);
    a.exit("boom");
    EXPECT_EQ(b.receive_all().size(), linked);
    b.exit("normal");
  }
}

TEST(Links, ALinkToAProcessThatIsEndingIsAnsweredOnce) {
  const Started runtime;
  for (int round = 0; round < 500; ++round) {
    Puppet trapper({.trap_exit = true});
    const Spawned dying = spawn_function({}, [](Process& self) { return exit_with(self, "boom"); });
    trapper.run([&](Process& self) { link(self, dying.pid); });
    const std::string reason = exit_reason(trapper.receive().get(), dying.pid);
    EXPECT_TRUE(reason == "'boom'" || reason == "'noproc'") << reason;
    EXPECT_EQ(links_of(trapper), 0u);
    EXPECT_TRUE(trapper.receive_all().empty());
    trapper.exit("normal");
  }
}

}  // namespace
}  // namespace pyvm
