// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Sendable: what in a term keeps it from being a message, and where. For the error text, after Copy::refused() said that there is something.
#pragma once

#include <optional>
#include <string>

#include "term/term.h"

namespace pyvm {

struct UnsendablePart {
  Term part;          // what stays in its process, or a container that holds itself
  bool is_cycle;      // the latter: the place is where it is met again
  std::string place;  // behind the name of the whole: "[1]['conn']"; of a key or member " key (1, 2)", " member (1, 2)"
};

/// The first one in reading order, or nothing.
PYVM_EXPORT std::optional<UnsendablePart> find_unsendable(Term term);

}  // namespace pyvm
