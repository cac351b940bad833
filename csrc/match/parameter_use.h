// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// ParameterUse: what can be told of the parameters of patterns before anything is matched.
//
//   required   no message is accepted that does not contain the parameter: one that is a reference made just before tells where to
//              begin the search (Mailbox::begin_at)
//   hint       it counts only if it is a reference ("ref" in the IR)
#pragma once

#include <vector>

#include "term/term.h"

namespace pyvm {

struct ParameterUse {
  bool required = false;
  bool hint = false;
};

/// One for each parameter of a program that compile_patterns made of `ir`.
PYVM_EXPORT std::vector<ParameterUse> parameter_uses(Term ir, std::size_t parameters);

/// Where in a sequence a parameter stands, if there is one case for messages and it is such a pattern: what has another value there is not
/// taken.
struct ParameterPlace {
  static constexpr Word kNone = ~Word{0};
  Word parameter = kNone;
  Word element = 0;
};
PYVM_EXPORT ParameterPlace parameter_place(Term ir);

}  // namespace pyvm
