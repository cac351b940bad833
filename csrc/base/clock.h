// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Clock: the one place the runtime reads time from, so that a seeded run can bring its own.
//
//   monotonic_ns()   never goes back; from an arbitrary start; what timers and timeouts use. 24 ns, one vDSO call
//   wall_ns()        since 1970 in UTC; jumps when somebody sets it, and so moves no timer
//
// With a VirtualClock installed both stand still until advance_to; any thread may read then, one at a time advances.
// Rejected: a virtual now_ns(): an indirect call for every read, where hardly anyone has a second clock.
#pragma once

#include <cstdint>

#include "base/atomic.h"
#include "base/check.h"

namespace pyvm {

class PYVM_EXPORT VirtualClock {
 public:
  explicit VirtualClock(std::uint64_t monotonic_ns = 0, std::uint64_t wall_ns = 0)
      : now_ns_(monotonic_ns), wall_offset_ns_(wall_ns - monotonic_ns) {}
  /// Takes itself out if it is installed.
  ~VirtualClock();

  /// Makes it the clock of the whole system process, in place of the real one. At most one is installed.
  void install();
  void uninstall();
  static bool installed();

  /// Moves time forward; a time already passed changes nothing.
  void advance_to(std::uint64_t monotonic_ns);
  void advance_by(std::uint64_t ns) { advance_to(now_ns() + ns); }

  std::uint64_t now_ns() const { return now_ns_.load_acquire(); }  // pairs with the release in advance_to
  std::uint64_t wall_ns() const { return now_ns() + wall_offset_ns_; }

 private:
  Atomic<std::uint64_t> now_ns_;
  const std::uint64_t wall_offset_ns_;
};

namespace clock_internal {

PYVM_EXPORT extern constinit Atomic<VirtualClock*> virtual_clock;
PYVM_EXPORT std::uint64_t real_monotonic_ns();
PYVM_EXPORT std::uint64_t real_wall_ns();

}  // namespace clock_internal

inline std::uint64_t monotonic_ns() {
  // acquire pairs with the release in install: a thread that finds the clock finds it made.
  const VirtualClock* clock = clock_internal::virtual_clock.load_acquire();
  if (clock == nullptr) [[likely]]
    return clock_internal::real_monotonic_ns();
  return clock->now_ns();
}

inline std::uint64_t wall_ns() {
  const VirtualClock* clock = clock_internal::virtual_clock.load_acquire();
  if (clock == nullptr) [[likely]]
    return clock_internal::real_wall_ns();
  return clock->wall_ns();
}

}  // namespace pyvm
