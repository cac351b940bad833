// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Atom table: names that are compared by number. At most 1,048,576 atoms of at most 255 code points; never freed.
// Record classes: the shape of a frozen dataclass (module, qualified name, field names); interned, never freed, as many.
//
//   intern_*      any thread   takes a lock (rank kAtomTable), held for one look-up; allocates when the name is new
//   atom_text,    any thread   lock-free: two loads
//   record_class
//
// A1  A name gets one number for ever, so equal atoms have equal bits (T1), and what is read by number never changes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "term/term.h"

namespace pyvm {

/// The atom of that text (well-formed UTF-8), or nothing when the text is longer than 255 code points or the table is full.
PYVM_EXPORT std::optional<Term> intern_atom(std::string_view utf8);
/// The atom of that text if it exists already: for names from outside, which must not fill the table.
PYVM_EXPORT std::optional<Term> find_atom(std::string_view utf8);
PYVM_EXPORT std::string_view atom_text(Term atom);

struct RecordClass {
  std::string module;
  std::string qualified_name;
  std::vector<std::string> fields;

  bool operator==(const RecordClass&) const = default;
};

/// The class term of that shape; equal shapes give the same term. No term when the table is full.
PYVM_EXPORT Term intern_record_class(const RecordClass& shape);
PYVM_EXPORT const RecordClass& record_class(Term class_term);

}  // namespace pyvm
