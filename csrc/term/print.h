// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Print: a term as Python's repr() would show it; pids as <0.42.0>, refs as #Ref<0.42.7>, records as Name(field=value).
// Output stops with "..." after `limit_bytes`. Depth is bounded by memory.
#pragma once

#include <string>

#include "term/term.h"

namespace pyvm {

PYVM_EXPORT std::string print(Term term, std::size_t limit_bytes = 4096);

/// <0.index.serial>
PYVM_EXPORT std::string print(Pid pid);

}  // namespace pyvm
