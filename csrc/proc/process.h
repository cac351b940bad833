// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Process: all that one process is. 8 cache lines, of which senders touch the first.
//
// A process is in one of these states; who may touch its owner's part follows from it:
//   running     in run(): the scheduler's thread only
//   ready       in one run queue, injection queue or next slot: nobody
//   waiting     its outer queue carries the sleeping mark: nobody, until the push that finds the mark makes it ready (M3)
//   ended       its pid resolves to nothing; reclaimed after the grace period (epoch.h), then in the table's free list
//
// P1  The pid on the sender line is the process's own while it lives, and 0 from its end to its next birth; memory is never unmapped.
// P2  A sender resolves and pushes inside of one epoch section, so that a process is not reborn between the two.
// P3  Everything below the sender line is touched by the owner only (see the states above), except where another writer is named.
// Design: docs/design/processes.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/epoch.h"
#include "base/flat_map.h"
#include "base/random.h"
#include "proc/body.h"
#include "proc/look_ahead.h"
#include "proc/mailbox.h"

namespace pyvm {

enum class Priority : std::uint8_t { Low, Normal, High, Max };
enum class Group : std::uint8_t { Native, Python };  // which schedulers may run it
enum class MailboxPolicy : std::uint8_t { Unbounded, Drop, Exit, SuspendSender };

/// How an entry of Process::refs came to be, beside the target pid in its value (bits 56 and up).
namespace ref_flag {
inline constexpr Word kMonitor = Word{1} << 56;
inline constexpr Word kDetail = Word{1} << 57;  // a name or tag is in Extras::monitor_details
inline constexpr Word kAliasShift = 58;         // AliasMode, two bits
inline constexpr Word kPriorityAlias = Word{1} << 60;
inline constexpr Word kPidMask = (Word{1} << 56) - 1;
}  // namespace ref_flag

/// When an alias stops to accept messages. Source: erlang:alias/1, erlang:monitor/3.
enum class AliasMode : std::uint8_t {
  None,
  Explicit,   // by unalias only
  Reply,      // with the first message that comes by it, which also ends the monitor it belongs to
  Demonitor,  // when the monitor it belongs to ends
};
inline AliasMode alias_mode(Word entry) { return static_cast<AliasMode>((entry >> ref_flag::kAliasShift) & 3); }

/// Links: the value of an entry. Source: erl_dist_protocol, "Link Protocol".
namespace link_state {
inline constexpr Word kActive = 0;  // any other value: the id of an unlink not yet acknowledged
}

struct MonitorDetail {
  Word ref;
  OwnedTerm name;  // nothing, or the name monitored
  OwnedTerm tag;   // nothing, or what stands in place of "DOWN"
};

struct DictionaryEntry {
  std::uint64_t hash;
  OwnedTerm key;
  OwnedTerm value;
};

/// What few processes have.
struct Extras {
  OwnedTerm name;  // registered
  std::vector<MonitorDetail> monitor_details;
  std::vector<DictionaryEntry> dictionary;
  std::vector<Pid> blocked_senders;  // to be resumed when the mailbox has room again
  std::vector<Pid> suspended;        // whom it suspended, one entry a suspend; resumed at its end
  Word max_heap_words = 0;           // 0: no limit
  Word max_mailbox = 0;
  Word next_unlink_id = 1;
  Word result_ref = 0;  // the parent's monitor that waits for what the body returns; 0: nobody does
  std::string label;
  std::unique_ptr<Random> random;  // of compiled code; made when it is first asked
};

/// Runs on the thread that runs the process, between two of its steps.
class PYVM_EXPORT Inspection {
 public:
  virtual ~Inspection() = default;
  virtual void run(Process& process) = 0;
  /// The process has ended; run() will not be called.
  virtual void no_process() = 0;
};

class alignas(64) Process {
 public:
  static constexpr std::size_t kBodyBytes = 96;

