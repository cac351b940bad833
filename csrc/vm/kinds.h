// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Kinds: what each register holds at each instruction, found by running the code over sets of kinds instead of values.
//
//   check_kinds(module)   empty, or where an instruction would read what it cannot take: nothing, a cell that is no cell, ...
//
// I2  In a Module each register that an instruction reads holds a value, and of the kind the instruction takes it for, on every way to it.
// Design: docs/design/vm.md. Source: an abstract interpretation as of G. Kildall, A Unified Approach to Global Program Optimization (1973).
#pragma once

#include <string>

#include "vm/module.h"

namespace pyvm::vm {

/// All functions have passed verify().
std::string check_kinds(const Module& module);

}  // namespace pyvm::vm
