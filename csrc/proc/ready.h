// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Ready: what processes ask of the schedulers. Declared here and defined in sched, so that proc includes nothing above it.
#pragma once

#include <cstdint>

#include "proc/process.h"

namespace pyvm {

/// Puts a process that was waiting, or was just born, into a run queue. The caller owes it (M3); any thread, inside of an epoch section.
PYVM_EXPORT void make_ready(Process& process);

/// Arms or moves the one receive timer of `process` so that a Timeout signal reaches it at deadline_ns or soon after.
/// Owner only, on a scheduler's thread.
void arm_receive_timer(Process& process);
/// Takes the armed timer away, if there is one. Owner only.
void disarm_receive_timer(Process& process);

/// Monotonic time as processes see it.
PYVM_EXPORT std::uint64_t process_time_ns();

}  // namespace pyvm
