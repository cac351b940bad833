// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/classes.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <unordered_set>

#include "term/atom_table.h"
#include "term/change.h"
#include "term/print.h"
#include "vm/enums.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

struct Declared {
  std::shared_mutex lock;
  std::unordered_map<Word, const ClassTable*> by_term;
  std::unordered_map<std::string, const ClassTable*> by_name;
};

Declared& declared() {
  static auto& classes = *new Declared;
  return classes;
}

/// Set once the first class with a text of its own is declared: until then nothing is looked through. Relaxed: advisory, as the process
/// that runs such a class was spawned behind its declaration.
std::atomic<bool> any_own_text{false};

std::string full_name(std::string_view module, std::string_view qualified_name) {
  return std::string(module).append(".").append(qualified_name);
}

template <typename Map, typename Key>
const ClassTable* look_up(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

/// The words of a box that name its class; `false` if they do not.
bool class_name_of(Term object, std::string* name) {
  if (!is_box(object, BoxKind::EnumMember) && !is_box(object, BoxKind::Exception) && !is_box(object, BoxKind::Type)) return false;
  const Term module = element(object, 0), qualified_name = element(object, 1);
  *name = full_name(string_view_of(module), string_view_of(qualified_name));
  return true;
}

bool has_class_of_its_own(Term term) {
  return is_box(term, BoxKind::Record) || is_box(term, BoxKind::EnumMember) || is_box(term, BoxKind::Exception);
}

Term class_term_of(Term object) {
  if (is_box(object, BoxKind::Record)) return element(object, 0);
  const bool of_record = is_box(object, BoxKind::Type) && arity_of(object) > 2 && element(object, 2).is_record_class();
  return of_record ? element(object, 2) : Term();
}

}  // namespace

bool ClassTable::derives_from(std::string_view base) const { return std::ranges::find(bases, base) != bases.end(); }

const Member* ClassTable::find(std::string_view member) const {
  const auto found = members.find(std::string(member));
  return found == members.end() ? nullptr : &found->second;
}

void declare_class(ClassTable& table) {
  const std::unique_lock lock(declared().lock);
  const ClassTable*& by_name = declared().by_name[table.name];
  if (table.class_term.is_nothing()) {
    table.older = by_name;
  } else {
    const ClassTable*& by_term = declared().by_term[table.class_term.bits()];
    table.older = by_term;
    by_term = &table;
  }
  by_name = &table;
  if (!table.values.empty()) show_enums_by(enum_repr);
  if (table.own_repr || table.own_str) any_own_text.store(true, std::memory_order_relaxed);
}

const ClassTable* declared_class(Term class_term) {
  const std::shared_lock lock(declared().lock);
  return look_up(declared().by_term, class_term.bits());
}

const ClassTable* declared_class(std::string_view module, std::string_view qualified_name) {
  const std::shared_lock lock(declared().lock);
  return look_up(declared().by_name, full_name(module, qualified_name));
}

const ClassTable* class_of(const Module* module, Term object) {
  const Term class_term = class_term_of(object);
  if (!class_term.is_nothing()) {
    const ClassTable* own = module == nullptr ? nullptr : look_up(module->classes_by_term, class_term.bits());
    return own != nullptr ? own : declared_class(class_term);
  }
  std::string name;
  if (!class_name_of(object, &name)) return nullptr;
  const ClassTable* own = module == nullptr ? nullptr : look_up(module->classes_by_name, name);
  if (own != nullptr) return own;
  const std::shared_lock lock(declared().lock);
  return look_up(declared().by_name, name);
}

const Member* find_member(const Module* module, Term object, std::string_view name) {
  const ClassTable* table = class_of(module, object);
  if (table == nullptr) return nullptr;
  const Member* member = table->find(name);
  // Another image may have used what the newest does not; special methods all of them have.
  if (member != nullptr || name.starts_with("__") || table->module == module) return member;
  while (member == nullptr && table->older != nullptr) member = (table = table->older)->find(name);
  return member;
}

bool has_own_str(Term term) {
  if (!any_own_text.load(std::memory_order_relaxed)) return false;
  const ClassTable* table = has_class_of_its_own(term) ? class_of(nullptr, term) : nullptr;
  return table != nullptr && table->own_str;
}

bool has_own_repr(Term term) {
  if (!any_own_text.load(std::memory_order_relaxed)) return false;
  std::vector<Term> waiting{term};
  std::unordered_set<Word> seen;  // a list may contain itself
  while (!waiting.empty()) {
    const Term at = resolve(waiting.back());
    waiting.pop_back();
    if (!is_container(at) || !seen.insert(at.bits()).second) continue;
    const ClassTable* table = has_class_of_its_own(at) ? class_of(nullptr, at) : nullptr;
    if (table != nullptr && table->own_repr) return true;
    const TermRange range = box_terms(header_of(at));
    for (Word i = 0; i < range.count; ++i) {
      const Term part = Term::from_bits(at.boxed()[range.first + i]);
      if (part.is_boxed()) waiting.push_back(part);
    }
  }
  return false;
}

}  // namespace pyvm::vm
