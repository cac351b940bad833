// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/send.h"

#include "proc/registry.h"
#include "vm/builtins/arguments.h"
#include "vm/calls.h"
#include "vm/text.h"

namespace pyvm::vm {

bool send_anything(Context& context, Term to, Term message, bool priority) {
  Pid pid;
  if (to.is_pid()) {
    pid = to.unchecked_pid();
  } else if (is_string(to)) {
    pid = registry::whereis(string_view_of(to));
    if (!pid) context.raise("ValueError", "nobody is registered as " + quoted(to));
    if (!pid) return false;
  } else if (!is_ref(to)) {
    context.raise("TypeError", "send: to a Pid, an Alias or a name, not " + type_name(to));
    return false;
  }
  Signal* signal = make_message(context, message, "message");
  if (signal == nullptr) return false;
  context.process.spend();
  if (pid) {
    static_cast<void>(deliver(pid, signal));
    return true;
  }
  if (priority) signal->flags |= signal_flag::kPriority;
  static_cast<void>(send_to_alias(to, signal));
  return true;
}

}  // namespace pyvm::vm