  // Sender line.
  struct alignas(64) SenderLine {
    explicit SenderLine(MpscHead& head) : tail(head) {}
    Atomic<Word> pid;                      // P1; written by the table at birth and by the owner at its end
    MpscTail tail;                         // written by senders
    Atomic<std::uint32_t> home;            // the scheduler it ran on last; advisory
    Atomic<std::uint32_t> bounded_length;  // messages sent and not taken, where the mailbox is bounded
    Atomic<std::uint32_t> max_length;      // 0: unbounded; written by the owner
    Group group = Group::Native;           // these two are set before the pid is published
    MailboxPolicy policy = MailboxPolicy::Unbounded;
    Atomic<bool> urgent;            // a signal that is no plain message was pushed: do not let it wait behind messages
    Atomic<std::uint8_t> pressure;  // reductions a send costs besides its own; the owner raises it when it cannot keep up
    Atomic<Priority> priority{Priority::Normal};  // written by the owner; which run queue it goes to
    Atomic<std::uint32_t> pushed;                 // signals since it last slept, about (L1)
    Atomic<LookAhead*> ahead;                     // null, or where they lie (L2)
    Atomic<Word> waits_for;                       // D2: the pid whose full mailbox suspended it, 0: none; written by the owner
  } line{mailbox.outer()};

  // The owner's. A short life touches, besides the sender line, five: the first of the mailbox, the three behind its marks, and the first
  // of the body.
  Mailbox mailbox;

  Body* body = nullptr;
  std::int32_t reductions_left = 0;
  std::uint32_t suspend_count = 0;
  std::uint32_t popped = 0;  // signals since it last slept; the place in `ahead`
  bool trap_exit = false;
  bool exiting = false;  // set_exit was called, or an exit signal was accepted
  bool killed_from_outside = false;
  bool timed_out = false;     // the receive deadline has passed
  bool new_messages = false;  // received since the body last ran
  bool inline_body = false;
  bool yielded = false;           // the body has more to do
  std::uint8_t unhosted = 0;      // how many times more it will be no guest (scheduler.h), since it was not done soon
  std::uint64_t deadline_ns = 0;  // of the receive in progress; 0: none
  Signal* wakes = nullptr;        // Wake signals received and not yet taken by the body, oldest first
  Word reductions_total = 0;
  std::unique_ptr<Extras> extras_;

  Pid parent;
  FlatMap links;          // pid -> link_state
  FlatMap refs;           // ref -> target pid | ref_flag: monitors made and aliases
  FlatMap monitored_by;   // ref -> monitoring pid
  void* timer = nullptr;  // sched's, while a receive timer is armed

  OwnedTerm exit_reason;
  std::uint64_t timer_generation = 0;
  std::uint32_t index = 0;   // in the table, for ever
  std::uint32_t serial = 0;  // of the current life

  // Not the owner's: while it is ended, whoever reclaims it and then the table write these two, one after the other.
  Retired retired;
  Process* next_free = nullptr;

  alignas(16) std::byte body_memory[kBodyBytes];

  // Of few lives.
  MpscNode injection;                // while it is in an injection queue: written by who injects it, then by the next who does
  std::uint64_t timer_until_ns = 0;  // the owner's: what `timer` is armed for
  Atomic<std::uint32_t> next_batch;  // the table's

  /// Fetches it from memory ahead of its use: ten thousand processes do not stay in a cache, and each miss is a hundred nanoseconds.
  static void fetch(const Process* process) {
    for (std::size_t at = 0; at < sizeof(Process); at += 64) __builtin_prefetch(reinterpret_cast<const char*>(process) + at, 1);
  }

  Pid pid() const { return Pid(index, serial); }
  Term pid_term() const { return Term::pid(pid()); }
  Extras& extras() {
    if (!extras_) extras_ = std::make_unique<Extras>();
    return *extras_;
  }

  // Bodies call these. All owner only.

  /// Spends `n` reductions; false when the slice is over and run() should return Yield.
  bool spend(std::int32_t n = 1) { return (reductions_left -= n) > 0; }

  /// Ends the process when run() returns Outcome::Exit.
  PYVM_EXPORT void set_exit(OwnedTerm reason);

  /// The oldest message not yet skipped; receives what has arrived when all have been looked at. Null: none, or the process must
  /// stop (`exiting`): return Outcome::Wait in either case.
  Signal* next_message() {
    Signal* message = mailbox.candidate();
    if (message != nullptr) [[likely]]
      return exiting ? nullptr : message;
    receive_next();
    return exiting ? nullptr : mailbox.candidate();
  }
  /// Takes the message that next_message gave. The caller owns it.
  Signal* take_message() {
    Signal* message = mailbox.take();
    if (line.policy != MailboxPolicy::Unbounded) [[unlikely]]
      taken_from_bounded(*message);
    return message;
  }

