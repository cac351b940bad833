// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// FlightRecorder: the last kEvents things one scheduler did, for the moment after a crash.
//
//   record(event, pid, detail)    its scheduler    16 bytes into the ring; the schedulers call it by PYVM_RECORD, which is nothing in
//                                                  builds without PYVM_FLIGHT_RECORDER
//   set_time(ns)                  its scheduler    what the events from here on are dated with: a clock read an event would cost more
//   FlightRecorder::take(...)     any thread       one for a new scheduler; goes back to the pool with its owner
//   dump_flight_recorders(fd)     any thread       all rings as text, oldest event first; safe in a signal handler
//   install_crash_handler()       once             a fatal signal dumps to standard error, then takes the course it would have taken
//
// Layout of an event: pid << 8 | kind, then time << 32 | detail; time in microseconds since the recorder was made.
// F1  A dump while schedulers run, start or end may show an event torn, or one too many; it never blocks, allocates or faults.
// F2  Recorders are never freed, as a dump may be looking at them.
// Whether recording is worth its price: docs/debugging.md has the figures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/atomic.h"
#include "base/check.h"

namespace pyvm {

enum class FlightEvent : std::uint8_t {
  None,        // an unused place
  SliceBegin,  // pid
  SliceEnd,    // pid; detail: reductions spent
  Ready,       // pid
  Spawn,       // pid: its first Ready
  Injected,    // pid: made ready by another thread, found now
  Stolen,      // pid; detail: from which scheduler
  Exit,        // pid
  TimerFired,  // the receiver, if it is not a name
  Sleep,
  Wake,
};

class PYVM_EXPORT FlightRecorder {
 public:
  static constexpr std::size_t kEvents = 1024;

  struct GiveBack {
    void operator()(FlightRecorder* recorder) const { recorder->taken_.store_release(false); }
  };
  using Owner = std::unique_ptr<FlightRecorder, GiveBack>;

  static Owner take(bool python, unsigned index, std::uint64_t now_ns);

  void record(FlightEvent event, std::uint64_t pid = 0, std::uint32_t detail = 0) {
    const std::uint64_t n = next_.load_relaxed();
    Entry& entry = entries_[n % kEvents];
    entry.what.store_relaxed(pid << 8 | static_cast<std::uint64_t>(event));
    entry.when.store_relaxed(time_ | detail);
    next_.store_relaxed(n + 1);
  }

  void set_time(std::uint64_t now_ns) { time_ = (now_ns - began_ns_) / 1000 << 32; }

  void dump(int fd) const;

 private:
  friend PYVM_EXPORT void dump_flight_recorders(int fd);
  struct Entry {
    Atomic<std::uint64_t> what, when;
  };

  FlightRecorder() = default;

  Atomic<std::uint64_t> next_;  // events ever recorded
  std::uint64_t time_ = 0;
  std::uint64_t began_ns_ = 0;
  Atomic<bool> taken_;
  Atomic<bool> python_;
  Atomic<unsigned> index_;
  Entry entries_[kEvents];
};

PYVM_EXPORT void dump_flight_recorders(int fd);
PYVM_EXPORT void install_crash_handler();

/// Whether this build records.
PYVM_EXPORT bool has_flight_recorder();

}  // namespace pyvm

#ifdef PYVM_FLIGHT_RECORDER
#define PYVM_RECORD(recorder, ...) (recorder).record(__VA_ARGS__)
#else
#define PYVM_RECORD(recorder, ...) void()
#endif
