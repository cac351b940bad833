// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Hash: terms that are equal() have the same hash. Stable within a run, not across versions; never leaves the process.
#pragma once

#include "term/term.h"

namespace pyvm {

PYVM_EXPORT std::uint64_t hash(Term term);

/// Where `key` stands in a dict: its value, or nothing. Constant time when the dict has an index.
PYVM_EXPORT Term dict_get(Term dict, Term key);
/// Whether `member` is in a set or frozenset.
PYVM_EXPORT bool set_has(Term set, Term member);

}  // namespace pyvm
