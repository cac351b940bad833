// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/code_body.h"

#include "term/binary.h"
#include "vm/builtins/lookup.h"
#include "vm/calls.h"
#include "vm/machine.h"

namespace pyvm::vm {

Context::Context(TermBuilder& heap, Process& process) : heap(heap), process(process), reductions_left_(process.reductions_left) {}

namespace {

template <typename Arguments>
void emplace_machine(Process& process, const Function& function, Arguments arguments) {
  static_assert(sizeof(Machine) > Process::kBodyBytes, "the process's own memory for a body is the machine's first stack");
  const std::span<Term> memory(reinterpret_cast<Term*>(process.body_memory), Process::kBodyBytes / sizeof(Term));
  auto& machine = emplace_body<Machine>(process, function, memory);
  if (!machine.take_arguments(arguments)) Machine::set_memory_error(process);  // it ends before it runs
}

}  // namespace

Spawned spawn_machine(const SpawnOptions& options, const Function& function, Term arguments) {
  return spawn_with(options, [&](Process& process) { emplace_machine(process, function, arguments); });
}

Spawned spawn_machine(const SpawnOptions& options, const Function& function, std::span<const Term> immediates) {
  return spawn_with(options, [&](Process& process) { emplace_machine(process, function, immediates); });
}

bool emplace_code_body(Process& process, const Function& function, Term arguments, std::string& error) {
  TermBuilder memory;
  Context context(memory, process);
  const Function* bound_function = nullptr;
  const Term bound = bind_call(context, make_function(context, function, nullptr),
                               {reinterpret_cast<const Term*>(arguments.boxed() + 1), arity_of(arguments)}, &bound_function);
  if (bound.is_nothing()) {
    const Term text = element(context.error, 3);
    error = string_view_of(text);
    return false;
  }
  emplace_machine(process, function, bound);
  return true;
}

namespace {

Atomic<PythonBodyMaker> python_body_maker;

}  // namespace

void set_python_body_maker(PythonBodyMaker maker) { python_body_maker.store_release(maker); }

Spawned spawn_python(SpawnOptions options, OwnedTerm call) {
  const PythonBodyMaker maker = python_body_maker.load_acquire();  // pairs with the release in set_python_body_maker
  PYVM_CHECK(maker != nullptr, "spawn_python: there is no Python here");
  options.group = Group::Python;
  return spawn_with(options, [&](Process& process) { maker(process, std::move(call)); });
}

std::vector<BuiltinInfo> builtin_infos() {
  std::vector<BuiltinInfo> infos;
  for (const Builtin& builtin : builtin_table()) infos.push_back({builtin.name, builtin.signature});
  return infos;
}

bool is_builtin_available(std::string_view name) {
  const Builtin* builtin = find_builtin(name);
  return builtin != nullptr && (builtin->is_available == nullptr || builtin->is_available());
}

}  // namespace pyvm::vm
