// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/link_monitor.h"

#include <algorithm>

namespace pyvm {

namespace {

constexpr Word kRefBlock = 1 << 16;
Atomic<Word> next_ref_block{1};

struct RefBlock {
  Word next = 0;
  Word end = 0;
};
thread_local RefBlock ref_block;

Word add_ref_entry(Process& self, Word entry) {
  const Word ref = make_ref(self);
  self.refs.insert(ref, entry);
  return ref;
}

void drop_detail(Process& self, Word ref) {
  auto& details = self.extras().monitor_details;
  std::erase_if(details, [&](const MonitorDetail& detail) { return detail.ref == ref; });
}

void flush_down(Process& self, Word ref) {
  self.mailbox.begin_at(ref);
  for (Signal* message = self.mailbox.candidate(); message != nullptr; message = self.mailbox.candidate()) {
    if (message->kind == SignalKind::Down && message->ref == ref) {
      self.take_message()->destroy();
      break;
    }
    self.mailbox.skip();
  }
  self.mailbox.rewind();
}

}  // namespace

Word next_ref_id() {
  if (ref_block.next == ref_block.end) {
    ref_block.next = next_ref_block.fetch_add_relaxed(1) * kRefBlock;  // only uniqueness matters
    ref_block.end = ref_block.next + kRefBlock;
  }
  return ref_block.next++;
}

void number_refs_from(Word first, Word end) { ref_block = {first, end}; }

Word make_ref(Process& self) {
  const Word ref = next_ref_id();
  // Otherwise there is nothing to set the mark behind, and the first receive would look at all that waits.
  if (self.mailbox.first() == nullptr && !self.mailbox.outer().looks_empty()) [[unlikely]]
    self.receive_messages();
  self.mailbox.mark(ref);
  return ref;
}

void link(Process& self, Pid to) {
  if (to == self.pid()) return;
  const Word* state = self.links.find(to.value());
  if (state != nullptr && *state == link_state::kActive) return;
  self.links.insert(to.value(), link_state::kActive);
  static_cast<void>(deliver(to, make_pid_signal(SignalKind::Link, self.pid())));
}

void unlink(Process& self, Pid from) {
  Word* state = self.links.find(from.value());
  if (state == nullptr || *state != link_state::kActive) return;
  const Word id = self.extras().next_unlink_id++;
  *state = id;
  const Term id_term = Term::small(static_cast<std::int64_t>(id));
  static_cast<void>(deliver(from, make_pid_signal(SignalKind::Unlink, self.pid(), id_term)));
}

Word monitor(Process& self, Pid to, const MonitorOptions& options) {
  Word entry = static_cast<Word>(options.alias) << ref_flag::kAliasShift;
  if (options.priority_alias) entry |= ref_flag::kPriorityAlias;
  if (to == self.pid()) {  // never a DOWN: who would receive it
    return entry != 0 ? add_ref_entry(self, entry) : make_ref(self);
  }
  entry |= to.value() | ref_flag::kMonitor;
  const bool detail = !options.name.is_nothing() || !options.tag.is_nothing();
  if (detail) entry |= ref_flag::kDetail;
  const Word ref = add_ref_entry(self, entry);
  if (detail) self.extras().monitor_details.push_back({ref, OwnedTerm(options.name), OwnedTerm(options.tag)});
  Signal* signal = Signal::create(SignalKind::Monitor);
  signal->ref = ref;
  signal->term = self.pid_term();
  static_cast<void>(deliver(to, signal));
  return ref;
}

bool demonitor(Process& self, Word ref, bool flush) {
  const Word* entry = self.refs.find(ref);
  const bool found = entry != nullptr && (*entry & ref_flag::kMonitor) != 0;
  if (found) {
    const Word value = *entry;
    if (alias_mode(value) == AliasMode::Explicit) {
      self.refs.insert(ref, value & ~(ref_flag::kMonitor | ref_flag::kDetail));
    } else {
      self.refs.erase(ref);
    }
    if ((value & ref_flag::kDetail) != 0) drop_detail(self, ref);
    const Pid target = Pid::from_value(value & ref_flag::kPidMask);
    Signal* signal = Signal::create(SignalKind::Demonitor);
    signal->ref = ref;
    static_cast<void>(deliver(target, signal));
  }
  if (flush && !found) {
    self.receive_signals();
    flush_down(self, ref);
  }
  self.mailbox.unmark(ref);
  return found;
}

Word make_alias(Process& self, AliasMode mode, bool priority) {
  return add_ref_entry(self, static_cast<Word>(mode) << ref_flag::kAliasShift | (priority ? ref_flag::kPriorityAlias : 0));
}

bool unalias(Process& self, Word ref) {
  Word* entry = self.refs.find(ref);
  if (entry == nullptr || alias_mode(*entry) == AliasMode::None) return false;
  *entry &= ~(Word{3} << ref_flag::kAliasShift);
  if ((*entry & ref_flag::kMonitor) == 0) self.refs.erase(ref);
  return true;
}

void send_down(Pid to, Word ref, Pid ended, Term reason) {
  constexpr Term kDown = Term::short_string("DOWN"), kProcess = Term::short_string("process");
  // By hand what TermBuilder makes: its general way takes 150 instructions more, of 1,560 for a birth and an end.
  constexpr Word kArity = 5, kRefBox = 1 + kArity, kBoxes = kRefBox + 3, kReasonWords = 16;
  Signal* signal = Signal::create(SignalKind::Down, kBoxes + (reason.is_boxed() ? kReasonWords : 0));
  signal->ref = ref;
  Word* words = signal->words;
  words[kRefBox] = make_header(BoxKind::Ref, 2);
  words[kRefBox + 1] = ref;
  words[kRefBox + 2] = to.value();
  words[0] = make_header(BoxKind::Tuple, kArity);
  auto* slots = reinterpret_cast<Term*>(words + 1);
  slots[0] = kDown;
  slots[1] = Term::boxed(words + kRefBox);
  slots[2] = kProcess;
  slots[3] = Term::pid(ended);
  signal->term = Term::boxed(words);
  if (!reason.is_boxed()) [[likely]] {
    slots[4] = reason;
  } else {
    SignalBuilder builder(*signal, kBoxes);
    slots[4] = copy(reason, builder);
    builder.finish(signal->term);
  }
  static_cast<void>(deliver(to, signal));
}

void send_exit(Pid from, Pid to, Term reason, bool priority) {
  Signal* signal = Signal::with_copy(SignalKind::Exit, reason);
  signal->ref = from.value();
  if (reason == reason::kill) signal->flags |= signal_flag::kKill;
  if (priority) signal->flags |= signal_flag::kPriority;
  static_cast<void>(deliver(to, signal));
}

}  // namespace pyvm
