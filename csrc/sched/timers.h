// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Timers: what fires from a scheduler's wheel: receive deadlines, and messages to be sent later.
//
//   send_later(...)      any thread   a message at a deadline; gives the reference. reserve_later and start_later are its halves
//   cancel_later(ref)    any thread   nanoseconds that were left, or nothing: fired, cancelled, or no timer. O(1)
//   read_later(ref)      any thread   nanoseconds left, or nothing
//   advance(now, limit)  owner        fires what is due
//
// V1  The control word is number * 4 + state; whoever moves it from Armed decides alone whether the timer fires or is cancelled.
// V2  Timers are found by index and never unmapped, so a stale reference meets another number, not other memory.
// V3  A timer is on the wheel of the scheduler that armed it, and is so before it is Armed; from elsewhere it is cancelled through
//     TimerWheel::cancel.
// V4  Where one thread has the control word and the wheel already gave the node to be fired, both let go of the timer (leave) and the
//     second one releases it: neither may find that it has become another timer.
// V5  Who cancels from outside of the schedulers does so inside of an epoch section; Runtime::stop waits for it before wheels go.
// Design: docs/design/timers.md.
#pragma once

#include <optional>
#include <string_view>

#include "proc/ready.h"
#include "sched/timer_wheel.h"

namespace pyvm {

/// What a timer's reference holds: its number, and where it is.
struct TimerRef {
  Word id = 0;
  Word slot = 0;
};

struct Timer;

class Timers {
 public:
  explicit Timers(std::uint64_t now_ns) : wheel_(now_ns) {}
  ~Timers();

  void arm(Timer& timer);
  std::size_t advance(std::uint64_t now_ns, std::size_t limit);
  std::uint64_t next_deadline_ns() const { return wheel_.next_deadline_ns(); }
  /// advance has something to do: fire what is due, or take back what others cancelled.
  bool is_due(std::uint64_t now_ns) const { return wheel_.next_deadline_ns() <= now_ns || wheel_.has_cancelled(); }

 private:
  friend void disarm_receive_timer(Process& process);
  friend std::optional<std::uint64_t> cancel_later(TimerRef ref);
  TimerWheel wheel_;
};

/// A reference for a timer about to be started, so that its message can carry it.
PYVM_EXPORT TimerRef reserve_later();
/// Takes the message. `name` empty: `to` is the receiver; otherwise it is looked up when the timer fires. False, and no timer: called
/// from a thread that is no scheduler, while no runtime runs or when too many processes are alive.
[[nodiscard]] PYVM_EXPORT bool start_later(TimerRef ref, std::uint64_t deadline_ns, Pid to, std::string_view name,
                                           Signal* message);
inline TimerRef send_later(std::uint64_t deadline_ns, Pid to, Signal* message) {
  const TimerRef ref = reserve_later();
  static_cast<void>(start_later(ref, deadline_ns, to, {}, message));
  return ref;
}
PYVM_EXPORT std::optional<std::uint64_t> cancel_later(TimerRef ref);
PYVM_EXPORT std::optional<std::uint64_t> read_later(TimerRef ref);

/// For a seeded run about to begin: its timers take the same places in every run. No timer may be left, and no thread use one.
void restart_timer_numbers();

}  // namespace pyvm
