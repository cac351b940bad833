// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Name request: a process is given a name, or loses it, by another process or thread. It happens on the thread that runs the process, in its
// order of signals.
#pragma once

#include <string>

#include "proc/registry.h"
#include "proc/request.h"

namespace pyvm {

class PYVM_EXPORT NameRequest final : public Request {
 public:
  enum class Result : std::uint8_t { Done, NameTaken, ProcessHasName, NoProcess, NoName };

  /// `add`: or else its name is taken away.
  NameRequest(std::string name, bool add) : name_(std::move(name)), add_(add) {}
  /// Asks `pid`, with a new request. When it is done, `waiter` gets a Wake, if it is a process.
  static std::shared_ptr<NameRequest> ask(Pid pid, std::string name, bool add, Pid waiter);

  Result result() const { return result_; }

  void run(Process& process) override;

 private:
  std::string name_;
  bool add_;
  Result result_ = Result::NoProcess;
};

}  // namespace pyvm
