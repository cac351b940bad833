// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/kit.h"

namespace pyvm {
namespace {

Word do_alias(Puppet& puppet, AliasMode mode, bool priority = false) {
  Word ref = 0;
  puppet.run([&](Process& self) { ref = make_alias(self, mode, priority); });
  return ref;
}

/// Sends `number` by the alias `ref` of `to`.
void send_by(const Puppet& to, Word ref, int number, std::uint8_t flags = 0) {
  TermBuilder builder;
  const OwnedTerm alias(builder.make_ref(ref, to.pid(), true), builder.take_storage());
  Signal* message = Signal::with_copy(SignalKind::Message, Term::small(number));
  message->flags |= flags;
  static_cast<void>(send_to_alias(alias.get(), message));
}

std::size_t refs_of(Puppet& puppet) {
  std::size_t count = 0;
  puppet.run([&](Process& self) {
    self.receive_signals();
    count = self.refs.size();
  });
  return count;
}

using Texts = std::vector<std::string>;

TEST(Aliases, AnExplicitAliasTakesMessagesUntilUnalias) {
  const Started runtime;
  Puppet puppet;
  const Word ref = do_alias(puppet, AliasMode::Explicit);
  send_by(puppet, ref, 1);
  send_by(puppet, ref, 2);
  puppet.settle();
  puppet.run([&](Process& self) {
    EXPECT_TRUE(unalias(self, ref));
    EXPECT_FALSE(unalias(self, ref));
  });
  send_by(puppet, ref, 3);
  EXPECT_EQ(puppet.receive_all(), (Texts{"1", "2"}));
  EXPECT_EQ(refs_of(puppet), 0u);
}

TEST(Aliases, AMessageOnItsWayIsDroppedWhenTheAliasIsGoneAtItsReception) {
  const Started runtime(1);
  Puppet puppet;
  puppet.run([&](Process& self) {
    const Word ref = make_alias(self, AliasMode::Explicit);
    send_by(puppet, ref, 1);  // not received yet
    EXPECT_TRUE(unalias(self, ref));
  });
  EXPECT_TRUE(puppet.receive_all().empty());
}

TEST(Aliases, AReplyAliasTakesOneMessage) {
  const Started runtime;
  Puppet puppet;
  const Word ref = do_alias(puppet, AliasMode::Reply);
  send_by(puppet, ref, 1);
  send_by(puppet, ref, 2);
  EXPECT_EQ(puppet.receive_all(), Texts{"1"});
  EXPECT_EQ(refs_of(puppet), 0u);
}

TEST(Aliases, ARefThatIsNoAliasTakesNothing) {
  const Started runtime;
  Puppet puppet, target;
  Word ref = 0;
  puppet.run([&](Process& self) { ref = monitor(self, target.pid()); });
  send_by(puppet, ref, 1);
  puppet.run([&](Process& self) { ref = make_ref(self); });
  send_by(puppet, ref, 2);
  EXPECT_TRUE(puppet.receive_all().empty());
}

TEST(Aliases, AReplyEndsTheMonitorOfItsAlias) {
  const Started runtime;
  Puppet puppet, target;
  Word ref = 0;
  puppet.run([&](Process& self) { ref = monitor(self, target.pid(), {.alias = AliasMode::Reply}); });
  send_by(puppet, ref, 1);
  EXPECT_EQ(puppet.receive_text(), "1");
  target.run([](Process& self) {
    self.receive_signals();
    EXPECT_TRUE(self.monitored_by.empty());
  });
  target.exit("boom");
  EXPECT_TRUE(puppet.receive_all().empty());
  EXPECT_EQ(refs_of(puppet), 0u);
}

TEST(Aliases, ADownEndsAliasesOfTheModesReplyAndDemonitorOnly) {
  const Started runtime;
  for (const AliasMode mode : {AliasMode::Explicit, AliasMode::Reply, AliasMode::Demonitor}) {
    Puppet puppet, target;
    Word ref = 0;
    puppet.run([&](Process& self) { ref = monitor(self, target.pid(), {.alias = mode}); });
    target.settle();
    target.exit("boom");
    EXPECT_EQ(down_reason(puppet.receive().get(), ref, target.pid()), "'boom'");
    send_by(puppet, ref, 1);
    EXPECT_EQ(puppet.receive_all().size(), mode == AliasMode::Explicit ? 1u : 0u);
    EXPECT_EQ(refs_of(puppet), mode == AliasMode::Explicit ? 1u : 0u);
  }
}

TEST(Aliases, DemonitorEndsAliasesOfTheModesReplyAndDemonitorOnly) {
  const Started runtime;
  for (const AliasMode mode : {AliasMode::Explicit, AliasMode::Reply, AliasMode::Demonitor}) {
    Puppet puppet, target;
    Word ref = 0;
    puppet.run([&](Process& self) {
      ref = monitor(self, target.pid(), {.alias = mode});
      EXPECT_TRUE(demonitor(self, ref));
    });
    send_by(puppet, ref, 1);
    EXPECT_EQ(puppet.receive_all().size(), mode == AliasMode::Explicit ? 1u : 0u);
  }
}

TEST(Aliases, UnaliasKeepsTheMonitor) {
  const Started runtime;
  Puppet puppet, target;
  Word ref = 0;
  puppet.run([&](Process& self) {
    ref = monitor(self, target.pid(), {.alias = AliasMode::Explicit});
    EXPECT_TRUE(unalias(self, ref));
  });
  send_by(puppet, ref, 1);
  target.settle();
  target.exit("boom");
  EXPECT_EQ(down_reason(puppet.receive().get(), ref, target.pid()), "'boom'");
  EXPECT_EQ(refs_of(puppet), 0u);
}

TEST(Aliases, OnlyAPriorityAliasLetsAMessagePassTheOthers) {
  const Started runtime(1);
  Puppet puppet;
  puppet.run([&](Process& self) {
    const Word ordinary = make_alias(self, AliasMode::Explicit);
    const Word priority = make_alias(self, AliasMode::Explicit, true);
    static_cast<void>(send(self.pid(), Term::small(1)));
    send_by(puppet, ordinary, 2, signal_flag::kPriority);
    send_by(puppet, priority, 3, signal_flag::kPriority);
    send_by(puppet, priority, 4);
  });
  EXPECT_EQ(puppet.receive_all(), (Texts{"3", "1", "2", "4"}));
}

TEST(Aliases, AReceiveForAReferenceSeesItsPriorityReply) {
  const Started runtime(1);
  Puppet puppet;
  bool found = false;
  puppet.run([&](Process& self) {
    static_cast<void>(send(self.pid(), Term::small(1)));
    self.receive_signals();
    const Word ref = make_alias(self, AliasMode::Reply, true);
    send_by(puppet, ref, 2, signal_flag::kPriority);
    self.receive_signals();
    found = static_cast<bool>(receive_reply(self, ref, true));
  });
  EXPECT_TRUE(found);
}

TEST(Aliases, ASpawnGivesItsMonitorTheAliasAskedFor) {
  const Started runtime;
  Puppet parent;
  Puppet child = parent.child({.monitor = true, .monitor_options = {.alias = AliasMode::Reply, .priority_alias = true}});
  const Word ref = child.spawned().monitor;
  static_cast<void>(send(parent.pid(), Term::small(1)));
  send_by(parent, ref, 2, signal_flag::kPriority);
  send_by(parent, ref, 3, signal_flag::kPriority);
  EXPECT_EQ(parent.receive_all(), (Texts{"2", "1"}));
}

TEST(Aliases, AnAliasOfADeadProcessTakesNothing) {
  const Started runtime;
  Puppet puppet;
  const Word ref = do_alias(puppet, AliasMode::Explicit);
  puppet.exit("done");
  send_by(puppet, ref, 1);
}

}  // namespace
}  // namespace pyvm
