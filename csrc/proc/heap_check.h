// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// HeapCheck: what heap.h promises, looked at box by box. Only builds with asserts ask (base/check.h).
#pragma once

#include <initializer_list>
#include <span>

#include "term/term_builder.h"

namespace pyvm::heap_check {

using Roots = std::initializer_list<std::span<Term>>;

/// H4: each word of an old box that leads to a young one is in one of `ranges`.
bool remembers_all(Roots roots, std::span<const Remembered::Range> ranges);
/// After a collection that left an old part: nothing young is left.
bool is_all_old(Roots roots);

}  // namespace pyvm::heap_check
