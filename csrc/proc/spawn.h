// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Spawn and end: the two ends of a process's life.
//
//   spawn(options, make_body)     any thread   a process is born and made ready; parent relations are set up before it can run
//   end_process(process)          scheduler    after its body ended or was killed: names, exits, DOWNs, then reclamation
//
// X1  A child's options, link and monitor are in force before any other process can see its pid.
// X2  At its end a process loses its name first, then its pid, then tells links and monitors, so who learns of the end finds both gone.
// X3  Each signal that reaches an ended process is answered once: at the final drain, after the grace period, or as a dead letter.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "proc/link_monitor.h"

namespace pyvm {

struct SpawnOptions {
  Process* parent = nullptr;  // the process the calling thread runs, or null
  bool link = false;          // needs a parent
  bool monitor = false;       // needs a parent
  bool returns = false;       // needs `monitor`: what a compiled body returns is sent to the parent as (the monitor's ref, value)
  MonitorOptions monitor_options = {};
  bool trap_exit = false;
  Group group = Group::Native;
  Priority priority = Priority::Normal;
  MailboxPolicy policy = MailboxPolicy::Unbounded;
  std::uint32_t max_mailbox = 0;
  Word max_heap_words = 0;
  std::string_view name = {};  // empty: none
};

enum class [[nodiscard]] SpawnError : std::uint8_t {
  None,
  TooManyProcesses,  // or the runtime stops
  NameTaken,
};

struct Spawned {
  SpawnError error = SpawnError::None;
  Pid pid;
  Word monitor = 0;
};

/// First half, in the same epoch section as the second, or where no stop can come between: a process with its options, not yet
/// visible. Null: the error says why. The caller gives it a body and calls begin_process().
PYVM_EXPORT Process* prepare_process(const SpawnOptions& options, SpawnError& error);
/// Second half: publishes it, sets up the relations with its parent, makes it ready.
PYVM_EXPORT Spawned begin_process(Process& process, const SpawnOptions& options);

/// In place of begin_process: the process is not to be after all, and has no body.
PYVM_EXPORT void abandon_process(Process& process);

/// Puts a body of type B in the process, in its own memory when it fits.
template <typename B, typename... Args>
B& emplace_body(Process& process, Args&&... args) {
  static_assert(std::is_base_of_v<Body, B>);
  process.inline_body = sizeof(B) <= Process::kBodyBytes && alignof(B) <= 16;
  void* memory = process.inline_body ? static_cast<void*>(process.body_memory) : Body::operator new(sizeof(B));
  auto* body = new (memory) B(std::forward<Args>(args)...);
  process.body = body;
  return *body;
}
PYVM_EXPORT void destroy_body(Process& process);

/// Both halves, with make_body(process) between them.
template <typename MakeBody>
Spawned spawn_with(const SpawnOptions& options, MakeBody&& make_body) {
  const EpochGuard guard;  // a stop that comes meanwhile waits, and ends the process
  SpawnError error = SpawnError::None;
  Process* process = prepare_process(options, error);
  if (process == nullptr) return {error, Pid(), 0};
  make_body(*process);
  return begin_process(*process, options);
}

/// spawn<Counter>({.parent = &self, .link = true}, 0)
template <typename B, typename... Args>
Spawned spawn(const SpawnOptions& options, Args&&... args) {
  return spawn_with(options, [&](Process& process) { emplace_body<B>(process, std::forward<Args>(args)...); });
}

/// Scheduler only, inside its epoch section. The process must have `exiting` set.
PYVM_EXPORT void end_process(Process& process);

/// Called at the end of each process that failed by itself, before its relations are told; installed once by the embedding.
using CrashReporter = void (*)(Process& process);
PYVM_EXPORT void set_crash_reporter(CrashReporter reporter);

}  // namespace pyvm
