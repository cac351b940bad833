// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Floats: numbers as C's double for functions of `math` and `random`.
#pragma once

#include <span>
#include <vector>

#include "vm/context.h"

namespace pyvm::vm {

/// float(number): TypeError "must be real number, not str", OverflowError for an int that is too large.
bool read_double(Context& context, Term number, double* value);
/// The same of each that an iterable gives.
bool read_doubles(Context& context, Term iterable, std::vector<double>& values);

Term raise_domain(Context& context);
Term raise_range(Context& context);

/// The length of the vector, without overflow or loss on the way. Changes `vector`.
double length_of_vector(std::span<double> vector);

}  // namespace pyvm::vm
