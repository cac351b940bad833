// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The entries of dicts and sets and the index over them, between dict.cc and change.cc.
#pragma once

#include "term/boxed.h"

namespace pyvm::entry_detail {

inline constexpr Word kNotFound = ~Word{0};

/// The entry that equals `key`, or kNotFound and `slot` is the empty slot of the index where the search ended.
Word find_entry(const Word* box, Term key, Word* slot);

/// Writes the index anew over all entries in use. There are no holes.
void write_index(Word* box);

}  // namespace pyvm::entry_detail
