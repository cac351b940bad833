// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// LookAhead: where the signals of a long outer queue lie, so that their receiver can have them fetched from memory in time. The queue
// is a chain: without this, each signal's address is known only when the one before it has come, a hundred nanoseconds a signal.
//
//   show(place, signal)   any thread   the signal pushed at about that place, counted from when the process last slept
//   follow(place, signal) owner        the signal just popped; fetches the one kDistance behind it. Gives the place it is really at
//
// L1  It is only ever a hint. Places are counted without synchronisation, so senders that race lose a count or overwrite each other;
//     follow() trusts a place only where it finds the popped signal, and nothing but a prefetch is done with what it finds.
// L2  Made by the sender of the kFrom-th signal since the process last slept; taken away by the owner before it sleeps, and retired: a
//     sender uses it inside of the epoch section in which it read the pointer. Who never sleeps keeps it.
// L3  Chains of an outbox are counted and not shown, and of a queue longer than kPlaces only the newest are: there it is of no help.
// Design: docs/design/signals.md. Rejected: a queue of array segments (exact, but every waiting process would need one).
#pragma once

#include "base/epoch.h"
#include "proc/signal.h"

namespace pyvm {

class LookAhead {
 public:
#ifdef PYVM_SYSTEMATIC  // small, so that a short test meets the edges
  static constexpr std::uint32_t kFrom = 2, kPlaces = 8, kDistance = 1;
#else
  static constexpr std::uint32_t kFrom = 64;  // as many signals without a sleep make it worth its memory
  static constexpr std::uint32_t kPlaces = 1024;
  static constexpr std::uint32_t kDistance = 8;
#endif

  void show(std::uint32_t place, const Signal* signal) { places_[place % kPlaces].store_relaxed(low_bits(signal)); }

  std::uint32_t follow(std::uint32_t place, const Signal* signal) const {
    const std::uint32_t here = low_bits(signal);
    if (at(place) != here) [[unlikely]] {
      std::uint32_t off = 1;
      while (off <= kMostOff && at(place - off) != here) ++off;
      if (off > kMostOff) return place;
      place -= off;
    }
    // If both lie within 32 GiB of each other, the low bits of one and the whole address of the other make its address.
    const auto difference = static_cast<std::int32_t>(at(place + kDistance) - here);
    __builtin_prefetch(reinterpret_cast<const char*>(signal) + std::int64_t{difference} * 16);
    return place;
  }

  /// Reclaimed after the grace period. Inside of an epoch section.
  static void retire(LookAhead* unlinked) {
    unlinked->retired_.reclaim = [](Retired* node) { delete reinterpret_cast<LookAhead*>(node); };
    epoch_retire(unlinked->retired_);
  }

 private:
  static constexpr std::uint32_t kMostOff = 4;  // lost counts put the place too far on

  static std::uint32_t low_bits(const Signal* signal) {
    return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(signal) / 16);
  }
  std::uint32_t at(std::uint32_t place) const { return places_[place % kPlaces].load_relaxed(); }

  Retired retired_;  // first: reclaim finds the whole by it
  Atomic<std::uint32_t> places_[kPlaces];
};

}  // namespace pyvm
