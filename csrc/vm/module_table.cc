// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/module_table.h"

#include <map>
#include <memory>
#include <mutex>

namespace pyvm::vm {

namespace {

using Names = std::map<std::string, std::unique_ptr<TableEntry>, std::less<>>;

struct Table {
  std::mutex lock;  // of the maps: entries are read without it
  std::map<std::string, Names, std::less<>> modules;
};

Table& table() {
  static auto& table = *new Table;
  return table;
}

}  // namespace

Generations& TableEntry::generations() {
  static constinit Generations generations;
  return generations;
}

const TableEntry& table_entry(std::string_view module, std::string_view name) {
  const std::lock_guard lock(table().lock);
  auto& entry = table().modules[std::string(module)][std::string(name)];
  if (entry == nullptr) entry = std::make_unique<TableEntry>(module, name);
  return *entry;
}

std::vector<std::string> names_asked_for(std::string_view module) {
  const std::lock_guard lock(table().lock);
  std::vector<std::string> names;
  const auto found = table().modules.find(module);
  if (found == table().modules.end()) return names;
  for (const auto& [name, entry] : found->second) names.push_back(name);
  return names;
}

void publish(std::string_view module, std::span<const std::pair<std::string, const Module*>> meanings) {
  const std::lock_guard lock(table().lock);
  const auto names = table().modules.find(module);
  if (names == table().modules.end()) return;
  GenerationChange change(TableEntry::generations());
  for (const auto& [name, code] : meanings) {
    const auto entry = names->second.find(name);
    if (entry != names->second.end()) change.put(entry->second->meanings_, Meaning{code});
  }
}

}  // namespace pyvm::vm
