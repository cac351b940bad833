// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Copy: a deep copy that keeps sharing. A box reachable by two ways in the source is one box in the copy, so a DAG costs what
// it has nodes, not paths. Literals and off-heap bytes are shared. Depth is bounded by memory.
//
// The source's headers are overwritten while a copy or a count of words runs, and restored before it returns, so the caller
// must be the only thread that reads the source: the process that owns it.
#pragma once

#include "term/term_builder.h"

namespace pyvm {

/// Words of all boxes reachable from `term`, counting shared ones once per path up to `limit`; for choosing where to build.
PYVM_EXPORT Word estimate_words(Term term, Word limit);

/// Words that copy() will allocate for `term`: shared boxes once, literals not at all. Costs about what the copy costs.
PYVM_EXPORT Word exact_words(Term term);

PYVM_EXPORT Term copy_boxed(Term term, TermBuilder& builder);

inline Term copy(Term term, TermBuilder& builder) { return term.is_boxed() ? copy_boxed(term, builder) : term; }

}  // namespace pyvm
