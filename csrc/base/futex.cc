// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/futex.h"

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <ctime>
#else
#include <chrono>
#include <thread>
#endif

namespace pyvm {

#if defined(PYVM_SYSTEMATIC)

FutexResult futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t) {
  const bool changed = word.load(std::memory_order_relaxed) != expected;
  systematic::yield_point();
  return changed ? FutexResult::Changed : FutexResult::Woken;
}
bool futex_wake_one(std::atomic<std::uint32_t>&) { return true; }
int futex_wake_all(std::atomic<std::uint32_t>&) { return 1; }

#elif defined(__linux__)

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

namespace {

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value, const timespec* timeout) {
  return syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), operation | FUTEX_PRIVATE_FLAG, value, timeout, nullptr, 0);
}

}  // namespace

FutexResult futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t timeout_ns) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  timespec timeout{};
  timeout.tv_sec = static_cast<std::time_t>(timeout_ns / kSecond);
  timeout.tv_nsec = static_cast<long>(timeout_ns % kSecond);
  if (futex(word, FUTEX_WAIT, expected, timeout_ns == kForever ? nullptr : &timeout) == 0) return FutexResult::Woken;
  switch (errno) {
    case EAGAIN:
      return FutexResult::Changed;
    case ETIMEDOUT:
      return FutexResult::TimedOut;
    case EINTR:
      return FutexResult::Woken;
    default:
      check_failed("futex", "futex_wait: refused by the system", __FILE__, __LINE__);
  }
}

bool futex_wake_one(std::atomic<std::uint32_t>& word) { return futex(word, FUTEX_WAKE, 1, nullptr) > 0; }

int futex_wake_all(std::atomic<std::uint32_t>& word) { return static_cast<int>(futex(word, FUTEX_WAKE, INT_MAX, nullptr)); }

#else

FutexResult futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t timeout_ns) {
  if (word.load(std::memory_order_acquire) != expected) return FutexResult::Changed;
  if (timeout_ns == kForever) {
    word.wait(expected, std::memory_order_acquire);
    return FutexResult::Woken;
  }
  const auto start = std::chrono::steady_clock::now();
  const std::chrono::nanoseconds timeout(timeout_ns);
  constexpr std::chrono::microseconds kPoll(100);
  while (word.load(std::memory_order_acquire) == expected) {
    if (std::chrono::steady_clock::now() - start >= timeout) return FutexResult::TimedOut;
    std::this_thread::sleep_for(kPoll);
  }
  return FutexResult::Woken;
}

bool futex_wake_one(std::atomic<std::uint32_t>& word) {
  word.notify_one();
  return true;
}

int futex_wake_all(std::atomic<std::uint32_t>& word) {
  word.notify_all();
  return 1;
}

#endif

}  // namespace pyvm
