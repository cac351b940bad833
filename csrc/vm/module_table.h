// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The module table: what a name of a module means now, for code that names it with a dot (docs/design/module-table.md).
//
//   table_entry(module, name)     any thread     that of a name, found or made; it stays where it is for ever
//   names_asked_for(module)       any thread     the names of a module that have entries
//   publish(module, meanings)     any thread     gives names of a module new meanings, all at once
//   entry.newest()                any thread     what was published last; null: nothing was
//
// M1  An entry is made before code that names it runs, and never freed, as code is not: who has found a function may run it.
// M2  The names that one publish() changes are seen to change together (generations.h).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/generations.h"
#include "vm/module.h"

namespace pyvm::vm {

/// A name's meaning: a module whose function 0 it is, or null where the name is gone.
struct Meaning {
  const Module* code = nullptr;
};

class TableEntry {
 public:
  TableEntry(std::string_view module, std::string_view name) : module(module), name(name) {}

  const Meaning* newest() const { return meanings_.newest(generations()); }

  const std::string module;
  const std::string name;

 private:
  friend void publish(std::string_view, std::span<const std::pair<std::string, const Module*>>);
  static Generations& generations();

  GenerationCell<Meaning> meanings_;
};

const TableEntry& table_entry(std::string_view module, std::string_view name);
PYVM_EXPORT std::vector<std::string> names_asked_for(std::string_view module);
/// Names without an entry are left out: nothing asks for them.
PYVM_EXPORT void publish(std::string_view module, std::span<const std::pair<std::string, const Module*>> meanings);

}  // namespace pyvm::vm
