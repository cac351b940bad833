// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Print: a term as Python's repr() would show it; pids as <0.42.0>, refs as #Ref<0.42.7> (its maker's index, its id), records as
// Name(field=value), exceptions as Name(args), atoms as Atom('name'), references by name as <function module.name>, enum members
// as <Color.RED>, opaque handles as <opaque 7>; cells, closures and iterators as <cell>, <function>, <iterator>.
//
// A container that holds itself is shown as [...], {...} or (...) where it is met again.
//
// Output is cut after `limit_bytes`, between code points, and ends in "..." then. Depth is bounded by memory.
// Not as Python: an integer of more than 2,048 limbs (39,000 digits, where Python refuses) is shown by its size.
#pragma once

#include <string>

#include "term/term.h"

namespace pyvm {

PYVM_EXPORT std::string print(Term term, std::size_t limit_bytes = 4096);

/// Members of enums are printed with their values once somebody knows them: what `show` gives, unless that is empty. Any thread.
using ShowEnum = std::string (*)(Term member);
PYVM_EXPORT void show_enums_by(ShowEnum show);

/// <0.index.serial>
PYVM_EXPORT std::string print(Pid pid);

/// A float as Python's repr(): the shortest digits that read back as the same number.
PYVM_EXPORT std::string print(double value);

}  // namespace pyvm
