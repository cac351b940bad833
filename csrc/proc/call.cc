// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/call.h"

#include "proc/ready.h"

namespace pyvm {

namespace {

Signal* request_message(Term request, Word ref, Pid self) {
  const bool tuple = is_tuple(request);
  const Word parts = tuple ? arity_of(request) : 1;
  constexpr Word kRefWords = 3;
  Signal* signal = Signal::create(SignalKind::Message, 2 + parts + kRefWords);
  SignalBuilder builder(*signal);
  Term* slots = nullptr;
  const Term term = builder.make_container(BoxKind::Tuple, parts + 1, &slots);
  for (Word i = 0; i < parts; ++i) slots[i] = copy(tuple ? element(request, i) : request, builder);
  slots[parts] = builder.make_ref(ref, self, true);
  builder.finish(term);
  return signal;
}

}  // namespace

void Call::begin(Process& self) {
  self.clear_deadline();
  ref_ = monitor(self, to_, {.alias = AliasMode::Reply});
  static_cast<void>(deliver(to_, request_message(request_.get(), ref_, self.pid())));
  self.mailbox.rewind();
}

Call::State Call::step(Process& self, Message& reply) {
  reply = receive_reply(self, ref_, std::exchange(first_, false));
  if (reply) {
    self.clear_deadline();
    return reply.signal().kind == SignalKind::Message ? State::Replied : State::Down;
  }
  if (self.exiting) return State::Waiting;
  if (self.timed_out || timeout_ns_ == 0) {
    static_cast<void>(demonitor(self, ref_, true));
    self.clear_deadline();
    self.mailbox.rewind();  // the caller's next receive sees what this one passed over
    return State::TimedOut;
  }
  if (timeout_ns_ != kForever && self.deadline_ns == 0) {
    const std::uint64_t now = process_time_ns();
    self.set_deadline(timeout_ns_ < kForever - now ? now + timeout_ns_ : kForever);
  }
  return State::Waiting;
}

}  // namespace pyvm
