// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Request: an inspection that somebody waits for: a thread that sleeps, or a process that gets a Wake.
//
//   post(target, waiter)   any thread, once: it runs where `target` runs, in the order of its signals
//   finish()               there, once: what run() wrote is visible to whoever finds is_done()
//
// R1  From post() to finish() it holds itself, so who waits may be interrupted and let go of it.
#pragma once

#include <memory>

#include "base/futex.h"
#include "proc/process.h"

namespace pyvm {

class PYVM_EXPORT Request : public Inspection, public std::enable_shared_from_this<Request> {
 public:
  bool is_done() const { return done_.load_acquire() != 0; }  // pairs with the release in finish
  /// Sleeps until it is, a signal interrupts, or timeout_ns has passed.
  void wait(std::uint64_t timeout_ns) { futex_wait(done_, 0, timeout_ns); }

  void no_process() final { finish(); }

 protected:
  void post(Pid target, Pid waiter);
  void finish();

 private:
  std::shared_ptr<Request> self_;
  Pid waiter_;
  Atomic<std::uint32_t> done_;
};

}  // namespace pyvm
