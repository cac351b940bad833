// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/process_table.h"

#include "base/stable_pool.h"

namespace pyvm {

constinit thread_local Process* current_process = nullptr;

}  // namespace pyvm

namespace pyvm::process_table {

namespace detail {
Atomic<Process*> segments[kSegments];
}

namespace {

constexpr std::size_t kDefaultLimit = std::size_t{1} << 22;

Atomic<bool> closed;

using Pool = StablePool<Process, kSegmentProcesses, kSegments>;

constinit Pool pool(detail::segments, kDefaultLimit);

}  // namespace

Process* allocate() {
  if (closed.load_relaxed()) [[unlikely]]  // seen by every section begun after the drain in Runtime::stop
    return nullptr;
  Process* process = pool.allocate();
  if (process == nullptr) return nullptr;
  if (process->serial == 0) process->serial = 1;
  if (process->next_free != nullptr) Process::fetch(process->next_free);  // most often the one allocated next
  return process;
}

void unpublish(Process& process) { process.line.pid.store_release(0); }

void recycle(Process& process) {
  process.retired.reclaim = nullptr;
  process.serial = (process.serial + 1) & ((1u << Pid::kSerialBits) - 1);  // A1; 0 becomes 1 in allocate
  pool.recycle(process);
}

bool restart_numbers() {
  const std::uint32_t end = end_index();
  for (std::uint32_t index = 1; index < end; ++index) {
    if (!is_made(index)) continue;
    const Process& process = *pool.at(index);
    if (process.line.pid.load_acquire() != 0 || process.retired.reclaim != nullptr) return false;
  }
  pool.restart();
  return true;
}

std::size_t alive() {
  std::size_t count = 0;
  for_each([&](Process&) { ++count; });
  return count;
}

void set_open(bool open) { closed.store_release(!open); }

std::size_t limit() { return pool.limit(); }
void set_limit(std::size_t processes) { pool.set_limit(processes); }
std::uint32_t end_index() { return pool.end_index(); }
bool is_made(std::uint32_t index) { return pool.is_made(index); }

}  // namespace pyvm::process_table
