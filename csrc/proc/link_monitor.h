// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Links, monitors, aliases and references: what a running process does to its relations. Owner only: `self` is the process that the
// calling thread runs.
//
//   link(self, to)              both directions, at most one a pair; to a dead process: a LinkExit "noproc" comes
//   unlink(self, to)            no exit of `to` by this link is received after it
//   monitor(self, to, ...)      one way; exactly one DOWN, ("DOWN", ref, "process", pid, reason), also when `to` is dead ("noproc")
//   demonitor(self, ref)        no DOWN is received after it; `flush` also takes one that was
//   make_alias / unalias        a reference that messages can be sent to, until it is taken back
//   make_ref                    unique on this node; also marks the mailbox, so that a receive for it is O(1)
//
// Source: erl_dist_protocol "Link Protocol" for links and unlink ids; erlang:monitor/3 and alias/1.
#pragma once

#include "proc/delivery.h"

namespace pyvm {

/// A number that no other call gives on this node, from the calling thread's own block.
PYVM_EXPORT Word next_ref_id();
PYVM_EXPORT Word make_ref(Process& self);
/// The calling thread's numbers come from first .. end - 1 from here on: a seeded run's.
PYVM_EXPORT void number_refs_from(Word first, Word end);

PYVM_EXPORT void link(Process& self, Pid to);
PYVM_EXPORT void unlink(Process& self, Pid from);

struct MonitorOptions {
  AliasMode alias = AliasMode::None;
  bool priority_alias = false;
  Term name = {};  // nothing, or the name by which `to` was found: the DOWN then carries (name, node)
  Term tag = {};   // nothing, or what stands in place of "DOWN"
};
PYVM_EXPORT Word monitor(Process& self, Pid to, const MonitorOptions& options = {});
/// True when the monitor was there.
PYVM_EXPORT bool demonitor(Process& self, Word ref, bool flush = false);

PYVM_EXPORT Word make_alias(Process& self, AliasMode mode, bool priority = false);
PYVM_EXPORT bool unalias(Process& self, Word ref);

/// The DOWN of monitor `ref` to its maker.
PYVM_EXPORT void send_down(Pid to, Word ref, Pid ended, Term reason);
/// An exit signal as exit/2 sends it; "kill" cannot be trapped.
PYVM_EXPORT void send_exit(Pid from, Pid to, Term reason, bool priority = false);

/// A signal that carries a pid and nothing else.
inline Signal* make_pid_signal(SignalKind kind, Pid from, Term term = Term()) {
  Signal* signal = Signal::create(kind);
  signal->ref = from.value();
  signal->term = term;
  return signal;
}

/// Answers a Blocked.
inline Signal* make_room_signal(Pid from) {
  Signal* signal = make_pid_signal(SignalKind::Resume, from);
  signal->flags |= signal_flag::kRoom;
  return signal;
}

/// The node's name until it is distributed.
inline constexpr std::string_view kLocalNode = "nonode@nohost";

}  // namespace pyvm
