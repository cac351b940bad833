// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Sorting: stable, by Python's `<`.
#pragma once

#include <vector>

#include "vm/context.h"

namespace pyvm::vm {

/// False with the TypeError of the first pair that cannot be ordered; the items are then in any order.
bool sort_items(Context& context, std::vector<Term>& items, bool reverse);
/// The same by keys, one for each item.
bool sort_items_by(Context& context, std::span<const Term> keys, std::vector<Term>& items, bool reverse);

}  // namespace pyvm::vm
