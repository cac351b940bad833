// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Call: the caller's half of a request and its reply, as gen_server:call does it: a monitor whose reference is also an alias that
// takes one message. The server sends its reply to the alias; a late one is dropped, never seen as a stray message.
//
//   begin(self)          owner   monitors, sends (request..., alias) for a tuple, (request, alias) otherwise
//   step(self, reply)    owner   Waiting: return Wait and ask again when resumed; otherwise the call is over and nothing of it is left
//   begin_call, step_call        the same for who keeps the reference himself
//
// Source: gen_server:call/3, erlang:monitor/3 with reply_demonitor.
#pragma once

#include "base/futex.h"
#include "proc/native.h"

namespace pyvm {

enum class CallState : std::uint8_t { Waiting, Replied, Down, TimedOut };

/// The reference of the call.
PYVM_EXPORT Word begin_call(Process& self, Pid to, Term request);
/// `first`: nothing was received since begin_call.
PYVM_EXPORT CallState step_call(Process& self, Word ref, bool first, std::uint64_t timeout_ns, Message& reply);

class PYVM_EXPORT Call {
 public:
  using State = CallState;

  /// timeout_ns kForever: none.
  Call(Pid to, OwnedTerm request, std::uint64_t timeout_ns) : to_(to), request_(std::move(request)), timeout_ns_(timeout_ns) {}

  void begin(Process& self);
  /// `reply`: on Replied the reply, on Down the DOWN message.
  State step(Process& self, Message& reply);

 private:
  Pid to_;
  OwnedTerm request_;
  std::uint64_t timeout_ns_;
  Word ref_ = 0;
  bool first_ = true;
};

}  // namespace pyvm
