// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Atom table: names that are compared by number. At most 1,048,576 atoms of at most 255 code points; never freed.
// Record classes: the shape of a frozen dataclass (module, qualified name, field names); interned, never freed.
//
// Reading by index is lock-free from any thread; interning takes a lock (rank kAtomTable).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "term/term.h"

namespace pyvm {

/// The atom of that text, or nothing when the text is longer than 255 code points or the table is full.
PYVM_EXPORT std::optional<Term> intern_atom(std::string_view utf8);
PYVM_EXPORT std::string_view atom_text(Term atom);

struct RecordClass {
  std::string module;
  std::string qualified_name;
  std::vector<std::string> fields;
};

/// The class term of that shape; equal shapes give the same term.
PYVM_EXPORT Term intern_record_class(const RecordClass& shape);
PYVM_EXPORT const RecordClass& record_class(Term class_term);

}  // namespace pyvm
