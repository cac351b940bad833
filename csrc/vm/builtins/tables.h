// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Tables: the built-in functions and methods, by topic.
//
// The signature of a method is without its object. What `**keywords` of a signature takes is a dict, or nothing, in the place of
// a parameter before those of `*arguments`. A built-in with a dot in its name is a method of a type: "bytes.fromhex".
#pragma once

#include "vm/context.h"

namespace pyvm::vm {

PYVM_EXPORT std::span<const Method> str_methods();
PYVM_EXPORT std::span<const Method> bytes_methods();
PYVM_EXPORT std::span<const Builtin> text_functions();
std::span<const Method> container_methods();
std::span<const Builtin> value_functions();
std::span<const Builtin> process_functions();
std::span<const Builtin> process_state_functions();
std::span<const Builtin> spawn_functions();
std::span<const Builtin> waiting_functions();
std::span<const Method> pid_methods();
std::span<const Method> number_methods();
std::span<const Builtin> number_functions();
std::span<const Builtin> math_float_functions();
std::span<const Builtin> math_int_functions();
std::span<const Builtin> random_functions();
std::span<const Builtin> time_functions();
std::span<const Builtin> json_read_functions();
std::span<const Builtin> json_write_functions();
std::span<const Builtin> base64_functions();
std::span<const Builtin> struct_functions();
std::span<const Builtin> checksum_functions();
std::span<const Builtin> compression_functions();
std::span<const Builtin> hash_functions();

}  // namespace pyvm::vm
