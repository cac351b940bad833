// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Process info: what a process says of itself, as one dict term with the item names as keys. Collected on the thread that runs the
// process, in its order of signals, so what it shows was true at one moment. Source: erlang:process_info/2.
#pragma once

#include <memory>

#include "base/futex.h"
#include "proc/link_monitor.h"

namespace pyvm {

/// All items of `process`, which the calling thread owns. `running`: it asks for itself.
PYVM_EXPORT OwnedTerm collect_info(Process& process, bool running);

/// An answer on its way to another thread or process.
class PYVM_EXPORT InfoRequest final : public Inspection, public std::enable_shared_from_this<InfoRequest> {
 public:
  /// Asks `target`. When the answer is there, `waiter` gets a Wake, if it is a process.
  static std::shared_ptr<InfoRequest> ask(Pid target, Pid waiter);

  /// Any thread: true when the answer is there; result() is nothing when the process had ended.
  bool is_done() const { return done_.load_acquire() != 0; }
  /// Sleeps until it is there, a signal interrupts, or timeout_ns has passed.
  void wait(std::uint64_t timeout_ns) { futex_wait(done_, 0, timeout_ns); }
  Term result() const { return result_.get(); }

  void run(Process& process) override;
  void no_process() override { finish(); }

 private:
  void finish();

  std::shared_ptr<InfoRequest> self_;  // until it is finished
  Pid waiter_;
  OwnedTerm result_;
  Atomic<std::uint32_t> done_;
};

}  // namespace pyvm
