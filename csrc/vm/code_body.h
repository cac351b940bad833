// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// CodeBody: how loaded code becomes the body of a process, for who spawns from outside of the language.
#pragma once

#include <string>

#include "proc/spawn.h"
#include "vm/module.h"

namespace pyvm::vm {

/// Puts a Machine that will run `function` in the process. `arguments` is a tuple, of positional ones; false with what CPython would say
/// when they do not fit.
PYVM_EXPORT bool emplace_code_body(Process& process, const Function& function, Term arguments, std::string& error);

/// A process that runs `function` with `arguments`, one for each input.
Spawned spawn_machine(const SpawnOptions& options, const Function& function, Term arguments);
/// The same of arguments that are immediates.
Spawned spawn_machine(const SpawnOptions& options, const Function& function, std::span<const Term> immediates);

/// Puts a body in a process of the Python schedulers that makes its coroutine when it first runs: `call` is (function, arguments), the
/// function as a term that Python sent; or nothing, for the process that runs one function for pyvm.python.
using PythonBodyMaker = void (*)(Process& process, OwnedTerm call);
/// Once, by the embedding.
PYVM_EXPORT void set_python_body_maker(PythonBodyMaker maker);
/// On a scheduler's thread; without the GIL.
Spawned spawn_python(SpawnOptions options, OwnedTerm call);

/// A built-in as the compiler is told of it; its place is its number.
struct BuiltinInfo {
  std::string_view name;
  std::string_view signature;
};
PYVM_EXPORT std::vector<BuiltinInfo> builtin_infos();
/// Whether this machine has what the built-in of that name needs, which is then loaded; false for an unknown name.
PYVM_EXPORT bool is_builtin_available(std::string_view name);

}  // namespace pyvm::vm
