// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Checks: what the runtime does when it finds a fault of its own.
//
//   PYVM_CHECK(cond, "Mailbox::drain: ...")   always on; prints the message and the flight recorder, then aborts
//   PYVM_ASSERT1(cond, "M2: ...")             cheap: one comparison
//   PYVM_ASSERT2(cond, ...)                   internal: may follow a few pointers
//   PYVM_ASSERT3(cond, ...)                   walks whole structures
//
// PYVM_ASSERT_LEVEL (0 to 3) chooses which asserts are compiled in; release builds use 0, debug and sanitizer builds 2.
// A fault of the user is never reported here: it becomes an exception (python/errors) or an exit reason.
#pragma once

#ifndef PYVM_ASSERT_LEVEL
#define PYVM_ASSERT_LEVEL 0
#endif

#define PYVM_EXPORT __attribute__((visibility("default")))

namespace pyvm {

/// Prints `message` with its place, runs the crash hook, and aborts.
[[noreturn]] PYVM_EXPORT void check_failed(const char* condition, const char* message, const char* file, int line);

/// Called once by check_failed before it aborts; the flight recorder installs itself here.
PYVM_EXPORT void set_crash_hook(void (*hook)());

}  // namespace pyvm

#define PYVM_CHECK(condition, message) \
  (__builtin_expect(!!(condition), 1) ? void() : ::pyvm::check_failed(#condition, message, __FILE__, __LINE__))

#if PYVM_ASSERT_LEVEL >= 1
#define PYVM_ASSERT1(condition, message) PYVM_CHECK(condition, message)
#else
#define PYVM_ASSERT1(condition, message) void()
#endif
#if PYVM_ASSERT_LEVEL >= 2
#define PYVM_ASSERT2(condition, message) PYVM_CHECK(condition, message)
#else
#define PYVM_ASSERT2(condition, message) void()
#endif
#if PYVM_ASSERT_LEVEL >= 3
#define PYVM_ASSERT3(condition, message) PYVM_CHECK(condition, message)
#else
#define PYVM_ASSERT3(condition, message) void()
#endif