  /// The next signal received, or null.
  Signal* pop_outer() {
    Signal* signal = mailbox.pop_outer(line.tail);
    if (signal != nullptr && popped++ >= LookAhead::kFrom) [[unlikely]]
      look_ahead(*signal);
    return signal;
  }
  /// Before the queue is marked sleeping.
  void forget_places() {
    if (!mailbox.outer().looks_empty()) return;  // it will not sleep, and places go on
    if (line.ahead.load_relaxed() != nullptr) [[unlikely]] {
      if (LookAhead* old = line.ahead.exchange_acq_rel(nullptr)) LookAhead::retire(old);
    }
    popped = 0;
    line.pushed.store_relaxed(0);
  }

  /// rewind(), next_message() and take_message() in one. What arrives while the inner queue is empty does not pass through it.
  Signal* take_first() {
    if (mailbox.first() == nullptr && !exiting) [[likely]] {
      Signal* signal = pop_outer();
      if (signal == nullptr) return nullptr;
      if (signal->kind == SignalKind::Message && signal->ref == 0) [[likely]] {
        if (line.policy != MailboxPolicy::Unbounded) [[unlikely]]
          taken_from_bounded(*signal);
        return signal;
      }
      receive(*signal);
    }
    mailbox.rewind();
    return next_message() != nullptr ? take_message() : nullptr;
  }

  /// Whether the next signal could be taken without the detour over the inner queue, which is empty.
  enum class [[nodiscard]] Arrived : std::uint8_t {
    Nothing,   // no signal has come
    Taken,     // a message that `accepts(term)` takes: the caller's
    Received,  // another one, or a signal of another kind
  };
  template <typename Accepts>
  Arrived take_arrived(Signal*& taken, Accepts&& accepts) {
    Signal* signal = pop_outer();
    if (signal == nullptr) return Arrived::Nothing;
    if (signal->kind == SignalKind::Message && signal->ref == 0 && accepts(signal->term)) [[likely]] {
      if (line.policy != MailboxPolicy::Unbounded) [[unlikely]]
        taken_from_bounded(*signal);
      taken = signal;
      return Arrived::Taken;
    }
    receive(*signal);
    return Arrived::Received;
  }

  /// Receives the signals that have arrived: messages to the inner queue, all others take effect. Not what comes meanwhile, or fast
  /// senders would keep it for ever.
  PYVM_EXPORT void receive_signals();

  /// Receives signals until there is a message to look at, or none are left. One message at a time, so that fetching the next
  /// from memory overlaps with the work on this one: a long queue is as many cache misses as messages.
  PYVM_EXPORT void receive_next();

  /// Receives the messages that have arrived up to the first signal of another kind: so nothing ends it, or takes effect otherwise.
  PYVM_EXPORT void receive_messages();

  /// At the beginning of a slice: everything when something urgent has come, otherwise up to the first message, which a native body
  /// fetches itself. Everything also when the body leaves a message unreceived.
  void receive_for_slice() {
    const bool limited = extras_ && extras_->max_heap_words != 0;
    if (line.urgent.load_relaxed() || limited || mailbox.candidate() != nullptr) [[unlikely]]
      return receive_signals();
    if (line.group == Group::Native) {
      if (!mailbox.outer().looks_empty()) new_messages = true;  // plain messages, which the body fetches itself
    } else {
      receive_next();
    }
  }

  /// A Wake signal the body waited for, or null. The caller owns it.
  Signal* take_wake() {
    Signal* wake = wakes;
    if (wake != nullptr) wakes = wake->next_signal();
    return wake;
  }

  /// The receive in progress gives up at `deadline_ns` (monotonic): `timed_out` is set and the body runs.
  PYVM_EXPORT void set_deadline(std::uint64_t deadline_ns);
  void clear_deadline() {
    deadline_ns = 0;
    timed_out = false;
  }

  /// Heap words it is charged for: messages and what it keeps as terms.
  PYVM_EXPORT Word heap_words() const;

  Process() = default;
  Process(const Process&) = delete;

 private:
  PYVM_EXPORT void taken_from_bounded(Signal& message);
  PYVM_EXPORT void receive(Signal& signal);
  PYVM_EXPORT void look_ahead(const Signal& popped_last);
  void handle(Signal& signal);
  void handle_exit(Signal& signal);
};

static_assert(offsetof(Process, mailbox) == 64, "P1: senders touch one line");
static_assert(offsetof(Process, body) == 192 && offsetof(Process, body_memory) == 384, "body and body_memory begin a cache line");
static_assert(sizeof(Process) == 512, "a waiting process takes at most 600 bytes");

/// The process the calling thread is running, or null.
PYVM_EXPORT extern constinit thread_local Process* current_process __attribute__((tls_model("initial-exec")));

}  // namespace pyvm
