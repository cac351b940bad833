// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Spawn: pyvm.spawn with the options that an instruction has bits for.
#pragma once

#include "vm/context.h"

namespace pyvm::vm {

inline constexpr unsigned kSpawnLink = 1, kSpawnMonitor = 2;

/// `called`: the function, then its arguments. The pid, or (pid, ref) with a monitor; nothing with an exception.
Term spawn(Context& context, std::span<const Term> called, unsigned options);

}  // namespace pyvm::vm
