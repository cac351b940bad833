// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Refused memory: what happens when the system has no more.
//
//   RefusedMemoryIsThrown   while one lives, refused memory is a std::bad_alloc on this thread, for whoever made it to catch
//   memory_refused(what)    throws it; with none on this thread it is a failed check, which ends the node
//
// The data of a process is what grows: chunks of its heap, its stack, messages, bytes of binaries. A Machine runs its slices under
// such an object, and the process alone ends, with MemoryError. What the runtime needs for itself is small, and nobody could go on
// without it: regions of slabs, tables. There it stays a failed check.
//
// R1  Whoever calls memory_refused has changed nothing yet, or leaves what its owner can release.
// R2  No frame of Python's lies between the object and what may throw.
// Design: docs/design/heap.md.
#pragma once

#include "base/check.h"

namespace pyvm {

namespace refused_internal {
// One access without a call, as for ThreadSlab.
PYVM_EXPORT extern constinit thread_local bool is_thrown __attribute__((tls_model("initial-exec")));
}  // namespace refused_internal

class RefusedMemoryIsThrown {
 public:
  RefusedMemoryIsThrown() : before_(refused_internal::is_thrown) { refused_internal::is_thrown = true; }
  ~RefusedMemoryIsThrown() { refused_internal::is_thrown = before_; }
  RefusedMemoryIsThrown(const RefusedMemoryIsThrown&) = delete;
  RefusedMemoryIsThrown& operator=(const RefusedMemoryIsThrown&) = delete;

 private:
  bool before_;
};

[[noreturn]] PYVM_EXPORT void memory_refused(const char* what);

}  // namespace pyvm
