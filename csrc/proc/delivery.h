// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Delivery: a signal from anywhere to the outer queue of a process.
//
//   deliver(pid, signal)       any thread   takes the signal; answers for the process that is not there (dead letter)
//   send(pid, term)            any thread   a message: a deep copy of the term
//   send_to_alias(ref, ...)    any thread   to the maker of the alias; dropped at reception when the alias is not active
//
// A sender that is a process and goes over the bound of a SuspendSender mailbox is suspended until there is room; the message is in.
//
// D1  Messages that a native process sends to one receiver that is behind (its pressure is not 0) collect in the outbox of
//     the thread, and are pushed as one chain: one exchange on the receiver's line for all. The chain is pushed before the
//     thread pushes anything else, before a process is born or a name given by it, and before the slice of the sender ends. So
//     the signals of one sender keep their order (M1), what it causes comes behind them, and none waits for a sender that does
//     not run. Receiver and chain are of one epoch section (P2): a native scheduler's lasts longer than a slice.
// D2  One full mailbox at a time suspends a process, and none whose receiver waits, by itself or through others, for room
//     in the sender's own mailbox. So what suspended processes wait for never closes a ring: one of a ring goes on, over the
//     bound, and takes. It counts as waiting until it has received that there is room. Who would be suspended says first for
//     whom (waits_for) and then follows what the others said: of a ring the last one sees it.
#pragma once

#include "proc/process_table.h"

namespace pyvm {

enum class [[nodiscard]] Delivery : std::uint8_t {
  Sent,
  NoProcess,  // the pid has ended, or never was
  Dropped,    // a bounded mailbox with the policy Drop was full
};

PYVM_EXPORT Delivery deliver(Pid to, Signal* signal);

/// The outbox of the calling thread (D1). Empty: `to` is null.
struct Outbox {
  Process* to = nullptr;
  Signal* first = nullptr;
  Signal* last = nullptr;
  std::uintptr_t size = 0;  // a word: systematic tests keep it for each fiber
};
PYVM_EXPORT extern constinit thread_local Outbox outbox __attribute__((tls_model("initial-exec")));

PYVM_EXPORT void push_outbox();
/// Pushes what is in it. The scheduler calls this when the body has run.
inline void flush_outbox() {
  if (outbox.to != nullptr) [[unlikely]]
    push_outbox();
}

/// Sends to whom nothing can be sent back: the reply a dead process owes for `signal` is given in its name.
PYVM_EXPORT void dead_letter(Pid to, Signal* signal);

inline Delivery send(Pid to, Term message) { return deliver(to, Signal::with_copy(SignalKind::Message, message)); }
PYVM_EXPORT Delivery send_to_alias(Term alias, Signal* message);

/// A message that is a tuple of terms without boxes (ints, short strings, pids, ...): built in place, not copied.
template <typename... Terms>
Signal* make_tuple_message(Terms... elements) {
  Signal* signal = Signal::create(SignalKind::Message, sizeof...(elements) + 1);
  Word* box = signal->words;
  box[0] = make_header(BoxKind::Tuple, sizeof...(elements));
  ((*++box = elements.bits()), ...);
  signal->term = Term::boxed(signal->words);
  return signal;
}

namespace reason {
inline constexpr Term normal = Term::short_string("normal");
inline constexpr Term kill = Term::short_string("kill");
inline constexpr Term killed = Term::short_string("killed");
inline constexpr Term noproc = Term::short_string("noproc");
}  // namespace reason

}  // namespace pyvm
