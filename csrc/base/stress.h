// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Stress: switches that make rare interleavings common, for builds that look for races. The CMake option PYVM_STRESS sets them.
//
//   PYVM_STRESS_YIELD   a slice ends after a random number of reductions: three of four within 1 to 64, the others a whole slice
//   PYVM_STRESS_STEAL   a scheduler often looks for work of others before its own; what it makes ready goes where others can take
//                       it, and they are woken for it at once
//
//   PYVM_STRESS_COLLECT a compiled process collects its heap, and moves its stack, at every safepoint while both are small, and at one
//                       of 64 when they are not. A heap has an old part however small it is, and one of four collections is of all of it
//   PYVM_STRESS_REFUSE  memory for some sizes of chunks and stacks is refused at the first try: a small chunk must do, and a collection
//                       is due; a stack grows to what is needed
//
// Semantics stay what they are; only speed and order change. A seeded run still replays exactly, as choices come from the
// scheduler's own Random. Included by .cc files alone, so that native bodies built elsewhere need not know of it.
#pragma once

#include <cstdint>

#include "base/random.h"

namespace pyvm::stress {

#ifdef PYVM_STRESS_YIELD
inline constexpr bool kYield = true;
#else
inline constexpr bool kYield = false;
#endif

#ifdef PYVM_STRESS_STEAL
inline constexpr bool kSteal = true;
#else
inline constexpr bool kSteal = false;
#endif

/// The reductions of the next slice.
inline std::int32_t slice_reductions(Random& random, std::int32_t whole) {
  if constexpr (kYield) {
    const std::uint64_t drawn = random.next();
    if ((drawn & 3) != 0) return 1 + static_cast<std::int32_t>((drawn >> 2) & 63);
  }
  return whole;
}

#ifdef PYVM_STRESS_COLLECT
inline constexpr bool kCollect = true;
#else
inline constexpr bool kCollect = false;
#endif

/// Whether a process with that many words collects at this safepoint, the `count`-th.
inline bool collect_now(std::uint64_t words, std::uint64_t count) {
  constexpr std::uint64_t kSmall = 2048, kOneIn = 64;
  return kCollect && (words <= kSmall || count % kOneIn == 0);
}

#ifdef PYVM_STRESS_REFUSE
inline constexpr bool kRefuse = true;
#else
inline constexpr bool kRefuse = false;
#endif

/// Whether a first try for that many words fails. Each refusal is a collection, so that large heaps are left alone.
inline bool refuses_memory(std::uint64_t words) { return kRefuse && words <= 1024 && (words / 32) % 3 == 1; }

/// Whether the next look for work begins with that of others.
inline bool steal_first(Random& random) { return kSteal && (random.next() & 3) == 0; }

}  // namespace pyvm::stress
