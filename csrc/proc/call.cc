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

Word begin_call(Process& self, Pid to, Term request) {
  self.clear_deadline();
  const Word ref = monitor(self, to, {.alias = AliasMode::Reply});
  static_cast<void>(deliver(to, request_message(request, ref, self.pid())));
  self.mailbox.rewind();
  return ref;
}

CallState step_call(Process& self, Word ref, bool first, std::uint64_t timeout_ns, Message& reply) {
  reply = receive_reply(self, ref, first);
  if (reply) {
    self.clear_deadline();
    return reply.signal().kind == SignalKind::Message ? CallState::Replied : CallState::Down;
  }
  if (self.exiting) return CallState::Waiting;
  if (self.timed_out || timeout_ns == 0) {
    static_cast<void>(demonitor(self, ref, true));
    self.clear_deadline();
    self.mailbox.rewind();  // the caller's next receive sees what this one passed over
    return CallState::TimedOut;
  }
  if (timeout_ns != kForever && self.deadline_ns == 0) {
    const std::uint64_t now = process_time_ns();
    self.set_deadline(timeout_ns < kForever - now ? now + timeout_ns : kForever);
  }
  return CallState::Waiting;
}

void Call::begin(Process& self) { ref_ = begin_call(self, to_, request_.get()); }

Call::State Call::step(Process& self, Message& reply) {
  return step_call(self, ref_, std::exchange(first_, false), timeout_ns_, reply);
}

}  // namespace pyvm
