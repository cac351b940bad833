// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/delivery.h"

#include "proc/link_monitor.h"
#include "proc/ready.h"

namespace pyvm {

constinit thread_local Outbox outbox;

namespace {

bool is_plain(const Signal& signal) { return signal.kind == SignalKind::Message && (signal.flags & signal_flag::kPriority) == 0; }

/// The signals of this place and behind are shown to their receiver in time. Made by the first sender that sees the need.
void show_ahead(Process& process, std::uint32_t place, const Signal* signal) {
  LookAhead* ahead = process.line.ahead.load_acquire();
  if (ahead == nullptr) {
    auto* made = new LookAhead;
    if (process.line.ahead.compare_exchange_acq_rel(ahead, made)) {
      ahead = made;
    } else {
      delete made;
    }
  }
  ahead->show(place, signal);
}

void push(Process& process, Signal* signal) {
  flush_outbox();  // D1
  const bool plain = is_plain(*signal);
  const std::uint32_t place = process.line.pushed.load_relaxed();
  process.line.pushed.store_relaxed(place + 1);
  if (place >= LookAhead::kFrom) [[unlikely]]
    show_ahead(process, place, signal);
  const PushResult result = process.line.tail.push(*signal);
  // After the push, and even if it is set: who takes the flag away then receives the signal, too (receive_signals). In an epoch section,
  // so it is still the same process (P2).
  if (!plain) process.line.urgent.store_release(true);
  if (result == PushResult::OweWake) make_ready(process);
}

/// D2: `receiver` waits for `sender`, which has said that it waits for the receiver. Inside of an epoch section (P2).
bool closes_ring(const Process& sender, const Process* receiver) {
  constexpr int kLongest = 1000;  // what is longer counts as a ring: it may be one, of others, that they are about to see
  for (int i = 0; i < kLongest && receiver != nullptr; ++i) {
    // Sequentially consistent, as the store in suspend_sender: of those who close a ring at once, one must see what all others stored.
    const Word next = receiver->line.waits_for.load_seq_cst();
    if (next == 0) return false;
    if (next == sender.pid().value()) return true;
    receiver = process_table::resolve(Pid::from_value(next));
  }
  return receiver != nullptr;
}

void suspend_sender(Process& sender, Process& receiver, Pid to) {
  sender.reductions_left = 0;
  if (sender.line.waits_for.load_relaxed() != 0) return;
  sender.line.waits_for.store_seq_cst(to.value());
  if (closes_ring(sender, &receiver)) return sender.line.waits_for.store_relaxed(0);
  ++sender.suspend_count;
  push(receiver, make_pid_signal(SignalKind::Blocked, sender.pid()));
}

/// Counts a message unless `most` are counted; never for a moment one that is then refused, which others would find in their way.
bool count_if_room(Atomic<std::uint32_t>& length, std::uint32_t most) {
  std::uint32_t before = length.load_relaxed();
  do {
    if (before >= most) return false;
  } while (!length.compare_exchange_acq_rel(before, before + 1));
  return true;
}

/// A message to a process whose mailbox has a bound. Replies, which come by an alias, do not count: they were asked for.
Delivery push_bounded(Process& process, Pid to, Signal* message) {
  const std::uint32_t most = process.line.max_length.load_relaxed();
  bool full = false;
  if (process.line.policy == MailboxPolicy::Drop) {
    if (!count_if_room(process.line.bounded_length, most)) {
      message->destroy();
      return Delivery::Dropped;
    }
  } else {
    full = process.line.bounded_length.fetch_add_relaxed(1) >= most;  // a count; the queue's own order is separate
  }
  message->flags |= signal_flag::kCounted;
  push(process, message);
  if (!full) return Delivery::Sent;
  if (process.line.policy == MailboxPolicy::Exit) {
    Signal* exit = make_pid_signal(SignalKind::Exit, to);
    exit->flags |= signal_flag::kKill;  // trapped, it would lengthen the queue that is too long
    SignalBuilder builder(*exit);
    builder.finish(builder.make_string("max_mailbox"));
    push(process, exit);
  } else if (Process* sender = current_process; sender != nullptr && sender != &process) {
    suspend_sender(*sender, process, to);
  }
  return Delivery::Sent;
}

void put_in_outbox(Process& process, Signal* message) {
  if (outbox.to != &process) {
    flush_outbox();
    outbox = {&process, message, message, 1};
    return;
  }
  outbox.last->set_next(message);
  outbox.last = message;
  ++outbox.size;
}

}  // namespace

void push_outbox() {
  Process& process = *std::exchange(outbox.to, nullptr);
  // Counted, not shown: the places of what comes behind stay right (L1).
  process.line.pushed.store_relaxed(process.line.pushed.load_relaxed() + static_cast<std::uint32_t>(outbox.size));
  if (process.line.tail.push(*outbox.first, *outbox.last) == PushResult::OweWake) make_ready(process);
}

Delivery deliver(Pid to, Signal* signal) {
  const EpochGuard guard;  // P2
  Process* process = process_table::resolve(to);
  if (process == nullptr) [[unlikely]] {
    dead_letter(to, signal);
    return Delivery::NoProcess;
  }
  if (process->line.policy != MailboxPolicy::Unbounded && signal->kind == SignalKind::Message && signal->ref == 0) [[unlikely]] {
    return push_bounded(*process, to, signal);
  }
  // Who floods a receiver that is behind gives up its slice sooner, so that a queue stays about as long as a cache is large.
  const std::uint8_t pressure = process->line.pressure.load_relaxed();  // advisory
  if (pressure != 0 && current_process != nullptr) [[unlikely]] {
    current_process->reductions_left -= pressure;
    if (current_process->line.group == Group::Native && process != current_process && is_plain(*signal)) {
      put_in_outbox(*process, signal);
      return Delivery::Sent;
    }
  }
  push(*process, signal);
  return Delivery::Sent;
}

Delivery send_to_alias(Term alias, Signal* message) {
  const RefValue ref = ref_value(alias);
  message->ref = ref.id;
  return deliver(ref.maker, message);
}

void dead_letter(Pid to, Signal* signal) {
  switch (signal->kind) {
    case SignalKind::Monitor:
      send_down(signal->term.unchecked_pid(), signal->ref, to, reason::noproc);
      break;
    case SignalKind::Link:
      static_cast<void>(deliver(Pid::from_value(signal->ref), make_pid_signal(SignalKind::LinkExit, to, reason::noproc)));
      break;
    case SignalKind::Unlink:
      static_cast<void>(deliver(Pid::from_value(signal->ref), make_pid_signal(SignalKind::UnlinkAck, to, signal->term)));
      break;
    case SignalKind::Blocked:
      static_cast<void>(deliver(Pid::from_value(signal->ref), make_room_signal(to)));
      break;
    case SignalKind::Inspect: {
      auto* inspection = reinterpret_cast<Inspection*>(signal->ref);
      signal->destroy();
      inspection->no_process();
      return;
    }
    default:
      break;
  }
  signal->destroy();
}

}  // namespace pyvm
