// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Body: what a process does when it runs. Implemented by native bodies, by coroutines (python) and by compiled code (vm).
//
//   run(process)       resumed: does a slice of work and says what the scheduler must do next. Never blocks its thread.
//   kill(process)      the process ends from outside: let go of what is held. Called on the thread that would run it, once.
//   ~Body              after run returned Exit, or after kill
//
// Y1  A body is run by one thread at a time, each run seeing all effects of the one before.
// Y2  A body that returns Wait has looked at every message in the inner queue, and at TimedOut if it set a deadline.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/slab.h"

namespace pyvm {

class Process;

enum class [[nodiscard]] Outcome : std::uint8_t {
  Wait,   // nothing to do until a new message, the receive deadline, or a Wake
  Yield,  // more to do: run again after the others
  Exit,   // ended; the reason was given to Process::set_exit
};

/// Where a body is, for reports: innermost first.
struct StackEntry {
  std::string function;
  std::string file;
  int line = 0;
};

class PYVM_EXPORT Body {
 public:
  virtual ~Body() = default;
  /// Of one that does not fit into its process: born by one thread and ended by another, as signals are.
  static void* operator new(std::size_t bytes) { return slab_allocate(bytes); }
  static void* operator new(std::size_t, void* memory) { return memory; }
  static void operator delete(void* memory, std::size_t bytes) { slab_free(memory, bytes); }
  virtual Outcome run(Process& process) = 0;
  virtual void kill(Process&) {}
  /// Whether its slices end with their reductions, so that a scheduler of another group may run one.
  virtual bool may_be_guest() const { return false; }
  /// For reports: what is running, "module.function" by convention.
  virtual const char* name() const { return "native"; }
  virtual std::vector<StackEntry> stack() const { return {}; }
  /// Words of its own heap, for max_heap and reports.
  virtual std::uint64_t heap_words() const { return 0; }
};

}  // namespace pyvm
