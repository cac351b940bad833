// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The methods of str that change the case of letters, and those that ask what kind of characters it has.
#pragma once

#include "vm/builtins/text_methods.h"

namespace pyvm::vm {

Term str_upper(Context& context, Arguments arguments);
Term str_lower(Context& context, Arguments arguments);
Term str_title(Context& context, Arguments arguments);
Term str_capitalize(Context& context, Arguments arguments);
Term str_swapcase(Context& context, Arguments arguments);
Term str_casefold(Context& context, Arguments arguments);

Term str_isalpha(Context& context, Arguments arguments);
Term str_isdigit(Context& context, Arguments arguments);
Term str_isdecimal(Context& context, Arguments arguments);
Term str_isnumeric(Context& context, Arguments arguments);
Term str_isalnum(Context& context, Arguments arguments);
Term str_isspace(Context& context, Arguments arguments);
Term str_isprintable(Context& context, Arguments arguments);
Term str_isidentifier(Context& context, Arguments arguments);
Term str_isupper(Context& context, Arguments arguments);
Term str_islower(Context& context, Arguments arguments);
Term str_istitle(Context& context, Arguments arguments);

}  // namespace pyvm::vm
