// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Process info: what a process says of itself, as one dict term with the item names as keys. Collected on the thread that runs the
// process, in its order of signals, so what it shows was true at one moment. Source: erlang:process_info/2.
#pragma once

#include "proc/link_monitor.h"
#include "proc/request.h"

namespace pyvm {

/// All items of `process`, which the calling thread owns. `running`: it asks for itself.
PYVM_EXPORT OwnedTerm collect_info(Process& process, bool running);

/// An answer on its way to another thread or process.
class PYVM_EXPORT InfoRequest final : public Request {
 public:
  /// Asks `target`. When the answer is there, `waiter` gets a Wake, if it is a process.
  static std::shared_ptr<InfoRequest> ask(Pid target, Pid waiter);

  /// When it is done: nothing if the process had ended.
  Term result() const { return result_.get(); }

  void run(Process& process) override;

 private:
  OwnedTerm result_;
};

}  // namespace pyvm
