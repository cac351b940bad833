// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What each signal does to its receiver, on the receiver's thread, in the order of the outer queue. proc/signal.h has the table.
#include <algorithm>

#include "proc/link_monitor.h"
#include "proc/ready.h"

namespace pyvm {

namespace {

/// The entry of the alias that `message` came by stays, ends, or was not there. True when the message is accepted.
bool accept_by_alias(Process& self, Signal& message) {
  const Word* entry = self.refs.find(message.ref);
  if (entry == nullptr) return false;
  const Word value = *entry;
  const AliasMode mode = alias_mode(value);
  if (mode == AliasMode::None) return false;
  if ((value & ref_flag::kPriorityAlias) == 0) message.flags &= static_cast<std::uint8_t>(~signal_flag::kPriority);
  if (mode == AliasMode::Reply) {
    if ((value & ref_flag::kMonitor) != 0) {
      static_cast<void>(demonitor(self, message.ref));
    } else {
      self.refs.erase(message.ref);
    }
  }
  return true;
}

/// A DOWN that names what was monitored by name, or begins with a tag: built again around the reason.
void apply_detail(Process& self, Signal& down) {
  auto& details = self.extras().monitor_details;
  const auto detail = std::find_if(details.begin(), details.end(), [&](const MonitorDetail& d) { return d.ref == down.ref; });
  if (detail == details.end()) return;
  const OwnedTerm old(down.term);
  TermBuilder builder;
  const Term tag = detail->tag ? copy(detail->tag.get(), builder) : element(old.get(), 0);
  Term object = element(old.get(), 3);
  if (detail->name) object = builder.tuple(copy(detail->name.get(), builder), builder.make_string(kLocalNode));
  const Term ref = copy(element(old.get(), 1), builder);
  const Term reason = copy(element(old.get(), 4), builder);
  const Term term = builder.tuple(tag, ref, element(old.get(), 2), object, reason);
  down.term = term;
  down.keep_storage(builder.take_storage());
  details.erase(detail);
}

/// True when the DOWN is to be delivered.
bool accept_down(Process& self, Signal& down) {
  const Word* entry = self.refs.find(down.ref);
  if (entry == nullptr || (*entry & ref_flag::kMonitor) == 0) return false;
  const Word value = *entry;
  if ((value & ref_flag::kDetail) != 0) apply_detail(self, down);
  if (alias_mode(value) == AliasMode::Explicit) {
    self.refs.insert(down.ref, value & ~(ref_flag::kMonitor | ref_flag::kDetail | ref_flag::kPidMask));
  } else {
    self.refs.erase(down.ref);
  }
  return true;
}

void accept_message(Process& self, Signal* message) {
  if (message->ref != 0 && message->kind == SignalKind::Message && !accept_by_alias(self, *message)) [[unlikely]] {
    return message->destroy();
  }
  self.mailbox.append(message);
  self.new_messages = true;
}

bool over_heap_limit(Process& self) {
  return self.extras_ && self.extras_->max_heap_words != 0 && self.heap_words() > self.extras_->max_heap_words;
}

void accept_blocked(Process& self, Signal& signal) {
  const Pid sender = Pid::from_value(signal.ref);
  if (self.line.bounded_length.load_relaxed() <= self.line.max_length.load_relaxed()) {
    static_cast<void>(deliver(sender, make_room_signal(self.pid())));
  } else {
    self.extras().blocked_senders.push_back(sender);
  }
}

void accept_unlink_ack(Process& self, const Signal& ack) {
  const Word* state = self.links.find(ack.ref);
  if (state != nullptr && *state == static_cast<Word>(ack.term.unchecked_small())) self.links.erase(ack.ref);
}

void accept_unlink(Process& self, const Signal& unlink) {
  const Word* state = self.links.find(unlink.ref);
  if (state != nullptr && *state == link_state::kActive) self.links.erase(unlink.ref);
  static_cast<void>(deliver(Pid::from_value(unlink.ref), make_pid_signal(SignalKind::UnlinkAck, self.pid(), unlink.term)));
}

/// True when a link with `from` was active; it is gone afterwards.
bool take_active_link(Process& self, Word from) {
  const Word* state = self.links.find(from);
  return state != nullptr && *state == link_state::kActive && self.links.erase(from);
}

void append_wake(Process& self, Signal* wake) {
  wake->set_next(nullptr);
  Signal** end = &self.wakes;
  Signal* last = self.wakes;
  while (last != nullptr && last->next_signal() != nullptr) last = last->next_signal();
  if (last == nullptr) {
    *end = wake;
  } else {
    last->set_next(wake);
  }
}

}  // namespace

void Process::receive(Signal& signal) {
  if (signal.kind == SignalKind::Message) [[likely]] {
    accept_message(*this, &signal);
  } else {
    handle(signal);
  }
}

void Process::look_ahead(const Signal& popped_last) {
  const LookAhead* ahead = line.ahead.load_acquire();  // what its maker wrote
  if (ahead != nullptr) popped = ahead->follow(popped - 1, &popped_last) + 1;
}

void Process::receive_signals() {
  // An exchange: pairs with the release in push, so what it was set for is found below; what sets it later finds a later call.
  if (line.urgent.load_relaxed()) line.urgent.exchange_acq_rel(false);
  const MpscNode* last = mailbox.outer().last(line.tail);
  while (last != nullptr) {
    Signal* signal = pop_outer();
    if (signal == nullptr) {  // the next push is not complete, and what the flag was set for may stand behind it
      line.urgent.store_relaxed(true);
      break;
    }
    if (signal == last) last = nullptr;
    receive(*signal);
  }
  PYVM_ASSERT3((mailbox.validate(), true), "M4");
  if (extras_ && !exiting && over_heap_limit(*this)) [[unlikely]] {
    killed_from_outside = true;
    set_exit(OwnedTerm(reason::killed));
  }
}

void Process::receive_messages() {
  const MpscNode* last = mailbox.outer().last(line.tail);
  while (last != nullptr) {
    const auto* first = static_cast<const Signal*>(mailbox.outer().first());
    if (first == nullptr || first->kind != SignalKind::Message) return;
    Signal* message = pop_outer();
    if (message == nullptr) return;
    if (message == last) last = nullptr;
    accept_message(*this, message);
  }
}

void Process::receive_next() {
  constexpr int kMost = 64;  // signals that give no message: more of them wait until the body has said that it waits
  for (int i = 0; i < kMost && !exiting && mailbox.candidate() == nullptr; ++i) {
    Signal* signal = pop_outer();
    if (signal == nullptr) return;
    receive(*signal);
  }
}

void Process::handle(Signal& signal) {
  switch (signal.kind) {
    case SignalKind::Message:
      return accept_message(*this, &signal);
    case SignalKind::Down:
      if (accept_down(*this, signal)) return accept_message(*this, &signal);
      break;
    case SignalKind::Exit:
      return handle_exit(signal);
    case SignalKind::LinkExit:
      if (take_active_link(*this, signal.ref)) return handle_exit(signal);
      break;
    case SignalKind::Link:
      if (links.find(signal.ref) == nullptr) links.insert(signal.ref, link_state::kActive);
      break;
    case SignalKind::Unlink:
      accept_unlink(*this, signal);
      break;
    case SignalKind::UnlinkAck:
      accept_unlink_ack(*this, signal);
      break;
    case SignalKind::Monitor:
      monitored_by.insert(signal.ref, signal.term.unchecked_pid().value());
      break;
    case SignalKind::Demonitor:
      monitored_by.erase(signal.ref);
      break;
    case SignalKind::Timeout:
      if (signal.ref == timer_generation) {
        timer = nullptr;
        if (deadline_ns != 0 && process_time_ns() >= deadline_ns) {
          timed_out = true;
        } else if (deadline_ns != 0) {
          arm_receive_timer(*this);
        }
      }
      break;
    case SignalKind::Suspend:
      ++suspend_count;
      break;
    case SignalKind::Resume:
      if ((signal.flags & signal_flag::kRoom) != 0) line.waits_for.store_relaxed(0);  // D2
      if (suspend_count != 0) --suspend_count;
      break;
    case SignalKind::Wake:
      return append_wake(*this, &signal);
    case SignalKind::Inspect: {
      auto* inspection = reinterpret_cast<Inspection*>(signal.ref);
      signal.destroy();
      return inspection->run(*this);
    }
    case SignalKind::Blocked:
      accept_blocked(*this, signal);
      break;
  }
  signal.destroy();
}

void Process::handle_exit(Signal& signal) {
  const Pid from = Pid::from_value(signal.ref);
  const bool kill = (signal.flags & signal_flag::kKill) != 0;
  const bool self_normal = signal.kind == SignalKind::Exit && from == pid();
  const bool ignored = signal.term == reason::normal && !self_normal;
  if (exiting) return signal.destroy();  // the first reason stands
  if (!kill && trap_exit) {
    Signal* message = Signal::create(SignalKind::Message, 4 + (signal.term.is_boxed() ? 16 : 0));
    message->flags = signal.flags & signal_flag::kPriority;
    SignalBuilder builder(*message);
    const Term reason = copy(signal.term, builder);
    builder.finish(builder.tuple(Term::short_string("EXIT"), Term::pid(from), reason));
    signal.destroy();
    return accept_message(*this, message);
  }
  if (!ignored || kill) {
    killed_from_outside = true;
    set_exit(OwnedTerm(kill && signal.term == reason::kill ? reason::killed : signal.term));
  }
  signal.destroy();
}

void Process::set_exit(OwnedTerm reason) {
  if (exiting) return;
  exiting = true;
  exit_reason = std::move(reason);
}

void Process::set_deadline(std::uint64_t deadline) {
  deadline_ns = deadline;
  timed_out = false;
  // An armed timer that comes earlier is left alone: when it comes, Timeout arms it again for what is left. So a receive in a
  // loop touches the wheel once, not once a message.
  if (timer == nullptr || timer_until_ns > deadline) arm_receive_timer(*this);
}

void Process::taken_from_bounded(Signal& message) {
  if ((message.flags & signal_flag::kCounted) == 0) return;
  message.flags &= static_cast<std::uint8_t>(~signal_flag::kCounted);
  const std::uint32_t left = line.bounded_length.fetch_add_relaxed(static_cast<std::uint32_t>(-1)) - 1;
  if (!extras_ || extras_->blocked_senders.empty() || left > line.max_length.load_relaxed() / 2) return;
  const std::vector<Pid> blocked = std::move(extras_->blocked_senders);
  extras_->blocked_senders.clear();
  for (const Pid sender : blocked) static_cast<void>(deliver(sender, make_room_signal(pid())));
}

Word Process::heap_words() const {
  Word words = mailbox.size_words() + (body == nullptr ? 0 : body->heap_words());
  if (!extras_) return words;
  for (const DictionaryEntry& entry : extras_->dictionary) words += entry.key.chunk_words() + entry.value.chunk_words();
  return words;
}

}  // namespace pyvm
