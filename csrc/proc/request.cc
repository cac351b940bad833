// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/request.h"

#include "proc/delivery.h"

namespace pyvm {

void Request::post(Pid target, Pid waiter) {
  waiter_ = waiter;
  self_ = shared_from_this();
  Signal* signal = Signal::create(SignalKind::Inspect);
  signal->ref = reinterpret_cast<Word>(static_cast<Inspection*>(this));
  static_cast<void>(deliver(target, signal));
}

void Request::finish() {
  const std::shared_ptr<Request> keep = std::move(self_);
  const Pid waiter = waiter_;
  done_.store_release(1);  // pairs with the acquire in is_done
  futex_wake_all(done_);
  if (waiter) static_cast<void>(deliver(waiter, Signal::create(SignalKind::Wake)));
}

}  // namespace pyvm
