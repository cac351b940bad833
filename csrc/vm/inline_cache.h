// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Inline cache: what a name in a function meant for the record that was asked for it last.
//
// Function::caches has a word for each constant of a function that asks for names, or makes records. Of a name it says:
//
//   0                                   nothing yet
//   class term << 16 | word << 1 | 1    records of that class have the name as a field, in that word of their box
//   the address of a Member             records of the class that it names have it
//
// Of a class of records it is the header of those that are made, written by the loader.
//
//   cached_*      any thread   what an object has under a name; nothing: the functions that look names up know it
//   remember_*    any thread   what they found, if it may be kept
//
// K1  What a word says is true for ever: neither the class of a record nor a module changes. A thread that reads a word knows the code it
//     stands in, and so the Members of its module, which are older. So all accesses are relaxed.
// K2  No Member of another module is kept, as a module may be loaded that declares the class anew.
// Design: docs/design/vm.md. Rejected: a cache for each instruction, which has no room for one; the few functions that ask
// records of two classes for one name look it up each time they alternate.
#pragma once

#include "vm/classes.h"

namespace pyvm::vm {

namespace cache_detail {

inline constexpr unsigned kFieldBits = 16;

inline bool is_record_of(Term object, Word class_bits) {
  return is_box(object, BoxKind::Record) && object.boxed()[1] == class_bits;
}

}  // namespace cache_detail

/// The value of a field.
inline Term cached_field(const Function& function, unsigned name, Term object) {
  const Word known = function.caches[name].load_relaxed();
  if ((known & 1) == 0 || !cache_detail::is_record_of(object, known >> cache_detail::kFieldBits)) return Term();
  return Term::from_bits(object.boxed()[(known & ((Word{1} << cache_detail::kFieldBits) - 1)) >> 1]);
}

/// A method or property, or null.
inline const Member* cached_member(const Function& function, unsigned name, Term object) {
  const Word known = function.caches[name].load_relaxed();
  if (known == 0 || (known & 1) != 0) return nullptr;
  const auto* member = reinterpret_cast<const Member*>(known);
  return cache_detail::is_record_of(object, member->class_term.bits()) ? member : nullptr;
}

inline Word record_header(const Function& function, unsigned class_constant) {
  return function.caches[class_constant].load_relaxed();
}

/// `field` is the number of the field among those of the record's class.
inline void remember_field(const Function& function, unsigned name, Term record, Word field) {
  constexpr Word kMostFields = (Word{1} << (cache_detail::kFieldBits - 1)) - 2;
  if (field > kMostFields) return;
  function.caches[name].store_relaxed(element(record, 0).bits() << cache_detail::kFieldBits | (2 + field) << 1 | 1);
}

/// What find_member() gave for an object. Methods and properties whose arguments stand where they are bound are kept.
inline void remember_member(const Function& function, unsigned name, const Member* member) {
  if (member == nullptr || member->class_term.is_nothing()) return;
  if (member->kind != MemberKind::Method && member->kind != MemberKind::Property) return;
  if (member->function->module != function.module || !member->function->binds_by_place()) return;
  function.caches[name].store_relaxed(reinterpret_cast<Word>(member));
}

}  // namespace pyvm::vm
