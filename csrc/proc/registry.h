// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Registry: names of processes on this node. One name a process and one process a name.
//
//   whereis(name)             any thread   the pid, or none; no lock
//   add_name(name, process)   owner        NameResult says what was wrong
//   remove_name(process)      owner        the process's name; done at its end before anyone is told of it
//   for_each_name(f)          any thread   f(name, pid)
//
// N1  Readers walk the bucket lists inside of an epoch section; entries are unlinked under the lock and retired.
// N2  A name resolves from add_name's return until remove_name; a process that sees a DOWN finds the name free. A process that is born
//     with a name has it from its birth: before, the name is taken and resolves to nobody.
#pragma once

#include <functional>
#include <string_view>

#include "proc/process.h"

namespace pyvm::registry {

enum class [[nodiscard]] NameResult : std::uint8_t { Added, NameTaken, ProcessHasName };

PYVM_EXPORT Pid whereis(std::string_view name);
PYVM_EXPORT NameResult add_name(std::string_view name, Process& process);
/// False when the process has no name.
PYVM_EXPORT bool remove_name(Process& process);
PYVM_EXPORT void for_each_name(const std::function<void(std::string_view, Pid)>& f);

}  // namespace pyvm::registry
