// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Systematic testing: the threads of a test as fibers on one thread, switched at every atomic operation by a seeded choice.
//
//   run(seed, threads)   runs the functions to their end; the same seed gives the same interleaving. Some seeds switch at each operation,
//                        the others let a fiber do a piece of work first
//   yield_point()        called by Atomic<T> before each operation; outside of run() it does nothing
//   keep_for_each(v)     the pointer `v`, a thread_local one, is from now on each fiber's own, null at its beginning
//   fiber()              the number of the running fiber from 1, for state that is thread_local elsewhere; 0 outside of run()
//
// Only in builds with PYVM_SYSTEMATIC. It explores interleavings, each sequentially consistent; weaker orders are ThreadSanitizer's part.
// A fiber may wait only by repeating an atomic operation, and must not throw.
// Source of the habit: Verona's systematic tests, Tokio's loom.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/check.h"

namespace pyvm::systematic {

PYVM_EXPORT void run(std::uint64_t seed, const std::vector<std::function<void()>>& threads);
PYVM_EXPORT void yield_point();
PYVM_EXPORT void keep_for_each(void** variable);
inline constexpr std::size_t kMostFibers = 8;
PYVM_EXPORT std::size_t fiber();

}  // namespace pyvm::systematic
