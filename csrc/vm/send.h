// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Send: pyvm.send, as the instructions and the built-in do it. False with an exception: to nobody that can be named, or of what cannot be
// sent.
#pragma once

#include "proc/delivery.h"
#include "proc/process.h"
#include "vm/context.h"

namespace pyvm::vm {

/// To a Pid, an Alias or a name. `priority` counts for an alias.
bool send_anything(Context& context, Term to, Term message, bool priority = false);

inline bool send(Context& context, Term to, Term message) {
  if (!to.is_pid() || message.is_boxed()) return send_anything(context, to, message);
  Signal* signal = Signal::create(SignalKind::Message);
  signal->term = message;
  context.process.spend();
  static_cast<void>(deliver(to.unchecked_pid(), signal));
  return true;
}

/// The tuple of these parts, which is not made where the message can be without it.
inline bool send_tuple(Context& context, Term to, std::span<const Term> parts) {
  bool boxed = !to.is_pid();
  for (const Term part : parts) boxed = boxed || part.is_boxed();
  if (boxed) return send_anything(context, to, context.heap.make_tuple(parts));
  Signal* signal = Signal::create(SignalKind::Message, 1 + parts.size());
  signal->words[0] = make_header(BoxKind::Tuple, parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) signal->words[1 + i] = parts[i].bits();
  signal->term = Term::boxed(signal->words);
  context.process.spend();
  static_cast<void>(deliver(to.unchecked_pid(), signal));
  return true;
}

}  // namespace pyvm::vm
