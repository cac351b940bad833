// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Codec: between strings and bytes: utf-8, ascii and latin-1, by all their names. What cannot be converted is handled as
// `errors` says: strict, ignore, replace, backslashreplace, and for encoding xmlcharrefreplace.
#pragma once

#include "vm/context.h"

namespace pyvm::vm {

/// `encoding` and `errors` are strings or nothing.
PYVM_EXPORT Term encode(Context& context, const Term& string, const Term& encoding, const Term& errors);
PYVM_EXPORT Term decode(Context& context, const Term& bytes, const Term& encoding, const Term& errors);

}  // namespace pyvm::vm
