// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Name request: a process is given a name, or loses it, by another process or thread. It happens on the thread that runs the process, in its
// order of signals.
#pragma once

#include <memory>
#include <string>

#include "base/futex.h"
#include "proc/registry.h"

namespace pyvm {

class PYVM_EXPORT NameRequest final : public Inspection {
 public:
  enum class Result : std::uint8_t { Done, NameTaken, ProcessHasName, NoProcess, NoName };

  /// `add`: or else its name is taken away. When it is done, `waiter` gets a Wake, if it is a process.
  NameRequest(std::string name, bool add, Pid waiter = Pid()) : name_(std::move(name)), add_(add), waiter_(waiter) {}
  /// Asks `pid`, with a new request.
  static std::shared_ptr<NameRequest> ask(Pid pid, std::string name, bool add, Pid waiter);

  bool is_done() const { return done_.load_acquire() != 0; }
  /// Sleeps until it is, a signal interrupts, or timeout_ns has passed.
  void wait(std::uint64_t timeout_ns) { futex_wait(done_, 0, timeout_ns); }
  Result result() const { return result_; }

  void run(Process& process) override;
  void no_process() override { finish(); }

 private:
  void finish();

  std::shared_ptr<NameRequest> self_;  // until it is finished: who waits may be interrupted
  std::string name_;
  bool add_;
  Pid waiter_;
  Result result_ = Result::NoProcess;
  Atomic<std::uint32_t> done_;
};

}  // namespace pyvm
