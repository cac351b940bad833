// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/name_request.h"

namespace pyvm {

std::shared_ptr<NameRequest> NameRequest::ask(Pid pid, std::string name, bool add, Pid waiter) {
  auto request = std::make_shared<NameRequest>(std::move(name), add);
  request->post(pid, waiter);
  return request;
}

void NameRequest::run(Process& process) {
  if (process.exiting) {  // it has handled its end: to whoever asks after that it is gone
    result_ = Result::NoProcess;
  } else if (!add_) {
    result_ = registry::remove_name(process) ? Result::Done : Result::NoName;
  } else {
    switch (registry::add_name(name_, process)) {
      case registry::NameResult::Added:
        result_ = Result::Done;
        break;
      case registry::NameResult::NameTaken:
        result_ = Result::NameTaken;
        break;
      case registry::NameResult::ProcessHasName:
        result_ = Result::ProcessHasName;
        break;
    }
  }
  finish();
}

}  // namespace pyvm
