// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Process table: from pid to process, without locks. Processes live in segments that stay mapped, so a pid is an index and a serial,
// and looking it up is one comparison on the line that the sender is about to write.
//
//   resolve(pid)      any thread, inside an epoch section   the process, or null when it has ended
//   allocate()        any thread                            a process without a life: fields as new, pid not yet published
//   publish(p)        the birth-giver                       from here on its pid resolves
//   unpublish(p)      owner                                 its pid resolves to nothing from here on
//   recycle(p)        after the grace period                back to the free lists
//   for_each(f)       any thread, inside an epoch section   every process that was alive throughout
//
// A1  An index is given out again only after recycle; its serial then differs (29 bits).
// A2  Index 0 is never given out.
// A3  Free processes are kept by base/stable_pool.h.
// Rejected: a hash table (a lock or a retry a look-up), an array of pointers (a second miss), locks per bucket as in OTP before R16.
// Design: docs/design/processes.md. Source: OTP internal_doc/PTables.md for the problem.
#pragma once

#include "proc/process.h"

namespace pyvm::process_table {

inline constexpr std::size_t kSegmentProcesses = 4096;  // 2 MiB: a huge page
inline constexpr std::size_t kSegments = (std::size_t{1} << Pid::kIndexBits) / kSegmentProcesses;

namespace detail {
PYVM_EXPORT extern Atomic<Process*> segments[kSegments];
}

inline Process* resolve(Pid pid) {
  Process* segment = detail::segments[pid.index() / kSegmentProcesses].load_acquire();  // pairs with the store in allocate
  if (segment == nullptr) [[unlikely]]
    return nullptr;
  Process& process = segment[pid.index() % kSegmentProcesses];
  // Acquire pairs with the release in publish: what the birth-giver wrote is visible.
  return process.line.pid.load_acquire() == pid.value() && pid ? &process : nullptr;
}

/// Null when `limit` processes were made and none of them is free here. Those that are free, up to 127 in the cache of each other thread
/// and what has ended and is not yet reclaimed, are missing then: it may refuse before `limit` are alive, but never lets more be made.
/// Null also while the table is closed.
PYVM_EXPORT Process* allocate();
inline void publish(Process& process) { process.line.pid.store_release(process.pid().value()); }
PYVM_EXPORT void unpublish(Process& process);
PYVM_EXPORT void recycle(Process& process);

PYVM_EXPORT std::size_t alive();
PYVM_EXPORT std::size_t limit();
/// Lowered below what was made before, it does not keep those from being used.
PYVM_EXPORT void set_limit(std::size_t processes);

/// From a stop of the runtime to the next start nothing is born. Once the sections are over that were open when it was closed, and who
/// allocates publishes in the same section, processes only become fewer: then alive() is 0 for good.
PYVM_EXPORT void set_open(bool open);

/// For a seeded run about to begin: pids are given out from the first one again. False, and nothing is changed, when a process is
/// alive or not yet reclaimed. No other thread may use the table meanwhile.
PYVM_EXPORT bool restart_numbers();

/// One past the largest index ever given out.
PYVM_EXPORT std::uint32_t end_index();
/// False while a thread makes the process of an index that was never used before.
PYVM_EXPORT bool is_made(std::uint32_t index);

template <typename F>
void for_each(F&& f) {
  const std::uint32_t end = end_index();
  for (std::uint32_t index = 1; index < end; ++index) {
    if (!is_made(index)) continue;
    Process& process = detail::segments[index / kSegmentProcesses].load_acquire()[index % kSegmentProcesses];
    if (process.line.pid.load_acquire() != 0) f(process);
  }
}

}  // namespace pyvm::process_table
