// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Copy: a deep copy that keeps sharing. A box reachable by two ways in the source is one box in the copy, so a DAG costs what
// it has nodes, not paths. Literals and off-heap bytes are shared. Depth is bounded by memory.
//
// The source's headers are overwritten with forwarding addresses while the copy runs and restored before it returns, so the
// caller must be the only thread that reads the source: the process that owns it.
#pragma once

#include "term/term_builder.h"

namespace pyvm {

/// Words of all boxes reachable from `term`, counting shared ones once per path up to `limit`; for choosing where to build.
PYVM_EXPORT Word estimate_words(Term term, Word limit);

PYVM_EXPORT Term copy(Term term, TermBuilder& builder);

}  // namespace pyvm
