// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Futex: a thread sleeps on a 32-bit word for as long as it holds a value it has seen.
//
//   futex_wait(word, expected, timeout_ns)   sleeps if word == expected, until woken, timed out or for no reason: look again
//   futex_wake_one(word)                     wakes one sleeper if there is one; true if it did
//   futex_wake_all(word)                     wakes every sleeper; how many
//
// The comparison and the falling asleep are one step for a waker, so: change the word, then wake, and no wake-up is lost.
// They order no memory: the caller's own operations on the word do. Times are monotonic, and real even under a virtual clock.
// Within one system process only. Where the system has no futex, std::atomic's wait stands in; then timeouts are kept by polling,
// and the wake functions cannot say whom they woke. In systematic builds a wait is one switching point.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/atomic.h"
#include "base/check.h"

namespace pyvm {

inline constexpr std::uint64_t kForever = ~std::uint64_t{0};

enum class FutexResult : std::uint8_t {
  Woken,    // or interrupted
  Changed,  // the word was not `expected`; did not sleep
  TimedOut,
};

PYVM_EXPORT FutexResult futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t timeout_ns = kForever);
PYVM_EXPORT bool futex_wake_one(std::atomic<std::uint32_t>& word);
PYVM_EXPORT int futex_wake_all(std::atomic<std::uint32_t>& word);

inline FutexResult futex_wait(Atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t timeout_ns = kForever) {
  return futex_wait(word.native(), expected, timeout_ns);
}
inline bool futex_wake_one(Atomic<std::uint32_t>& word) { return futex_wake_one(word.native()); }
inline int futex_wake_all(Atomic<std::uint32_t>& word) { return futex_wake_all(word.native()); }

}  // namespace pyvm
