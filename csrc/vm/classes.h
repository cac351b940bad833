// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Classes of the program: what instances have besides their fields, as the images that name a class tell.
//
//   declare_class(table)    any thread   from now on the newest of its class; never freed
//   declared_class(...)     any thread   the newest of a class, or null: no image has named it
//   class_of(module, x)     what the module itself knows, else the newest: so a module runs with the methods it was loaded with
//
// A Member never moves: inline_cache.h keeps its address.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "vm/module.h"

namespace pyvm::vm {

enum class MemberKind : std::uint8_t { Method, Static, Class, Property, Constant };

/// What a class has under a name: a function or, of Constant, a value.
struct Member {
  MemberKind kind = MemberKind::Constant;
  const Function* function = nullptr;
  Term value;       // of a function: itself as a literal closure, the same one wherever a class inherits it
  Term class_term;  // of a record class
};

struct ClassTable {
  const Module* module = nullptr;  // that was loaded with it
  std::string name;                // "module.qualified name"
  Term class_term;                 // of a record class
  Term type;                       // the class as a value
  std::vector<std::string> bases;  // all of them, named alike
  bool ordered = false;            // instances compare as the tuples of their fields do
  bool own_repr = false;           // its repr() is a method of its own, or leaves fields out
  bool own_str = false;            // its str() or format() is a method of its own
  Term constructor;                // a closure that takes None for `self`, then the arguments; nothing: fields in order
  std::unordered_map<std::string, Member> members;
  bool is_mixed = false;                         // an enum whose members are numbers or texts too: IntEnum, StrEnum, IntFlag
  bool is_flag = false;                          // an enum whose members are combined
  bool shows_value = false;                      // an enum whose str() is that of the value
  std::unordered_map<std::string, Term> values;  // of an enum: by the names of its members
  const ClassTable* older = nullptr;             // what was declared before

  bool derives_from(std::string_view base) const;
  const Member* find(std::string_view member) const;
};

void declare_class(ClassTable& table);
const ClassTable* declared_class(Term class_term);
const ClassTable* declared_class(std::string_view module, std::string_view qualified_name);

/// The class of a record, a member of an enum or an exception, or the class that a class value stands for; null: nobody declared it.
const ClassTable* class_of(const Module* module, Term object);
/// A member of it.
const Member* find_member(const Module* module, Term object, std::string_view name);

/// Whether repr() of a term would have to call a function of the program somewhere inside; str() for `term` itself.
bool has_own_repr(Term term);
bool has_own_str(Term term);

}  // namespace pyvm::vm
